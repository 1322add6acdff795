"""In-place Guide: latents of the warped picture, with a strength for each token."""

from typing import Any

import torch
from comfy_api.latest import io
from torch import Tensor

from ..conditioning.behind import BEHIND, PLATE, warp_behind
from ..conditioning.in_place import in_place_noise_mask
from ..conditioning.reference import constraint_strength
from ..hosts import host
from ..rendering.splatted_picture import SURELY_KNOWN
from .checks import check_choice, check_loaded, checked_first_image, checked_motion, checked_plate
from .node import Node
from .sockets import ADVANCED, CATEGORY, MotionSocket, behind_input, plate_input


def _strength(name: str, default: float, tooltip: str) -> io.Float.Input:
    return io.Float.Input(
        name,
        default=default,
        min=0.0,
        max=1.0,
        step=0.01,
        display_mode=io.NumberDisplay.slider,
        tooltip=tooltip,
    )


class InPlaceGuide(Node):
    """Makes a LATENT of the warped picture whose noise mask models such as LTX-Video read token by token."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushInPlaceGuide",
            display_name="Flowbrush In-place Guide",
            category=CATEGORY,
            description="Starts sampling from the picture warped along the motion and keeps each part of it as strongly as you set: "
            "for models with a noise level for each part (LTX-Video, LTX-2, MiniMax-H3, Wan 2.2 5B). Stock in-place nodes keep whole "
            "frames only.",
            search_aliases=["ltx", "ltxv", "in place", "noise mask", "wan 2.2 5b", "guide"],
            inputs=[
                io.Vae.Input("vae", tooltip="The VAE that belongs to the model."),
                io.Image.Input("first_image", tooltip="The first frame, at the size of the video."),
                MotionSocket.Input("motion", tooltip="The painted motion, as long as the video."),
                _strength(
                    "strength",
                    0.6,
                    "How strongly painted regions keep to their paths: 1 keeps the warped picture as it is, 0 leaves everything to "
                    "the model. It is multiplied by the strength of each layer.",
                ),
                _strength(
                    "elsewhere", 0.0, "How strongly everything outside the painted regions stays as it is."
                ),
                behind_input(
                    BEHIND,
                    PLATE,
                    "What the warped picture shows in areas that come into view. Plate: the completed picture, or the connected "
                    "`plate`. Smooth: a soft fill. Grey: nothing.",
                ),
                io.Float.Input(
                    "behind_strength",
                    default=0.0,
                    min=0.0,
                    max=1.0,
                    step=0.01,
                    optional=True,
                    display_mode=io.NumberDisplay.slider,
                    extra_dict=ADVANCED,
                    tooltip="How strongly areas that come into view keep what `behind` shows there: 0 leaves them to the model.",
                ),
                plate_input(),
                io.Latent.Input(
                    "latent",
                    optional=True,
                    tooltip="For models that make sound with the video (MiniMax-H3, LTX-2): the latent of both from the model's own "
                    "node. Its video is replaced by the warped picture, its sound is passed on.",
                ),
            ],
            outputs=[
                io.Latent.Output(
                    "latent",
                    tooltip="The latent for a sampler to start from, or for further stock guides. Its first frame is kept unchanged.",
                ),
                io.Image.Output(
                    "frames", tooltip="The warped picture. Look at it first when a result is odd."
                ),
            ],
        )

    @classmethod
    def execute(
        cls,
        vae: Any,
        first_image: Tensor,
        motion: Any,
        strength: float,
        elsewhere: float,
        behind: str = PLATE,
        behind_strength: float = 0.0,
        plate: Any = None,
        latent: dict[str, Any] | None = None,
    ) -> io.NodeOutput:
        """Raises ValueError for sizes and lengths that the VAE cannot encode whole, or that differ from those of `latent`."""
        check_loaded(vae, "vae", "the VAE of the model")
        first, motion = checked_first_image(first_image, 8), checked_motion(motion)
        check_choice(behind, "behind", BEHIND)
        plate = checked_plate(plate, first, "first_image")
        clip = warp_behind(first[0], motion, behind, plate, host().notice, host().check_cancel)
        coverage = (clip.coverage / SURELY_KNOWN).clamp(max=1)
        latents = host().encode_video(vae, clip.frames)
        if latents.ndim != 5:
            raise ValueError("`vae` encodes single pictures; connect the VAE of a video model")
        constrained = (constraint_strength(clip, motion) / coverage.clamp(min=1e-3)).clamp(max=1)
        mask = in_place_noise_mask(latents, coverage, constrained, strength, elsewhere, behind_strength)
        guide = {"samples": latents, "noise_mask": mask}
        return io.NodeOutput(guide if latent is None else _beside_sound(guide, latent), clip.frames)


def _beside_sound(guide: dict[str, Tensor], latent: dict[str, Any]) -> dict[str, Any]:
    """The LATENT of video and sound with the video of `guide` and its noise mask in place of its own.

    Raises ValueError for a latent without sound, and for a video of another size.
    """
    samples, masks = latent["samples"], latent.get("noise_mask")
    if not samples.is_nested:
        raise ValueError("`latent` holds no sound; connect the latent of video and sound, or nothing")
    video, *sounds = samples.unbind()
    if video.shape[1:] != guide["samples"].shape[1:]:
        raise ValueError(
            f"the video of `latent` has the shape {list(video.shape[1:])} (channels, frames, height, width), but the motion's has "
            f"{list(guide['samples'].shape[1:])}: give both the same size and length"
        )
    free = [torch.ones_like(sound) for sound in sounds] if masks is None else masks.unbind()[1:]
    together = type(samples)
    return {
        **latent,
        "samples": together((guide["samples"], *sounds)),
        "noise_mask": together((guide["noise_mask"], *free)),
    }
