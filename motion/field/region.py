"""Regions: the coverage (0..1) of strokes, polygons and masks on any grid.

The canvas editor follows the same rule. Distances are in *units* (the short side of the picture is 1). `d` is the signed
distance of a cell centre to a shape's outline, negative inside, minus `grow`; for shapes that erase it is plus `grow`.
In an inverted region the two signs are exchanged, so that `grow` always enlarges the final region.

- A stroke is the union of capsules between neighbouring points. In a capsule, the radius at the nearest point of the
  segment is interpolated linearly (radius x pressure), and d = distance - radius. The softness
  s = (1 - hardness) x radius moves the middle of the edge inwards by s/2 and widens the edge by s.
- The inside of a polygon follows the even-odd rule, and s = 0.
- A shape's coverage is S(0.5 - (d + s/2) / (w + s)), where S(t) = 3t^2 - 2t^3 clamped to 0..1 and w is the edge width.
- Shapes are combined in this order: everything, mask, polygons, strokes. Painting takes the maximum, erasing multiplies
  by (1 - coverage), and `invert` comes last.

There are two versions: `exact` with w = feather depends on the position alone and defines the motion; `soft` with
w = max(feather, one cell) is anti-aliased and makes the masks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from ..document.document import Polygon, Region, Stroke
from .capsules import Polygons, Strokes
from .outline import outline_indices
from .shape_coverage import combine_shapes, smoothstep

SHARP = 1e-6  # the edge width of a region without feather
FAR = 1e6
# Outlines with more points are simplified, to this share of a cell.
MANY_POINTS, OUTLINE_TOLERANCE = 512, 0.05


@dataclass(frozen=True)
class Grid:
    """A grid of height x width cells over a picture of the given aspect (width / height), with cell centres in units."""

    height: int
    width: int
    aspect: float

    @property
    def extent(self) -> tuple[float, float]:
        """Width and height of the picture in units; the shorter is 1."""
        return max(self.aspect, 1.0), max(1 / self.aspect, 1.0)

    @property
    def cell(self) -> float:
        """Size of one cell in units, the larger of its two sides."""
        return max(self.extent[0] / self.width, self.extent[1] / self.height)

    @property
    def x(self) -> np.ndarray:
        """The x of the cell centres [width] in units."""
        return ((np.arange(self.width) + 0.5) * (self.extent[0] / self.width)).astype(np.float32)

    @property
    def y(self) -> np.ndarray:
        """The y of the cell centres [height] in units."""
        return ((np.arange(self.height) + 0.5) * (self.extent[1] / self.height)).astype(np.float32)


@dataclass(frozen=True)
class Coverage:
    """Coverage of a region on a grid: `exact` [H,W] is a function of position alone, `soft` [H,W] is anti-aliased."""

    exact: np.ndarray
    soft: np.ndarray


def rasterize(region: Region, grid: Grid, mask: torch.Tensor | None = None) -> Coverage:
    """Coverage of a region on a grid. `mask` [h,w] is the MASK that the region refers to, if it refers to one."""
    widths = (max(region.feather, SHARP), max(region.feather, grid.cell))
    if mask is None and widths[0] == widths[1]:
        widths = widths[:1]
    layers = [np.full((grid.height, grid.width), float(region.everything), dtype=np.float32) for _ in widths]
    grow = -region.grow if region.invert else region.grow
    if mask is not None:
        for layer, cover in zip(layers, mask_coverage(mask, grid, grow, region.feather, widths), strict=True):
            np.maximum(layer, cover, out=layer)
    for shapes in (region.polygons, region.strokes):
        if shapes:
            capsules = capsules_of(shapes, grid, grow)
            rows, columns = cells_within(*capsules.box(max(widths)), grid)
            parts = [layer[rows, columns] for layer in layers]
            combine_shapes(parts, widths, capsules, grid.x[columns], grid.y[rows])
    if region.invert:
        layers = [1 - layer for layer in layers]
    return Coverage(layers[0], layers[-1].copy() if len(layers) == 1 else layers[-1])


def cells_within(left_top: np.ndarray, right_bottom: np.ndarray, grid: Grid) -> tuple[slice, slice]:
    """Slices of the rows and columns whose cell centres may lie between two corners in units."""
    cell_x, cell_y = grid.extent[0] / grid.width, grid.extent[1] / grid.height
    (left, top), (right, bottom) = left_top, right_bottom
    rows = np.clip([np.floor(top / cell_y - 0.5), np.ceil(bottom / cell_y + 0.5)], 0, grid.height)
    columns = np.clip([np.floor(left / cell_x - 0.5), np.ceil(right / cell_x + 0.5)], 0, grid.width)
    return slice(int(rows[0]), int(rows[1])), slice(int(columns[0]), int(columns[1]))


def capsules_of(shapes: Sequence[Stroke] | Sequence[Polygon], grid: Grid, grow: float) -> Strokes | Polygons:
    """The capsules of strokes or the sides of polygons in units; those with very many points are simplified."""
    extent, outlines = np.array(grid.extent, np.float32), []
    for shape in shapes:
        points = np.asarray([point[:2] for point in shape.points], dtype=np.float32) * extent
        radii = np.zeros(len(points), np.float32)
        if isinstance(shape, Stroke):
            radii = np.asarray([point[2] for point in shape.points], np.float32) * np.float32(shape.radius)
        outline = np.column_stack([points, radii])
        if len(outline) > MANY_POINTS:
            outline = outline[outline_indices(outline, grid.cell * OUTLINE_TOLERANCE)]
        if isinstance(shape, Polygon) or len(outline) == 1:
            outline = np.concatenate([outline, outline[:1]])
        outlines.append(outline)
    start, stop = (
        np.concatenate([outline[part] for outline in outlines]) for part in (slice(-1), slice(1, None))
    )
    return (Strokes if isinstance(shapes[0], Stroke) else Polygons)(
        start=start[:, :2],
        stop=stop[:, :2],
        radius=start[:, 2],
        widening=stop[:, 2] - start[:, 2],
        shape=np.repeat(np.arange(len(shapes)), [len(outline) - 1 for outline in outlines]),
        softness=np.array([1 - getattr(shape, "hardness", 1.0) for shape in shapes], np.float32),
        grow=np.array([-grow if shape.mode == "erase" else grow for shape in shapes], np.float32),
        erase=np.array([shape.mode == "erase" for shape in shapes]),
    )


def edge_width(region: Region) -> float:
    """The width in units of a region's narrowest edge; that of a connected mask, or one that snaps, counts as crisp."""
    if region.snap:
        return 0.0
    softness = 0.0 if region.polygons or region.mask is not None else float("inf")
    for stroke in region.strokes:
        softness = min(softness, (1 - stroke.hardness) * stroke.radius)
    return region.feather + (0.0 if softness == float("inf") else softness)


def mask_coverage(
    mask: torch.Tensor, grid: Grid, grow: float, feather: float, widths: tuple[float, ...]
) -> list[np.ndarray]:
    """Coverage of a connected MASK [h,w] for each edge width.

    The mask is sampled unchanged when `grow` is 0 and `feather` at most 1.5 of its pixels. Otherwise its coverage comes
    from the signed distance to its outline at 0.5.
    """
    mask = mask.detach().to(dtype=torch.float32, device="cpu")
    pixel = min(grid.extent[0] / mask.shape[1], grid.extent[1] / mask.shape[0])
    if grow == 0 and feather <= 1.5 * pixel:
        return [resample_image(mask, grid, False), resample_image(mask, grid, True)]
    distance = resample_image(torch.from_numpy(signed_distance(mask.numpy() >= 0.5)) * pixel, grid, False)
    return [smoothstep(0.5 - (distance - np.float32(grow)) / np.float32(width)) for width in widths]


def signed_distance(inside: np.ndarray) -> np.ndarray:
    """Euclidean distance [h,w] in pixels to the outline of a boolean image [h,w], negative inside."""
    import cv2

    if inside.all() or not inside.any():
        return np.full(inside.shape, -FAR if inside.all() else FAR, dtype=np.float32)
    outer = cv2.distanceTransform((~inside).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    inner = cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.where(inside, 0.5 - inner, outer - 0.5).astype(np.float32)


def resample_image(image: torch.Tensor, grid: Grid, area: bool) -> np.ndarray:
    """The image [h,w] at the cell centres of a grid, bilinear; with `area`, on a coarser grid, the mean over each cell."""
    size = (grid.height, grid.width)
    if tuple(image.shape) == size:
        return image.numpy().copy()
    if area and image.shape[0] >= size[0] and image.shape[1] >= size[1]:
        return F.interpolate(image[None, None], size=size, mode="area")[0, 0].numpy()
    return F.interpolate(image[None, None], size=size, mode="bilinear", align_corners=False)[0, 0].numpy()
