"""A clip that is changed: a thing in it removed, moved along a painted motion, or held still."""

from .edit import ACTIONS, HOLD, MOVE, REMOVE, EditedClip, edited_clip, over_all
from .own_motion import OwnMotion, own_motion

__all__ = [
    "ACTIONS",
    "HOLD",
    "MOVE",
    "REMOVE",
    "EditedClip",
    "OwnMotion",
    "edited_clip",
    "over_all",
    "own_motion",
]
