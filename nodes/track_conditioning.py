"""What Wan-Move and ATI have in common: the inputs, and the points that carry the first picture along."""

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
from .sockets import FREE, STILL, MotionSocket, length_input, unpainted_input

BOTH, POSITIVE = SIDES = ("both", "positive only")


def track_inputs(spacing: int, strongest: float) -> list[io.Input]:
    """The inputs of both nodes: points are `spacing` pixels apart by default, and `strength` goes up to `strongest`."""
    return [
        io.Conditioning.Input("positive", tooltip="The prompt, from a text encoder."),
        io.Conditioning.Input("negative", tooltip="The negative prompt, from a text encoder."),
        io.Vae.Input("vae", tooltip="The Wan 2.1 VAE, from Load VAE."),
        io.Image.Input("first_image", tooltip="How the video begins, from First Frame."),
        MotionSocket.Input("motion", optional=True, tooltip="Where everything goes, from Motion Brush."),
        io.Tracks.Input(
            "tracks",
            optional=True,
            tooltip="Single trajectories in pixels, one row a frame; they are in front of the motion.",
        ),
        io.ClipVisionOutput.Input(
            "clip_vision_output", optional=True, tooltip="What CLIP Vision Encode saw in the first image."
        ),
        length_input(81),
        io.Float.Input(
            "strength",
            default=1.0,
            min=0.0,
            max=strongest,
            step=0.01,
            tooltip="How firmly the model is told where things go. 1 is what it was trained with, 0 tells nothing.",
        ),
        io.Int.Input(
            "spacing",
            default=spacing,
            min=CELL,
            max=256,
            step=CELL,
            tooltip="Pixels between the points that are followed. Smaller holds shapes together, larger leaves more to the model.",
        ),
        unpainted_input(
            FREE,
            "What is not painted: free leaves it to the model, still holds it in place with points that stay.",
        ),
        io.Combo.Input(
            "sides",
            options=list(SIDES),
            default=BOTH,
            tooltip="Which prompt is told the motion. Both is what the published code does; positive only lets cfg amplify the "
            "motion.",
        ),
    ]


def track_outputs() -> list[io.Output]:
    """The outputs of both nodes."""
    return [
        io.Conditioning.Output(
            "positive", tooltip="The prompt with first image and motion in it, for a sampler."
        ),
        io.Conditioning.Output("negative", tooltip="The negative prompt with the same, as `sides` says."),
        io.Latent.Output("latent", tooltip="The empty canvas for a sampler."),
    ]


def track_conditioning(
    carry: Callable[[ConcatLatents, Carriers, float], ConcatLatents],
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
    """Positive, negative and the empty canvas; `carry(latents, carriers, strength)` puts the motion into the latents.

    Without a motion and tracks it is plain image to video. Raises ValueError for inputs that do not fit together.
    """
    first = checked_image_to_video(positive, negative, vae, "the Wan 2.1 VAE", first_image, length)
    check_choice(sides, "sides", SIDES)
    check_choice(unpainted, "unpainted", (FREE, STILL))
    if motion is not None:
        motion = checked_motion(motion, frames=length, of="this clip")
    if tracks is not None and (frames := len(checked_tracks(tracks)[0])) != length:
        raise ValueError(
            f"`tracks` has {frames} frames and this clip {length}; put it through Motion from Tracks with that length"
        )
    height, width = first.shape[1:3]
    carriers, lost = carriers_of_motion_and_tracks(motion, tracks, height, width, spacing, unpainted == FREE)
    if tracks is not None and lost:
        count = tracks["track_path"].shape[1]
        host().notice(f"{lost} of {count} tracks start hidden or outside the picture and carry nothing.")

    plain = first_frame_latents(first, None, length, lambda frames: host().encode_video(vae, frames))
    steered = plain if carriers is None or strength == 0 else carry(plain, carriers, strength)
    positive = with_concat_latents(positive, steered)
    negative = with_concat_latents(negative, steered if sides == BOTH else plain)
    if clip_vision_output is not None:
        positive, negative = (
            with_values(side, clip_vision_output=clip_vision_output) for side in (positive, negative)
        )
    return positive, negative, empty_latent(width, height, length)
