"""The English texts, collected from the code: what the schemas of the nodes, the commands, the settings and the editor say."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from .javascript import literals

JS = Path(__file__).resolve().parents[1] / "js"
PREFIX = "Flowbrush "
"""Nodes are called so in every language: a name of a node is translated without it."""

# Files whose literals artists do not read: shaders, and what is wrong with a text that is no motion document, which the
# server says in the same English words.
_TECHNICAL = {
    "editor/player/player_gpu.mjs",
    "editor/document/json.mjs",
    "editor/document/schema.mjs",
    "editor/document/document.mjs",
    "editor/document/import.mjs",
    "editor/document/presets.mjs",
    "editor/player/field_format.mjs",
    "editor/comfyui/upstream.mjs",
    "editor/comfyui/settings.mjs",
    "editor/comfyui/import_problem.mjs",
}
# Names of keys, of classes and of what ComfyUI and the browser know.
_NAMES = {
    *(
        "Enter",
        "Escape",
        "Backspace",
        "Delete",
        "Home",
        "End",
        "Shift",
        "Control",
        "Alt",
        "Meta",
        "Files",
        "Space",
    ),
    *("Flowbrush", "Extensions", "Content-Type", "LoadImage", "LoadImageMask", "Reroute"),
    *("CheckpointLoaderSimple", "MaskToImage", "PreviewImage", "LoadDA3Model", "ImageToMask", "SaveVideo"),
}
_NO_TEXT = re.compile(
    r"^(Ctrl|Shift|Alt)\+|^Flowbrush[A-Z. ]|^pi |^Comfy\.|^panel |^row|^tab |^bar |^line |^quiet |^track |^range |px\b|^<|^#version|"
    r"does not provide|^Flowbrush: |^There is no WebGL2|^WebGL2 runs|^[.,; ]|^input:|^button|^(overflow|position): |"
    r"^M\{0|^slider |^nudge |^\{0\} (copy|and )|^Layer \{0\}|^(easing|colour|timing|keyframe) \{"
)


def is_text(literal: str) -> bool:
    """Whether a literal is something that an artist reads."""
    if literal in _NAMES or _NO_TEXT.search(literal) or len(re.sub(r"[^a-zA-Z]", "", literal)) < 2:
        return False
    return bool(re.search(r"^[“{]?[A-Z][a-z]|[a-z},;]”? [a-z{]", literal))


def editor_texts() -> list[str]:
    """Every text of the editor once, in the order of its files."""
    files = [path for path in sorted(JS.rglob("*.mjs")) if path.relative_to(JS).as_posix() not in _TECHNICAL]
    found = [text for path in files for text in literals(path.read_text(encoding="utf-8")) if is_text(text)]
    return list(dict.fromkeys([*found, *EXTRA_TEXTS, *preset_texts()]))


EXTRA_TEXTS = (
    # What a command did last, in one small word: "Undo import".
    *(
        "import",
        "colour",
        "erase",
        "link",
        "point",
        "path",
        "region",
        "pivot",
        "frozen",
        "End",
        "preset",
        "paste",
        "align",
        "nudge",
    ),
    "move selection",
    "move anchor",
    "pin",
    # Sentences that the editor puts together.
    *("{0} moves from frame {1} to {2}", "{0}, frozen", "{0}, hidden", "{0}, frozen, hidden", "{0} frozen"),
    *("Path {0}", "Arrow {0}", "Still point {0}", "{0} stroke", "{0} strokes", "{0} outline", "{0} outlines"),
    *("Mask {0}", "Mask {0} (not connected)", "The picture did not load: {0}", "The mask did not load: {0}"),
    # Ready-made camera moves, which are called by their names in the code.
    *("Push in", "Pull out", "Pan left", "Pan right", "Tilt up", "Tilt down", "Truck left", "Truck right"),
    *("Pedestal up", "Pedestal down", "Orbit left", "Orbit right", "Zoom in", "Zoom out", "Handheld"),
)
"""Texts of the editor that do not stand in one literal."""


def preset_texts() -> list[str]:
    """The names of the presets as the editor shows them, what each does, and what is said where the picture does not suit one."""
    from ..motion.presets import descriptions
    from ..motion.presets.gentle import ABOUT

    return [
        text
        for name, about in descriptions().items()
        for text in (name.capitalize().replace("_", " "), about)
    ] + [ABOUT]


def node_texts() -> dict[str, dict[str, Any]]:
    """What ComfyUI's `nodeDefs.json` has for each node: names, descriptions and tooltips of it, its inputs and its outputs."""
    from ..hosts.headless import install

    install()  # `comfy_api` must be importable before the nodes are
    from ..nodes import node_classes

    return {schema.node_id: _node(schema) for schema in (node.define_schema() for node in node_classes())}


def _node(schema: Any) -> dict[str, Any]:
    inputs = {given.id: _named(given.display_name or given.id, given.tooltip) for given in schema.inputs}
    outputs = {
        str(number): _named(given.display_name or given.id, given.tooltip)
        for number, given in enumerate(schema.outputs)
    }
    return {
        "display_name": schema.display_name,
        "description": schema.description,
        "inputs": inputs,
        "outputs": outputs,
    }


def _named(name: str, tooltip: str | None) -> dict[str, str]:
    return {"name": name, **({"tooltip": tooltip} if tooltip else {})}


def command_texts() -> dict[str, str]:
    """The label of each command by its id."""
    code = (JS / "commands.js").read_text(encoding="utf-8")
    return dict(re.findall(r'id: "([^"]+)",\s*label: "([^"]+)"', code))


def setting_texts() -> dict[str, dict[str, Any]]:
    """Name, tooltip and options of each setting by its id."""
    code = (JS / "editor" / "comfyui" / "settings.mjs").read_text(encoding="utf-8")
    settings = {}
    for part in re.split(r"\n  setting\(", code)[1:]:
        setting, name = re.findall(r'"([^"]+)"', part)[:2]
        tooltip = re.search(r'tooltip:\s*"([^"]+)"', part)
        options = re.findall(r'\{ text: "([^"]+)"', part)
        settings[setting] = {
            "name": name,
            **({"tooltip": tooltip.group(1)} if tooltip else {}),
            **({"options": {option: option for option in options}} if options else {}),
        }
    return settings


CATEGORIES = ("Motion Brush",)
"""The groups on the pack's page of ComfyUI's settings."""


def all_texts() -> list[str]:
    """Every English text once: those of the nodes, commands and settings, and then those of the editor."""
    found: list[str] = []
    for value in (node_texts(), command_texts(), setting_texts()):
        found += _leaves(value)
    return list(dict.fromkeys([*(text.removeprefix(PREFIX) for text in found), *CATEGORIES, *editor_texts()]))


def _leaves(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [text for inner in value.values() for text in _leaves(inner)]
