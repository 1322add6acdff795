"""CogVideoX: image-to-video conditioning, with or without a motion. ComfyUI has no node of its own for it."""

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
from .node import Node
from .sockets import CATEGORY, MotionSocket, length_input


class CogVideoX(Node):
    """Adds `concat_latent_image` to both prompts; CogVideoX's image-to-video networks read it."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushCogVideoX",
            display_name="Flowbrush CogVideoX",
            category=CATEGORY,
            description="Image to video with CogVideoX: ComfyUI loads this model but has no such node. With a motion, sampling "
            "can start from the picture warped along it; Time-to-Move behind this node gives the best control.",
            search_aliases=["cogvideo", "image to video", "i2v"],
            inputs=[
                io.Model.Input(
                    "model",
                    optional=True,
                    tooltip="The CogVideoX model. The output `model` has the noise settings that stock samplers need; without them "
                    "only the sampler node of VOID works.",
                ),
                io.Conditioning.Input("positive", tooltip="The prompt, from the text encoder of CogVideoX."),
                io.Conditioning.Input("negative", tooltip="The negative prompt, from the same text encoder."),
                io.Vae.Input("vae", tooltip="The VAE of CogVideoX."),
                io.Image.Input("first_image", tooltip="The first frame, at the size of the video."),
                MotionSocket.Input(
                    "motion", optional=True, tooltip="The painted motion, as long as the video."
                ),
                length_input(
                    49,
                    "Frames of the video. CogVideoX: 49, or any other 4k+1. CogVideoX 1.5 needs an even number of latent frames: "
                    "45, 53, 77 or 85; decode it with Decode Video.",
                ),
                io.Combo.Input(
                    "weights",
                    options=list(WEIGHTS),
                    default=V1,
                    tooltip="The version of the model. The two versions read the first frame at different scales.",
                ),
                io.Combo.Input(
                    "motion_as",
                    options=list(USES),
                    default=START,
                    tooltip="How the motion is used. Start: sampling starts from the warped picture, for Time-to-Move or a `denoise` "
                    "below 1. Condition: the model reads the warped frames, which it was not trained for. Both does both.",
                ),
            ],
            outputs=[
                io.Model.Output(
                    "model",
                    tooltip="The model for any sampler or for Time-to-Move; empty if no model is connected.",
                ),
                io.Conditioning.Output("positive", tooltip="The prompt with the first frame added."),
                io.Conditioning.Output("negative", tooltip="The negative prompt with the first frame added."),
                io.Latent.Output(
                    "latent",
                    tooltip="The latent for the sampler to start from: empty, or the warped picture where `motion_as` is start or both.",
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
        """Raises ValueError for lengths and sizes that the weights cannot read, and for another model or VAE."""
        first = checked_image_to_video(positive, negative, vae, "the VAE of CogVideoX", first_image, length)
        check_choice(weights, "weights", WEIGHTS)
        check_choice(motion_as, "motion_as", USES)
        check_cogvideox_length(length, weights)
        if motion is not None:
            motion = checked_motion(motion, frames=length, of="this clip")
        if weights == V1 and (first.shape[2], first.shape[1]) != TRAINING_SIZE:
            host().notice("CogVideoX I2V was trained at 720x480 pixels only; other sizes give worse results.")
        condition, start = cogvideox_latents(
            first, motion, length, weights, motion_as, lambda frames: host().encode_video(vae, frames)
        )
        sides = (with_values(side, concat_latent_image=condition) for side in (positive, negative))
        ready = None if model is None else host().model_for_stock_samplers(model)
        return io.NodeOutput(ready, *sides, {"samples": start})
