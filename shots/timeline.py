"""The shots of a timeline of OpenTimelineIO, which editing programs write.

Each clip of the first video track is a shot. Its name gives the id, its length `seconds`, and a transition before it
`transition`. What a clip cannot say stands in the metadata `flowbrush` of the clip or of the timeline: `workflow`, any
`NODE.input`, and `media`, the name of the input that takes the clip's own media file.
"""

from __future__ import annotations

import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

from .problems import ListError, without_nothing


def timeline_entries(path: Path) -> list[tuple[str, dict[str, Any]]]:
    """The clips of a timeline as (place, cells by column). Raises ListError for a file that cannot be read."""
    try:
        import opentimelineio as otio  # pyright: ignore[reportMissingImports]
    except ImportError:
        raise ListError(
            [
                f"Reading {path.name} needs OpenTimelineIO: `pip install opentimelineio`, or use a .csv or .json list."
            ]
        ) from None
    try:
        timeline = otio.adapters.read_from_file(str(path))
    except (otio.exceptions.OTIOError, OSError, ValueError) as error:
        raise ListError([f"{path.name} cannot be read by OpenTimelineIO: {str(error)[:200]}."]) from None
    tracks = timeline.video_tracks() if isinstance(timeline, otio.schema.Timeline) else []
    if not tracks:
        raise ListError([f"{path.name} has no video track; the clips of the first one are the shots."])
    entries: list[tuple[str, dict[str, Any]]] = []
    dissolve = 0.0
    for item in tracks[0]:
        if isinstance(item, otio.schema.Transition):
            dissolve = (item.in_offset + item.out_offset).to_seconds()
        elif isinstance(item, otio.schema.Clip):
            cells = _cells(item, dict(timeline.metadata.get("flowbrush", {})))
            if dissolve:
                cells.setdefault("transition", f"dissolve {dissolve:g}")
            entries.append((f"Clip {len(entries) + 1}", cells))
            dissolve = 0.0
    return entries


def _cells(clip: Any, defaults: dict[str, Any]) -> dict[str, Any]:
    """The cells of a clip, by column."""
    cells = defaults | dict(clip.metadata.get("flowbrush", {}))
    media = cells.pop("media", None)
    reference = getattr(clip.media_reference, "target_url", None)
    if media and reference:
        cells.setdefault(str(media), _file(reference))
    cells.setdefault("id", clip.name.replace(" ", "_"))
    if clip.source_range is not None or not clip.media_reference.is_missing_reference:
        cells.setdefault("seconds", clip.trimmed_range().duration.to_seconds())
    return without_nothing(cells)


def _file(url: str) -> str:
    """The path that a media reference names."""
    parts = urllib.parse.urlsplit(url)
    return urllib.request.url2pathname(parts.path) if parts.scheme == "file" else url
