"""Group nodes of older canvas files (`workflow>NAME`, defined in `extra.groupNodes`), replaced by the nodes inside."""

from __future__ import annotations

import copy
from typing import Any

from .graph import WorkflowError

PREFIXES = ("workflow>", "workflow/")


def expand_group_nodes(workflow: dict[str, Any]) -> None:
    """Replace every group node of the workflow by its nodes, with ids `GROUP:INDEX`, in place.

    A file's group definitions are removed. Raises WorkflowError for a group node without a definition.
    """
    extra = workflow.get("extra")
    definitions = extra.pop("groupNodes", None) if isinstance(extra, dict) else None
    definitions = definitions if isinstance(definitions, dict) else {}
    nodes = []
    for node in workflow["nodes"]:
        if not node["type"].startswith(PREFIXES):
            nodes.append(node)
            continue
        name = node["type"][len(PREFIXES[0]) :]
        definition = definitions.get(name)
        if not isinstance(definition, dict) or not isinstance(definition.get("nodes"), list):
            raise WorkflowError(
                f"The group node {node['id']} uses `{name[:60]}`, which the file does not define."
            )
        nodes += _expanded(workflow, node, definition)
    workflow["nodes"] = nodes


def _expanded(
    workflow: dict[str, Any], group: dict[str, Any], definition: dict[str, Any]
) -> list[dict[str, Any]]:
    """The nodes inside a group node, with links of their own and those of the group node moved to them."""
    inner = copy.deepcopy(definition["nodes"])
    if not all(isinstance(node, dict) and isinstance(node.get("type"), str) for node in inner):
        raise WorkflowError(f"The group node {group['id']} is defined by entries that are no nodes.")
    for index, node in enumerate(inner):
        node["id"] = f"{group['id']}:{index}"
        node["mode"] = node.get(
            "mode", 0
        )  # the canvas runs what is inside, also where the group node is muted
        node.setdefault("properties", {})
        for entry in node.get("inputs") or []:
            entry["link"] = None
    _share_widgets(group, inner)
    _link_inside(workflow, definition, inner)
    _move_links(workflow, group, inner)
    return inner


def _share_widgets(group: dict[str, Any], inner: list[dict[str, Any]]) -> None:
    """Give the inner nodes the values of the group node's widgets, which are listed node after node."""
    values = group.get("widgets_values")
    counts = [len(node.get("widgets_values") or []) for node in inner]
    if not isinstance(values, list) or len(values) != sum(counts):
        return
    at = 0
    for node, count in zip(inner, counts, strict=True):
        if count:
            node["widgets_values"] = values[at : at + count]
        at += count


def _next_link(workflow: dict[str, Any]) -> int:
    return 1 + max((link[0] for link in workflow["links"] if isinstance(link[0], int)), default=0)


def _link_inside(workflow: dict[str, Any], definition: dict[str, Any], inner: list[dict[str, Any]]) -> None:
    for link in definition.get("links") or []:
        try:
            source, source_slot, target, target_slot = link[:4]
            if source is None or target is None:
                continue
            entry = inner[target]["inputs"][target_slot]
            kind = inner[source]["outputs"][source_slot].get("type", "*")
        except (TypeError, ValueError, IndexError, KeyError):
            raise WorkflowError(
                f"A group node has a link {str(link)[:60]} to a node or slot that it lacks."
            ) from None
        number = _next_link(workflow)
        entry["link"] = number
        workflow["links"].append(
            [number, inner[source]["id"], source_slot, inner[target]["id"], target_slot, kind]
        )


def _move_links(workflow: dict[str, Any], group: dict[str, Any], inner: list[dict[str, Any]]) -> None:
    """Move the links of the group node to the inputs and outputs of the nodes inside that have their names."""
    used: set[tuple[str, int]] = set()
    inputs = [_slot(inner, "inputs", entry, used) for entry in group.get("inputs") or []]
    outputs = [_slot(inner, "outputs", entry, used) for entry in group.get("outputs") or []]
    for link in workflow["links"]:
        if link[3] == group["id"] and isinstance(link[4], int) and link[4] < len(inputs):
            found = inputs[link[4]]
            if found is not None:
                link[3], link[4] = found[0]["id"], found[1]
                found[0]["inputs"][found[1]]["link"] = link[0]
        if link[1] == group["id"] and isinstance(link[2], int) and link[2] < len(outputs):
            found = outputs[link[2]]
            if found is not None:
                link[1], link[2] = found[0]["id"], found[1]


def _slot(
    inner: list[dict[str, Any]], side: str, entry: dict[str, Any], used: set[tuple[str, int]]
) -> tuple[dict[str, Any], int] | None:
    """The node and the slot that an input or output of the group node stands for, by its name and type.

    The canvas puts the title of the inner node before the name where several nodes have the same.
    """
    name, kind = str(entry.get("name") or ""), entry.get("type")
    for exact in (True, False):
        for node in inner:
            for slot, candidate in enumerate(node.get(side) or []):
                own = str(candidate.get("name") or candidate.get("type") or "")
                key = (side, id(candidate))
                same = name == own if exact else name.endswith(f" {own}")
                if (
                    same
                    and key not in used
                    and candidate.get("link") is None
                    and kind == candidate.get("type")
                ):
                    used.add(key)
                    return node, slot
    return None
