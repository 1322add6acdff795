"""One layer of a layered picture: unpremultiplied colours and a soft matte, which can be sampled at any position."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

RED, GREEN, BLUE, MATTE, KNOWN, MOVING, WEAK = PLANES = range(7)
_SHRUNK = 0.75  # at a smaller scale a layer is blurred before sampling, which prevents aliasing
_REACH = 1 / 40  # fraction of the canvas by which the searched area is larger than the matte


@dataclass(frozen=True)
class PictureLayer:
    """One layer on a canvas that is larger than the picture by `LayeredPicture.beyond` pixels on each side.

    planes: [7,h,w], in the order of `PLANES`. Red, green and blue are defined everywhere, so that interpolation at the
    edge of the matte mixes in no foreign colour. The matte follows, then three planes that are multiplied by it: KNOWN is
    1 where pixels come from the picture, MOVING is 1 where a painted motion moves them, and WEAK is 1 - strength.
    """

    index: int
    still: bool
    planes: Tensor
    _arrays: dict[str, np.ndarray] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def opaque(self) -> bool:
        """True when the matte is 1 everywhere."""
        return bool((self.planes[MATTE] >= 1).all())

    def sample(self, place: Tensor, scale: float = 1.0) -> Tensor:
        """The planes [7,H,W] at positions [H,W,2] in pixels of the canvas, with premultiplied colours.

        The centre of the first pixel is at 0.5. Colours are interpolated bicubically, the other planes bilinearly; outside
        the canvas the border is repeated. `scale` is the size at which the layer appears, relative to its own; small
        scales blur it against aliasing.
        """
        found = self.planes.new_empty(len(PLANES), *place.shape[:2])
        found[:3] = self._at(place, "colours", [RED, GREEN, BLUE], scale, cubic=True).clamp_(0, 1)
        wanted = [plane for plane in (MATTE, KNOWN, MOVING, WEAK) if plane not in self._shares]
        if self.opaque:
            wanted.remove(MATTE)
            found[MATTE] = 1
        if wanted:
            found[wanted] = self._at(place, "mattes", wanted, scale, cubic=False)
        for plane, share in self._shares.items():
            found[plane] = found[MATTE] * share
        found[:3] *= found[MATTE]
        return found

    def crop(self, rows: slice, columns: slice) -> Tensor:
        """The planes of a part of the canvas without any motion, with premultiplied colours as from `sample`."""
        part = self.planes[:, rows, columns].clone()
        part[:3] *= part[MATTE]
        return part

    @cached_property
    def _shares(self) -> dict[int, float]:
        """Planes that are a constant multiple of the matte, by index, with the factor; they need not be sampled."""
        matte = self.planes[MATTE]
        whole = float(matte.sum().clamp_min(1e-9))
        shares = {plane: float(self.planes[plane].sum()) / whole for plane in (KNOWN, MOVING, WEAK)}
        return {
            p: share
            for p, share in shares.items()
            if torch.allclose(self.planes[p], matte * share, atol=1e-5)
        }

    def _at(self, place: Tensor, name: str, planes: list[int], scale: float, cubic: bool) -> Tensor:
        sigma = 0.5 * (1 / max(scale, 0.05) ** 2 - 1) ** 0.5 if scale < _SHRUNK else 0.0
        if self.planes.device.type != "cpu":
            return sample_planes(self.planes[planes], place, sigma, cubic)
        if name not in self._arrays:
            self._arrays[name] = np.ascontiguousarray(self.planes[planes].numpy().transpose(1, 2, 0))
        return sample_array(self._arrays[name], place, sigma, cubic)

    @cached_property
    def _near(self) -> Tensor:
        """A mask [1,1,h/4,w/4] that is above 0 wherever the matte is above 0, and in a margin around it."""
        matte = (self.planes[MATTE].cpu().numpy() > 0).astype(np.float32)
        small = cv2.resize(matte, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
        reach = 2 * int(np.ceil(max(small.shape) * _REACH)) + 5
        return torch.from_numpy(cv2.dilate(small, np.ones((reach, reach), np.uint8)))[None, None]

    def box(
        self, nodes: Tensor, beyond: tuple[int, int], size: tuple[int, int]
    ) -> tuple[slice, slice] | None:
        """The rows and columns of a frame of `size` (height, width) that may show the layer, or None if none does.

        `nodes` [rows,columns,2] is the inverse of the layer's motion at one time, from `motion_inverse.inverse_on_nodes`.
        """
        (height, width), (rows, columns) = size, nodes.shape[:2]
        if self.opaque:
            return slice(0, height), slice(0, width)
        canvas = nodes.new_tensor([width + 2 * beyond[1], height + 2 * beyond[0]])
        at = (nodes * nodes.new_tensor([width, height]) + nodes.new_tensor(beyond[::-1])) / canvas * 2 - 1
        near = F.grid_sample(self._near, at[None], mode="nearest", padding_mode="border", align_corners=False)
        seen = near[0, 0] > 0
        if not bool(seen.any()):
            return None
        parts = []
        for axis, side, count in ((1, height, rows), (0, width, columns)):
            there = torch.nonzero(seen.any(axis))[:, 0]
            first = int(np.floor((int(there[0]) - 1) / (count - 1) * side))
            last = int(np.ceil((int(there[-1]) + 1) / (count - 1) * side))
            parts.append(slice(max(0, first), min(side, last)))
        return parts[0], parts[1]


def sample_array(values: np.ndarray, place: Tensor, sigma: float, cubic: bool) -> Tensor:
    """Values [h,w,C], blurred by a Gaussian of `sigma` px, at positions [H,W,2] on a CPU: [C,H,W]."""
    if sigma:
        values = cv2.GaussianBlur(values, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
    x, y = (np.ascontiguousarray(place[..., axis].numpy() - 0.5) for axis in (0, 1))
    kernel = cv2.INTER_CUBIC if cubic else cv2.INTER_LINEAR
    found: Any = cv2.remap(values, x, y, kernel, borderMode=cv2.BORDER_REPLICATE)
    return torch.from_numpy(found.reshape(*found.shape[:2], -1)).permute(2, 0, 1)


def sample_planes(planes: Tensor, place: Tensor, sigma: float, cubic: bool) -> Tensor:
    """Planes [C,h,w] sampled as by `sample_array`, on any device."""
    values = (convolved_planes(planes, sigma) if sigma else planes)[None]
    at = place.to(values) / place.new_tensor(planes.shape[:0:-1]).to(values) * 2 - 1
    mode = "bicubic" if cubic else "bilinear"
    return F.grid_sample(values, at[None], mode, "border", align_corners=False)[0]


def blurred_planes(planes: Tensor, sigma: float) -> Tensor:
    """Planes [C,h,w] blurred by a Gaussian of `sigma` px, with the border repeated, on any device."""
    if planes.device.type != "cpu":
        return convolved_planes(planes, sigma)
    whole = np.ascontiguousarray(planes.numpy().transpose(1, 2, 0))
    blurred: Any = cv2.GaussianBlur(whole, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
    return torch.from_numpy(blurred.reshape(*whole.shape)).permute(2, 0, 1)


def convolved_planes(planes: Tensor, sigma: float) -> Tensor:
    """`blurred_planes` by convolution."""
    reach, values = round(4 * sigma), planes[None]
    kernel = torch.exp(-0.5 * (torch.arange(-reach, reach + 1).to(planes) / sigma).square())
    kernel = (kernel / kernel.sum()).expand(len(planes), 1, 1, -1)
    for pad, weight in (((reach, reach, 0, 0), kernel), ((0, 0, reach, reach), kernel.movedim(-1, -2))):
        values = F.conv2d(F.pad(values, pad, mode="replicate"), weight, groups=len(planes))
    return values[0]
