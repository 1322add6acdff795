"""Stand-ins for stock nodes that load, split, make and save videos."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import torch

from ..api import InputImpl, Types, io, ui
from ..api.video import VideoInput
from ..saved_files import next_name, path_of
from .input_files import input_file, input_files

CONTAINERS = Types.VideoContainer.as_input()


class LoadVideo(io.ComfyNode):
    """Loads a VIDEO from the input folder."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="LoadVideo",
            display_name="Load Video",
            category="video",
            inputs=[io.Combo.Input("file", options=input_files("video"), upload=io.UploadType.video)],
            outputs=[io.Video.Output()],
        )

    @classmethod
    def validate_inputs(cls, file: str) -> bool:
        input_file(file)
        return True

    @classmethod
    def execute(cls, file: str) -> io.NodeOutput:
        return io.NodeOutput(InputImpl.VideoFromFile(input_file(file)))


class GetVideoComponents(io.ComfyNode):
    """Splits a VIDEO into its frames, audio and frame rate."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="GetVideoComponents",
            display_name="Get Video Components",
            category="video",
            inputs=[io.Video.Input("video", tooltip="The video to split into its parts.")],
            outputs=[
                io.Image.Output(display_name="images"),
                io.Audio.Output(display_name="audio"),
                io.Float.Output(display_name="fps"),
                io.Int.Output(display_name="bit_depth"),
                io.Combo.Output(display_name="color_space"),
            ],
        )

    @classmethod
    def execute(cls, video: VideoInput) -> io.NodeOutput:
        parts = video.get_components()
        rate = float(parts.frame_rate)
        return io.NodeOutput(parts.images, parts.audio, rate, video.get_bit_depth(), video.get_color_space())


class CreateVideo(io.ComfyNode):
    """Makes a VIDEO from frames [T,H,W,3]."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="CreateVideo",
            display_name="Create Video",
            category="video",
            inputs=[
                io.Image.Input("images", tooltip="The frames, in order."),
                io.Float.Input("fps", default=30.0, min=1.0, max=120.0, step=1.0),
                io.Audio.Input("audio", optional=True, tooltip="The sound of the video."),
                io.Int.Input(
                    "bit_depth",
                    default=8,
                    min=8,
                    max=10,
                    step=2,
                    optional=True,
                    display_mode=io.NumberDisplay.number,
                    tooltip="Bits for each colour channel. Without ComfyUI it must be 8.",
                ),
            ],
            outputs=[io.Video.Output()],
        )

    @classmethod
    def execute(
        cls, images: torch.Tensor, fps: float, audio: dict | None = None, bit_depth: int = 8
    ) -> io.NodeOutput:
        parts = Types.VideoComponents(images=images, audio=audio, frame_rate=Fraction(fps))
        return io.NodeOutput(InputImpl.VideoFromComponents(parts, bit_depth))


def codec_choice(codecs: list[str], optional: bool = False, hidden: bool = False) -> io.DynamicCombo.Input:
    """Return the codec input of Save Video, in which each codec except `auto` has its own encoding settings."""
    options = []
    for codec in codecs:
        settings = [
            io.Float.Input("crf", default=23.0 if codec == "h264" else 30.0, min=0.0, max=51.0, step=1.0),
            io.Combo.Input("color_space", options=["auto", "sRGB", "HDR", "HDR PQ"], default="auto"),
        ]
        modes = [io.DynamicCombo.Option("auto", []), io.DynamicCombo.Option("re-encode", settings)]
        encoding = io.DynamicCombo.Input("encoding", options=modes, optional=True)
        options.append(io.DynamicCombo.Option(codec, [] if codec == "auto" else [encoding]))
    return io.DynamicCombo.Input(
        "codec", options=options, optional=optional, extra_dict={"hidden": True} if hidden else None
    )


class SaveVideo(io.ComfyNode):
    """Writes a VIDEO to the output folder."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        containers = {
            name: ["auto", "av1"] if name == "webm" else ["auto", "h264", "av1"] for name in CONTAINERS
        }
        return io.Schema(
            node_id="SaveVideo",
            display_name="Save Video",
            category="video",
            inputs=[
                io.Video.Input("video", tooltip="The video to save."),
                io.String.Input(
                    "filename_prefix",
                    default="video/ComfyUI",
                    tooltip="The folder and the first part of the file name.",
                ),
                io.DynamicCombo.Input(
                    "format",
                    options=[
                        io.DynamicCombo.Option(name, [codec_choice(codecs)])
                        for name, codecs in containers.items()
                    ],
                    tooltip="The file format. Without ComfyUI it must be MP4.",
                ),
                codec_choice(["auto", "h264", "av1"], optional=True, hidden=True),
            ],
            outputs=[io.Video.Output("video", tooltip="The same video.")],
            is_output_node=True,
        )

    @classmethod
    def execute(
        cls, video: VideoInput, filename_prefix: str, format: Any = "auto", codec: Any = None
    ) -> io.NodeOutput:
        chosen = format if isinstance(format, dict) else {"format": format}
        codec = chosen.get("codec") or codec or {}
        encoding = codec.get("encoding") or {}
        extension = Types.VideoContainer.get_extension(chosen["format"])
        result = next_name(filename_prefix, extension, io.FolderType.output, video.get_dimensions())
        video.save_to(
            path_of(result),
            format=Types.VideoContainer(chosen["format"]),
            codec=Types.VideoCodec(codec.get("codec", "auto")),
            crf=encoding.get("crf"),
            color_space=None if encoding.get("color_space") == "auto" else encoding.get("color_space"),
        )
        return io.NodeOutput(video, ui=ui.PreviewVideo([result]))
