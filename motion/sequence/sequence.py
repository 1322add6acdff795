"""The frames of shots in a row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import torch
from torch import Tensor

from ...rendering.resizing import fit_image
from ..continuation.joining import ColourMatch, aligned_mix
from .transition import Transition


@dataclass(frozen=True)
class ShotSpan:
    """Where a shot lies in the whole.

    start: its first frame in the whole. count: how many frames it has at the rate of the whole. shared: how many of its first frames
    are mixed with the last ones of the shot before. speed: its own frames in one frame of the whole. continues: whether
    those frames show the same in both shots, so that they are aligned before they are mixed.
    """

    start: int
    count: int
    shared: int
    speed: Fraction
    continues: bool = False

    def own_frame(self, number: int, most: int) -> int:
        """The shot's own frame that is shown in its frame `number` at the rate of the whole; it has `most` frames."""
        return min(int(number * self.speed), most - 1)


def shot_spans(shots: Sequence[tuple[int, Fraction, Transition]], rate: Fraction) -> list[ShotSpan]:
    """The spans of shots, each (frames, frames a second, transition from the shot before), in a video of that rate.

    A dissolve takes at most a half of each of its two shots, so that a shot is never in two dissolves at once. The `overlap` of
    a continued shot counts its own frames. The first shot's transition has no effect. Raises ValueError for a shot without
    frames, for rates that are not above 0, and for an overlap that is longer than one of its shots.
    """
    spans: list[ShotSpan] = []
    for number, (frames, own_rate, transition) in enumerate(shots, 1):
        if frames < 1 or own_rate <= 0 or rate <= 0:
            raise ValueError(
                f"shot {number} has {frames} frames at {float(own_rate):g} a second, for a video of {float(rate):g}; all must be above 0"
            )
        count = max(1, round(frames / own_rate * rate))
        start = shared = 0
        if spans:
            before = spans[-1]
            if transition.continues:
                shared = max(1, round(transition.overlap / own_rate * rate))
                _check_overlap(number, shared, min(count, before.count))
            else:
                shared = min(round(transition.dissolve * float(rate)), count // 2, before.count // 2)
            start = before.start + before.count - shared
        spans.append(ShotSpan(start, count, shared, own_rate / rate, bool(spans) and transition.continues))
    return spans


def _check_overlap(number: int, shared: int, most: int) -> None:
    if shared > most:
        raise ValueError(
            f"shot {number} continues the one before it over {shared} frames, but the shorter of the two has {most}; share fewer frames"
        )


def frames_in_a_row(
    spans: Sequence[ShotSpan], frames_of: Callable[[int], Tensor], fit: str = "crop"
) -> Iterator[Tensor]:
    """The frames [H,W,3] of the whole, one by one; `frames_of(number)` gives the frames [T,H,W,3] of shot `number`.

    At most two shots are held at a time. All have the size of the first; `fit` says how another size is brought there
    (`rendering.fit_image`). In a dissolve the two are mixed linearly. Where a shot continues the one before, its colours are
    matched to it, and the shared frames are aligned by optical flow before they are mixed.
    """
    size: tuple[int, int] | None = None
    ending: list[Tensor] = []  # the frames of the shot before that the next one shares
    for number, span in enumerate(spans):
        frames = frames_of(number)
        size = size or (int(frames.shape[2]), int(frames.shape[1]))
        shared_after = spans[number + 1].shared if number + 1 < len(spans) else 0
        beginning, ending = ending, []
        match = None
        if span.continues:
            same = [_shown(frames, span, at, size, fit) for at in range(span.shared)]
            match = ColourMatch(torch.stack(beginning), torch.stack(same))
        for at in range(span.count):
            frame = _shown(frames, span, at, size, fit)
            if match is not None:
                frame = match(frame)
            if at < span.shared:
                mix = aligned_mix if span.continues else torch.lerp
                frame = mix(beginning[at], frame, (at + 1) / (span.shared + 1))
            if at < span.count - shared_after:
                yield frame
            else:
                ending.append(frame)


def _shown(frames: Tensor, span: ShotSpan, at: int, size: tuple[int, int], fit: str) -> Tensor:
    """The frame [H,W,3] of a shot's frames [T,h,w,3] that is shown at its place `at` in the whole; `size` is width and height."""
    own = span.own_frame(at, len(frames))
    return fit_image(frames[own : own + 1, ..., :3], *size, fit)[0]
