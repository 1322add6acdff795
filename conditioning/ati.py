"""ATI's conditioning: features of the first latent frame are spread around the later positions of tracks.

It is for weights that were trained this way (ATI, a Wan 2.1 14B image-to-video model; `wan/modules/motion_patch.py`).
In each latent frame a track lies at the mean of its visible positions in the group of four pixel frames.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from einops import repeat
from torch import Tensor

from ..models.latent_format import process_in, process_out
from .carriers import Carriers
from .image_to_video import ConcatLatents
from .latent_frames import CELL, STRIDE, ati_group_mean
from .wan_move import check_clip

BOUNDED, AS_PUBLISHED = SUMS = ("at most 1", "as published")
"""What happens where the weights of two points add up to more than 1.

The published code, and ComfyUI's node, add the features up and mix in zeros at the border. Trajectories in the training data
were sparse, so this was rare. Points 16 px apart overlap everywhere: features then reach twice their size and the mask values
that the weights never saw, so the sum is bounded unless it is asked for.
"""

SPACING = 16  # px between carriers
_SMALL_SPACING, _SMALL = 8, 384  # px between carriers where the short side is less than 384

# Each cell reads its two nearest tracks with weight exp(-_SHARPNESS d^2), d in halves of the short side.
_SHARPNESS = 220.0
_NEAREST = 2
# Pairs of a cell and a track whose distances are held in memory at once.
_PAIRS_AT_ONCE = 1 << 22


def spacing_for(height: int, width: int) -> int:
    """Pixels between the points in a picture of this size.

    The reach of ATI's points is proportional to the size of the picture, so small pictures need closer points.
    """
    return SPACING if min(height, width) >= _SMALL else _SMALL_SPACING


def ati_latents(
    start: ConcatLatents, carriers: Carriers, strength: float = 1.0, sums: str = BOUNDED
) -> ConcatLatents:
    """The conditioning of ATI weights: `start`, image to video without a motion, with features spread along carriers."""
    latents, mask = soft_copy(process_in(start.image), start.mask, carriers, strength, sums)
    return ConcatLatents(process_out(latents), mask)


def soft_copy(
    latents: Tensor, mask: Tensor, carriers: Carriers, strength: float = 1.0, sums: str = BOUNDED
) -> tuple[Tensor, Tensor]:
    """New latents [1,C,T',h,w] and a new mask [1,4,T',h,w], with features of the first latent frame spread along carriers.

    `latents` are those of the first frame followed by grey, normalised as the network reads them. `mask` is their
    `concat_mask` (0 = known); the weights are subtracted from it. `sums` is one of `SUMS`: weights that add up to more
    than 1 are scaled to a sum of 1, or treated as in the reference implementation. `strength` 0 changes nothing, 1 is the reference's. Cell centres and
    track positions use grids that differ by up to half a cell at the edge of the picture, as in training. Tracks that
    are hidden or outside the picture in frame 0 are ignored. Raises ValueError for carriers of another length.
    """
    check_clip(latents, carriers)
    count, rows, columns = latents.shape[2:]
    short, device = min(rows, columns), latents.device
    size = torch.tensor([columns * CELL, rows * CELL])
    path = (carriers.path - size / 2) / (short * CELL) * 2
    starts = carriers.visible[0] & (carriers.path[0] >= 0).all(-1) & (carriers.path[0] < size).all(-1)
    path, visible = path[:, starts], carriers.visible[:, starts]
    track_strength = carriers.strength[starts] * strength
    half = torch.tensor([columns / short, rows / short])
    feature = F.grid_sample(
        latents[:, :, 0].float(),
        (path[:1] / half)[None].to(device),
        padding_mode="border" if sums == BOUNDED else "zeros",
        align_corners=False,
    )[0, :, 0]
    means, seen = ati_group_mean(path.masked_fill(~visible[..., None], 0), visible)
    x = torch.linspace(-columns / short, columns / short, columns)[:, None]
    y = torch.linspace(-rows / short, rows / short, rows)[:, None]
    out, known = latents.clone(), (1 - mask).clone()
    for j in range(1, count):
        present = seen[j].nonzero()[:, 0]
        if not len(present):
            continue
        across, down = ((means[j, present, axis] - place).pow(2) for axis, place in enumerate((x, y)))
        weight, track = _two_nearest(across.to(device), down.to(device))
        if sums == BOUNDED:
            weight = weight / weight.sum(0).clamp_min(1)
        weight = weight * track_strength[present][track.cpu()].to(device)
        spread = weight.sum(0)
        features = feature[:, present.to(device)]
        moved = sum(features[:, track[k]] * weight[k] for k in range(len(track)))
        out[0, :, j] = (moved + out[0, :, j] * (1 - spread.clamp(max=1))).to(out.dtype)
        known[0, :, j] = torch.maximum(known[0, :, j], repeat(spread, "h w -> f h w", f=STRIDE).to(known))
    return out, (1 - known).clamp(0, 1) if sums == BOUNDED else 1 - known


def _two_nearest(across: Tensor, down: Tensor) -> tuple[Tensor, Tensor]:
    """Weights [K,h,w] and indices [K,h,w] of the K nearest tracks of each cell; K is 2, or 1 for a single track.

    `across` [w,N] and `down` [h,N] are the squared horizontal and vertical distances to the N tracks.
    """
    step = max(1, _PAIRS_AT_ONCE // across.numel())
    nearest = min(_NEAREST, across.shape[1])
    parts = [
        (across + rows[:, None]).topk(nearest, dim=-1, largest=False)  # [rows,w,N]
        for rows in down.split(step)
    ]
    squared = torch.cat([part.values for part in parts]).movedim(-1, 0)
    return torch.exp(-squared * _SHARPNESS), torch.cat([part.indices for part in parts]).movedim(-1, 0)
