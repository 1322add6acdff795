"""In-place Guide: latents of the warped picture, with a strength for each token."""

from typing import Any

from comfy_api.latest import io
from torch import Tensor

from ..conditioning.behind import BEHIND, PLATE, warp_behind
from ..conditioning.in_place import in_place_noise_mask
from ..conditioning.reference import constraint_strength
from ..hosts import host
from ..rendering.splatted_picture import SURELY_KNOWN
from .checks import check_choice, check_connected, checked_first_image, checked_motion, checked_plate
from .node import Node
from .sockets import CATEGORY, MotionSocket, behind_input, plate_input


def _strength(name: str, default: float, tooltip: str) -> io.Float.Input:
    return io.Float.Input(name, default=default, min=0.0, max=1.0, step=0.01, tooltip=tooltip)


class InPlaceGuide(Node):
    """Makes a LATENT of the warped picture whose noise mask models such as LTX-Video read token by token."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushInPlaceGuide",
            display_name="Flowbrush In-place Guide",
            category=CATEGORY,
            description="Starts sampling from the picture warped along the motion and keeps each part of it as strongly as you set: "
            "for models with a noise level for each part (LTX-Video, Wan 2.2 5B). Stock in-place nodes keep whole frames only.",
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
                    tooltip="How strongly areas that come into view keep what `behind` shows there: 0 leaves them to the model.",
                ),
                plate_input(),
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
    ) -> io.NodeOutput:
        """Raises ValueError for sizes and lengths that the VAE cannot encode whole."""
        check_connected(vae, "vae", "the VAE of the model")
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
        return io.NodeOutput({"samples": latents, "noise_mask": mask}, clip.frames)
