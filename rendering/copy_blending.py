"""The blend of the two copies of a flow, which shows one of them at most places at any time.

Two copies that are cross-faded everywhere at once show every edge twice and lose contrast in the middle of the fade. Here every
place changes from the first copy to the second in a short part of the round, at a time of its own. The times vary smoothly and
come about equally often, so that the picture never changes as a whole (Vlachos, "Water flow in Portal 2", SIGGRAPH 2010, offsets
the phase so). Places between which the copies differ much change at the same time, as a seam between two textures runs where they
agree (Kwatra et al., "Graphcut textures", SIGGRAPH 2003), so an edge is not cut in two. Coarse structure is mixed over a wider
zone than fine detail (Burt and Adelson, "A multiresolution spline", 1983), and the contrast of the detail, which averaging lowers,
is restored (Heitz and Neyret, "High-performance by-example noise", 2018, equation 2, with the copies' own correlation).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from .picture_layer import MATTE, blurred_planes

FADE = 0.4  # of a round in which a place changes from one copy to the other
_CELLS = 96  # along the short side of the grid on which the times are computed
_PATCH = 9  # cells between the random times
LEVEL = 0.012  # fraction of the short side; finer structure counts as detail
_ROUNDS_OF_SMOOTHING = 60
_ALIKE = 0.03  # colours that differ by less agree
_PROBED = (0.2, 0.4, 0.6, 0.8)  # of a round, at which the copies are compared
_TIMES = 1025  # clip times among which those are found
_INNER = 0.9  # coverage of the surroundings below which the contrast is not restored
_LEAST = 1e-6


class CopyBlend:
    """The weights of the second copy of a flow's layer in frames of `size` (height, width).

    fade: the share 0..1 of the round [T] that has passed at clip times [T]. copies: the planes [7,h,w] of both copies at a clip time,
    in a frame that is reduced to a size.
    """

    def __init__(
        self,
        fade: Callable[[np.ndarray], np.ndarray] | None,
        copies: Callable[[float, tuple[int, int]], Sequence[Tensor]],
        size: tuple[int, int],
        seed: int = 0,
    ):
        self.size, self._fade, self._copies, self._seed = size, fade, copies, seed

    @cached_property
    def _measured(self) -> tuple[Tensor, float]:
        """The share of a round [h,w] at which each cell of a small grid changes, and the correlation of the copies' detail."""
        small = small_size(self.size)
        pairs = [self._copies(time, small) for time in self._probed]
        difference = torch.stack([(first - second)[:3].abs().mean(0) for first, second in pairs]).mean(0)
        inside = torch.stack([first[MATTE] for first, _ in pairs]).amax(0) > 0
        times = change_times(difference, inside, self._seed)
        both = own = 0.0
        for pair in pairs:
            first, second = (planes[:3] - blurred_planes(planes[:3], LEVEL * min(small)) for planes in pair)
            both += float((first * second).sum())
            own += float((first.square() + second.square()).sum()) / 2
        return times, min(1.0, max(0.0, both / max(own, _LEAST)))

    @cached_property
    def times(self) -> Tensor:
        """The share 0..1 of a round [H,W] at which each place begins to change, of the part in which places begin."""
        small = self._measured[0]
        return F.interpolate(small[None, None], self.size, mode="bicubic", align_corners=False)[0, 0].clamp(
            0, 1
        )

    @property
    def correlation(self) -> float:
        """The correlation 0..1 of the detail of both copies."""
        return self._measured[1]

    @property
    def _probed(self) -> list[float]:
        """Clip times at which about the shares _PROBED of a round have passed."""
        times = np.linspace(0, 1, _TIMES)
        shares = self._fade(times) if self._fade else times
        return [float(times[np.abs(shares - share).argmin()]) for share in _PROBED]

    def weights(self, share: float) -> Tensor:
        """The weight [H,W] of the second copy at a share 0..1 of a round."""
        at = ((share - self.times * (1 - FADE)) / FADE).clamp(0, 1)
        return at * at * (3 - 2 * at)

    def mixed(self, first: Tensor, second: Tensor, share: float) -> Tensor:
        """The planes [7,H,W] of both copies, with premultiplied colours, as one."""
        weight = self.weights(share).to(first)
        result = torch.lerp(first, second, weight)
        level = LEVEL * min(self.size)
        coarse = blurred_planes(torch.cat([first[:3], second[:3], weight[None], result[MATTE, None]]), level)
        wide = blurred_planes(coarse[6:7], level)
        kept = (weight.square() + (1 - weight).square() + 2 * self.correlation * weight * (1 - weight)).sqrt()
        inner = ((coarse[7] - _INNER) / (1 - _INNER)).clamp(
            0, 1
        )  # the edge of the matte is no detail of the picture
        detail = torch.lerp(first[:3] - coarse[:3], second[:3] - coarse[3:6], weight)
        detail *= torch.lerp(torch.ones_like(kept), 1 / kept, inner)
        colour = torch.lerp(coarse[:3], coarse[3:6], wide) + detail
        result[:3] = torch.minimum(colour.clamp_min(0), result[MATTE])
        return result


def small_size(size: tuple[int, int]) -> tuple[int, int]:
    """Rows and columns of the grid on which the times are computed."""
    scale = min(1.0, _CELLS / min(size))
    return tuple(max(2, round(scale * side)) for side in size)  # type: ignore[return-value]


def change_times(difference: Tensor, inside: Tensor, seed: int = 0) -> Tensor:
    """Times [h,w] in 0..1, evenly distributed over the cells `inside` [h,w], which vary little where the copies' `difference` [h,w]
    is large.

    Random times of patches are smoothed by diffusion whose conductance grows with the difference on both sides of a border.
    """
    height, width = difference.shape
    random = np.random.default_rng(seed)
    patches = random.random((1, 1, height // _PATCH + 3, width // _PATCH + 3), dtype=np.float32)
    times = F.interpolate(torch.from_numpy(patches), scale_factor=_PATCH, mode="bicubic", align_corners=False)
    start = times[0, 0, :height, :width].contiguous()
    flow = (difference / _ALIKE).square().clamp_max(30)
    down, right = torch.minimum(flow[1:], flow[:-1]), torch.minimum(flow[:, 1:], flow[:, :-1])
    sums = F.pad(down, (0, 0, 1, 0)) + F.pad(down, (0, 0, 0, 1)) + F.pad(right, (1, 0)) + F.pad(right, (0, 1))
    times = start
    for _ in range(_ROUNDS_OF_SMOOTHING):
        by_y, by_x = down * times.diff(dim=0), right * times.diff(dim=1)
        gained = (
            F.pad(by_y, (0, 0, 0, 1)) - F.pad(by_y, (0, 0, 1, 0)) + F.pad(by_x, (0, 1)) - F.pad(by_x, (1, 0))
        )
        times = (start + sums * times + gained) / (1 + sums)
    return evenly_spread(times, inside)


def evenly_spread(values: Tensor, inside: Tensor) -> Tensor:
    """The share [h,w] of the values `inside` that lie below each value."""
    ordered = (values[inside] if bool(inside.any()) else values.flatten()).sort().values
    return torch.searchsorted(ordered, values.contiguous()).to(values) / len(ordered)
