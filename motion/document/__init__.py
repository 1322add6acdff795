"""The motion document: its parts, how it is read and written, and ten examples. Imports no torch."""

from .document import (
    EASINGS,
    VERSION,
    Ambient,
    Camera,
    Document,
    Keyframe,
    Layer,
    Motion,
    Path,
    Polygon,
    Region,
    Stroke,
    checked_document,
    dump,
    parse,
)
from .examples import documents
from .schema import DocumentError

__all__ = [
    "Ambient",
    "Camera",
    "Document",
    "DocumentError",
    "EASINGS",
    "Keyframe",
    "Layer",
    "Motion",
    "Path",
    "Polygon",
    "Region",
    "Stroke",
    "VERSION",
    "checked_document",
    "documents",
    "dump",
    "parse",
]
