"""Two parts of a shot joined where they overlap, without a jump of place or colour."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from ..flow.frame_interpolation import FramePair

# Largest change of contrast and of brightness with which the colours of a part are matched. A larger difference is no drift.
_CONTRAST, _BRIGHTNESS = 0.25, 0.15
_LEAST_CONTRAST = 0.02  # standard deviation, below which a channel is only shifted
_MOST_SHARPENING, _MOST_SOFTENING = 1.0, 0.5  # amounts of the unsharp mask
_UNSEEN_SHARPENING = 0.02  # an amount that is left out


def joined(
    clip: Tensor,
    following: Tensor,
    overlap: int,
    match_colours: bool = True,
    on_frame: Callable[[int], None] = lambda number: None,
) -> Tensor:
    """One clip [N+L-overlap,H,W,3] of a clip [N,H,W,3] and the part [L,H,W,3] whose first `overlap` frames show its last ones.

    In the overlap the two are cross-faded, and each pair of frames is aligned by optical flow first, so that a thing that is a few
    pixels elsewhere in the second part moves over and does not double. With `match_colours` the part first gets the colours and the
    sharpness that the clip has in the overlap. `on_frame(number)` is called before each frame of the overlap; it may raise to stop.
    Raises ValueError for frames of different sizes and an overlap that does not fit.
    """
    if clip.shape[1:] != following.shape[1:]:
        sizes = " and ".join(f"{part.shape[2]}x{part.shape[1]}" for part in (clip, following))
        raise ValueError(f"the two parts have frames of {sizes} px; they must be of one size")
    shorter = min(len(clip), len(following))
    if not 1 <= overlap <= shorter:
        raise ValueError(
            f"the overlap is {overlap} frames; for parts of {len(clip)} and {len(following)} frames it must be from 1 to {shorter}"
        )
    if match_colours:
        following = ColourMatch(clip[-overlap:], following[:overlap])(following)
        following = as_sharp_as(clip[-overlap:], following, overlap)
    frames = []
    for number, (earlier, later) in enumerate(zip(clip[-overlap:], following[:overlap], strict=True)):
        on_frame(number)
        frames.append(aligned_mix(earlier, later, (number + 1) / (overlap + 1)))
    return torch.cat([clip[:-overlap], torch.stack(frames), following[overlap:]])


class ColourMatch:
    """Gives frames of a part [...,3] the mean and the contrast of each colour channel that the clip before it has.

    The change is measured between frames `shown` of the clip and frames `same` of the part that show the same, both [N,H,W,3]. It is the
    same for all frames of the part, so that it does not flicker (Reinhard et al., "Color transfer between images", 2001, in RGB).
    """

    def __init__(self, shown: Tensor, same: Tensor):
        means = [part.float().mean((0, 1, 2)) for part in (shown, same)]
        spreads = [part.float().std((0, 1, 2), correction=0) for part in (shown, same)]
        gain = (spreads[0] / spreads[1].clamp_min(_LEAST_CONTRAST)).clamp(1 - _CONTRAST, 1 + _CONTRAST)
        self._gain = torch.where(spreads[1] < _LEAST_CONTRAST, 1.0, gain)
        self._mean = means[1]
        self._shift = (means[0] - means[1]).clamp(-_BRIGHTNESS, _BRIGHTNESS)
        self._none = float((self._gain - 1).abs().max()) < 1e-4 and float(self._shift.abs().max()) < 1e-4

    def __call__(self, frames: Tensor) -> Tensor:
        if self._none:
            return frames
        changed = (frames - self._mean) * self._gain + self._mean + self._shift
        return changed.clamp(0, 1).to(frames.dtype)


def as_sharp_as(shown: Tensor, following: Tensor, overlap: int) -> Tensor:
    """A part [L,H,W,3] whose first `overlap` frames have the gradient energy of the frames `shown` [overlap,H,W,3] of the clip.

    An autoencoder softens every part a little. All frames are changed by the same unsharp mask, so that nothing flickers.
    """
    products = [_energies(one, frame) for one, frame in zip(shown, following[:overlap], strict=True)]
    a, b, c = (sum(values) for values in zip(*products, strict=True))
    amount = _unsharp_amount(a, b, c)
    if abs(amount) < _UNSEEN_SHARPENING:
        return following
    return torch.stack([(frame + amount * _detail(frame)).clamp(0, 1) for frame in following])


def _energies(wanted: Tensor, frame: Tensor) -> tuple[float, float, float]:
    """The coefficients of the energy that frame + k detail has above that of another picture: a k^2 + 2 b k + c."""
    detail = _detail(frame)
    above = _product(frame, frame) - _product(wanted, wanted)
    return _product(detail, detail), _product(frame, detail), above


def _unsharp_amount(a: float, b: float, c: float) -> float:
    """The k for which a k^2 + 2 b k + c is 0, within the amounts that still look natural; 0 where there is none."""
    root = b * b - a * c
    if a <= 0 or root < 0:
        return 0.0
    return min(max((math.sqrt(root) - b) / a, -_MOST_SOFTENING), _MOST_SHARPENING)


def _detail(picture: Tensor) -> Tensor:
    """What a blur of 3 px takes from a picture [H,W,3]."""
    planes = picture.permute(2, 0, 1)[None]
    soft = F.avg_pool2d(F.pad(planes, (1, 1, 1, 1), mode="replicate"), 3, 1)[0]
    return picture - soft.permute(1, 2, 0)


def aligned_mix(earlier: Tensor, later: Tensor, share: float) -> Tensor:
    """The picture [H,W,3] that is `share` of the way from one to the other; of two different scenes it is the nearer one."""
    if torch.equal(earlier, later):
        return earlier
    pair = FramePair(earlier, later)
    made = pair.at(share)
    return made if pair.is_cut else _as_sharp(made, earlier, later, share)


def _as_sharp(made: Tensor, earlier: Tensor, later: Tensor, share: float) -> Tensor:
    """The picture with the gradient energy that lies between those of the two from which it was made.

    Aligning resamples the pictures and blending averages them, which softens details. An unsharp mask brings the energy back: its
    amount k solves the quadratic equation for the energy of m + k (m - blurred m).
    """
    wanted = (1 - share) * _product(earlier, earlier) + share * _product(later, later)
    detail = _detail(made)
    a, b, c = _product(detail, detail), _product(made, detail), _product(made, made) - wanted
    return made if c >= 0 else (made + _unsharp_amount(a, b, c) * detail).clamp(0, 1)


def _product(one: Tensor, other: Tensor) -> float:
    """The mean product of the gradients of two pictures [H,W,3]; that of a picture with itself is its energy.

    Along a side of one px there is no gradient.
    """
    axes = [axis for axis in (0, 1) if one.shape[axis] > 1]
    return sum((float((one.diff(dim=axis) * other.diff(dim=axis)).mean()) for axis in axes), 0.0)
