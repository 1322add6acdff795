"""Tracks: trajectories of single points, in the formats of ComfyUI's core nodes and of other editors.

TRACKS is `{"track_path": float32 [T,N,2] (x, y in pixels), "track_visibility": bool [T,N]}`. The JSON is a list of
tracks, each a list of `{"x": …, "y": …}` in pixels. In KJNodes' spline editor a list has any number of samples, spread
evenly over the clip; for ATI it has 121 samples at 24 frames per second, from which the sampler takes some.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import torch

from ..field.field import MotionField, field_from_flow
from .grid_points import grid_points
from .resampling import (
    ATI_SAMPLES,
    ati_sample_indices,
    fill_gaps,
    frame_of_sample,
    interpolate_tracks,
    resample,
)
from .track_text import are_fractions, point_lists

COVERED_CELL = 4  # pixels; the cell size of the z-buffer and of visibility lookups
DISTANCES_AT_ONCE = 1 << 23  # entries of one distance matrix, to bound memory
NEIGHBOURS = 24  # nearest tracks that are blended at a point
# Least difference in depth order for occlusion; a depth map changes the order by at most 0.5.
LAYERS_APART = 0.75


def tracks_from_field(
    field: MotionField,
    height: int,
    width: int,
    spacing: float = 16.0,
    points: torch.Tensor | None = None,
    painted_only: bool = False,
) -> dict[str, torch.Tensor]:
    """TRACKS of a field, for a grid of points about `spacing` pixels apart, or for `points` [N,2] in pixels.

    A point is invisible while it is outside the picture, while the video that the field was measured on does not show
    it, and while a nearer layer covers it. With `painted_only`, unpainted points are omitted. Raises ValueError when no
    point is left.
    """
    if points is None:
        if not 1 <= spacing <= max(height, width):
            raise ValueError(f"spacing is {spacing:g} pixels; it must be from 1 to {max(height, width)}")
        points = grid_points(height, width, spacing)
    if points.ndim != 2 or points.shape[1] != 2 or not torch.isfinite(points).all():
        raise ValueError(
            f"the points have shape {list(points.shape)}; they must be [N,2] without NaN or infinite values"
        )
    points = points.float()
    if painted_only:
        points = points[values_at(field.painted(height, width), points) >= 0.5]
    if len(points) == 0:
        raise ValueError("there is no point to track; paint a region, or track the whole picture")
    path = points + field.displacement_of(points, height, width)
    limits = path.new_tensor([width, height])
    visible = ((path >= 0) & (path < limits)).all(-1)
    cells = math.ceil(height / COVERED_CELL), math.ceil(width / COVERED_CELL)
    scale = path.new_tensor([cells[1] / width, cells[0] / height])
    visible &= values_at(field.visibility(*cells), points * scale) >= 0.5
    visible &= ~is_occluded(field, path, values_at(field.order(height, width), points), height, width)
    return {"track_path": path, "track_visibility": visible}


def values_at(values: torch.Tensor, points: torch.Tensor) -> torch.Tensor:
    """Values [...,N] of the pixels of `values` [...,H,W] that contain the points [...,N,2], or of the nearest pixels."""
    height, width = values.shape[-2:]
    column = points[..., 0].floor().long().clamp(0, width - 1)
    row = points[..., 1].floor().long().clamp(0, height - 1)
    index = (row * width + column).expand(*values.shape[:-2], points.shape[-2])
    return values.flatten(-2).gather(-1, index)


def is_occluded(
    field: MotionField, path: torch.Tensor, order: torch.Tensor, height: int, width: int
) -> torch.Tensor:
    """[T,N] bool: whether a nearer layer covers each point of the path [T,N,2], by a z-buffer on a coarse grid.

    order: [N], the depth order of the points.
    """
    rows, columns = math.ceil(height / COVERED_CELL), math.ceil(width / COVERED_CELL)
    depth = field.order(rows, columns).reshape(-1)
    if depth.max() - depth.min() < LAYERS_APART:
        return torch.zeros(path.shape[:2], dtype=torch.bool)
    centre_x, centre_y = torch.arange(columns) + 0.5, torch.arange(rows) + 0.5
    moved = field.displacement(rows, columns)
    column = (moved[..., 0] + centre_x).floor().long()
    row = (moved[..., 1] + centre_y[:, None]).floor().long()
    inside = ((column >= 0) & (column < columns) & (row >= 0) & (row < rows)).flatten(1)
    index = (row.clamp(0, rows - 1) * columns + column.clamp(0, columns - 1)).flatten(1)
    source = torch.where(inside, depth, torch.full_like(depth, -1e9))
    nearest = torch.full((len(path), rows * columns), -1e9).scatter_reduce(1, index, source, "amax")
    scale = path.new_tensor([columns / width, rows / height])
    return values_at(nearest.reshape(-1, rows, columns), path * scale) > order + LAYERS_APART


def checked_tracks(tracks: Any) -> tuple[torch.Tensor, torch.Tensor]:
    """Path [T,N,2] float32 and visibility [T,N] bool of TRACKS; raises ValueError for anything else, and for NaN."""
    if not isinstance(tracks, dict) or "track_path" not in tracks:
        raise ValueError("tracks must be a dictionary with `track_path` and `track_visibility`")
    path = torch.as_tensor(tracks["track_path"]).detach().float().cpu()
    if path.ndim != 3 or path.shape[2] != 2 or 0 in path.shape:
        raise ValueError(f"`track_path` has shape {list(path.shape)}; it must be [frames, tracks, 2]")
    visible = tracks.get("track_visibility")
    if visible is None:
        visible = torch.ones(path.shape[:2], dtype=torch.bool)
    visible = torch.as_tensor(visible).detach().bool().cpu()
    if visible.shape == (path.shape[0], 1):
        visible = visible.expand(path.shape[:2])
    if visible.shape != path.shape[:2]:
        raise ValueError(
            f"`track_visibility` has shape {list(visible.shape)}; for this path it must be {list(path.shape[:2])}"
        )
    if not torch.isfinite(path[visible]).all():
        raise ValueError("`track_path` has visible points that are not finite numbers")
    return path, visible


def resample_tracks(tracks: Any, frames: int) -> dict[str, torch.Tensor]:
    """TRACKS resampled to `frames` frames.

    Positions are interpolated linearly, also across invisible frames; visibility is that of the nearest frame. Tracks
    that are never visible are omitted. Raises ValueError when no track is left.
    """
    path, visible = checked_tracks(tracks)
    path, visible = path[:, visible.any(0)], visible[:, visible.any(0)]
    if not path.shape[1]:
        raise ValueError("no track is visible in any frame")
    path, visible = resample(fill_gaps(path, visible), visible, frames)
    return {"track_path": path, "track_visibility": visible}


def field_from_tracks(
    tracks: Any,
    height: int,
    width: int,
    frames: int | None = None,
    reach: float | None = None,
) -> MotionField:
    """A dense field from TRACKS in pixels of a [height, width] picture, resampled to `frames`.

    At every point the displacements of the nearest tracks are blended by normalised Gaussians around the tracks'
    starting points, so that a single track translates its neighbourhood. `reach` is the standard deviation as a fraction
    of the short side (default: the typical distance between tracks, or 0.08 for a single one). The weight of the field
    fades out between 1.5 and 2.5 standard deviations from the nearest track. Tracks that are invisible in the first frame
    are omitted; while a track is invisible its displacement is interpolated. Raises ValueError when no track is left.
    """
    path, visible = checked_tracks(tracks)
    usable = starts_inside(path, visible, height, width)
    if not usable.any():
        x, y = path[0, 0].tolist()
        raise ValueError(
            f"no track is visible inside the picture in the first frame; the first starts at ({x:g}, {y:g}), and the picture "
            f"is {width}x{height} pixels"
        )
    path, visible = path[:, usable], visible[:, usable]
    if frames is not None:
        path, visible = resample(fill_gaps(path, visible), visible, frames)
    else:
        path = fill_gaps(path, visible)
    short = min(height, width)
    start = path[0]
    sigma = (reach if reach is not None else typical_spacing(start, short)) * short
    if not sigma > 0:
        raise ValueError(f"reach is {reach}; it must be above 0")
    cell = max(1.0, min(8.0, 0.75 * sigma))
    rows, columns = max(1, round(height / cell)), max(1, round(width / cell))
    cells = grid_points(height, width, cell)
    scale = path.new_tensor([columns / width, rows / height])
    shift = (path - start) * scale
    shift[0] = 0
    near = min(len(start), NEIGHBOURS)
    distance, index = nearest_points(cells, start, near)  # [P,K]
    share = torch.softmax(-(distance**2) / (2 * sigma**2), dim=1)
    table = torch.cat([shift.permute(1, 0, 2).flatten(1), visible.T.float()], dim=1)  # [N,3T]
    blended = torch.zeros(len(cells), table.shape[1])
    for k in range(near):
        blended += share[:, k, None] * table[index[:, k]]
    fade = (2.5 - distance[:, 0] / sigma).clamp(0, 1)
    weight = (fade * fade * (3 - 2 * fade)).reshape(rows, columns)
    dense = blended[:, : 2 * len(path)].reshape(rows, columns, -1, 2).permute(2, 0, 1, 3)
    seen = blended[:, 2 * len(path) :].T.reshape(-1, rows, columns)
    return field_from_flow(dense, weight, seen)


def starts_inside(path: torch.Tensor, visible: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """[N] bool: whether tracks are visible in the first frame and inside the picture, its borders included."""
    limits = path.new_tensor([width, height])
    return visible[0] & (path[0] >= 0).all(-1) & (path[0] <= limits).all(-1)


def nearest_points(
    places: torch.Tensor, points: torch.Tensor, count: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Distances [P,K] and indices [P,K] of the K = `count` points [N,2] nearest to each place [P,2], nearest first."""
    chunks = places.split(max(1, DISTANCES_AT_ONCE // len(points)))
    found = [torch.cdist(some, points).topk(count, dim=1, largest=False) for some in chunks]
    return torch.cat([part.values for part in found]), torch.cat([part.indices for part in found])


def typical_spacing(points: torch.Tensor, short: int) -> float:
    """Median distance of points [N,2] to their nearest neighbour, as a fraction of the short side.

    It is clamped to 0.01..0.25, and 0.08 for a single point.
    """
    if len(points) < 2:
        return 0.08
    distance = torch.cdist(points, points)
    distance.fill_diagonal_(torch.inf)
    return min(max(float(distance.amin(1).median()) / short, 0.01), 0.25)


def tracks_from_json(
    text: str | list[Any],
    frames: int | None = None,
    convention: str = "kjnodes",
    size: tuple[int, int] | None = None,
    on_fractions: Callable[[], None] | None = None,
) -> dict[str, torch.Tensor]:
    """TRACKS from the JSON point lists of other editors (`track_text.point_lists`), in pixels, at `frames` frames.

    Tracks that stay in 0..1 are fractions of the picture's sides; with its `size` (width, height) they are converted to
    pixels, and `on_fractions()` is called.

    kjnodes: the samples of each list are spread evenly over the clip (`frames` defaults to the longest list).
    ati: each list has 121 samples at 24 frames per second, or is resampled to 121, and the frames are those that ATI's
    sampler takes (`frames` defaults to 81). All points are visible, as the format has no visibility.
    Raises ValueError for text that is not such a list.
    """
    if convention not in ("kjnodes", "ati"):
        raise ValueError(f"the convention {convention!r} is unknown; choose one of kjnodes, ati")
    points = point_lists(text)
    lists = [torch.tensor(track, dtype=torch.float32)[:, None] for track in points]
    if size is not None and are_fractions(points):
        lists = [track * track.new_tensor(size) for track in lists]
        if on_fractions is not None:
            on_fractions()
    if convention == "ati":
        count = ATI_SAMPLES
    else:
        count = frames or max(len(points) for points in lists)
    parts = [resample(points, torch.ones(points.shape[:2], dtype=torch.bool), count) for points in lists]
    path, visible = (torch.cat(part, dim=1) for part in zip(*parts, strict=True))
    if convention == "ati":
        picks = ati_sample_indices(frames or 81)
        path, visible = path[picks], visible[picks]
    return {"track_path": path, "track_visibility": visible}


def tracks_to_json(tracks: Any, convention: str = "kjnodes", digits: int = 2) -> str:
    """JSON point lists of TRACKS, rounded to `digits` decimals of a pixel.

    kjnodes: one sample per frame. ati: 121 samples, placed so that ATI's sampler, run for the tracks' number of frames,
    takes every frame exactly. Positions in invisible frames are interpolated, as the format has no visibility.
    """
    path, visible = checked_tracks(tracks)
    path, visible = path[:, visible.any(0)], visible[:, visible.any(0)]
    path = fill_gaps(path, visible)
    if convention == "ati":
        picks = ati_sample_indices(len(path)).double()
        places = frame_of_sample(torch.arange(ATI_SAMPLES, dtype=torch.float64), picks)
        path, _ = interpolate_tracks(path, visible, places)
    elif convention != "kjnodes":
        raise ValueError(f"the convention {convention!r} is unknown; choose one of kjnodes, ati")
    rounded = path.double().mul(10**digits).round().div(10**digits).tolist()
    count = path.shape[1]
    return json.dumps([[{"x": frame[n][0], "y": frame[n][1]} for frame in rounded] for n in range(count)])
