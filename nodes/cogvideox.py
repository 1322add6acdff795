"""CogVideoX: image-to-video conditioning, which core does not have, with or without a motion."""

from typing import Any

from comfy_api.latest import io
from torch import Tensor

from ..conditioning.cogvideox import (
    START,
    TRAINING_SIZE,
    USES,
    V1,
    WEIGHTS,
    check_cogvideox_length,
    cogvideox_latents,
)
from ..conditioning.image_to_video import with_values
from ..hosts import host
from .checks import check_choice, checked_image_to_video, checked_motion
from .sockets import CATEGORY, MotionSocket, length_input


class CogVideoX(io.ComfyNode):
    """Writes the `concat_latent_image` that CogVideoX's image-to-video networks read."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushCogVideoX",
            display_name="Flowbrush CogVideoX",
            category=CATEGORY,
            description="Image to video with CogVideoX, for which ComfyUI loads the model but has no node. With a motion the "
            "canvas is the picture carried along; for the best control put Time-to-Move behind it.",
            search_aliases=["cogvideo", "image to video", "i2v"],
            inputs=[
                io.Model.Input(
                    "model",
                    optional=True,
                    tooltip="CogVideoX, to be set right for stock samplers: without that only VOID's own sampler suits it.",
                ),
                io.Conditioning.Input("positive", tooltip="The prompt, encoded for CogVideoX."),
                io.Conditioning.Input("negative", tooltip="The negative prompt."),
                io.Vae.Input("vae", tooltip="The VAE of CogVideoX."),
                io.Image.Input("first_image", tooltip="How the video begins, at the size of the video."),
                MotionSocket.Input(
                    "motion", optional=True, tooltip="Where everything goes, over the length of the video."
                ),
                length_input(
                    49,
                    "Frames. CogVideoX: 49 (any 4k+1). CogVideoX 1.5: an even number of latent frames, 45, 53, 77, 85; "
                    "decode with Decode Video.",
                ),
                io.Combo.Input(
                    "weights",
                    options=list(WEIGHTS),
                    default=V1,
                    tooltip="Which model it is for: the two read the first frame at different scales.",
                ),
                io.Combo.Input(
                    "motion_as",
                    options=list(USES),
                    default=START,
                    tooltip="Where a motion goes: start makes it the canvas, for Time-to-Move or a sampler's denoise below 1; "
                    "condition tells the model all frames, which it was not trained with; or both.",
                ),
            ],
            outputs=[
                io.Model.Output(
                    "model", tooltip="The model for any sampler, or for Time-to-Move; none if none came in."
                ),
                io.Conditioning.Output("positive", tooltip="The prompt with the first frame in it."),
                io.Conditioning.Output("negative", tooltip="The negative prompt with the first frame in it."),
                io.Latent.Output(
                    "latent",
                    tooltip="The canvas: empty, or with the motion as start the picture carried along.",
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
        weights: str,
        motion_as: str,
        motion: Any = None,
        model: Any = None,
    ) -> io.NodeOutput:
        """Raises ValueError for lengths and sizes that the weights cannot take, and a model or VAE of another kind."""
        first = checked_image_to_video(positive, negative, vae, "the VAE of CogVideoX", first_image, length)
        check_choice(weights, "weights", WEIGHTS)
        check_choice(motion_as, "motion_as", USES)
        check_cogvideox_length(length, weights)
        if motion is not None:
            motion = checked_motion(motion, frames=length, of="this clip")
        if weights == V1 and (first.shape[2], first.shape[1]) != TRAINING_SIZE:
            host().notice("CogVideoX I2V was trained at 720x480 pixels only; at other sizes expect less.")
        condition, start = cogvideox_latents(
            first, motion, length, weights, motion_as, lambda frames: host().encode_video(vae, frames)
        )
        sides = (with_values(side, concat_latent_image=condition) for side in (positive, negative))
        ready = None if model is None else host().for_stock_samplers(model)
        return io.NodeOutput(ready, *sides, {"samples": start})
