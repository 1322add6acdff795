"""Trajectories of single points and of shapes: from a field, to a field, and as the JSON of other editors."""

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

__all__ = [
    "ShapeTrack",
    "TrackedLayer",
    "checked_tracks",
    "field_from_masks",
    "field_from_tracks",
    "resample_tracks",
    "track_shape",
    "tracks_from_field",
    "tracks_from_json",
    "tracks_to_json",
]
