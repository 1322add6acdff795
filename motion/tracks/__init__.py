"""Trajectories of single points and of shapes: from a field, to a field, and as the JSON of other editors."""

# ruff: noqa: F401  (the imports below are the public names, for type checkers)

from typing import TYPE_CHECKING

from ...exports import lazy_exports

if TYPE_CHECKING:
    from .mask_tracking import ShapeTrack, track_shape
    from .tracked_layer import TrackedLayer, field_from_masks
    from .tracks import (
        checked_tracks,
        field_from_tracks,
        resample_tracks,
        tracks_from_field,
        tracks_from_json,
        tracks_to_json,
    )

__all__, __getattr__, __dir__ = lazy_exports(  # pyright: ignore[reportUnsupportedDunderAll]
    __name__,
    {
        "mask_tracking": ["ShapeTrack", "track_shape"],
        "tracked_layer": ["TrackedLayer", "field_from_masks"],
        "tracks": [
            "checked_tracks",
            "field_from_tracks",
            "resample_tracks",
            "tracks_from_field",
            "tracks_from_json",
            "tracks_to_json",
        ],
    },
)
