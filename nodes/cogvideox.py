"""CogVideoX: image-to-video conditioning, which core does not have, with or without a motion."""

from typing import Any

import torch
from comfy_api.latest import io
from torch import Tensor

from ..conditioning.in_place import latent_share
from ..conditioning.latent_frames import latent_frames
from ..conditioning.reference import reference_video
from ..hosts import host
from .checks import (
    check_connected,
    check_length,
    check_picture_size,
    checked_conditioning,
    checked_image,
    checked_motion,
)
from .sockets import CATEGORY, MotionSocket, length_input

V1, V1_5 = WEIGHTS = ("CogVideoX I2V", "CogVideoX 1.5 I2V")
START, CONDITION, BOTH = USES = ("start", "condition", "both")
_TRAINED_AT = (720, 480)  # px, CogVideoX 1.0
_SCALE = 0.7  # of CogVideoX-5B's VAE, by which ComfyUI multiplies what it is given


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
        sides = checked_conditioning(positive, "positive"), checked_conditioning(negative, "negative")
        check_connected(vae, "vae", "the VAE of CogVideoX")
        check_length(length)
        count = latent_frames(length)
        if weights == V1_5 and count % 2:
            raise ValueError(
                f"`length` is {length}, {count} latent frames; CogVideoX 1.5 takes them in pairs: try {length + 4}"
            )
        first = checked_image(first_image, "first_image", 1)
        check_picture_size(first, "first_image")
        if weights == V1 and (first.shape[2], first.shape[1]) != _TRAINED_AT:
            host().notice("CogVideoX I2V was trained at 720x480 pixels only; at other sizes expect less.")
        begin = host().encode_video(vae, first)
        if begin.ndim != 5 or begin.shape[1] != 16 or begin.shape[-1] * 8 != first.shape[2]:
            raise ValueError(
                f"`vae` makes latents {list(begin.shape)} of this picture; connect the VAE of CogVideoX (16 channels)"
            )
        told = torch.cat([begin, begin.new_zeros(1, 16, count - 1, *begin.shape[3:])], 2)
        canvas = torch.zeros_like(told)
        if motion is not None:
            reference = reference_video(first[0], checked_motion(motion, frames=length, of="this clip"))
            carried = host().encode_video(vae, reference.frames)
            if motion_as != CONDITION:
                canvas = carried
            if motion_as != START:
                known = latent_share(reference.strength, carried)
                told = torch.cat([begin, (carried * known)[:, :, 1:]], 2)
        if weights == V1_5:
            # The 1.5 weights were trained on first frames that were divided by the scale instead of multiplied.
            told = told / _SCALE**2
        out = [[[part[0], {**part[1], "concat_latent_image": told}] for part in side] for side in sides]
        ready = None if model is None else host().for_stock_samplers(model)
        return io.NodeOutput(ready, *out, {"samples": canvas})
