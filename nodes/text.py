"""Text Encode: a prompt and a negative prompt."""

from typing import Any

from comfy_api.latest import io

from ..hosts import host
from .checks import check_loaded
from .node import Node
from .sockets import CATEGORY


class TextEncode(Node):
    """Encodes two prompts as CONDITIONING."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushTextEncode",
            display_name="Flowbrush Text Encode",
            category=CATEGORY,
            description="Encodes a prompt and a negative prompt for the model.",
            search_aliases=["prompt", "clip text encode"],
            inputs=[
                io.Clip.Input("clip", tooltip="The text encoder, from Load Model."),
                io.String.Input(
                    "prompt",
                    multiline=True,
                    dynamic_prompts=True,
                    default="",
                    tooltip="A description of the video and how things move. It may be empty.",
                ),
                io.String.Input(
                    "negative",
                    multiline=True,
                    dynamic_prompts=True,
                    default="",
                    tooltip="A description of what to avoid. It has an effect only where `cfg` in Sampler is not 1.",
                ),
            ],
            outputs=[
                io.Conditioning.Output("positive", tooltip="The prompt, for Motion Conditioning or Sampler."),
                io.Conditioning.Output(
                    "negative", tooltip="The negative prompt, for Motion Conditioning or Sampler."
                ),
            ],
        )

    @classmethod
    def execute(cls, clip: Any, prompt: str, negative: str) -> io.NodeOutput:
        """See `hosts.Host.encode_text`."""
        check_loaded(clip, "clip", "the CLIP of Load Model")
        return io.NodeOutput(host().encode_text(clip, prompt), host().encode_text(clip, negative))
