"""Sends the pictures, videos and sounds that a workflow names to the ComfyUI that is to run it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .graph import Graph
from .remote import RemoteComfyUI
from .saved_files import FolderType, folder

KINDS = ("image_upload", "video_upload", "audio_upload", "file_upload")
"""Options of an input of ComfyUI whose value is the name of an uploaded file."""


def upload_local_files(server: RemoteComfyUI, graph: Graph, known: dict[str, Any]) -> Iterator[Path]:
    """Upload each file that an input names, that the server does not offer and that exists here; yield their paths.

    A name is a path, or the name of a file in the input folder. The graph then names the uploaded file. `known` are the
    schemas of the server's `/object_info`.
    """
    names: dict[Path, str] = {}
    for node in graph.nodes.values():
        declared = known.get(node.class_type, {}).get("input", {})
        for name, value in node.values().items():
            entry = declared.get("required", {}).get(name) or declared.get("optional", {}).get(name)
            path = local_file(value) if isinstance(value, str) and _lacks(entry, value) else None
            if path is None:
                continue
            if path not in names:
                names[path] = server.upload(path)
                yield path
            node.inputs[name] = graph.prompt[node.id]["inputs"][name] = names[path]


def _lacks(entry: Any, value: str) -> bool:
    """Whether a declared input takes an uploaded file and does not offer that one yet."""
    options = entry[1] if isinstance(entry, list) and len(entry) > 1 and isinstance(entry[1], dict) else {}
    if not any(options.get(kind) for kind in KINDS):
        return False
    offered = entry[0] if isinstance(entry[0], list) else options.get("options")
    return value not in (offered if isinstance(offered, list) else [])


def local_file(value: str) -> Path | None:
    """The file of this machine that a value names, by its path or by its name in the input folder, or None."""
    for path in (Path(value).expanduser(), folder(FolderType.input) / value):
        try:
            if path.is_file():
                return path.resolve()
        except (OSError, ValueError):
            continue
    return None
