"""Carriers: moving points that take a piece of the first frame along, for models that are steered by tracks.

Wan-Move and ATI read what lies under a point in the first frame and put it where the point is later. Carriers come
from a motion field, which is sampled on a lattice inside the painted regions, and from TRACKS.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor

from ..motion.tracks.tracks import checked_tracks, starts_inside, tracks_from_field, values_at
from .latent_frames import CELL

if TYPE_CHECKING:
    from ..motion.field.field import MotionField

_PAINTED = 0.5  # coverage from which a point counts as painted


@dataclass(frozen=True)
class Carriers:
    """N points over T frames.

    `path` [T,N,2] holds x and y in pixels, `visible` [T,N] whether a point can be seen, `order` [N] the depth order
    (larger is in front), and `strength` [N] in 0..1 how closely the model must follow a point.
    """

    path: Tensor
    visible: Tensor
    order: Tensor
    strength: Tensor

    def __len__(self) -> int:
        return self.path.shape[1]

    def with_in_front(self, others: Carriers) -> Carriers:
        """These points, and `others` in front of all of them. Raises ValueError where the numbers of frames differ."""
        if len(self.path) != len(others.path):
            raise ValueError(
                f"tracks of {len(self.path)} and of {len(others.path)} frames cannot be combined; give both one length"
            )
        lift = self.order.max() + 1 - others.order.min() if len(self) and len(others) else 0
        return Carriers(
            torch.cat([self.path, others.path], 1),
            torch.cat([self.visible, others.visible], 1),
            torch.cat([self.order, others.order + lift]),
            torch.cat([self.strength, others.strength]),
        )


def carriers_of_field(
    field: MotionField, height: int, width: int, spacing: int = CELL, painted_only: bool = True
) -> Carriers:
    """Points of a [height, width] picture that move with a field, `spacing` pixels apart, at centres of latent cells.

    With `painted_only` there are points in painted regions only, and a region that lies between the points of the
    lattice gets a point of its own. Frozen regions count as painted: their points do not move. A point is invisible
    where it is out of frame, behind another layer, or lost by a video's optical flow. Raises ValueError where nothing
    is painted, and for a spacing or size that is not a multiple of 8.
    """
    for name, value in (("spacing", spacing), ("width", width), ("height", height)):
        if value < CELL or value % CELL:
            raise ValueError(f"{name} is {value} pixels; it must be a multiple of {CELL}")
    if painted_only:
        points = painted_points(field.painted(height, width) >= _PAINTED, spacing)
    else:
        points = rearrange(_lattice(height, width, spacing), "r c xy -> (r c) xy")
    tracks = tracks_from_field(field, height, width, points=points)
    order, strength = (
        values_at(values, points) for values in (field.order(height, width), field.strength(height, width))
    )
    return Carriers(tracks["track_path"], tracks["track_visibility"], order, strength)


def carriers_of_tracks(tracks: Any, height: int, width: int) -> tuple[Carriers, int]:
    """The tracks that are visible inside a [height, width] picture in the first frame, and how many are not.

    A track that starts hidden or outside the picture has no piece of the first frame to take along. Raises ValueError
    for a value that is not TRACKS.
    """
    path, visible = checked_tracks(tracks)
    starts = starts_inside(path, visible, height, width)
    # A point on the right or lower border belongs to the last pixel, not to one outside the picture.
    limits = path.new_tensor([width, height])
    path = torch.where(path == limits, torch.nextafter(limits, torch.zeros(2)), path)
    count = int(starts.sum())
    kept = Carriers(path[:, starts], visible[:, starts], torch.zeros(count), torch.ones(count))
    return kept, len(starts) - count


def carriers_of_motion_and_tracks(
    motion: MotionField | None,
    tracks: Any,
    height: int,
    width: int,
    spacing: int = CELL,
    painted_only: bool = True,
) -> tuple[Carriers | None, int]:
    """The points of a motion, of TRACKS, or of both with the tracks in front, and the number of tracks left out.

    The points are None where there is neither. Tracks that start hidden or outside the picture are left out. An empty
    motion adds nothing to tracks. Raises ValueError where no track is left and there is no motion, where motion and
    tracks differ in length, and for what `carriers_of_field` refuses.
    """
    of_motion = of_tracks = None
    lost = 0
    if motion is not None and not (tracks is not None and motion.is_empty and painted_only):
        of_motion = carriers_of_field(motion, height, width, spacing, painted_only)
    if tracks is not None:
        of_tracks, lost = carriers_of_tracks(tracks, height, width)
        if not len(of_tracks) and of_motion is None:
            raise ValueError("no track of `tracks` is visible inside the picture in the first frame")
    if of_motion is not None and of_tracks is not None:
        return of_motion.with_in_front(of_tracks), lost
    return of_tracks if of_motion is None else of_motion, lost


def painted_points(painted: Tensor, spacing: int) -> Tensor:
    """Points [N,2] in pixels inside a mask [H,W]: lattice points, and one more in each spot that the lattice misses.

    A spot is missed where neither its block of the lattice nor the eight blocks around it have a point in the mask;
    its own point is the painted pixel nearest to the block's lattice point.
    """
    height, width = painted.shape
    lattice = _lattice(height, width, spacing)
    rows, columns = lattice.shape[:2]
    hit = values_at(painted.float(), lattice.flatten(0, 1)).reshape(rows, columns) > 0
    missed = F.max_pool2d(hit.float()[None], 3, 1, 1)[0] == 0
    blocks = F.pad(painted, (0, columns * spacing - width, 0, rows * spacing - height))
    blocks = rearrange(blocks, "(r y) (c x) -> r c (y x)", y=spacing, x=spacing)
    missed &= blocks.any(-1)
    places = torch.arange(spacing) + 0.5
    inside = torch.cartesian_prod(places, places).flip(1)  # [S*S,2], x first
    corner = torch.cartesian_prod(torch.arange(rows), torch.arange(columns)).flip(1) * spacing
    corner = corner.reshape(rows, columns, 2)
    offset = (inside - (lattice - corner)[missed][:, None]).norm(dim=-1)
    nearest = offset.masked_fill(~blocks[missed], torch.inf).argmin(-1)
    points = lattice.clone()
    points[missed] = corner[missed] + inside[nearest]
    return points[hit | missed]


def _lattice(height: int, width: int, spacing: int) -> Tensor:
    """One point [R,C,2] for each block of `spacing` pixels, at the centre of the latent cell nearest to the block's middle.

    The points of the last row and column are moved inside the picture.
    """

    def places(size: int) -> Tensor:
        first = (spacing // CELL - 1) // 2 * CELL + CELL / 2
        return (torch.arange(0, size, spacing) + first).clamp(max=size - CELL / 2)

    return torch.cartesian_prod(places(height), places(width)).flip(1).reshape(len(places(height)), -1, 2)
