"""ATI's guidance: features of the first latent frame spread softly around where tracks are later.

For weights that were trained on it (ATI, a fine-tuned Wan 2.1 14B image to video; `wan/modules/motion_patch.py`). In a
latent frame a track stands at the mean of its visible positions in the group of four pixel frames.
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

SPACING = 16  # px between the points that carry the picture
_SMALL_SPACING, _SMALL = 8, 384  # px between points where the short side is less than this

# Weight exp(-_SHARPNESS d^2) with d in halves of the short side, the two nearest tracks of each cell.
_SHARPNESS = 220.0
_NEAREST = 2
# Cells times tracks that are weighed at once.
_WEIGHED_AT_ONCE = 1 << 22


def spacing_for(height: int, width: int) -> int:
    """Pixels between the points in a picture of this size.

    The reach of ATI's points is proportional to the size of the picture, so small pictures need closer points.
    """
    return SPACING if min(height, width) >= _SMALL else _SMALL_SPACING


def ati_latents(start: ConcatLatents, carriers: Carriers, strength: float = 1.0) -> ConcatLatents:
    """The conditioning of ATI weights: `start`, image to video without a motion, with features spread along carriers."""
    latents, mask = soft_copy(process_in(start.image), start.mask, carriers, strength)
    return ConcatLatents(process_out(latents), mask)


def soft_copy(
    latents: Tensor, mask: Tensor, carriers: Carriers, strength: float = 1.0
) -> tuple[Tensor, Tensor]:
    """Spreads features along carriers in latents [1,C,T',h,w] of the first picture followed by grey.

    latents are normalised, as the network sees them. mask: their `concat_mask` [1,4,T',h,w] (0 = known), of which the
    sum of the weights is taken off. Where weights add up to more than 1 they are scaled back to 1 (the reference lets
    features overshoot). strength: 0 leaves everything alone, 1 is the reference's. The lattice of cells and the places
    of tracks differ by up to half a cell at the picture's edge, as they did when the weights were trained. Tracks that
    are hidden or outside in frame 0 carry nothing. Returns new tensors; raises ValueError for another length.
    """
    check_clip(latents, carriers)
    count, rows, columns = latents.shape[2:]
    short, device = min(rows, columns), latents.device
    size = torch.tensor([columns * CELL, rows * CELL])
    path = (carriers.path - size / 2) / (short * CELL) * 2
    starts = carriers.visible[0] & (carriers.path[0] >= 0).all(-1) & (carriers.path[0] < size).all(-1)
    path, visible = path[:, starts], carriers.visible[:, starts]
    held = carriers.strength[starts] * strength
    half = torch.tensor([columns / short, rows / short])
    feature = F.grid_sample(
        latents[:, :, 0].float(),
        (path[:1] / half)[None].to(device),
        padding_mode="border",
        align_corners=False,
    )[0, :, 0]
    means, seen = ati_group_mean(path.masked_fill(~visible[..., None], 0), visible)
    x = torch.linspace(-columns / short, columns / short, columns)[:, None]
    y = torch.linspace(-rows / short, rows / short, rows)[:, None]
    out, known = latents.clone(), (1 - mask).clone()
    for j in range(1, count):
        here = seen[j].nonzero()[:, 0]
        if not len(here):
            continue
        across, down = ((means[j, here, axis] - place).pow(2) for axis, place in enumerate((x, y)))
        weight, track = _two_nearest(across.to(device), down.to(device))
        weight = weight / weight.sum(0).clamp_min(1) * held[here][track.cpu()].to(device)
        spread = weight.sum(0)
        features = feature[:, here.to(device)]
        carried = sum(features[:, track[k]] * weight[k] for k in range(len(track)))
        out[0, :, j] = (carried + out[0, :, j] * (1 - spread)).to(out.dtype)
        known[0, :, j] = torch.maximum(known[0, :, j], repeat(spread, "h w -> f h w", f=STRIDE).to(known))
    return out, (1 - known).clamp(0, 1)


def _two_nearest(across: Tensor, down: Tensor) -> tuple[Tensor, Tensor]:
    """Weights [K,h,w], and indices [K,h,w] of the K = 1 or 2 nearest tracks of each cell, from the squares of their
    horizontal [w,N] and vertical [h,N] distances."""
    step = max(1, _WEIGHED_AT_ONCE // across.numel())
    nearest = min(_NEAREST, across.shape[1])
    found = [
        (across + some[:, None]).topk(nearest, dim=-1, largest=False)  # [rows,w,N]
        for some in down.split(step)
    ]
    squared = torch.cat([part.values for part in found]).movedim(-1, 0)
    return torch.exp(-squared * _SHARPNESS), torch.cat([part.indices for part in found]).movedim(-1, 0)
