"""The appearance of a clip's layers: outlines, edges, textures and colours."""

from __future__ import annotations

from dataclasses import dataclass, fields

import torch
from torch import Tensor
from torch.nn import functional as F

from .draws import Draws
from .movement import Odds
from .outlines import NUMBERS, SHAPES

COLOURS = {
    "red": (0.85, 0.12, 0.12), "orange": (0.95, 0.55, 0.10), "yellow": (0.95, 0.88, 0.15),
    "green": (0.15, 0.65, 0.20), "blue": (0.12, 0.30, 0.85), "purple": (0.55, 0.20, 0.70),
    "white": (0.95, 0.95, 0.95), "black": (0.06, 0.06, 0.06), "brown": (0.45, 0.28, 0.14),
    "pink": (0.95, 0.55, 0.70),
}  # fmt: skip


@dataclass(frozen=True)
class Layers:
    """The appearance of the layers of B clips, [B,L] each; of layer 0, the background, only the texture is used."""

    shape: Tensor  # index into SHAPES
    own: Tensor  # [B,L,NUMBERS] the random parameters of the outline
    there: Tensor  # True if the sprite is in the clip
    soft: Tensor  # width of the edge in pixels
    opacity: Tensor
    volume: Tensor  # how much darker the rim is than the middle
    height: Tensor  # height above the layers below, in view units, for the shadow
    tint: Tensor  # index into COLOURS
    contrast: Tensor  # the share of the texture's own variation that remains after tinting
    texture: Tensor  # index into the pool
    density: Tensor  # texels per pixel
    shift: Tensor  # [B,L,2] offset in the texture

    @classmethod
    def random(cls, draws: Draws, layers: int, pool: int, odds: Odds) -> Layers:
        """A random appearance. `pool` is the number of textures to choose from."""
        look, edge, cloth = (draws.stream(name) for name in ("look", "edge", "cloth"))
        there = look.chance(0.8, layers)
        there[:, :2] = True
        softness, clearness = (
            edge.uniform(layers, low=2.0, high=6.0),
            edge.uniform(layers, low=0.55, high=0.85),
        )
        return cls(
            shape=look.integers(layers, below=len(SHAPES)),
            own=look.normal(layers, NUMBERS).clamp(-2, 2),
            there=there,
            soft=torch.where(edge.chance(odds.soft, layers), softness, 1.0),
            opacity=torch.where(edge.chance(odds.clear, layers), clearness, 1.0),
            volume=look.uniform(layers, high=0.45),
            height=look.uniform(layers, low=0.03, high=0.2),
            tint=look.integers(layers, below=len(COLOURS)),
            contrast=look.uniform(layers, low=0.3, high=0.75),
            texture=cloth.integers(layers, below=pool),
            density=cloth.uniform(layers, low=0.7, high=1.25),
            shift=cloth.uniform(layers, 2, low=-1.0),
        )

    def to(self, device: torch.device) -> Layers:
        return Layers(*(getattr(self, field.name).to(device) for field in fields(self)))

    def name(self, clip: int, k: int) -> str:
        """The colour and shape of sprite k, for example "red circle"."""
        return f"{list(COLOURS)[int(self.tint[clip, k])]} {SHAPES[int(self.shape[clip, k])]}"


def wrapped_texture(pictures: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """The colours [B,3,T,H,W] of periodic pictures [B,3,S,S] at x, y [B,T,H,W]; one period spans -1..1."""
    size = pictures.shape[-1]
    grid = torch.stack((x, y), -1).add_(1).remainder_(2).sub_(1).mul_(size / (size + 2))
    padded = F.pad(pictures, (1, 1, 1, 1), mode="circular")
    found = F.grid_sample(
        padded, grid.flatten(1, 2), mode="bilinear", padding_mode="border", align_corners=False
    )
    return found.unflatten(2, x.shape[1:3])


def tinted_texture(texture: Tensor, mean: Tensor, tint: Tensor, contrast: Tensor) -> Tensor:
    """A texture [B,3,T,H,W], in 0..1, with its mean colour [B,3] replaced by `tint` [B,3] and its contrast scaled by [B]."""

    def spread(values: Tensor) -> Tensor:
        return values.reshape(len(values), -1, 1, 1, 1)

    change = texture - spread(mean)
    grey = change.mean(1, keepdim=True)
    return (spread(tint) + spread(contrast) * (grey + 0.4 * (change - grey))).clamp(0, 1)
