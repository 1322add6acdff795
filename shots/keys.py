"""The key of a shot: a hash of everything that decides what it shows.

Two graphs have the same key where they give the same shot. Titles, the names of input files and the way in which a motion
document is written do not count; the bytes of input files, seeds, the names of weights and all other values do.
"""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..hosts.headless.graph import Graph, Link
from ..hosts.headless.upload import local_file
from .cells import declared, takes_file

_FRAMES = (
    17  # of the field whose fingerprint stands for a document; the clip's own length is a value of the graph
)


def shot_key(graph: Graph, known: dict[str, Any]) -> str:
    """The key of a graph, in 64 hexadecimal digits; `known` are schemas in the form of `/object_info`."""
    decides = {
        node.id: {
            "class": node.class_type,
            "inputs": {
                name: _deciding(known, node.class_type, name, value) for name, value in node.inputs.items()
            },
        }
        for node in graph.nodes.values()
    }
    text = json.dumps(decides, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _deciding(known: dict[str, Any], class_type: str, name: str, value: Any) -> Any:
    """What of an input decides the shot: a link, a value, the bytes of a file, or the motion of a document."""
    if isinstance(value, Link):
        return {"link": [value.node_id, value.slot]}
    if isinstance(value, str):
        _, options = declared(known, class_type, name)
        path = local_file(value) if takes_file(options) else None
        if path is not None:
            return {"bytes": _digest(str(path), path.stat().st_mtime_ns, path.stat().st_size)}
        if name == "document" and value.lstrip().startswith("{"):
            return _motion(value)
    return {"value": value}


@lru_cache(maxsize=4096)
def _digest(path: str, changed: int, size: int) -> str:
    """The SHA-256 of a file; time and size are arguments so that a changed file is read again."""
    with Path(path).open("rb") as file:
        digest = hashlib.sha256()
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


@lru_cache(maxsize=256)
def _motion(text: str) -> dict[str, str]:
    """The document in its normal form, with the fingerprint of its field.

    The normal form counts too, as the edges to which a region snaps belong to the picture and not to the field. A document
    that needs masks, or that is not valid, has no field here.
    """
    from ..motion.document.document import dump, parse
    from ..motion.field.field import field_from_document

    try:
        document = parse(text)
    except ValueError:
        return {"value": text}
    try:
        fingerprint = field_from_document(document, _FRAMES).fingerprint()
    except ValueError:
        fingerprint = ""
    return {"document": dump(document), "field": fingerprint}
