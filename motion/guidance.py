"""Latent guidance: a motion field as the conditioning latents that image-to-video transformers read.

Three ways, for three families of weights. `warped_video` is for the bundled model: pixels carried along the field,
then encoded, with a validity mask. `latent_copy` (Wan-Move, arXiv 2512.08765) and `soft_copy` (ATI,
`wan/modules/motion_patch.py`) carry the latents of the first frame. All return what ComfyUI's Wan conditioning holds:
`concat_latent_image`, raw latents [1,16,T',h,w], and `concat_mask` [1,4,T',h,w], inverted: 0 = known, 1 = unknown.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from einops import rearrange, repeat
from torch import Tensor

from .temporal import STRIDE, ati_group_mean, latent_frames, wan_move_frames
from .tracks import at_pixels, tracks_from_field
from .warp import WarpedClip

if TYPE_CHECKING:
    from .field import MotionField

# A latent cell is this many pixels wide.
CELL = 8
# ATI: weight exp(-_ATI_TAU d^2) with d in halves of the short side, the two nearest tracks of each cell.
_ATI_TAU = 220.0
_ATI_NEAREST = 2
# Cells times tracks that are weighed at once.
_WEIGHED_AT_ONCE = 1 << 22


def validity_to_mask(known: Tensor) -> Tensor:
    """How much is known, [T,H,W] in 0..1, as `concat_mask` [1,4,T',H/8,W/8]: the mean over each cell, inverted.

    The four channels are the four pixel frames of a latent frame; frame 0 fills all four of the first. Raises
    ValueError unless T = 4k+1 and H and W are multiples of 8.
    """
    if known.ndim != 3:
        raise ValueError(f"A validity mask is [T,H,W], not {list(known.shape)}.")
    frames, height, width = known.shape
    latent_frames(frames)
    if height % CELL or width % CELL:
        raise ValueError(f"The size {width}x{height} is not a multiple of {CELL} pixels.")
    cells = F.avg_pool2d(known.float()[:, None], CELL)[:, 0]
    cells = torch.cat([cells[:1].expand(STRIDE, -1, -1), cells[1:]])
    return 1 - rearrange(cells, "(t f) h w -> 1 f t h w", f=STRIDE).clamp(0, 1)


def warped_video(clip: WarpedClip, encode: Callable[[Tensor], Tensor]) -> tuple[Tensor, Tensor]:
    """The warped clip encoded, and where it is known. `encode` takes [1,3,T,H,W] in -1..1 to raw latents."""
    mask = validity_to_mask(clip.coverage)
    latents = encode(rearrange(clip.frames, "t h w c -> 1 c t h w") * 2 - 1)
    if latents.shape[2:] != mask.shape[2:]:
        raise ValueError(
            f"The VAE made latents {list(latents.shape)} of this clip; {list(mask.shape[2:])} frames, rows"
            " and columns were expected (a causal VAE with strides 4 and 8)."
        )
    return latents, mask


def latent_copy(
    latents: Tensor, mask: Tensor, field: MotionField, strength: float = 1.0
) -> tuple[Tensor, Tensor]:
    """Wan-Move's guidance, dense: each painted cell of latent frame 0 is copied to where it is at pixel frame 4j.

    latents: raw latents [1,C,T',h,w] of the first picture followed by grey, mask: their `concat_mask`, which stays as
    it is. strength: 0 leaves the latents alone, 1 replaces them. Where cells meet, the one in front wins, then the
    one that lands nearest to the cell's centre; hidden and departed cells copy nothing. Returns new tensors.
    """
    path, visible, order = _cell_tracks(latents, field, spacing=1)
    count, rows, columns = latents.shape[2:]
    path, visible = wan_move_frames(path) / CELL, wan_move_frames(visible)
    start = (path[0, :, 1].floor() * columns + path[0, :, 0].floor()).long()
    source = latents[0, :, 0].flatten(1)[:, start.to(latents.device)]
    out = latents.clone()
    for j in range(1, count):
        cell = path[j].floor()
        inside = visible[j] & (cell >= 0).all(-1) & (cell[:, 0] < columns) & (cell[:, 1] < rows)
        off_centre = torch.linalg.vector_norm(path[j] - cell - 0.5, dim=-1)
        chosen = inside.nonzero()[:, 0]
        # Back to front, then far to near: among equals in a cell, the highest rank wins.
        chosen = chosen[torch.argsort(off_centre[chosen], descending=True, stable=True)]
        chosen = chosen[torch.argsort(order[chosen], stable=True)]
        place = (cell[chosen, 1] * columns + cell[chosen, 0]).long()
        winner = torch.full((rows * columns,), -1).scatter_reduce(
            0, place, torch.arange(len(chosen)), "amax", include_self=True
        )
        filled = (winner >= 0).nonzero()[:, 0]
        take, put = chosen[winner[filled]].to(out.device), filled.to(out.device)
        frame = out[0, :, j].flatten(1)
        frame[:, put] = torch.lerp(frame[:, put], source[:, take], strength)
        out[0, :, j] = frame.view_as(out[0, :, j])
    return out, mask.clone()


def soft_copy(latents: Tensor, mask: Tensor, field: MotionField, spacing: int = 2) -> tuple[Tensor, Tensor]:
    """ATI's guidance: tracks from every `spacing`-th painted cell spread their feature around where they are.

    latents: raw latents [1,C,T',h,w] of the first picture followed by grey, mask: their `concat_mask`. In each latent
    frame a track stands at the mean of its visible positions in the group; a cell takes the two nearest features,
    weighted exp(-220 d^2). Where these weights add up to more than 1 they are scaled back to 1 (the reference lets
    features overshoot). The mask tells the sum of the weights. Returns new tensors.
    """
    path, visible, _ = _cell_tracks(latents, field, spacing)
    count, rows, columns = latents.shape[2:]
    device = latents.device
    means, seen = ati_group_mean(path, visible)
    start = torch.stack([path[0, :, 0] / (columns * CELL), path[0, :, 1] / (rows * CELL)], -1) * 2 - 1
    feature = F.grid_sample(
        latents[:, :, 0].float(), start[None, None].to(device), padding_mode="border", align_corners=False
    )[0, :, 0]
    y, x = torch.meshgrid(torch.arange(rows) + 0.5, torch.arange(columns) + 0.5, indexing="ij")
    cells = (torch.stack([x, y], -1).reshape(-1, 2) * CELL).to(device)
    half = min(rows, columns) * CELL / 2
    nearest = min(_ATI_NEAREST, path.shape[1])
    out, known = latents.clone(), (1 - mask).clone()
    step = max(1, _WEIGHED_AT_ONCE // path.shape[1])
    for j in range(1, count):
        frame, spread = out[0, :, j].flatten(1).float(), torch.zeros(rows * columns, device=device)
        for first in range(0, len(cells), step):
            part = slice(first, first + step)
            squared = torch.cdist(cells[part], means[j].to(device)).div(half).square()
            weight = torch.exp(-_ATI_TAU * squared) * seen[j].to(device)
            weight, index = weight.topk(nearest, dim=1)
            weight = weight / weight.sum(1, keepdim=True).clamp_min(1)
            spread[part] = weight.sum(1)
            carried = (feature[:, index] * weight).sum(-1)
            frame[:, part] = frame[:, part] * (1 - spread[part]) + carried
        out[0, :, j] = frame.reshape(-1, rows, columns).to(out.dtype)
        known[0, :, j] = torch.maximum(
            known[0, :, j], repeat(spread, "(h w) -> f h w", f=STRIDE, h=rows).to(known)
        )
    return out, (1 - known).clamp(0, 1)


def _cell_tracks(latents: Tensor, field: MotionField, spacing: int) -> tuple[Tensor, Tensor, Tensor]:
    """Path [T,N,2] in pixels, visibility [T,N] and order [N] of the centres of painted cells."""
    if latents.ndim != 5 or latents.shape[0] != 1:
        raise ValueError(
            f"Motion guidance needs the latents of one clip [1,C,T',h,w], got {list(latents.shape)}."
        )
    count, rows, columns = latents.shape[2:]
    if latent_frames(field.frames) != count:
        raise ValueError(
            f"The motion has {field.frames} frames, but {count} latent frames hold {STRIDE * (count - 1) + 1}."
        )
    y, x = torch.meshgrid(
        torch.arange(0, rows, spacing) + 0.5, torch.arange(0, columns, spacing) + 0.5, indexing="ij"
    )
    points = torch.stack([x, y], -1).reshape(-1, 2) * CELL
    tracks = tracks_from_field(field, rows * CELL, columns * CELL, points=points, painted_only=True)
    path = tracks["track_path"]
    order = at_pixels(field.order(rows * CELL, columns * CELL), path[0])
    return path, tracks["track_visibility"], order
