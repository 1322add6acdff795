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

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
import torch.nn.functional as F

from ...interruption import check_interruption
from ..document.document import Polygon, Region, Stroke
from .outline import outline_indices

SHARP = 1e-6  # the edge width of a region without feather
FAR = 1e6
SMALL_GRID = 20_000  # cells
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
    layers = [np.full((grid.height, grid.width), float(region.everything), dtype=np.float32) for _ in widths]
    grow = -region.grow if region.invert else region.grow
    if mask is not None:
        for layer, cover in zip(layers, mask_coverage(mask, grid, grow, region.feather, widths), strict=True):
            np.maximum(layer, cover, out=layer)
    for shape in (*region.polygons, *region.strokes):
        growth = -grow if shape.mode == "erase" else grow
        if isinstance(shape, Stroke):
            box, levels = stroke_edges(shape, grid, growth, widths)
        else:
            box, levels = polygon_edges(shape, grid, growth, widths)
        for layer, level in zip(layers, levels, strict=True):
            cover = smoothstep(0.5 - level)
            if shape.mode == "erase":
                layer[box] *= 1 - cover
            else:
                np.maximum(layer[box], cover, out=layer[box])
    if region.invert:
        layers = [1 - layer for layer in layers]
    return Coverage(*layers)


def smoothstep(t: np.ndarray) -> np.ndarray:
    """3t^2 - 2t^3 with t clamped to 0..1."""
    t = np.clip(t, 0, 1)
    return t * t * (3 - 2 * t)


def box_around(points: np.ndarray, margin: float, grid: Grid) -> tuple[slice, slice]:
    """Slices of the rows and columns whose cell centres may lie within `margin` of the points [n,2]."""
    (left, top), (right, bottom) = points.min(0) - margin, points.max(0) + margin
    cell_x, cell_y = grid.extent[0] / grid.width, grid.extent[1] / grid.height
    rows = np.clip([np.floor(top / cell_y - 0.5), np.ceil(bottom / cell_y + 0.5)], 0, grid.height)
    columns = np.clip([np.floor(left / cell_x - 0.5), np.ceil(right / cell_x + 0.5)], 0, grid.width)
    return slice(int(rows[0]), int(rows[1])), slice(int(columns[0]), int(columns[1]))


def stroke_edges(stroke: Stroke, grid: Grid, grow: float, widths: tuple[float, ...]):
    """The stroke's box on the grid and, for each edge width w, the minimum over its capsules of (d + s/2) / (w + s).

    Capsules are evaluated in groups of neighbours, each group only inside its own box.
    """
    points = np.asarray([point[:2] for point in stroke.points], dtype=np.float32) * np.array(
        grid.extent, np.float32
    )
    radii = np.asarray([point[2] for point in stroke.points], dtype=np.float32) * np.float32(stroke.radius)
    if len(points) == 1:
        points, radii = np.repeat(points, 2, 0), np.repeat(radii, 2)
    if len(points) > MANY_POINTS:
        kept = outline_indices(np.column_stack([points, radii]), grid.cell * OUTLINE_TOLERANCE)
        points, radii = points[kept], radii[kept]
    softness = 1 - stroke.hardness
    margin = stroke.radius + max(grow, 0.0) + max(widths)
    box = box_around(points, margin, grid)
    levels = [
        np.full((box[0].stop - box[0].start, box[1].stop - box[1].start), FAR, np.float32) for _ in widths
    ]
    x, y = grid.x, grid.y
    # Large groups need fewer calls, small groups have smaller boxes.
    group = 16 if grid.height * grid.width <= SMALL_GRID else 4
    for first in range(0, len(points) - 1, group):
        if first % 64 == 0:
            check_interruption()
        part = slice(first, min(first + group, len(points) - 1) + 1)
        rows, columns = box_around(points[part], margin, grid)
        distance, radius = capsules(points[part], radii[part], x[columns], y[rows])
        distance -= radius + np.float32(grow)
        inside = (
            slice(rows.start - box[0].start, rows.stop - box[0].start),
            slice(columns.start - box[1].start, columns.stop - box[1].start),
        )
        if softness:
            distance += np.float32(softness / 2) * radius
        for level, width in zip(levels, widths, strict=True):
            if softness:
                nearest = (distance / (np.float32(softness) * radius + np.float32(width))).min(0)
            else:
                nearest = distance.min(0) / np.float32(width)
            np.minimum(level[inside], nearest, out=level[inside])
    return box, levels


def capsules(points: np.ndarray, radii: np.ndarray, x: np.ndarray, y: np.ndarray):
    """Distances [S,h,w] of cell centres to the S = n-1 segments between points [n,2], and the radii [S,h,w] there.

    The radius is interpolated linearly at the nearest point of each segment.
    """
    start, step = points[:-1], np.diff(points, axis=0)
    squared = np.maximum((step**2).sum(1), np.float32(1e-12))
    dx = x[None, None, :] - start[:, 0, None, None]
    dy = y[None, :, None] - start[:, 1, None, None]
    step_x, step_y = step[:, 0, None, None], step[:, 1, None, None]
    along = dx * (step_x / squared[:, None, None]) + dy * (step_y / squared[:, None, None])
    np.clip(along, 0, 1, out=along)
    away_x, away_y = dx - along * step_x, dy - along * step_y
    distance = np.sqrt(away_x * away_x + away_y * away_y)
    along *= np.diff(radii)[:, None, None]
    along += radii[:-1, None, None]
    return distance, along


def edge_width(region: Region) -> float:
    """The width in units of a region's narrowest edge; that of a connected mask, or one that snaps, counts as crisp."""
    if region.snap:
        return 0.0
    softness = 0.0 if region.polygons or region.mask is not None else float("inf")
    for stroke in region.strokes:
        softness = min(softness, (1 - stroke.hardness) * stroke.radius)
    return region.feather + (0.0 if softness == float("inf") else softness)


def polygon_edges(polygon: Polygon, grid: Grid, grow: float, widths: tuple[float, ...]):
    """The polygon's box on the grid and, for each edge width w, the values d / w in it."""
    points = np.asarray(polygon.points, dtype=np.float32) * np.array(grid.extent, np.float32)
    if len(points) > MANY_POINTS:
        points = points[outline_indices(points, grid.cell * OUTLINE_TOLERANCE)]
    closed = np.concatenate([points, points[:1]])
    margin = abs(grow) + max(widths)
    box = box_around(points, margin, grid)
    x, y = grid.x[box[1]], grid.y[box[0]]
    inside = np.zeros((len(y), len(x)), dtype=bool)
    distance = np.full(inside.shape, FAR, dtype=np.float32)
    for number, (a, b) in enumerate(pairwise(closed)):
        if number % 64 == 0:
            check_interruption()
        crossed = (a[1] <= y) != (b[1] <= y)
        if crossed.any():
            at = a[0] + (y[crossed] - a[1]) * ((b[0] - a[0]) / (b[1] - a[1]))
            inside[crossed] ^= x[None, :] < at[:, None]
        rows, columns = box_around(np.stack([a, b]), margin, grid)
        near = (
            slice(rows.start - box[0].start, rows.stop - box[0].start),
            slice(columns.start - box[1].start, columns.stop - box[1].start),
        )
        nearest, _ = capsules(np.stack([a, b]), np.zeros(2, np.float32), x[near[1]], y[near[0]])
        np.minimum(distance[near], nearest[0], out=distance[near])
    distance = np.where(inside, -distance, distance) - np.float32(grow)
    return box, [distance / np.float32(width) for width in widths]


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
