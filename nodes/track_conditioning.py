"""What Wan-Move and ATI have in common: the inputs, and the points that carry the first picture along."""

from collections.abc import Callable
from typing import Any

import torch
from comfy_api.latest import io
from torch import Tensor

from ..conditioning.carriers import CELL, Carriers, carriers_of_field, carriers_of_tracks
from ..conditioning.latent_frames import STRIDE, latent_frames
from ..conditioning.warped_video import GREY, Latents, with_values
from ..hosts import host
from ..motion.field.field import MotionField
from ..motion.tracks.tracks import checked_tracks
from .checks import (
    check_connected,
    check_length,
    check_picture_size,
    checked_conditioning,
    checked_image,
    checked_motion,
)
from .noise import empty_latent
from .sockets import MotionSocket, length_input

BOTH, POSITIVE = SIDES = ("both", "positive only")
FREE, STILL = UNPAINTED = ("free", "still")


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
        io.Combo.Input(
            "unpainted",
            options=list(UNPAINTED),
            default=FREE,
            tooltip="What is not painted: free leaves it to the model, still holds it in place with points that stay.",
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


def conditioned(
    carry: Callable[[Tensor, Tensor, Carriers, float], Latents],
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
    """Positive, negative and the empty canvas; `carry(latents, mask, carriers, strength)` puts the motion into them.

    Without motion and tracks it is plain image to video. Raises ValueError for what does not fit together.
    """
    positive = checked_conditioning(positive, "positive")
    negative = checked_conditioning(negative, "negative")
    check_connected(vae, "vae", "the Wan 2.1 VAE")
    for name, value, choices in (("sides", sides, SIDES), ("unpainted", unpainted, UNPAINTED)):
        if value not in choices:
            raise ValueError(f"`{name}` is {value!r}; choose one of {', '.join(choices)}")
    check_length(length)
    first = checked_image(first_image, "first_image", 1)
    check_picture_size(first, "first_image")
    height, width = first.shape[1:3]
    if motion is not None:
        motion = checked_motion(motion, frames=length, of="this clip")
    carriers = _carriers(motion, tracks, height, width, length, spacing, unpainted == FREE)

    plain = opening(vae, first, length)
    if plain[0].shape[1:] != (16, *plain[1].shape[2:]):
        raise ValueError(
            f"the VAE made latents {list(plain[0].shape[1:])} of this clip; these weights read those of the Wan 2.1 VAE, "
            f"{[16, *plain[1].shape[2:]]}"
        )
    told = plain
    if carriers is not None and strength > 0:
        told = carry(*plain, carriers, strength)
    positive, negative = with_values(positive, told), with_values(negative, told if sides == BOTH else plain)
    if clip_vision_output is not None:
        seen = {"clip_vision_output": clip_vision_output}
        positive, negative = ([[t, {**d, **seen}] for t, d in side] for side in (positive, negative))
    return positive, negative, empty_latent(width, height, length)


def opening(vae: Any, first: Tensor, length: int) -> Latents:
    """The latents of a clip that is grey after its first picture [1,H,W,3], and their mask."""
    frames = torch.full((length, *first.shape[1:]), GREY)
    frames[0] = first[0]
    latents = host().encode_video(vae, frames)
    unknown = torch.ones(1, STRIDE, latent_frames(length), first.shape[1] // CELL, first.shape[2] // CELL)
    unknown[:, :, 0] = 0.0
    return latents, unknown


def _carriers(
    motion: MotionField | None,
    tracks: Any,
    height: int,
    width: int,
    length: int,
    spacing: int,
    painted_only: bool,
) -> Carriers | None:
    """The points of a motion and of tracks; None where there is neither."""
    found = []
    if motion is not None and not (tracks is not None and motion.is_empty and painted_only):
        found.append(carriers_of_field(motion, height, width, spacing, painted_only))
    if tracks is not None:
        frames = len(checked_tracks(tracks)[0])
        if frames != length:
            raise ValueError(
                f"`tracks` has {frames} frames and this clip {length}; put it through Motion from Tracks with that length"
            )
        given, lost = carriers_of_tracks(tracks, height, width)
        if not len(given) and not found:
            raise ValueError("no track of `tracks` is visible inside the picture in the first frame")
        if lost:
            host().notice(
                f"{lost} of {lost + len(given)} tracks start hidden or outside the picture and carry nothing."
            )
        found.append(given)
    if len(found) == 2:
        return found[0].and_front(found[1])
    return found[0] if found else None
