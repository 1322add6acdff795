"""A thing in a clip removed, moved along a painted motion, or held still; everything else stays as it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ...rendering.backward_sampling import backward_warp
from ...rendering.hole_filling import pull_push
from ...rendering.morphology import grown
from ..flow.dis_flow import inside
from .clip_plate import clip_plate, plate_in_frame
from .own_motion import OwnMotion, inverse, sampled
from .smooth_motion import followed

ACTIONS = REMOVE, MOVE, HOLD = ("remove", "move", "hold still")
_SOLID = 0.98  # of a matte, from which a pixel shows nothing else
_RIM = 0.012  # of the short side, by which more than the thing is replaced: its soft outline and its blur


@dataclass(frozen=True)
class EditedClip:
    """frames: [T,H,W,3]. changed: [T,H,W] in 0..1, what is not as it was. made: [T,H,W] in 0..1, the part of it that no frame
    of the clip shows, which was completed with patches and which a model may paint better."""

    frames: Tensor
    changed: Tensor
    made: Tensor


@torch.no_grad()
def edited_clip(
    frames: Tensor,
    region: Tensor,
    own: OwnMotion,
    action: str,
    painted: Tensor | None = None,
    on_frame: Callable[[int], None] = lambda number: None,
) -> EditedClip:
    """The clip [T,H,W,3] with the thing in `region` [H,W] (0..1, painted on frame `own.frame`) changed.

    painted: [T-own.frame,H,W,2], a displacement in px of the points of that frame, also outside the region (`over_all`), which is added to the thing's own motion from
    there on; for "hold still" it takes the place of that motion. Frames before `own.frame` do not change with "move". What was
    hidden comes from other frames (`clip_plate`). `on_frame(number)` is called before each frame; it may raise to stop.
    Raises ValueError for another action, for "move" without `painted`, and for a region in which nothing lies.
    """
    if action not in ACTIONS:
        raise ValueError(f"`action` is {action!r}; choose one of {', '.join(ACTIONS)}")
    if action == MOVE and painted is None:
        raise ValueError("`action` is 'move', which needs a painted motion")
    if not bool((region > 0.5).any()):
        raise ValueError("the region of the thing is empty; paint it on the frame with the number `frame`")
    rim = max(2, round(_RIM * min(region.shape)))
    mattes = torch.stack([sampled(region, inverse(flow)) for flow in own.thing])
    hidden = torch.stack([grown(matte > 0.02, rim) for matte in mattes])
    plate = clip_plate(frames, own.background, hidden, lambda: on_frame(-1))
    out, changed, made = frames.clone(), torch.zeros_like(mattes), torch.zeros_like(mattes)
    for number, frame in enumerate(frames):
        on_frame(number)
        if action == MOVE and number <= own.frame:
            continue
        behind, unseen = plate_in_frame(plate, frame, own.background[number], hidden[number])
        hole = _soft(hidden[number])
        out[number] = torch.lerp(frame, behind, hole[..., None])
        changed[number], made[number] = hole, hole * unseen
        if action == REMOVE:
            continue
        way, alpha = _placed(region, own, action, painted, number)
        colour = sampled(_own_colour(frame, mattes[number]), way)
        out[number] = torch.lerp(out[number], colour, alpha[..., None])
        changed[number], made[number] = torch.maximum(hole, alpha), made[number] * (1 - alpha)
    return EditedClip(out, changed, made)


def _placed(
    region: Tensor, own: OwnMotion, action: str, painted: Tensor | None, number: int
) -> tuple[Tensor, Tensor]:
    """The way [H,W,2] from each pixel of the edited frame to where the clip's own frame shows that point of the thing, and the thing's
    matte [H,W] in the edited frame, without what lies outside the clip's own."""
    place = torch.zeros_like(own.thing[number]) if action == HOLD else own.thing[number]
    if painted is not None and number >= own.frame:
        place = place + painted[number - own.frame]
    back = inverse(place)
    way = _through(own.thing[number], back)
    return way, sampled(region, back) * inside(way)


def over_all(displacement: Tensor, moving: Tensor) -> Tensor:
    """A painted displacement [T,H,W,2] where its regions move [H,W], continued smoothly over the picture.

    The soft edge of a region moves less than the region, and is left out.
    """
    solid = moving > _SOLID
    solid = solid if bool(solid.any()) else moving > 0.01
    return followed(displacement, solid.float().expand(len(displacement), -1, -1))


def _through(flow: Tensor, back: Tensor) -> Tensor:
    """The way [H,W,2] back along `back` and then along `flow`, both [H,W,2]."""
    planes = flow.permute(2, 0, 1)[None]
    return back + backward_warp(planes, back[None])[0].permute(1, 2, 0)


def _own_colour(frame: Tensor, matte: Tensor) -> Tensor:
    """The colours of a thing in a frame [H,W,3], continued over its soft outline [H,W], where the frame mixes them with what is behind."""
    solid = (matte > _SOLID).float()[None]
    return pull_push(frame.permute(2, 0, 1)[None], solid)[0].permute(1, 2, 0) if bool(solid.any()) else frame


def _soft(hidden: Tensor) -> Tensor:
    """A mask [H,W] with a soft outline that lies inside it."""
    inner = -F.max_pool2d(-hidden[None].float(), 3, 1, 1)
    return F.avg_pool2d(F.pad(inner[None], (1, 1, 1, 1), mode="replicate"), 3, 1)[0, 0]
