"""Stand-ins for the stock ComfyUI nodes of the example graphs: same ids, inputs, outputs and meaning."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import torch

from .. import host
from .api import InputImpl, Types, io, ui
from .api.video import VideoInput
from .pictures import folder, next_name, path_of, read_image, save_images

PICTURES = {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff"}
VIDEOS = {".mp4", ".mkv", ".webm", ".mov", ".avi", ".m4v"}


def input_files(suffixes: set[str]) -> list[str]:
    """Names of the files of these kinds in the input folder."""
    root = folder(io.FolderType.input)
    return (
        sorted(path.name for path in root.iterdir() if path.suffix.lower() in suffixes)
        if root.is_dir()
        else []
    )


def found_file(name: str) -> Path:
    """The file of that name in the input folder, or at that path. Raises ValueError where there is none."""
    for path in (folder(io.FolderType.input) / name, Path(name).expanduser()):
        if path.is_file():
            return path
    raise ValueError(f"there is no file `{name}`, neither in {folder(io.FolderType.input)} nor at that path.")


class LoadImage(io.ComfyNode):
    """A picture [1,H,W,3] and the mask of what is see-through in it."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="LoadImage",
            display_name="Load Image",
            category="image",
            inputs=[io.Combo.Input("image", options=input_files(PICTURES), upload=io.UploadType.image)],
            outputs=[io.Image.Output(), io.Mask.Output()],
        )

    @classmethod
    def validate_inputs(cls, image: str) -> bool:
        found_file(image)
        return True

    @classmethod
    def execute(cls, image: str) -> io.NodeOutput:
        pixels, see_through = read_image(found_file(image))
        return io.NodeOutput(pixels, torch.zeros(1, 64, 64) if see_through is None else see_through)


class LoadImageMask(io.ComfyNode):
    """One channel of a picture as a mask [1,H,W]."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="LoadImageMask",
            display_name="Load Image (as Mask)",
            category="image",
            inputs=[
                io.Combo.Input("image", options=input_files(PICTURES), upload=io.UploadType.image),
                io.Combo.Input("channel", options=["alpha", "red", "green", "blue"]),
            ],
            outputs=[io.Mask.Output()],
        )

    @classmethod
    def validate_inputs(cls, image: str) -> bool:
        found_file(image)
        return True

    @classmethod
    def execute(cls, image: str, channel: str) -> io.NodeOutput:
        pixels, see_through = read_image(found_file(image))
        if channel == "alpha":
            return io.NodeOutput(torch.zeros(1, 64, 64) if see_through is None else see_through)
        return io.NodeOutput(pixels[..., ["red", "green", "blue"].index(channel)])


class LoadVideo(io.ComfyNode):
    """A VIDEO in the input folder."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="LoadVideo",
            display_name="Load Video",
            category="video",
            inputs=[io.Combo.Input("file", options=input_files(VIDEOS), upload=io.UploadType.video)],
            outputs=[io.Video.Output()],
        )

    @classmethod
    def validate_inputs(cls, file: str) -> bool:
        found_file(file)
        return True

    @classmethod
    def execute(cls, file: str) -> io.NodeOutput:
        return io.NodeOutput(InputImpl.VideoFromFile(found_file(file)))


class GetVideoComponents(io.ComfyNode):
    """The frames of a VIDEO and its frame rate."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="GetVideoComponents",
            display_name="Get Video Components",
            category="video",
            inputs=[io.Video.Input("video", tooltip="The video to take apart.")],
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
    """Frames [T,H,W,3] as a VIDEO."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="CreateVideo",
            display_name="Create Video",
            category="video",
            inputs=[
                io.Image.Input("images", tooltip="The frames, in order."),
                io.Float.Input("fps", default=30.0, min=1.0, max=120.0, step=1.0),
                io.Audio.Input("audio", optional=True, tooltip="Sound to go with them."),
                io.Int.Input(
                    "bit_depth",
                    default=8,
                    min=8,
                    max=10,
                    step=2,
                    optional=True,
                    display_mode=io.NumberDisplay.number,
                    tooltip="Bits a colour channel. Without ComfyUI: 8.",
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
    """The codec input of Save Video: each codec but `auto` has its own encoding settings."""
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
                    "filename_prefix", default="video/ComfyUI", tooltip="Folder and beginning of the name."
                ),
                io.DynamicCombo.Input(
                    "format",
                    options=[
                        io.DynamicCombo.Option(name, [codec_choice(codecs)])
                        for name, codecs in containers.items()
                    ],
                    tooltip="The kind of file. Without ComfyUI: MP4.",
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
        result = next_name(filename_prefix, extension, io.FolderType.output)
        video.save_to(
            path_of(result),
            format=Types.VideoContainer(chosen["format"]),
            codec=Types.VideoCodec(codec.get("codec", "auto")),
            crf=encoding.get("crf"),
            color_space=encoding.get("color_space"),
        )
        return io.NodeOutput(video, ui=ui.PreviewVideo([result]))


CONTAINERS = Types.VideoContainer.as_input()


class PreviewImage(io.ComfyNode):
    """Shows pictures: here they are PNG files in the temporary folder."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PreviewImage",
            display_name="Preview Image",
            category="image",
            inputs=[io.Image.Input("images")],
            outputs=[io.Image.Output(display_name="images")],
            is_output_node=True,
        )

    @classmethod
    def execute(cls, images: torch.Tensor) -> io.NodeOutput:
        return io.NodeOutput(images, ui=ui.PreviewImage(images))


class SaveImage(io.ComfyNode):
    """Writes pictures to the output folder as PNG files."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="SaveImage",
            display_name="Save Image",
            category="image",
            inputs=[
                io.Image.Input("images", tooltip="The pictures to save."),
                io.String.Input(
                    "filename_prefix", default="ComfyUI", tooltip="Folder and beginning of the names."
                ),
            ],
            outputs=[io.Image.Output(display_name="images")],
            is_output_node=True,
        )

    @classmethod
    def execute(cls, images: torch.Tensor, filename_prefix: str) -> io.NodeOutput:
        saved = save_images(images, filename_prefix, io.FolderType.output)
        return io.NodeOutput(images, ui=ui.SavedImages(saved))


class PreviewAny(io.ComfyNode):
    """Shows any value as text."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PreviewAny",
            display_name="Preview as Text",
            category="utilities",
            inputs=[io.AnyType.Input("source")],
            outputs=[io.String.Output()],
            is_output_node=True,
        )

    @classmethod
    def execute(cls, source: Any = None) -> io.NodeOutput:
        text = str(source)
        return io.NodeOutput(text, ui=ui.PreviewText(text))


class CLIPTextEncode(io.ComfyNode):
    """A prompt as CONDITIONING."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="CLIPTextEncode",
            display_name="CLIP Text Encode (Prompt)",
            category="model/conditioning",
            inputs=[
                io.String.Input("text", multiline=True, dynamic_prompts=True, tooltip="The prompt."),
                io.Clip.Input("clip", tooltip="The text encoder."),
            ],
            outputs=[io.Conditioning.Output(tooltip="The encoded prompt.")],
        )

    @classmethod
    def execute(cls, text: str, clip: Any) -> io.NodeOutput:
        return io.NodeOutput(host().encode_text(clip, text))


class VAEDecode(io.ComfyNode):
    """Latents as frames."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="VAEDecode",
            display_name="VAE Decode",
            category="model/latent",
            inputs=[
                io.Latent.Input("samples", tooltip="The latents to decode."),
                io.Vae.Input("vae", tooltip="The VAE to decode them with."),
            ],
            outputs=[io.Image.Output(tooltip="The frames.")],
        )

    @classmethod
    def execute(cls, samples: dict[str, Any], vae: Any) -> io.NodeOutput:
        return io.NodeOutput(host().decode_video(vae, samples["samples"]))


class SolidMask(io.ComfyNode):
    """A mask [1,H,W] of one value."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="SolidMask",
            display_name="Create Solid Mask",
            category="image/mask",
            inputs=[
                io.Float.Input("value", default=1.0, min=0.0, max=1.0, step=0.01),
                io.Int.Input("width", default=512, min=1, max=16384, step=1),
                io.Int.Input("height", default=512, min=1, max=16384, step=1),
            ],
            outputs=[io.Mask.Output()],
        )

    @classmethod
    def execute(cls, value: float, width: int, height: int) -> io.NodeOutput:
        return io.NodeOutput(torch.full((1, height, width), value))


class ImageToMask(io.ComfyNode):
    """One channel of pictures as masks."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="ImageToMask",
            display_name="Convert Image to Mask",
            category="image/mask",
            inputs=[
                io.Image.Input("image"),
                io.Combo.Input("channel", options=["red", "green", "blue", "alpha"]),
            ],
            outputs=[io.Mask.Output()],
        )

    @classmethod
    def execute(cls, image: torch.Tensor, channel: str) -> io.NodeOutput:
        index = ["red", "green", "blue", "alpha"].index(channel)
        if index >= image.shape[-1]:
            raise ValueError(
                f"the picture has {image.shape[-1]} channels and no {channel}: choose red, green or blue."
            )
        return io.NodeOutput(image[..., index])


NODES: list[type[io.ComfyNode]] = [
    LoadImage,
    LoadImageMask,
    LoadVideo,
    GetVideoComponents,
    CreateVideo,
    SaveVideo,
    PreviewImage,
    SaveImage,
    PreviewAny,
    CLIPTextEncode,
    VAEDecode,
    SolidMask,
    ImageToMask,
]
