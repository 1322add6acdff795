"""In-place Guide: the carried picture's latents, held token by token."""

from typing import Any

from comfy_api.latest import io
from torch import Tensor

from ..conditioning.in_place import in_place_noise_mask
from ..conditioning.reference import constraint_strength
from ..hosts import host
from ..rendering.warp import SURELY_KNOWN, warp_image
from .checks import check_connected, checked_first_image, checked_motion
from .sockets import CATEGORY, MotionSocket


def _strength(name: str, default: float, tooltip: str) -> io.Float.Input:
    return io.Float.Input(name, default=default, min=0.0, max=1.0, step=0.01, tooltip=tooltip)


class InPlaceGuide(io.ComfyNode):
    """LATENT of the picture carried along, with a noise mask for models that read it token by token."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushInPlaceGuide",
            display_name="Flowbrush In-place Guide",
            category=CATEGORY,
            description="The picture carried along, encoded, and each part of it held as firmly as you say: for models that know "
            "less noisy parts (LTX-Video, Wan 2.2 5B). Stock in-place nodes hold whole frames only.",
            search_aliases=["ltx", "ltxv", "in place", "noise mask", "wan 2.2 5b", "guide"],
            inputs=[
                io.Vae.Input("vae", tooltip="The VAE of the model."),
                io.Image.Input("first_image", tooltip="How the video begins, at the size of the video."),
                MotionSocket.Input("motion", tooltip="Where everything goes, over the length of the video."),
                _strength(
                    "strength",
                    0.6,
                    "How firmly what is painted is held to its path: 1 is the draft itself, 0 nothing. A layer's own strength "
                    "multiplies it.",
                ),
                _strength("elsewhere", 0.0, "How firmly what is not painted is held where it is."),
            ],
            outputs=[
                io.Latent.Output(
                    "latent",
                    tooltip="The canvas for a sampler, or for more stock guides. The first frame is held whole.",
                ),
                io.Image.Output("frames", tooltip="The picture carried along: look here first."),
            ],
        )

    @classmethod
    def execute(
        cls, vae: Any, first_image: Tensor, motion: Any, strength: float, elsewhere: float
    ) -> io.NodeOutput:
        """Raises ValueError for sizes and lengths that the VAE cannot take whole."""
        check_connected(vae, "vae", "the VAE of the model")
        first, motion = checked_first_image(first_image, 8), checked_motion(motion)
        clip = warp_image(first[0], motion)
        coverage = (clip.coverage / SURELY_KNOWN).clamp(max=1)
        latents = host().encode_video(vae, clip.frames)
        if latents.ndim != 5:
            raise ValueError("`vae` encodes single pictures; this needs the VAE of a video model")
        asked = (constraint_strength(clip, motion) / coverage.clamp(min=1e-3)).clamp(max=1)
        mask = in_place_noise_mask(latents, coverage, asked, strength, elsewhere)
        return io.NodeOutput({"samples": latents, "noise_mask": mask}, clip.frames)
