"""The motion field: where every point of the first frame is at every time, from layers and cameras."""

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

__all__ = [
    "BrushLayer",
    "BrushMotion",
    "CameraMotion",
    "CameraTrajectory",
    "Coverage",
    "DenseLayer",
    "FieldLayer",
    "Grid",
    "LayerShare",
    "MotionField",
    "camera_field",
    "combine",
    "empty_field",
    "field_from_document",
    "field_from_flow",
    "painted_field",
    "painted_layers",
    "rasterize",
]
