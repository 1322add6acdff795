"""A flow along painted strokes that never arrives: water, smoke, clouds, hair.

Two copies of the region move along the flow and are cross-faded: the first goes on from where the picture has it, the second
comes from upstream and arrives there while the first fades out (Max and Becker, "Flow visualization using moving textures",
1995; Chuang et al., "Animating pictures with stochastic motion textures", SIGGRAPH 2005, animate water so). Each copy is
the picture moved along the streamlines of a velocity that does not change in time, so a copy never folds over itself, and at
a boundary where the velocity is zero the region stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
import torch.nn.functional as F

from ...interruption import check_interruption
from .path import Curve
from .region import Grid, rasterize, signed_distance, smoothstep

LATTICE = 128  # cells along the short side of the grid on which the velocity is kept
_SAMPLES = 24  # points of a stroke that give it direction
_NEAR = 0.03  # units; closer than this to a stroke, all its points count alike
_KNOT, _SHORTEST_KNOT = 0.02, 0.005  # units of way between two computed places of a streamline
_MOST_KNOTS = 160
_MOST_KEPT = 1 << 22  # values of the places on streamlines that are kept
_POINTS_AT_ONCE = 4096
_MOST_CENTRES = 8192  # points of all strokes together that give direction; with many strokes each has fewer


class FlowField:
    """A velocity over the picture, in units of way for each unit of the flow's speed, and its streamlines.

    strokes: the directions of the flow, at least one; a stroke half as long as the longest flows half as fast. cover: the region
    [h,w] on a grid of LATTICE cells along the short side. hold: the width in units over which the speed rises from 0 at the
    region's boundary; the border of the picture is no boundary. With `hold` 0 the flow is as fast at the boundary as inside.
    """

    def __init__(self, strokes: Sequence[Curve], cover: np.ndarray, grid: Grid, hold: float):
        self.extent = grid.extent
        # The speed changes over `hold`, which the steps along a streamline must resolve.
        self.knot = min(_KNOT, max(_SHORTEST_KNOT, hold / 3)) if hold > 0 else _KNOT
        points = np.stack(np.meshgrid(grid.x, grid.y), axis=-1).reshape(-1, 2).astype(np.float64)
        self._kept: dict[float, tuple[torch.Tensor, list[torch.Tensor]]] = {}
        velocity = _blended_directions(points, strokes).reshape(grid.height, grid.width, 2)
        if hold > 0:
            padded = np.pad(cover >= 0.5, 1, mode="edge")
            inside = -signed_distance(padded)[1:-1, 1:-1] * grid.cell
            velocity = velocity * smoothstep(inside / hold)[..., None]
        self.velocity = torch.from_numpy(velocity.astype(np.float32)).permute(2, 0, 1)[None]

    def displacement(self, ways: np.ndarray, points: torch.Tensor) -> torch.Tensor:
        """Displacement [T,2,P] in units of points [P,2] after the ways [T] along their streamlines, which may be negative."""
        out = torch.zeros(len(ways), 2, len(points), device=points.device)
        for some in (ways > 0, ways < 0):
            if some.any():
                index = torch.from_numpy(np.flatnonzero(some)).to(points.device)
                out[index] = self._along(ways[some], points).to(out)
        return out

    def _along(self, ways: np.ndarray, points: torch.Tensor) -> torch.Tensor:
        """`displacement` for ways of one sign: cubic interpolation between places on the streamlines."""
        farthest = ways[np.abs(ways).argmax()]
        step = np.sign(farthest) * self.knot
        while abs(farthest / step) > _MOST_KNOTS:
            step *= 2
        count = int(np.ceil(abs(farthest / step) - 1e-9)) or 1
        knot = np.minimum(ways / step, count - 1e-6)
        out = points.new_empty(len(ways), 2 * len(points))
        for index, ends in enumerate(self._pieces(points, step, count)):
            here = np.flatnonzero(np.floor(knot) == index)
            if len(here):
                u = knot[here] - index
                weights = [
                    (1 + 2 * u) * (1 - u) ** 2,
                    step * u * (1 - u) ** 2,
                    u * u * (3 - 2 * u),
                    -step * u * u * (1 - u),
                ]
                weights = points.new_tensor(np.stack(weights, 1))
                out[torch.from_numpy(here).to(points.device)] = weights @ ends.flatten(1)
        return out.reshape(len(ways), 2, -1)

    def _pieces(self, points: torch.Tensor, step: float, count: int) -> Iterator[torch.Tensor]:
        """Yield the ends [4,2,P] of `count` pieces of the streamlines from points [P,2], each `step` long: the displacement and the
        velocity where it begins, and both where it ends, by Runge and Kutta's method of fourth order.

        They are kept for the last points, because a clip is drawn a few frames at a time at the same points.
        """
        kept = self._kept.get(step)
        if kept is None or kept[0].shape != points.shape or not torch.equal(kept[0], points):
            moved = torch.zeros_like(points.T)
            kept = points.clone(), [torch.stack([moved, self._at(points).T])]
            self._kept[step] = kept
        knots, keeps = kept[1], count * points.numel() <= _MOST_KEPT
        last = knots[0]
        for index in range(count):
            if index + 1 < len(knots):
                following = knots[index + 1]
            else:
                following = self._next_knot(points, last, step)
                if keeps:
                    knots.append(following)
            yield torch.cat([last, following])
            last = following

    def _next_knot(self, points: torch.Tensor, knot: torch.Tensor, step: float) -> torch.Tensor:
        """The displacement and the velocity [2,2,P] one step after those at a knot [2,2,P]."""
        place, here = points + knot[0].T, knot[1].T
        middle = self._at(place + here * (step / 2))
        again = self._at(place + middle * (step / 2))
        after = self._at(place + again * step)
        way = (here + 2 * middle + 2 * again + after) * (step / 6)
        return torch.stack([knot[0] + way.T, self._at(place + way).T])

    def _at(self, points: torch.Tensor) -> torch.Tensor:
        """The velocity [P,2] at points [P,2] in units, interpolated between the cells of the lattice."""
        velocity = self.velocity.to(points)
        at = points / points.new_tensor(self.extent) * 2 - 1
        return F.grid_sample(velocity, at[None, None], padding_mode="border", align_corners=False)[0, :, 0].T


def flow_lattice(aspect: float) -> Grid:
    """The grid on which a flow is kept, for a picture of this aspect."""
    width, height = Grid(1, 1, aspect).extent
    return Grid(round(LATTICE * height), round(LATTICE * width), aspect)


def flow_field(strokes: Sequence[Curve], region, mask, aspect: float, hold: float) -> FlowField:
    """The flow of a region along strokes; see FlowField."""
    grid = flow_lattice(aspect)
    return FlowField(strokes, rasterize(region, grid, mask).exact, grid, hold)


def _blended_directions(points: np.ndarray, strokes: Sequence[Curve]) -> np.ndarray:
    """Velocities [P,2] at points [P,2] in units: the mean of the strokes' tangents, weighted by nearness.

    The weight of a stroke's point is its share of the stroke's length over the fourth power of its distance (Shepard 1968), so
    that the flow follows the nearest stroke and turns smoothly from one to the next.
    """
    longest = max(stroke.length for stroke in strokes)
    samples = min(_SAMPLES, max(4, _MOST_CENTRES // len(strokes)))
    places, tangents, shares = [], [], []
    for stroke in strokes:
        at = stroke.position(np.linspace(0, 1, samples + 1))
        steps = np.diff(at, axis=0)
        lengths = np.maximum(np.linalg.norm(steps, axis=1), 1e-12)
        places.append((at[:-1] + at[1:]) / 2)
        tangents.append(steps / lengths[:, None] * (stroke.length / longest))
        shares.append(lengths)
    centre, tangent, share = np.concatenate(places), np.concatenate(tangents), np.concatenate(shares)
    out = np.empty_like(points)
    # A matrix of distances holds at most 2^21 values.
    step = min(_POINTS_AT_ONCE, max(1, (1 << 21) // len(centre)))
    for first in range(0, len(points), step):
        check_interruption()
        part = points[first : first + step]
        squared = (part**2).sum(1)[:, None] + (centre**2).sum(1) - 2 * part @ centre.T
        weight = share / (np.maximum(squared, 0) + _NEAR**2) ** 2
        out[first : first + step] = weight @ tangent / weight.sum(1, keepdims=True)
    return out
