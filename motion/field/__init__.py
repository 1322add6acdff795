"""The motion field: where every point of the first frame is at every time, from layers and cameras."""

# ruff: noqa: F401  (the imports below are the public names, for type checkers)

from typing import TYPE_CHECKING

from ...exports import lazy_exports

if TYPE_CHECKING:
    from .brush_motion import BrushMotion
    from .camera import CameraMotion
    from .camera_trajectory import CameraTrajectory
    from .field import (
        MotionField,
        camera_field,
        combine,
        empty_field,
        field_from_document,
        field_from_flow,
        painted_field,
        painted_layers,
    )
    from .layers import BrushLayer, DenseLayer, FieldLayer, LayerShare
    from .region import Coverage, Grid, rasterize

__all__, __getattr__, __dir__ = lazy_exports(  # pyright: ignore[reportUnsupportedDunderAll]
    __name__,
    {
        "brush_motion": ["BrushMotion"],
        "camera": ["CameraMotion"],
        "camera_trajectory": ["CameraTrajectory"],
        "field": [
            "MotionField",
            "camera_field",
            "combine",
            "empty_field",
            "field_from_document",
            "field_from_flow",
            "painted_field",
            "painted_layers",
        ],
        "layers": ["BrushLayer", "DenseLayer", "FieldLayer", "LayerShare"],
        "region": ["Coverage", "Grid", "rasterize"],
    },
)
