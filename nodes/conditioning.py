"""Motion Conditioning: the first frame and the motion, in the form that the model reads."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import torch
from comfy_api.latest import io
from torch import Tensor

from ..conditioning.ati import soft_copy
from ..conditioning.carriers import Carriers, carriers_of_field
from ..conditioning.wan_move import latent_copy
from ..conditioning.warped_video import (
    Latents,
    held,
    known_frames,
    validity_to_mask,
    warped_video,
    with_values,
)
from ..hosts import host
from ..models.latent_format import process_in, process_out
from ..motion.field.field import MotionField
from ..rendering.warp import WarpedClip, warp_image
from .checks import (
    check_connected,
    check_length,
    check_picture_size,
    check_same_size,
    checked_conditioning,
    checked_image,
    checked_motion,
)
from .noise import empty_latent
from .sockets import CATEGORY, MotionSocket, length_input

WARPED, COPY, SOFT = MODES = ("warped video", "latent copy", "soft copy")
STILL, FREE = UNPAINTED = ("still", "free")
WAN_MOVE_SPACING, ATI_SPACING = 8, 16  # px between the points that carry the picture
_LARGE = 384  # px of the short side


class MotionConditioning(io.ComfyNode):
    """Writes `concat_latent_image` and `concat_mask`, which Wan's image-to-video networks read."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushMotionConditioning",
            display_name="Flowbrush Motion Conditioning",
            category=CATEGORY,
            description="Tells the model how the video begins and where everything goes. Without a motion it is plain "
            "image-to-video.",
            search_aliases=["wan move", "ati", "image to video", "first last frame"],
            inputs=[
                io.Conditioning.Input("positive", tooltip="The prompt, from Text Encode."),
                io.Conditioning.Input("negative", tooltip="The negative prompt, from Text Encode."),
                io.Vae.Input("vae", tooltip="The VAE, from Load Model."),
                io.Image.Input("first_image", tooltip="How the video begins, from First Frame."),
                MotionSocket.Input(
                    "motion", optional=True, tooltip="Where everything goes. Without it the model decides."
                ),
                io.Image.Input("last_image", optional=True, tooltip="How the video ends, from First Frame."),
                length_input(),
                io.Combo.Input(
                    "mode",
                    options=list(MODES),
                    default=WARPED,
                    tooltip="How the motion is told. Warped video: the first frame's pixels along the motion, for the bundled "
                    "model. Latent copy: for Wan-Move weights. Soft copy: for ATI weights.",
                ),
                io.Combo.Input(
                    "unpainted",
                    options=list(UNPAINTED),
                    default=STILL,
                    tooltip="What is not painted: still holds it in place, free leaves it to the model. A camera move asks for "
                    "everything, so nothing is free under it.",
                ),
                io.Boolean.Input(
                    "motion_guidance",
                    default=False,
                    tooltip="Also make `no_motion`, which Sampler's `motion_cfg` needs; it takes one more encoding.",
                ),
                io.Boolean.Input(
                    "hold_known",
                    default=True,
                    tooltip="`latent` holds what is known: the model fills only what the motion uncovers or leaves open. Best for "
                    "the bundled model; off, a large model may redraw everything.",
                ),
            ],
            outputs=[
                io.Conditioning.Output(
                    "positive", tooltip="The prompt with first frame and motion in it, for Sampler."
                ),
                io.Conditioning.Output(
                    "negative", tooltip="The negative prompt with the same in it, for Sampler."
                ),
                io.Conditioning.Output(
                    "no_motion",
                    tooltip="The prompt with the first frame only; nothing unless `motion_guidance` is on.",
                ),
                io.Latent.Output(
                    "latent",
                    tooltip="The canvas for Sampler or a stock KSampler, with what is known held by a noise mask; empty when "
                    "`hold_known` is off.",
                ),
            ],
        )

    @classmethod
    def execute(
        cls,
        positive: list,
        negative: list,
        vae: Any,
        first_image: Tensor,
        length: int,
        mode: str,
        unpainted: str,
        motion_guidance: bool,
        hold_known: bool,
        motion: Any = None,
        last_image: Tensor | None = None,
    ) -> io.NodeOutput:
        """Raises ValueError for pictures of other sizes, and a motion of another length."""
        positive, negative = (
            checked_conditioning(positive, "positive"),
            checked_conditioning(negative, "negative"),
        )
        check_connected(vae, "vae", "the VAE of Load Model")
        check_length(length)
        first = checked_image(first_image, "first_image", 1)
        check_picture_size(first, "first_image")
        if last_image is not None:
            check_same_size(checked_image(last_image, "last_image", 1), "last_image", first, "first_image")
        if motion is not None:
            motion = checked_motion(motion, frames=length, of="this clip")

        @cache
        def plain() -> Latents:
            return encoded(vae, *known_frames(first, last_image, length))

        asked = plain() if motion is None else guided(vae, first, last_image, motion, mode, unpainted, plain)
        no_motion = with_values(positive, plain()) if motion_guidance else None
        canvas = held(*asked) if hold_known else empty_latent(first.shape[2], first.shape[1], length)
        return io.NodeOutput(with_values(positive, asked), with_values(negative, asked), no_motion, canvas)


def encoded(vae: Any, frames: Tensor, known: Tensor) -> Latents:
    """The latents and mask of a clip [T,H,W,3] of which `known` [T,H,W] is known."""
    return host().encode_video(vae, frames), validity_to_mask(known)


def guided(
    vae: Any,
    first: Tensor,
    last: Tensor | None,
    motion: MotionField,
    mode: str,
    unpainted: str,
    plain: Callable[[], Latents],
) -> Latents:
    """What carries `first` along `motion`; `plain` makes what does not. Raises ValueError for another mode."""
    if mode == WARPED:
        clip = warp_image(first[0], motion)
        clip = replace(clip, coverage=vouched(clip, motion, unpainted == FREE))
        if last is not None:
            clip.frames[-1], clip.coverage[-1] = last[0], 1.0
        return warped_video(clip, lambda video: host().encode_video(vae, (video[0].movedim(0, -1) + 1) / 2))
    if mode not in MODES:
        raise ValueError(f"`mode` is {mode!r}; choose one of {', '.join(MODES)}")
    height, width = first.shape[1:3]
    # ATI's points reach as far as the picture is large: in a small one they must stand closer.
    spacing = ATI_SPACING if mode == SOFT and min(height, width) >= _LARGE else WAN_MOVE_SPACING
    carriers = carriers_of_field(motion, height, width, spacing, painted_only=unpainted == FREE)
    return copied(*plain(), carriers) if mode == COPY else softly_copied(*plain(), carriers)


def copied(latents: Tensor, unknown: Tensor, carriers: Carriers, strength: float = 1.0) -> Latents:
    """Raw latents and their mask with what Wan-Move's weights read in them."""
    return latent_copy(latents, carriers, strength), unknown


def softly_copied(latents: Tensor, unknown: Tensor, carriers: Carriers, strength: float = 1.0) -> Latents:
    """Raw latents and their mask with what ATI's weights read in them: features are weighed as the network sees them."""
    latents, unknown = soft_copy(process_in(latents), unknown, carriers, strength)
    return process_out(latents), unknown


def vouched(clip: WarpedClip, motion: MotionField, painted_only: bool) -> Tensor:
    """How much of a pixel [T,H,W] is known to the model: what is covered, as firmly as its layer asks, and all of
    frame 0. With `painted_only`, only what is painted, moving or frozen, is known."""
    height, width = clip.coverage.shape[1:]
    known = clip.coverage
    if painted_only and not bool((motion.painted(height, width) == 1).all()):
        known = torch.minimum(known, (clip.moving + motion.frozen(height, width)).clamp(max=1))
    return torch.cat([clip.coverage[:1], (known * clip.strength)[1:]])
