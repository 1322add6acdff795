"""Presets: motion documents that bring any picture to life, as JSON files with names, which loop without a seam.

A preset is a document like any other: it can be edited after it was chosen, and `bundle` holds all of them in one JSON
text, with what each does, as the editor lists them.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent
_DESCRIPTIONS = "descriptions"  # the file that says in a sentence what each preset does, in their order


@cache
def descriptions() -> dict[str, str]:
    """What each preset does, in a sentence, by name; the names are in the order in which they are listed."""
    return json.loads((FOLDER / f"{_DESCRIPTIONS}.json").read_text(encoding="utf-8"))


def preset_names() -> list[str]:
    """The names of all presets in the order in which they are listed."""
    return list(descriptions())


def preset(name: str) -> str:
    """The motion document of a preset as JSON text. Raises ValueError for an unknown name."""
    if name not in descriptions():
        raise ValueError(f"there is no preset {name!r}; there are {', '.join(preset_names())}")
    return (FOLDER / f"{name}.json").read_text(encoding="utf-8")


def entry(name: str, document: str) -> dict:
    """A preset with this document as an object of the bundle."""
    return {"name": name, "about": descriptions()[name], "document": json.loads(document)}


def bundle() -> str:
    """All presets as one JSON text: {"flowbrush": "presets", "presets": [{"name", "about", "document"}, …]}."""
    entries = [entry(name, preset(name)) for name in descriptions()]
    return json.dumps({"flowbrush": "presets", "presets": entries}, ensure_ascii=False)
