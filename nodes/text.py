"""Text Encode: what should, and what should not, be in the video."""

from typing import Any

from comfy_api.latest import io

from ..hosts import host
from .checks import check_connected
from .sockets import CATEGORY


class TextEncode(io.ComfyNode):
    """Two prompts as CONDITIONING."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushTextEncode",
            display_name="Flowbrush Text Encode",
            category=CATEGORY,
            description="Encodes a prompt and a negative prompt.",
            search_aliases=["prompt", "clip text encode"],
            inputs=[
                io.Clip.Input("clip", tooltip="The text encoder, from Load Model."),
                io.String.Input(
                    "prompt",
                    multiline=True,
                    dynamic_prompts=True,
                    default="",
                    tooltip="What is in the video and how it moves. May stay empty.",
                ),
                io.String.Input(
                    "negative",
                    multiline=True,
                    dynamic_prompts=True,
                    default="",
                    tooltip="What to steer away from. It counts only where Sampler's `cfg` is not 1.",
                ),
            ],
            outputs=[
                io.Conditioning.Output("positive", tooltip="The prompt, for Motion Conditioning or Sampler."),
                io.Conditioning.Output("negative", tooltip="The negative prompt, for the same."),
            ],
        )

    @classmethod
    def execute(cls, clip: Any, prompt: str, negative: str) -> io.NodeOutput:
        """See `hosts.Host.encode_text`."""
        check_connected(clip, "clip", "the CLIP of Load Model")
        return io.NodeOutput(host().encode_text(clip, prompt), host().encode_text(clip, negative))
