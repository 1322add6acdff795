"""Sampler: makes a finished latent from noise, with guidance scales for the text and for the motion."""

from typing import Any

from comfy_api.latest import io

from .node import Node
from .sampling import canvas_inputs, optional_inputs, sample_latent, setting_inputs
from .sockets import CATEGORY


class Sampler(Node):
    """Runs the model. It accepts any native MODEL, NOISE and CONDITIONING."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushSampler",
            display_name="Flowbrush Sampler",
            category=CATEGORY,
            description="Makes the video as a latent. The prompt and the motion have a guidance scale each.",
            search_aliases=["ksampler", "cfg", "guider"],
            inputs=[
                io.Model.Input("model", tooltip="The diffusion model, from Load Model or a stock loader."),
                io.Noise.Input(
                    "noise", tooltip="The noise of a seed, from Latent Noise or the stock RandomNoise."
                ),
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
    def execute(cls, *inputs: Any, **named_inputs: Any) -> io.NodeOutput:
        """Return the LATENT of `sampling.sample_latent`, which takes these inputs."""
        return io.NodeOutput(sample_latent(*inputs, **named_inputs))
