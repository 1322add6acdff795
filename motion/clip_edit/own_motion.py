"""How a thing and its background move in a clip, measured by optical flow from the frame in which the thing was painted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ...rendering.backward_sampling import backward_warp
from ...rendering.morphology import grown
from ..flow.dis_flow import track_pixels
from .smooth_motion import affine_motion, bends, continued, followed

# From the outline, px and share of the short side, at which a thing's motion is trusted; nearer, the flow mixes it with the background.
_INSIDE, _INSET = 3, 0.02
_LEAST_CORE = 0.25  # of a region that must remain inside
_MARGIN, _LEAST_MARGIN = (
    0.03,
    6,
)  # of the short side, and px, round a thing where the background's flow is not trusted
_OUTLIER = 4.0  # px from the affine map, from which flow is taken for that of something else
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
    core = _core(region > 0.5)
    thing = torch.cat(
        [
            followed(moved[: frame + 1].flip(0), seen[: frame + 1].flip(0) * core).flip(0)[:-1],
            followed(moved[frame:], seen[frame:] * core),
        ]
    )
    return OwnMotion(frame, thing, _background(moved, seen, thing, region))


def _core(solid: Tensor) -> Tensor:
    """The inner part of a region [H,W] bool, or all of a region that is too thin to have one."""
    for inset in (max(_INSIDE, round(_INSET * min(solid.shape))), _INSIDE):
        core = ~grown(~solid, inset)
        if core.sum() > _LEAST_CORE * solid.sum():
            return core
    return solid


def _background(moved: Tensor, seen: Tensor, thing: Tensor, region: Tensor) -> Tensor:
    """The background's motion [T,H,W,2]: an affine map fitted to what surely belongs to it, and where it bends, what it differs from that.

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
        fitted = affine_motion(displacement, known)
        if bends(displacement, fitted, known):
            rest = displacement - fitted
            near = known * (rest.norm(dim=-1) < _OUTLIER)
            fitted = fitted + continued(rest, near) * _fading(hidden)[..., None]
        out.append(fitted)
    return torch.stack(out)


def _fading(hidden: Tensor) -> Tensor:
    """[H,W], 1 outside what is hidden and 0 inside, with a soft edge."""
    return blurred((~hidden).float()[..., None], 2 * _INSIDE + 1)[..., 0]


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
