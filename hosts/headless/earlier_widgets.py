"""Widgets that a stored workflow does not know yet: the node does what it did before they existed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

BEFORE = "flowbrush_before"
"""The option of a widget whose default differs from what the node did before the widget existed; see `nodes.sockets`."""
_WIDGETS = {"INT", "FLOAT", "STRING", "BOOLEAN", "COMBO"}


def keep_what_nodes_did(workflow: dict[str, Any], prompt: dict[str, Any], known: dict[str, Any]) -> None:
    """Set such widgets in a converted `prompt` where the canvas `workflow` stores no value for them.

    The canvas does the same when it loads the workflow (`js/flowbrush.js`).
    """
    for number, node in _stored_nodes(workflow.get("nodes"), _subgraphs(workflow)):
        entry, values = prompt.get(number), node.get("widgets_values")
        if entry is None or not isinstance(values, list):
            continue
        sections = known.get(entry["class_type"], {}).get("input", {})
        inputs = {**sections.get("required", {}), **sections.get("optional", {})}
        widgets = [name for name, spec in inputs.items() if isinstance(spec[0], list) or spec[0] in _WIDGETS]
        for name in widgets[len(values) :]:
            options = inputs[name][1] if len(inputs[name]) > 1 else {}
            if BEFORE in options and not isinstance(entry["inputs"].get(name), list):
                entry["inputs"][name] = options[BEFORE]


def _subgraphs(workflow: dict[str, Any]) -> dict[str, Any]:
    """The subgraphs that a workflow defines, by the type of the nodes that stand for them."""
    definitions = workflow.get("definitions")
    found = definitions.get("subgraphs") if isinstance(definitions, dict) else None
    return {str(each.get("id")): each for each in found or [] if isinstance(each, dict)}


def _stored_nodes(
    nodes: Any, subgraphs: dict[str, Any], prefix: str = "", outer: tuple[str, ...] = ()
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every stored node with its number in the prompt, which is "instance:node" inside a subgraph."""
    for node in nodes or []:
        kind, number = node.get("type"), f"{prefix}{node.get('id')}"
        yield number, node
        if kind in subgraphs and kind not in outer:
            yield from _stored_nodes(subgraphs[kind].get("nodes"), subgraphs, f"{number}:", (*outer, kind))
