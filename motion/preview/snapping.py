"""Coverages of regions that snap to the objects of the picture in the editor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

import torch
import torch.nn.functional as F
from torch import Tensor

from ...rendering.matte import snapped_matte
from ..document.document import Document
from ..field.layers import FieldLayer
from ..field.region import Coverage, Grid


@dataclass(frozen=True)
class SnappedCoverage(Coverage):
    """A coverage whose outline was moved to the edges of an object."""


@dataclass(frozen=True)
class SeenPicture:
    """The picture [h,w,3] on the grid of a preview, with a digest of its pixels."""

    pixels: Tensor
    digest: bytes


def seen_picture(picture: Tensor | None, grid: Grid) -> SeenPicture | None:
    """A picture [H,W,3] reduced or enlarged to a grid."""
    if picture is None:
        return None
    planes = picture.permute(2, 0, 1)[None].float()
    pixels = F.interpolate(planes, (grid.height, grid.width), mode="bilinear", antialias=True)[0]
    pixels = pixels.clamp(0, 1).permute(1, 2, 0).contiguous()
    return SeenPicture(pixels, blake2b(pixels.numpy().tobytes(), digest_size=16).digest())


def snapped_coverage(layer: FieldLayer, grid: Grid, seen: SeenPicture | None) -> Coverage:
    """The coverage of a layer on a grid, moved to the edges of the object that it covers if it snaps and one is found."""
    cover = layer.coverage(grid)
    if seen is None or not layer.snap:
        return cover
    matte = snapped_matte(seen.pixels, torch.from_numpy(cover.soft))
    return cover if matte is None else SnappedCoverage(matte.numpy(), matte.numpy())


def snap_warnings(
    document: Document, layers: Sequence[FieldLayer], painted: Sequence[int], covers: Sequence[Coverage]
) -> list[str]:
    """A sentence for each layer that should snap and did not. `painted` holds the layers' indices in the document."""
    warnings = []
    for layer, index, cover in zip(layers, painted, covers, strict=True):
        if layer.snap and not isinstance(cover, SnappedCoverage):
            name = document.layers[index].name
            title = f"“{name}”" if name else f"Layer {index + 1}"
            warnings.append(
                f"{title} keeps what was painted: there is no object with a clear edge to snap to."
            )
    return warnings
