"""Wan-Move's conditioning: cells of the first latent frame are copied to where tracks go (arXiv 2512.08765).

It is for weights that were trained this way; their architecture is that of Wan 2.1 image to video. Latent frame j
reads the tracks at pixel frame 4j: the cell in which a track lies at frame 0 is copied to the cell in which it lies
at frame 4j.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .carriers import Carriers
from .image_to_video import ConcatLatents
from .latent_frames import CELL, latent_frames, wan_move_frames

SPACING = 8  # px between carriers: one for each latent cell


def wan_move_latents(start: ConcatLatents, carriers: Carriers, strength: float = 1.0) -> ConcatLatents:
    """The conditioning of Wan-Move weights: `start`, image to video without a motion, with cells copied along carriers."""
    return ConcatLatents(latent_copy(start.image, carriers, strength), start.mask)


def latent_copy(latents: Tensor, carriers: Carriers, strength: float = 1.0) -> Tensor:
    """New latents [1,C,T',h,w], with cells of the first latent frame copied along carriers.

    `latents` are those of the first frame followed by grey. `strength` 0 leaves them as they are, 1 replaces them by
    the copies. Where several tracks reach one cell, the one in front is used, then the one nearest to the cell's
    centre, then the later one. A track copies nothing in frames where it is hidden or outside the picture, and nothing
    in any frame if it is hidden or outside in frame 0. Raises ValueError for carriers of another length.
    """
    check_clip(latents, carriers)
    count, rows, columns = latents.shape[2:]
    place, visible = wan_move_frames(carriers.path) / CELL, wan_move_frames(carriers.visible)
    inside = visible & (place >= 0).all(-1) & (place < place.new_tensor([columns, rows])).all(-1)
    j, track = (inside[1:] & inside[0]).nonzero(
        as_tuple=True
    )  # each copy's latent frame (minus 1) and track, [M]
    cell = place.floor()
    off_centre = torch.linalg.vector_norm(place - cell - 0.5, dim=-1)[j + 1, track]
    # Back to front, then far from the centre to near: the copy that comes last in this order gets the cell.
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
    target_cells, source_cells = filled.to(out.device), source.to(out.device)
    before = flat[:, target_cells]
    # The same expression as in the reference code, so that results agree to the last bit.
    flat[:, target_cells] = before + (flat[:, source_cells] - before) * (
        carriers.strength[track] * strength
    ).to(before)
    return out


def check_clip(latents: Tensor, carriers: Carriers) -> None:
    """Raises ValueError unless the latents are those of one clip [1,C,T',h,w] that is as long as the carriers."""
    if latents.ndim != 5 or latents.shape[0] != 1:
        raise ValueError(f"the latents have shape {list(latents.shape)}; those of one clip are [1,C,T',h,w]")
    frames, count = len(carriers.path), latents.shape[2]
    if latent_frames(frames) != count:
        raise ValueError(f"the motion has {frames} frames, but {count} latent frames need {4 * count - 3}")
