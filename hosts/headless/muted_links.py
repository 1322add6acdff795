"""Links that carry nothing, because what they come from is muted: a widget then has the value that is written in it."""

from __future__ import annotations

from typing import Any

MUTED = 2
REROUTE, PRIMITIVE = "Reroute", "PrimitiveNode"


def cut_muted_links(graph: dict[str, Any]) -> None:
    """Remove the links of a canvas graph that carry nothing into widgets and Reroutes, and those out of such Reroutes.

    Those into other inputs stay, so that messages can name what is missing.
    """
    nodes = {str(node.get("id")): node for node in graph["nodes"]}
    silent = {key for key, node in nodes.items() if _is_silent(node)}
    while cut := [link for link in graph.get("links") or [] if _is_cut(link, nodes, silent)]:
        graph["links"] = [link for link in graph["links"] if link not in cut]
        for link in cut:
            target = nodes[str(_ends(link)[2])]
            target["inputs"][_ends(link)[3]]["link"] = None
            if target["type"] == REROUTE:
                silent.add(str(target.get("id")))


def _is_silent(node: dict[str, Any]) -> bool:
    """Whether nothing comes out of a node: it is muted, or a Primitive node without a value."""
    if node["type"] == PRIMITIVE:
        return node.get("widgets_values") == []
    return node.get("mode") == MUTED


def _is_cut(link: Any, nodes: dict[str, dict[str, Any]], silent: set[str]) -> bool:
    source, _, target_id, slot = _ends(link)
    target = nodes.get(str(target_id))
    inputs = (target or {}).get("inputs") or []
    if (
        str(source) not in silent
        or target is None
        or not isinstance(slot, int)
        or not 0 <= slot < len(inputs)
    ):
        return False
    from_reroute = nodes[str(source)]["type"] == REROUTE
    return from_reroute or target["type"] == REROUTE or bool(inputs[slot].get("widget"))


def _ends(link: Any) -> tuple[Any, Any, Any, Any]:
    """The node and slot that a link leaves, and the node and slot that it reaches."""
    if isinstance(link, dict):
        return link["origin_id"], link["origin_slot"], link["target_id"], link["target_slot"]
    return link[1], link[2], link[3], link[4]
