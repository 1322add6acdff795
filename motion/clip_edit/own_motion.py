"""How a thing and its background move in a clip, measured by optical flow from the frame in which the thing was painted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ...rendering.hole_filling import pull_push
from ...rendering.morphology import grown
from ...rendering.warp import backward_warp
from ..flow.dis_flow import track_pixels

_INSIDE = 3  # px from the outline at which a thing's motion is trusted; nearer, the flow mixes it with the background
_MARGIN, _LEAST_MARGIN = (
    0.03,
    6,
)  # of the short side, and px, round a thing where the background's flow is not trusted
_OUTLIER = 4.0  # px from the affine map, from which flow is taken for that of something else
_FITS, _FEWEST = 6, 64  # rounds of the robust fit, and pixels that it needs
_ROUNDS = 12  # of the fixed-point iteration that inverts a motion


@dataclass(frozen=True)
class OwnMotion:
    """The displacement [T,H,W,2] in px of a thing and of its background, from frame `frame` of a clip.

    Each is continued smoothly over the whole picture, so that it can be inverted anywhere.
    """

    frame: int
    thing: Tensor
    background: Tensor


@torch.no_grad()
def own_motion(
    frames: Tensor, region: Tensor, frame: int, on_frame: Callable[[int], None] = lambda number: None
) -> OwnMotion:
    """The motions of the thing in `region` [H,W], which is painted on frame number `frame` of a clip [T,H,W,3], and of the rest."""
    later, seen_later = track_pixels(frames[frame:], on_frame=on_frame)
    earlier, seen_earlier = track_pixels(frames[: frame + 1].flip(0), on_frame=on_frame)
    moved = torch.cat([earlier.flip(0)[:-1], later])
    seen = torch.cat([seen_earlier.flip(0)[:-1], seen_later])
    solid = region > 0.5
    core = ~grown(~solid, _INSIDE)
    core = core if bool(core.any()) else solid
    thing = _continued(moved, seen * core)
    return OwnMotion(frame, thing, _background(moved, seen, thing, region))


def _background(moved: Tensor, seen: Tensor, thing: Tensor, region: Tensor) -> Tensor:
    """The background's motion [T,H,W,2]: an affine map fitted to what surely belongs to it, and what it differs from that.

    Flow near a moving thing is dragged along by it, so that a wide margin round the thing in both frames is left out, and there the
    affine map goes on.
    """
    margin = max(_LEAST_MARGIN, round(_MARGIN * min(region.shape)))
    painted = grown(region > 0.02, margin)
    out = []
    for displacement, share, way in zip(moved, seen, thing, strict=True):
        there = grown(sampled(region, inverse(way)) > 0.02, margin)
        hidden = painted | there | (sampled(there.float(), displacement) > 0.01)
        known = share * ~hidden
        fitted = _affine(displacement, known)
        rest = displacement - fitted
        near = known * (rest.norm(dim=-1) < _OUTLIER)
        out.append(fitted + _continued(rest[None], near[None])[0] * _fading(hidden)[..., None])
    return torch.stack(out)


def _fading(hidden: Tensor) -> Tensor:
    """[H,W], 1 outside what is hidden and 0 inside, with a soft edge."""
    return blurred((~hidden).float()[..., None], 2 * _INSIDE + 1)[..., 0]


def _affine(displacement: Tensor, known: Tensor) -> Tensor:
    """The affine displacement [H,W,2] that fits best where it is known [H,W], by least squares that are weighted anew.

    The weights are those of Geman and McClure, so that a second moving thing has no say. Nothing moves where too little is known.
    """
    height, width = known.shape
    y, x = torch.meshgrid(torch.linspace(-1, 1, height), torch.linspace(-1, 1, width), indexing="ij")
    design = torch.stack([x, y, torch.ones_like(x)], -1)
    if float(known.sum()) < _FEWEST:
        return torch.zeros_like(displacement)
    rows, wanted, weight = design.reshape(-1, 3), displacement.reshape(-1, 2), known.reshape(-1, 1).float()
    share = weight
    fitted = wanted
    for _ in range(_FITS):
        solution = torch.linalg.lstsq(rows * share.sqrt(), wanted * share.sqrt()).solution
        fitted = rows @ solution
        share = weight / (1 + (fitted - wanted).square().sum(1, keepdim=True)).square()
    return fitted.reshape(height, width, 2)


def _continued(moved: Tensor, known: Tensor) -> Tensor:
    """A displacement [T,H,W,2] where it is known [T,H,W], and smooth everywhere else."""
    out = []
    for displacement, share in zip(moved, known, strict=True):
        planes = displacement.permute(2, 0, 1)[None]
        share = share[None].float()
        filled = pull_push(planes * share[:, None], share) if bool(share.any()) else torch.zeros_like(planes)
        out.append(filled[0].permute(1, 2, 0))
    return torch.stack(out)


def inverse(displacement: Tensor) -> Tensor:
    """The way back [H,W,2] of a smooth displacement [H,W,2]: the point y of the moved picture was at y + inverse(y)."""
    planes = displacement.permute(2, 0, 1)[None]
    back = -displacement[None]
    for _ in range(_ROUNDS):
        back = -backward_warp(planes, back).permute(0, 2, 3, 1)
    return back[0]


def sampled(picture: Tensor, flow: Tensor) -> Tensor:
    """A picture [H,W,C], or [H,W], at x + flow(x), bicubic for colours; the border is repeated outside."""
    if picture.ndim == 2:
        return backward_warp(picture[None, None], flow[None])[0, 0]
    return (
        backward_warp(picture.permute(2, 0, 1)[None], flow[None], "bicubic")[0].permute(1, 2, 0).clamp(0, 1)
    )


def blurred(planes: Tensor, side: int) -> Tensor:
    """Values [H,W,C] averaged over squares of an odd side."""
    padded = F.pad(planes.permute(2, 0, 1)[None], (side // 2,) * 4, mode="replicate")
    return F.avg_pool2d(padded, side, 1)[0].permute(1, 2, 0)
