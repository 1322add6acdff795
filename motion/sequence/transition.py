"""How a shot follows the one before it: a cut, a dissolve, or a continuation."""

from __future__ import annotations

import re
from dataclasses import dataclass

OVERLAP = 5
"""Frames that a continued shot shares with the one before it where nothing else is written; a length of Wan's and many other VAEs."""
MOST_OVERLAP = 256
FORMS = "`cut`, `dissolve` with seconds, such as `dissolve 0.5`, or `continue`"
_PATTERN = re.compile(
    r"cut|dissolve\s+(?P<seconds>\d*\.?\d+)|continue(\s+((?P<overlap>\d+)|(?P<picture>picture)))?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Transition:
    """From one shot to the next.

    dissolve: seconds in which both are seen, 0 for none. overlap: how many of its first frames show the last ones of the shot before, 0 where it does
    not continue that shot. own_motion: whether a continued shot takes over only the last picture and moves by a motion of its own.
    """

    dissolve: float = 0.0
    overlap: int = 0
    own_motion: bool = False

    @property
    def continues(self) -> bool:
        """Whether the shot goes on where the one before ends."""
        return self.overlap > 0

    def __str__(self) -> str:
        """The text that `transition_of` reads as this transition."""
        if self.own_motion:
            return "continue picture"
        if self.continues:
            return f"continue {self.overlap}"
        return f"dissolve {self.dissolve:g}" if self.dissolve else "cut"


CUT = Transition()


def transition_of(text: str) -> Transition:
    """The transition that a text means: `cut`, `dissolve 0.5`, `continue`, `continue 9` with the number of shared frames, or
    `continue picture`. Raises ValueError, which says what would be right."""
    found = _PATTERN.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"the value is {_quoted(text)}; it must be {FORMS}")
    if found["seconds"]:
        return Transition(dissolve=_within(float(found["seconds"]), 3600, text, "the seconds of a dissolve"))
    if found["picture"]:
        return Transition(overlap=1, own_motion=True)
    if found["overlap"]:
        return Transition(
            overlap=int(_within(int(found["overlap"]), MOST_OVERLAP, text, "the shared frames of `continue`"))
        )
    return Transition(overlap=OVERLAP) if text.strip().lower() == "continue" else CUT


def _within(value: float, most: int, text: str, what: str) -> float:
    if not 0 < value <= most:
        raise ValueError(f"the value is {_quoted(text)}; {what} must be above 0 and at most {most}")
    return value


def _quoted(text: str) -> str:
    return repr(text if len(text) <= 100 else text[:97] + "...")
