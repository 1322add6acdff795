"""Motion shown to a person: layer meshes for the editor, animations, paths, colour wheels and contact sheets."""

# ruff: noqa: F401  (the imports below are the public names, for type checkers)

from typing import TYPE_CHECKING

from ...exports import lazy_exports

if TYPE_CHECKING:
    from .field_preview import field_preview_bytes
    from .layer_mesh import FieldMeshes
    from .visualization import contact_sheet, draw_paths, flow_wheel, preview_frames

__all__, __getattr__, __dir__ = lazy_exports(  # pyright: ignore[reportUnsupportedDunderAll]
    __name__,
    {
        "field_preview": ["field_preview_bytes"],
        "layer_mesh": ["FieldMeshes"],
        "visualization": ["contact_sheet", "draw_paths", "flow_wheel", "preview_frames"],
    },
)
