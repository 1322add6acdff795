"""Widgets that a stored workflow does not know yet: the node does what it did before they existed."""

from __future__ import annotations

from typing import Any

BEFORE = "flowbrush_before"
"""The option of a widget whose default differs from what the node did before the widget existed; see `nodes.sockets`."""
_WIDGETS = {"INT", "FLOAT", "STRING", "BOOLEAN", "COMBO"}


def keep_what_nodes_did(workflow: dict[str, Any], prompt: dict[str, Any], known: dict[str, Any]) -> None:
    """Set such widgets in a converted `prompt` where the canvas `workflow` stores no value for them.

    The canvas does the same when it loads the workflow (`js/flowbrush.js`).
    """
    for node in workflow.get("nodes") or []:
        entry, values = prompt.get(str(node.get("id"))), node.get("widgets_values")
        if entry is None or not isinstance(values, list):
            continue
        sections = known.get(entry["class_type"], {}).get("input", {})
        inputs = {**sections.get("required", {}), **sections.get("optional", {})}
        widgets = [name for name, spec in inputs.items() if spec[0] in _WIDGETS]
        for name in widgets[len(values) :]:
            options = inputs[name][1] if len(inputs[name]) > 1 else {}
            if BEFORE in options and not isinstance(entry["inputs"].get(name), list):
                entry["inputs"][name] = options[BEFORE]
