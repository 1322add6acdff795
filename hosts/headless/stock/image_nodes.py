"""Stand-ins for stock nodes that load, save and show pictures and masks."""

from __future__ import annotations

import torch

from ..api import io, ui
from ..pictures import read_image, save_images
from .input_files import input_file, input_files


class LoadImage(io.ComfyNode):
    """Loads a picture, or the frames of an animation, [T,H,W,3], and masks of the transparent parts."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="LoadImage",
            display_name="Load Image",
            category="image",
            inputs=[io.Combo.Input("image", options=input_files("image"), upload=io.UploadType.image)],
            outputs=[io.Image.Output(), io.Mask.Output()],
        )

    @classmethod
    def validate_inputs(cls, image: str) -> bool:
        input_file(image)
        return True

    @classmethod
    def execute(cls, image: str) -> io.NodeOutput:
        pixels, transparency = read_image(input_file(image))
        empty = torch.zeros(len(pixels), 64, 64)
        return io.NodeOutput(pixels, empty if transparency is None else transparency)


class LoadImageMask(io.ComfyNode):
    """Loads one channel of a picture, or of an animation, as masks [T,H,W]."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="LoadImageMask",
            display_name="Load Image (as Mask)",
            category="image",
            inputs=[
                io.Combo.Input("image", options=input_files("image"), upload=io.UploadType.image),
                io.Combo.Input("channel", options=["alpha", "red", "green", "blue"]),
            ],
            outputs=[io.Mask.Output()],
        )

    @classmethod
    def validate_inputs(cls, image: str) -> bool:
        input_file(image)
        return True

    @classmethod
    def execute(cls, image: str, channel: str) -> io.NodeOutput:
        pixels, transparency = read_image(input_file(image))
        if channel == "alpha":
            return io.NodeOutput(torch.zeros(len(pixels), 64, 64) if transparency is None else transparency)
        return io.NodeOutput(pixels[..., ["red", "green", "blue"].index(channel)])


class PreviewImage(io.ComfyNode):
    """Shows pictures by writing them to the temporary folder as PNG files."""

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
                    "filename_prefix",
                    default="ComfyUI",
                    tooltip="The folder and the first part of the file names.",
                ),
            ],
            outputs=[io.Image.Output(display_name="images")],
            is_output_node=True,
        )

    @classmethod
    def execute(cls, images: torch.Tensor, filename_prefix: str) -> io.NodeOutput:
        saved = save_images(images, filename_prefix, io.FolderType.output)
        return io.NodeOutput(images, ui=ui.SavedImages(saved))


class ImageFromBatch(io.ComfyNode):
    """Takes pictures out of a batch; a negative index counts from its end."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="ImageFromBatch",
            display_name="Get Image from Batch",
            category="image/batch",
            inputs=[
                io.Image.Input("image"),
                io.Int.Input("batch_index", default=0, min=-16384, max=16384),
                io.Int.Input("length", default=1, min=1, max=4096),
            ],
            outputs=[io.Image.Output()],
        )

    @classmethod
    def execute(cls, image: torch.Tensor, batch_index: int, length: int) -> io.NodeOutput:
        first = batch_index + len(image) if batch_index < 0 else batch_index
        first = max(0, min(len(image) - 1, first))
        return io.NodeOutput(image[first : first + length])


class SolidMask(io.ComfyNode):
    """Makes a mask [1,H,W] with the same value everywhere."""

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
    """Makes masks from one channel of pictures."""

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
