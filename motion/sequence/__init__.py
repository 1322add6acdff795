"""Shots one after the other, with cuts and dissolves: which frames are shown when, and their sound."""

from .sequence import ShotSpan, frames_in_a_row, shot_spans
from .sound import sound_in_a_row

__all__ = ["ShotSpan", "frames_in_a_row", "shot_spans", "sound_in_a_row"]
