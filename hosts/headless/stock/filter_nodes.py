"""The stock nodes that draw, tint and simplify pictures: Empty Image, Blend Images and Quantize Image."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..api import io

_LARGEST = 16384


class EmptyImage(io.ComfyNode):
    """Makes pictures of one colour."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="EmptyImage",
            display_name="EmptyImage",
            category="image",
            inputs=[
                io.Int.Input("width", default=512, min=1, max=_LARGEST, step=1),
                io.Int.Input("height", default=512, min=1, max=_LARGEST, step=1),
                io.Int.Input("batch_size", default=1, min=1, max=4096),
                io.Int.Input("color", default=0, min=0, max=0xFFFFFF, step=1),
            ],
            outputs=[io.Image.Output()],
        )

    @classmethod
    def execute(cls, width: int, height: int, batch_size: int, color: int) -> io.NodeOutput:
        rgb = torch.tensor([(color >> shift) & 0xFF for shift in (16, 8, 0)]) / 0xFF
        return io.NodeOutput(rgb.repeat(batch_size, height, width, 1))


class ImageBlend(io.ComfyNode):
    """Blends two pictures as layers of a drawing program do; the second is cropped and scaled to the first."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="ImageBlend",
            display_name="Blend Images",
            category="image/filters",
            inputs=[
                io.Image.Input("image1"),
                io.Image.Input("image2"),
                io.Float.Input("blend_factor", default=0.5, min=0.0, max=1.0, step=0.01),
                io.Combo.Input("blend_mode", options=list(BLENDS)),
            ],
            outputs=[io.Image.Output()],
        )

    @classmethod
    def execute(cls, image1: Tensor, image2: Tensor, blend_factor: float, blend_mode: str) -> io.NodeOutput:
        if image1.shape != image2.shape:
            image2 = _cropped(image2, *image1.shape[1:3])
        blended = BLENDS[blend_mode](image1, image2)
        return io.NodeOutput(torch.lerp(image1, blended, blend_factor).clamp(0, 1))


def _cropped(pictures: Tensor, height: int, width: int) -> Tensor:
    """The middle of pictures [B,H,W,3] with another aspect ratio, scaled as ComfyUI does (bicubic, without a filter against aliasing)."""
    have, want = pictures.shape[2] / pictures.shape[1], width / height
    top, left = (
        round((side - side * min(1.0, share)) / 2)
        for side, share in ((pictures.shape[1], have / want), (pictures.shape[2], want / have))
    )
    middle = pictures[:, top : pictures.shape[1] - top, left : pictures.shape[2] - left]
    return F.interpolate(middle.movedim(-1, 1), (height, width), mode="bicubic").movedim(1, -1)


def _overlay(below: Tensor, above: Tensor) -> Tensor:
    return torch.where(below <= 0.5, 2 * below * above, 1 - 2 * (1 - below) * (1 - above))


def _soft_light(below: Tensor, above: Tensor) -> Tensor:
    """W3C, "Compositing and Blending Level 1", section 9.1."""
    root = torch.where(below <= 0.25, ((16 * below - 12) * below + 4) * below, below.sqrt())
    darker = below - (1 - 2 * above) * below * (1 - below)
    return torch.where(above <= 0.5, darker, below + (2 * above - 1) * (root - below))


BLENDS = {
    "normal": lambda below, above: above,
    "multiply": lambda below, above: below * above,
    "screen": lambda below, above: 1 - (1 - below) * (1 - above),
    "overlay": _overlay,
    "soft_light": _soft_light,
    "difference": lambda below, above: below - above,
}


class ImageQuantize(io.ComfyNode):
    """Draws pictures in a few colours of their own, with or without dither."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="ImageQuantize",
            display_name="Quantize Image",
            category="image/filters",
            inputs=[
                io.Image.Input("image"),
                io.Int.Input("colors", default=256, min=1, max=256, step=1),
                io.Combo.Input(
                    "dither",
                    options=["none", "floyd-steinberg", "bayer-2", "bayer-4", "bayer-8", "bayer-16"],
                ),
            ],
            outputs=[io.Image.Output()],
        )

    @classmethod
    def execute(cls, image: Tensor, colors: int, dither: str) -> io.NodeOutput:
        return io.NodeOutput(torch.stack([_quantized(one, colors, dither) for one in image]))


def _quantized(picture: Tensor, colors: int, dither: str) -> Tensor:
    """A picture [H,W,3] in at most `colors` colours."""
    from PIL import Image

    pixels = Image.fromarray((picture * 255).to(torch.uint8).numpy())
    palette = pixels.quantize(colors=colors)
    kind = Image.Dither.FLOYDSTEINBERG if dither == "floyd-steinberg" else Image.Dither.NONE
    if dither.startswith("bayer"):
        order = int(dither.removeprefix("bayer-"))
        spread = 2 * 256 / (len(palette.getpalette() or ()) // 3)
        height, width = picture.shape[:2]
        pattern = (spread * _bayer(order) + 0.5).tile(-(-height // order), -(-width // order))[
            :height, :width, None
        ]
        shifted = (torch.from_numpy(np.array(pixels)) + pattern).clamp(0, 255).to(torch.uint8)
        pixels = Image.fromarray(shifted.numpy())
    return (
        torch.from_numpy(np.array(pixels.quantize(palette=palette, dither=kind).convert("RGB"))).float() / 255
    )


def _bayer(order: int) -> Tensor:
    """The threshold matrix [order,order] of Bayer's ordered dither, whose mean is 0."""
    if order == 1:
        return torch.zeros(1, 1)
    count = order * order
    inner = count * _bayer(order // 2)
    rows = torch.cat([inner - 1.5, inner + 0.5], 1), torch.cat([inner + 1.5, inner - 0.5], 1)
    return torch.cat(rows) / count
