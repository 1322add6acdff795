"""The numbers in the report of Measure Motion, which a workflow shows as text wherever it runs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

_LAYER = re.compile(
    r"^(?P<name>.+): requested (?P<asked>[\d.]+) px, measured (?P<got>-?[\d.]+) px in that direction \((?P<share>-?\d+) %\)$"
)
_ERROR = re.compile(r"^error of the requested motion: median (?P<median>[\d.]+) px")


@dataclass
class MotionNumbers:
    """Asked and measured motion of a shot.

    layers: (name, px asked, px measured in that direction) of each layer that moves. error: median endpoint error in px.
    """

    layers: list[tuple[str, float, float]] = field(default_factory=list)
    error: float | None = None
    shares: list[int] = field(default_factory=list)

    @property
    def followed(self) -> float | None:
        """How closely the worst layer follows, in percent: 100 is exact, and 60 % as well as 140 % of the motion is 60.

        None where no layer was measured.
        """
        if not self.shares:
            return None
        return float(max(0, min(100 - abs(100 - share) for share in self.shares)))


def motion_numbers(texts: Iterable[str]) -> MotionNumbers:
    """The numbers in the texts of a shot's nodes; a line that several nodes show counts once."""
    numbers = MotionNumbers()
    for line in dict.fromkeys(line.strip() for text in texts for line in text.splitlines()):
        if found := _LAYER.match(line):
            numbers.layers.append((found["name"], float(found["asked"]), float(found["got"])))
            numbers.shares.append(int(found["share"]))
        elif (found := _ERROR.match(line)) and numbers.error is None:
            numbers.error = float(found["median"])
    return numbers
