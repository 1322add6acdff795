"""The code that the nodes Wan-Move and ATI share: inputs, outputs, and conditioning from a motion and tracks."""

from collections.abc import Callable
from typing import Any

from comfy_api.latest import io
from torch import Tensor

from ..conditioning.carriers import Carriers, carriers_of_motion_and_tracks
from ..conditioning.image_to_video import (
    ConcatLatents,
    first_frame_latents,
    with_concat_latents,
    with_values,
)
from ..conditioning.latent_frames import CELL, empty_latent
from ..hosts import host
from ..motion.tracks.tracks import checked_tracks
from .checks import check_choice, checked_image_to_video, checked_motion
from .sockets import ADVANCED, FREE, STILL, MotionSocket, length_input, unpainted_input

BOTH, POSITIVE = SIDES = ("both", "positive only")


def track_inputs(spacing: int, strongest: float) -> list[io.Input]:
    """The inputs of both nodes, with the default of `spacing` in pixels and the greatest `strength`."""
    return [
        io.Conditioning.Input("positive", tooltip="The prompt, from a text encoder."),
        io.Conditioning.Input("negative", tooltip="The negative prompt, from a text encoder."),
        io.Vae.Input("vae", tooltip="The Wan 2.1 VAE, from Load VAE."),
        io.Image.Input("first_image", tooltip="The first frame of the video, from First Frame."),
        MotionSocket.Input(
            "motion", optional=True, tooltip="The painted motion, from Motion Brush or another motion node."
        ),
        io.Tracks.Input(
            "tracks",
            optional=True,
            tooltip="Trajectories in pixels, with one position for each frame. They pass in front of the painted motion.",
        ),
        io.ClipVisionOutput.Input(
            "clip_vision_output",
            optional=True,
            tooltip="The output of CLIP Vision Encode for the first image, for models that read it.",
        ),
        length_input(81),
        io.Float.Input(
            "strength",
            default=1.0,
            min=0.0,
            max=strongest,
            step=0.01,
            display_mode=io.NumberDisplay.slider if strongest <= 1 else None,
            tooltip="How strongly the motion steers the model. 1 is as in training, 0 turns the motion off.",
        ),
        io.Int.Input(
            "spacing",
            default=spacing,
            min=CELL,
            max=256,
            step=CELL,
            extra_dict=ADVANCED,
            tooltip="Distance between the points that move, in pixels. Less keeps shapes together, more leaves room to the model.",
        ),
        unpainted_input(
            FREE,
            "What happens outside the painted regions: free lets the model decide, still keeps them in place with points "
            "that do not move.",
        ),
        io.Combo.Input(
            "sides",
            options=list(SIDES),
            default=BOTH,
            extra_dict=ADVANCED,
            tooltip="Which prompts contain the motion: both, as in the published code, or the positive one only; then `cfg` also "
            "amplifies the motion.",
        ),
    ]


def track_outputs() -> list[io.Output]:
    """The outputs of both nodes."""
    return [
        io.Conditioning.Output(
            "positive", tooltip="The prompt with the first frame and the motion added, for a sampler."
        ),
        io.Conditioning.Output(
            "negative",
            tooltip="The negative prompt with the first frame and, depending on `sides`, the motion added.",
        ),
        io.Latent.Output("latent", tooltip="An empty latent for the sampler to start from."),
    ]


def track_conditioning(
    add_motion: Callable[[ConcatLatents, Carriers, float], ConcatLatents],
    positive: list,
    negative: list,
    vae: Any,
    first_image: Tensor,
    length: int,
    strength: float,
    spacing: int,
    unpainted: str,
    sides: str,
    motion: Any = None,
    tracks: Any = None,
    clip_vision_output: Any = None,
) -> tuple[list, list, dict[str, Tensor]]:
    """Positive, negative and an empty latent; `add_motion(latents, carriers, strength)` returns them with the motion.

    Without a motion and tracks it is plain image to video. Raises ValueError for inputs that do not fit together.
    """
    first = checked_image_to_video(positive, negative, vae, "the Wan 2.1 VAE", first_image, length)
    check_choice(sides, "sides", SIDES)
    check_choice(unpainted, "unpainted", (FREE, STILL))
    if motion is not None:
        motion = checked_motion(motion, frames=length, of="this clip")
    if tracks is not None and (frames := len(checked_tracks(tracks)[0])) != length:
        raise ValueError(
            f"`tracks` has {frames} frames and this clip {length}; put it through Motion from Tracks with that `length`"
        )
    height, width = first.shape[1:3]
    carriers, lost = carriers_of_motion_and_tracks(motion, tracks, height, width, spacing, unpainted == FREE)
    if tracks is not None and lost:
        count = tracks["track_path"].shape[1]
        host().notice(f"{lost} of {count} tracks start hidden or outside the picture and have no effect.")

    plain = first_frame_latents(first, None, length, lambda frames: host().encode_video(vae, frames))
    with_motion = plain if carriers is None or strength == 0 else add_motion(plain, carriers, strength)
    positive = with_concat_latents(positive, with_motion)
    negative = with_concat_latents(negative, with_motion if sides == BOTH else plain)
    if clip_vision_output is not None:
        positive, negative = (
            with_values(side, clip_vision_output=clip_vision_output) for side in (positive, negative)
        )
    return positive, negative, empty_latent(width, height, length)
