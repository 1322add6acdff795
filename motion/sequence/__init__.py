"""Shots one after the other, with cuts, dissolves and continuations: which frames are shown when, and their sound."""

from .sequence import ShotSpan, frames_in_a_row, shot_spans
from .sound import sound_in_a_row
from .transition import CUT, FORMS, OVERLAP, Transition, transition_of

__all__ = [
    "CUT",
    "FORMS",
    "OVERLAP",
    "ShotSpan",
    "Transition",
    "frames_in_a_row",
    "shot_spans",
    "sound_in_a_row",
    "transition_of",
]
