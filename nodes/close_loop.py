"""Close Loop: the end of a sampled video goes over into its beginning."""

from typing import Any

from comfy_api.latest import io

from ..hosts import host
from .checks import check_loaded
from .node import Node
from .sockets import CATEGORY


class CloseLoop(Node):
    """Patches a MODEL so that any sampler makes a video whose end goes over into its beginning."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushCloseLoop",
            display_name="Flowbrush Close Loop",
            category=CATEGORY,
            description="Makes any sampler close a loop: in each step the model sees the video from another latent frame on, so that the "
            "end goes over into the beginning (latent shift, Mobius). Turn `loop` of Decode Video on for text to video.",
            search_aliases=["seamless loop", "mobius", "latent shift", "roll latents", "cinemagraph"],
            inputs=[
                io.Model.Input(
                    "model",
                    tooltip="A video model with rotary positions, from Load Model or a stock loader: Wan, HunyuanVideo, LTX-Video, "
                    "Mochi, Kandinsky5, Cosmos Predict2 and the bundled models.",
                )
            ],
            outputs=[
                io.Model.Output("model", tooltip="The patched model, for any sampler with 8 steps or more.")
            ],
        )

    @classmethod
    def execute(cls, model: Any) -> io.NodeOutput:
        """Raises ValueError for a model that needs core's looped context windows instead."""
        check_loaded(model, "model", "the MODEL of a loader")
        return io.NodeOutput(host().looping_model(model))
