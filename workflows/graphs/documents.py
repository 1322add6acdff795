"""The motion documents of the example graphs: JSON files in documents/, painted in the Motion Brush editor.

Each was painted on a picture of Example Image. The text of a file, to its last line break, is the `document` widget of
the graphs that use it.
"""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).with_suffix("")


def document_text(name: str) -> str:
    """The text of documents/`name`.json."""
    return (FOLDER / f"{name}.json").read_text(encoding="utf-8")


CLOUDS = document_text("clouds")
BOAT_AND_WATER = document_text("boat_and_water")
BALLOON_ALONE = document_text("balloon_alone")
RISING_BALLOON = document_text("rising_balloon")
BALLOONS_AND_CLOUDS = document_text("balloons_and_clouds")
LONG_JOURNEY = document_text("long_journey")
DANCING_BALLOON = document_text("dancing_balloon")
PAINTED_DEPTH = document_text("painted_depth")
