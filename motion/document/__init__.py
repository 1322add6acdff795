"""The motion document: its parts, how it is read and written, and ten examples. Imports no torch."""

# ruff: noqa: F401  (the imports below are the public names, for type checkers)

from typing import TYPE_CHECKING

from ...exports import lazy_exports

if TYPE_CHECKING:
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

__all__, __getattr__, __dir__ = lazy_exports(  # pyright: ignore[reportUnsupportedDunderAll]
    __name__,
    {
        "document": [
            "EASINGS",
            "VERSION",
            "Ambient",
            "Camera",
            "Document",
            "Keyframe",
            "Layer",
            "Motion",
            "Path",
            "Polygon",
            "Region",
            "Stroke",
            "checked_document",
            "dump",
            "parse",
        ],
        "examples": ["documents"],
        "schema": ["DocumentError"],
    },
)
