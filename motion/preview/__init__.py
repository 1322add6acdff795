"""Motion shown to a person: layer meshes for the editor, animations, paths, colour wheels and contact sheets."""

from .field_preview import field_preview_bytes
from .layer_mesh import FieldMeshes
from .visualization import contact_sheet, draw_paths, flow_wheel, preview_frames

__all__ = [
    "FieldMeshes",
    "contact_sheet",
    "draw_paths",
    "field_preview_bytes",
    "flow_wheel",
    "preview_frames",
]
