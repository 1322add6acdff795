"""The frames of shots in a row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import torch
from torch import Tensor

from ...rendering.resizing import fit_image


@dataclass(frozen=True)
class ShotSpan:
    """Where a shot lies in the whole.

    start: its first frame in the whole. count: how many frames it has at the rate of the whole. shared: how many of its first frames are
    a dissolve from the shot before. speed: its own frames in one frame of the whole.
    """

    start: int
    count: int
    shared: int
    speed: Fraction

    def own_frame(self, number: int, most: int) -> int:
        """The shot's own frame that is shown in its frame `number` at the rate of the whole; it has `most` frames."""
        return min(int(number * self.speed), most - 1)


def shot_spans(shots: Sequence[tuple[int, Fraction, float]], rate: Fraction) -> list[ShotSpan]:
    """The spans of shots, each (frames, frames a second, seconds of the dissolve from the shot before), in a video of that rate.

    A dissolve takes at most a half of each of its two shots, so that a shot is never in two dissolves at once. That of the first
    shot has no effect. Raises ValueError for a shot without frames and for rates that are not above 0.
    """
    spans: list[ShotSpan] = []
    for number, (frames, own_rate, dissolve) in enumerate(shots, 1):
        if frames < 1 or own_rate <= 0 or rate <= 0:
            raise ValueError(
                f"shot {number} has {frames} frames at {float(own_rate):g} a second, for a video of {float(rate):g}; all must be above 0"
            )
        count = max(1, round(frames / own_rate * rate))
        start = shared = 0
        if spans:
            before = spans[-1]
            shared = min(round(dissolve * float(rate)), count // 2, before.count // 2)
            start = before.start + before.count - shared
        spans.append(ShotSpan(start, count, shared, own_rate / rate))
    return spans


def frames_in_a_row(
    spans: Sequence[ShotSpan], frames_of: Callable[[int], Tensor], fit: str = "crop"
) -> Iterator[Tensor]:
    """The frames [H,W,3] of the whole, one by one; `frames_of(number)` gives the frames [T,H,W,3] of shot `number`.

    At most two shots are held at a time. All have the size of the first; `fit` says how another size is brought there
    (`rendering.fit_image`). In a dissolve the two are mixed linearly.
    """
    size: tuple[int, int] | None = None
    ending: list[Tensor] = []  # the frames of the shot before that the next one shares
    for number, span in enumerate(spans):
        frames = frames_of(number)
        height, width = size = size or (int(frames.shape[1]), int(frames.shape[2]))
        shared_after = spans[number + 1].shared if number + 1 < len(spans) else 0
        beginning, ending = ending, []
        for at in range(span.count):
            own = span.own_frame(at, len(frames))
            frame = fit_image(frames[own : own + 1, ..., :3], width, height, fit)[0]
            if at < span.shared:
                frame = torch.lerp(beginning[at], frame, (at + 1) / (span.shared + 1))
            if at < span.count - shared_after:
                yield frame
            else:
                ending.append(frame)
