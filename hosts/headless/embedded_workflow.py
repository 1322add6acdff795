"""The workflow that ComfyUI writes into the pictures and videos that it saves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


class WorkflowError(ValueError):
    """A workflow cannot be run. The message names the node and the input.

    Names in a file can hold half of a surrogate pair, which cannot be printed; the message shows it as an escape.
    """

    def __init__(self, message: str):
        super().__init__(message.encode("utf-8", "backslashreplace").decode())


# Names under which ComfyUI stores the canvas file and the API-format graph; the first that is found is used.
NAMES = ("workflow", "prompt")


def embedded_workflow(path: Path, data: bytes) -> bytes | None:
    """The JSON text of the workflow in a picture or video file, or None for a text file.

    Raises WorkflowError for a picture or video without one.
    """
    text = data[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not data or text[:1] in (b"{", b"[", b'"'):
        return None
    facts = _picture_facts(path)
    if facts is None:
        facts = _video_facts(path)
    if facts is None:
        return None
    for name in NAMES:
        if isinstance(facts.get(name), str) and facts[name].lstrip().startswith("{"):
            return facts[name].encode("utf-8", "replace")
    raise WorkflowError(
        f"{path} is a picture or video without a workflow in it: drop it on ComfyUI's canvas to see what it holds, or name "
        "a workflow file."
    )


def _picture_facts(path: Path) -> dict[str, Any] | None:
    """The texts in a picture: those of PNG, and of the EXIF tags that ComfyUI uses in WebP. None for other files."""
    from PIL import Image

    try:
        with Image.open(path) as image:
            facts = {str(name): value for name, value in image.info.items() if isinstance(value, str)}
            for value in image.getexif().values():
                if isinstance(value, str) and ":" in value:
                    name, _, text = value.partition(":")
                    facts.setdefault(name.lower(), text)
            return facts
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None


def _video_facts(path: Path) -> dict[str, Any] | None:
    """The metadata of a video or sound file; None for other files."""
    import av
    import av.error

    try:
        with av.open(str(path)) as container:
            facts: dict[str, Any] = dict(container.metadata)
    except (av.error.FFmpegError, OSError, ValueError):
        return None
    for text in list(facts.values()):  # older versions keep one text with both
        try:
            inner = json.loads(text)
        except (ValueError, RecursionError):
            continue
        if isinstance(inner, dict) and not set(NAMES).isdisjoint(inner):
            facts.update({k: v if isinstance(v, str) else json.dumps(v) for k, v in inner.items()})
    return facts
