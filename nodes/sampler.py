"""Sampler: noise to a finished latent, with guidance towards the text and towards the motion."""

from typing import Any

from comfy_api.latest import io

from .sampling import canvas_inputs, optional_inputs, sample_latent, setting_inputs
from .sockets import CATEGORY


class Sampler(io.ComfyNode):
    """Runs the model. Any native MODEL, NOISE and CONDITIONING will do."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushSampler",
            display_name="Flowbrush Sampler",
            category=CATEGORY,
            description="Makes the video's latent. Text and motion have a guidance scale each.",
            search_aliases=["ksampler", "cfg", "guider"],
            inputs=[
                io.Model.Input("model", tooltip="The diffusion model, from Load Model or a stock loader."),
                io.Noise.Input("noise", tooltip="From Latent Noise, or the stock RandomNoise."),
                *canvas_inputs(),
                *optional_inputs(),
                *setting_inputs(),
            ],
            outputs=[
                io.Latent.Output(
                    "latent",
                    display_name="LATENT",
                    tooltip="The finished video as a latent, for Decode Video.",
                )
            ],
        )

    @classmethod
    def execute(cls, *inputs: Any, **named: Any) -> io.NodeOutput:
        """See `sampling.sample_latent`."""
        return io.NodeOutput(sample_latent(*inputs, **named))
