"""Motion: painted documents, the motion fields that they describe, and tools that measure and show motion.

The sub-packages follow the way of the data: `document` (what an artist paints), `field` (where every point is at every time),
`tracks` (single points), `flow` (motion measured in pictures), `measure` (a video compared with a field) and `preview`
(motion shown to a person). Only the last three use `rendering`; none needs ComfyUI:

    from flowbrush.motion import field_from_document

    field = field_from_document(text, frames=49, aspect=16 / 9)
    displacement = field.displacement(height=90, width=160)  # [49,90,160,2] in pixels of that grid
"""

# ruff: noqa: F401  (the imports below are the public names, for type checkers)

from typing import TYPE_CHECKING

from ..exports import lazy_exports

if TYPE_CHECKING:
    from .document import Camera, Document, DocumentError, Layer, Motion, Region, dump, parse
    from .field import MotionField, camera_field, combine, empty_field, field_from_document, field_from_flow
    from .flow import dis_flow, interpolate, track_pixels
    from .measure import MotionReport, compare_motion, measure_motion
    from .preview import contact_sheet, draw_paths, flow_wheel, preview_frames
    from .tracks import (
        field_from_masks,
        field_from_tracks,
        track_shape,
        tracks_from_field,
        tracks_from_json,
        tracks_to_json,
    )

__all__, __getattr__, __dir__ = lazy_exports(  # pyright: ignore[reportUnsupportedDunderAll]
    __name__,
    {
        "document": ["Camera", "Document", "DocumentError", "Layer", "Motion", "Region", "dump", "parse"],
        "field": [
            "MotionField",
            "camera_field",
            "combine",
            "empty_field",
            "field_from_document",
            "field_from_flow",
        ],
        "flow": ["dis_flow", "interpolate", "track_pixels"],
        "measure": ["MotionReport", "compare_motion", "measure_motion"],
        "preview": ["contact_sheet", "draw_paths", "flow_wheel", "preview_frames"],
        "tracks": [
            "field_from_masks",
            "field_from_tracks",
            "track_shape",
            "tracks_from_field",
            "tracks_from_json",
            "tracks_to_json",
        ],
    },
)
