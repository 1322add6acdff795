"""What is behind the moving things of a dense motion, which has no layers.

The picture is parted into a background, which moves smoothly, and what moves in front of it. The background's motion is
fitted robustly to that of the whole picture (iteratively reweighted least squares: Holland and Welsch, "Robust Regression
Using Iteratively Reweighted Least-Squares", 1977). What departs from it across a narrow edge is in front. The background is
then a layer, whose hidden part is completed as in any layered picture.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..interruption import check_interruption
from .hole_filling import pull_push
from .layer_parts import RIM
from .layer_stack import LayerStack, Plate
from .layered_picture import UNPAINTED, LayeredPicture, layered_picture
from .morphology import disc, grown

CELLS = 72  # along the short side, of the grid on which the background's motion is known
KEY_FRAMES = 4  # evenly spaced frames whose motion tells what is in front
MOST_IN_FRONT = 0.6  # share of the picture; behind more than this, too little is known to complete the rest
_STILL = 0.1  # share of the picture; where more of it never moves, the camera is taken to stand still
_LEAST = 1.0  # px, the least movement of what is in front against the background
_SLIGHT = 0.1  # share of the greatest departure; what departs less is stretched with the background, not torn from it
_EDGE = 0.014  # fraction of the short side, the distance from an edge within which a measured flow is blurred
_NARROW = 0.6  # share of the departure that must build up within that distance on both sides of an edge
_TORN_OUTLINE = 0.2  # share of the outline of something in front that must be such an edge
_SURE = 0.85  # share of the greatest departure nearby from which a point moves as what is in front
_FOLDED = 1.0  # px per px; a background whose displacement changes faster cannot be inverted
_MEDIAN = 5  # cells, side of the window of the median that removes errors of a measured motion
_FEWEST = 0.15  # share of the picture from which a motion is continued
_ROUNDS = 12  # of the robust fit


@dataclass(frozen=True)
class DenseBackground:
    """The background of a picture [H,W,3] under a dense motion.

    front: [H,W] bool, what moves in front of it. unsure: [H,W] bool, pixels beside the edge of the front, where a measured
    motion is a blend of both. flow: [T,h,w,2], the displacement of the background in fractions of the picture, also where
    it is hidden. clean: [H,W,3], the picture without the front, in which a rim around the front is completed too. picture:
    the same as a layered picture.
    """

    front: Tensor
    unsure: Tensor
    flow: Tensor
    clean: Tensor
    picture: LayeredPicture

    def flow_at(self, frames: slice, height: int, width: int) -> Tensor:
        """The displacement [n,H,W,2] of the background in some frames, in pixels of a grid."""
        planes = self.flow[frames].permute(0, 3, 1, 2)
        planes = F.interpolate(planes, (height, width), mode="bilinear", align_corners=False)
        return planes.permute(0, 2, 3, 1) * torch.tensor([width, height])

    def crisp(self, displacement: Tensor, frames: slice) -> Tensor:
        """The displacement [n,H,W,2] of some frames, in which every pixel moves either with the front or with the background."""
        if not bool(self.unsure.any()):
            return displacement
        device, displacement = displacement.device, displacement.cpu()
        behind = self.flow_at(frames, *self.front.shape)
        before = _continued(displacement, self.front & ~self.unsure)
        either = torch.where(self.front[..., None], before, behind)
        return torch.where(self.unsure[..., None], either, displacement).to(device)


def coarse_size(height: int, width: int) -> tuple[int, int]:
    """Rows and columns of the grid on which `dense_background` reads the motion of a picture of this size."""
    scale = min(1.0, CELLS / min(height, width))
    return max(2, round(height * scale)), max(2, round(width * scale))


@dataclass(frozen=True)
class DenseParts:
    """A picture under a dense motion, parted into what moves in front and the background; see `DenseBackground`."""

    front: Tensor
    unsure: Tensor
    flow: Tensor

    @property
    def hidden(self) -> Tensor:
        """[H,W] bool: what is completed behind the front, which is larger than it by a rim."""
        return grown(self.front, max(1, round(1.5 * RIM * min(self.front.shape))))


@torch.no_grad()
def dense_parts(
    size: tuple[int, int], coarse: Tensor, at_frames: Callable[[list[int]], Tensor]
) -> DenseParts | None:
    """The parts of a picture of `size` (height, width) under a displacement from frame 0; None where they cannot be told apart.

    coarse: [T,h,w,2], the displacement on a grid of `coarse_size`, in pixels of that grid. at_frames: gives the displacement
    [K,H,W,2] in the frames of these indices, in pixels of the picture.
    """
    pixels, cells = torch.tensor(size[::-1]), torch.tensor(coarse.shape[2:0:-1])
    flow = coarse.cpu().float() / cells
    last = len(flow) - 1
    keys = sorted({round(last * (number + 1) / KEY_FRAMES) for number in range(KEY_FRAMES)} - {0})
    if not keys:
        return None
    fitted = dominant_motion(flow[keys] * pixels)
    rough, _ = _in_front((flow[keys] * pixels - fitted).norm(dim=-1).amax(0), _reach(*flow.shape[1:3]))
    known = ~grown(rough, 2)
    if float(known.float().mean()) < 1 - MOST_IN_FRONT:
        return None
    stays = known & _stays(flow[keys])
    flow = _without_noise(_continued(flow, stays if float(stays.float().mean()) > _FEWEST else known))
    if _folds(flow[keys]):
        return None
    behind = F.interpolate(flow[keys].permute(0, 3, 1, 2), size, mode="bilinear").permute(0, 2, 3, 1)
    departure = (at_frames(keys).cpu() - behind * pixels).norm(dim=-1).amax(0)
    reach = _reach(*size)
    front, sure = _in_front(departure, reach)
    if float(front.float().mean()) > MOST_IN_FRONT:
        return None
    unsure = grown(_outline(front), reach) & ~sure & ~grown(_crisp(departure, reach), reach)
    return DenseParts(front, unsure, flow)


@torch.no_grad()
def dense_background(
    image: Tensor,
    parts: DenseParts,
    plate: Plate | None = None,
    check_cancel: Callable[[], None] = check_interruption,
) -> DenseBackground:
    """The completed background of a picture [H,W,3] in these parts.

    plate: [H,W,3], the picture without what moves, or layers, of which the lowest is used if it covers the picture.
    """
    height, width = image.shape[:2]
    motion = _Background(parts.flow, (~parts.hidden).float())
    picture = layered_picture(image, motion, motion.times, _shown(plate), check_cancel=check_cancel)
    top, left = picture.beyond
    clean = picture.layers[0].planes[:3, top : top + height, left : left + width].permute(1, 2, 0)
    return DenseBackground(parts.front, parts.unsure, parts.flow, clean, picture)


def _shown(plate: Plate | None) -> Tensor | None:
    if isinstance(plate, LayerStack):
        return None if plate.background is None else plate.background.colour
    return plate


def dominant_motion(flow: Tensor) -> Tensor:
    """The motion of most of a picture [K,h,w,2] as quadratic functions of the place, in the unit of `flow`, which is px.

    It is zero where a part of the picture never moves.
    """
    if float((flow.norm(dim=-1).amax(0) < 0.5).float().mean()) >= _STILL:
        return torch.zeros_like(flow)
    rows, columns = flow.shape[1:3]
    y, x = torch.meshgrid(torch.linspace(-1, 1, rows), torch.linspace(-1, 1, columns), indexing="ij")
    design = torch.stack([torch.ones_like(x), x, y, x * x, x * y, y * y], -1).reshape(-1, 6).double()
    moved = flow.flatten(1, 2).double()
    fitted = moved.median(dim=1, keepdim=True).values.expand_as(moved)
    for number in range(_ROUNDS):
        off = (moved - fitted).norm(dim=-1)
        scale = (1.5 * off.median(dim=1, keepdim=True).values).clamp_min(_LEAST)
        weight = (1 + (off / scale).square()).pow(-2)[..., None]
        some = design[
            :, : 3 if number < _ROUNDS // 2 else 6
        ]  # an affine motion first, which is harder to mislead
        normal = some.T @ (weight * some) + 1e-6 * torch.eye(some.shape[1], dtype=torch.float64)
        fitted = some @ torch.linalg.solve(normal, some.T @ (weight * moved))
    return fitted.float().reshape(flow.shape)


def _in_front(departure: Tensor, reach: int) -> tuple[Tensor, Tensor]:
    """[h,w] bool: where a motion departs [h,w] (px) from the background's across a narrow edge; and where it is purely that
    of what is in front."""
    values = departure.numpy()
    peak = cv2.dilate(values, disc(3 * reach))
    least = max(_LEAST, _SLIGHT * float(np.quantile(values, 0.995)))
    inside = cv2.medianBlur((values > (peak / 2).clip(least)).astype(np.uint8), 2 * (reach // 2) + 1)
    inside = _without_holes(inside)
    rise = cv2.dilate(values, disc(reach)) - cv2.erode(values, disc(reach))
    torn = (rise > _NARROW * peak) & (rise > _LEAST)
    outline = (inside > 0) & (cv2.erode(inside, disc(1)) == 0)  # the border of the picture is no outline
    found: Any = cv2.connectedComponentsWithStats(inside)
    count, pieces, sizes, _ = found
    around = np.bincount(pieces[outline], minlength=count)
    around_torn = np.bincount(pieces[outline & torn], minlength=count)
    kept = (around_torn > _TORN_OUTLINE * around) & (sizes[:, cv2.CC_STAT_AREA] >= reach * reach)
    kept[0] = False
    front = kept[pieces]
    core = cv2.erode(inside, disc(reach)) > 0
    return torch.from_numpy(front), torch.from_numpy(front & (core | (values >= _SURE * peak)))


def _outline(mask: Tensor) -> Tensor:
    """The pixels of a mask [h,w] that touch its outside."""
    return mask & torch.from_numpy(cv2.erode(mask.numpy().astype(np.uint8), disc(1)) == 0)


def _crisp(departure: Tensor, reach: int) -> Tensor:
    """[h,w] bool: pixels at edges of the motion that are not blurred."""
    values = departure.numpy()
    rises = [cv2.dilate(values, disc(some)) - cv2.erode(values, disc(some)) for some in (1, reach)]
    return torch.from_numpy((rises[0] > 0.7 * rises[1]) & (rises[0] > _LEAST))


def _without_holes(mask: np.ndarray) -> np.ndarray:
    """A mask without the gaps that do not reach the border, for example in the middle of something that turns."""
    padded = np.pad(mask, 1)
    cv2.floodFill(padded, None, (0, 0), 2)  # type: ignore[call-overload]
    return (padded[1:-1, 1:-1] != 2).astype(np.uint8)


def _continued(flow: Tensor, known: Tensor) -> Tensor:
    """A displacement [T,h,w,2] that is known in a part [h,w] of the picture, continued smoothly over all of it."""
    affine = affine_parts(flow, known)
    rest = (flow - affine).permute(0, 3, 1, 2)
    return affine + pull_push(rest, known[None].float().expand(len(flow), -1, -1)).permute(0, 2, 3, 1)


def _stays(flow: Tensor) -> Tensor:
    """[h,w] bool: cells that never leave the picture; where they leave it, a measured motion is a guess."""
    at = _centres(*flow.shape[1:3]).reshape(*flow.shape[1:3], 2) + flow
    return ((at > 0) & (at < 1)).all(-1).all(0)


def _without_noise(flow: Tensor) -> Tensor:
    """A displacement [T,h,w,2] without the errors of a measurement, such as those where the picture was left."""
    if min(flow.shape[1:3]) < _MEDIAN:
        return flow
    planes = [
        [cv2.medianBlur(np.ascontiguousarray(plane), _MEDIAN) for plane in frame]
        for frame in flow.permute(0, 3, 1, 2).numpy()
    ]
    return torch.from_numpy(np.array(planes)).permute(0, 2, 3, 1)


def affine_parts(flow: Tensor, known: Tensor) -> Tensor:
    """The least-squares affine part [T,h,w,2] of a displacement, over where it is `known` [h,w]."""
    places = _centres(*flow.shape[1:3])
    return (_design(places) @ _affine(flow, known)).float().reshape(flow.shape)


def _affine(flow: Tensor, known: Tensor) -> Tensor:
    """The coefficients [T,3,2] of `affine_parts`, for places in fractions of the picture."""
    some = _design(_centres(*flow.shape[1:3]))[known.reshape(-1)]
    if len(some) < 3:
        return flow.new_zeros(len(flow), 3, 2).double()
    normal = some.T @ some + 1e-9 * torch.eye(3, dtype=torch.float64)
    return torch.linalg.solve(normal, some.T @ flow.flatten(1, 2)[:, known.reshape(-1)].double())


def _centres(rows: int, columns: int) -> Tensor:
    """The centres [rows*columns,2] of the cells of a grid, in fractions of the picture."""
    y, x = torch.meshgrid(
        (torch.arange(rows) + 0.5) / rows, (torch.arange(columns) + 0.5) / columns, indexing="ij"
    )
    return torch.stack([x, y], -1).reshape(-1, 2)


def _design(places: Tensor) -> Tensor:
    return torch.cat([places, torch.ones(len(places), 1)], 1).double()


def _folds(flow: Tensor) -> bool:
    """True where a displacement [K,h,w,2], in fractions of the picture, changes so fast that it cannot be inverted."""
    steep = torch.zeros(flow.shape[0], flow.shape[1] - 1, flow.shape[2] - 1)
    for axis, side in ((1, flow.shape[1]), (2, flow.shape[2])):
        change = (flow.diff(dim=axis) * side).norm(dim=-1)
        steep = torch.maximum(steep, change[:, : steep.shape[1], : steep.shape[2]])
    return float((steep > _FOLDED).float().mean(dim=(1, 2)).amax()) > 0.01


def _reach(height: int, width: int) -> int:
    return max(1, round(_EDGE * min(height, width)))


@dataclass(frozen=True)
class _Layer:
    """The background as a layer of a motion; see `layered_motion.Layer`."""

    cover: Tensor
    still: bool
    activity: Tensor
    strength: Tensor
    index: int = UNPAINTED
    snap: bool = False
    stays: bool = False
    flows: bool = False
    second: int | None = None
    fade: Callable[[np.ndarray], np.ndarray] | None = None


class _Background:
    """A displacement [T,h,w,2], in fractions of the picture, as a layered motion of one layer with the cover [H,W].

    Beyond the border of the picture the affine part of the motion goes on, and the rest is constant.
    """

    depths = None

    def __init__(self, flow: Tensor, cover: Tensor):
        everywhere = torch.ones(flow.shape[1:3], dtype=torch.bool)
        self._affine = _affine(flow, everywhere)
        self._rest = (flow - affine_parts(flow, everywhere)).permute(0, 3, 1, 2).contiguous()
        self.times = np.linspace(0, 1, len(flow))
        still = float(flow.abs().max()) < 1e-6
        self.layers = [_Layer(cover, still, torch.zeros_like(cover), torch.ones_like(cover))]

    def positions(
        self, index: int, times: Sequence[float] | np.ndarray, places: Tensor, depths: Tensor | None = None
    ) -> Tensor:
        """See `motion_inverse.DepthMotion`."""
        at = np.asarray(times, dtype=np.float64) * (len(self.times) - 1)
        before = np.clip(np.floor(at + 1e-6).astype(np.int64), 0, len(self.times) - 2)
        mix = torch.from_numpy(at - before).float()
        frames = torch.from_numpy(before)
        affine = torch.lerp(self._affine[frames], self._affine[frames + 1], mix[:, None, None].double())
        rest = torch.lerp(self._rest[frames], self._rest[frames + 1], mix[:, None, None, None])
        grid = (places.float() * 2 - 1)[None, None].expand(len(rest), -1, -1, -1)
        rest = F.grid_sample(rest, grid, padding_mode="border", align_corners=False)[:, :, 0].transpose(1, 2)
        return places + (_design(places) @ affine).float() + rest
