"""Motions that are driven by a sound, by numbers, or by points of a video."""

# ruff: noqa: F401  (the imports below are the public names, for type checkers)

from typing import TYPE_CHECKING

from ...exports import lazy_exports

if TYPE_CHECKING:
    from .driven_layers import carried_field, driven_field
    from .points import face_places, mask_values, pose_places
    from .sound import beat_values, sound_values

__all__, __getattr__, __dir__ = lazy_exports(  # pyright: ignore[reportUnsupportedDunderAll]
    __name__,
    {
        "driven_layers": ["carried_field", "driven_field"],
        "points": ["face_places", "mask_values", "pose_places"],
        "sound": ["beat_values", "sound_values"],
    },
)
