"""Wan-Move's guidance: cells of the first latent frame copied to where tracks are later (arXiv 2512.08765).

For weights that were trained on it (the architecture is that of Wan 2.1 image to video). A latent frame j looks at
pixel frame 4j; a track copies the cell that it lies in at frame 0 to the one that it lies in at frame 4j.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .carriers import Carriers
from .image_to_video import ConcatLatents
from .latent_frames import CELL, latent_frames, wan_move_frames

SPACING = 8  # px between the points that carry the picture: one for each latent cell


def wan_move_latents(start: ConcatLatents, carriers: Carriers, strength: float = 1.0) -> ConcatLatents:
    """The conditioning of Wan-Move weights: `start`, image to video without a motion, with cells copied along carriers."""
    return ConcatLatents(latent_copy(start.image, carriers, strength), start.mask)


def latent_copy(latents: Tensor, carriers: Carriers, strength: float = 1.0) -> Tensor:
    """Copies latents [1,C,T',h,w] of the first picture followed by grey along carriers; a new tensor.

    strength: 0 leaves the latents alone, 1 replaces them. Where tracks meet in a cell, the one in front wins, then the
    one nearest to the cell's centre, then the later one. A track carries nothing while it is hidden or outside, and
    nothing at all if it is so in frame 0. Raises ValueError for carriers of another length.
    """
    check_clip(latents, carriers)
    count, rows, columns = latents.shape[2:]
    place, visible = wan_move_frames(carriers.path) / CELL, wan_move_frames(carriers.visible)
    inside = visible & (place >= 0).all(-1) & (place < place.new_tensor([columns, rows])).all(-1)
    j, track = (inside[1:] & inside[0]).nonzero(
        as_tuple=True
    )  # what is copied: [M], by latent frame and track
    cell = place.floor()
    off_centre = torch.linalg.vector_norm(place - cell - 0.5, dim=-1)[j + 1, track]
    # Back to front, then far to near: the highest rank wins a cell.
    ranked = torch.argsort(off_centre, descending=True, stable=True)
    ranked = ranked[torch.argsort(carriers.order[track[ranked]], stable=True)]
    j, track = j[ranked], track[ranked]
    cell = cell.nan_to_num().long()
    target = ((j + 1) * rows + cell[j + 1, track, 1]) * columns + cell[j + 1, track, 0]
    winner = torch.full((count * rows * columns,), -1).scatter_reduce(
        0, target, torch.arange(len(target)), "amax"
    )
    filled = (winner >= 0).nonzero()[:, 0]
    track = track[winner[filled]]
    source = (cell[0, :, 1] * columns + cell[0, :, 0])[track]
    out = latents.clone(memory_format=torch.contiguous_format)
    flat = out[0].flatten(1)
    put, take = filled.to(out.device), source.to(out.device)
    before = flat[:, put]
    # Written as the reference does, so that the result is its own to the last bit.
    flat[:, put] = before + (flat[:, take] - before) * (carriers.strength[track] * strength).to(before)
    return out


def check_clip(latents: Tensor, carriers: Carriers) -> None:
    """Raises ValueError unless latents are of one clip [1,C,T',h,w] and as long as the carriers."""
    if latents.ndim != 5 or latents.shape[0] != 1:
        raise ValueError(
            f"motion guidance needs the latents of one clip [1,C,T',h,w], got {list(latents.shape)}"
        )
    frames, count = len(carriers.path), latents.shape[2]
    if latent_frames(frames) != count:
        raise ValueError(f"the motion has {frames} frames, but {count} latent frames hold {4 * count - 3}")
