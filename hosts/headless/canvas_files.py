"""Workflow files of the canvas, made ready for comfy-cli's converter, and what it leaves undone.

The truth is the canvas's own `graphToPrompt`: a Primitive node writes its value into the widgets that it is linked to
directly, group nodes (an older form of subgraphs) stand for the nodes inside, and links may be objects.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .graph import Subgraph, WorkflowError
from .group_nodes import expand_group_nodes
from .muted_links import cut_muted_links

SUBGRAPH_INPUT = -10
PRIMITIVE = "PrimitiveNode"


@dataclass(frozen=True)
class Place:
    """A graph of the file: the workflow itself, or one use of a subgraph, whose node ids get `prefix`."""

    graph: dict[str, Any]
    prefix: str


def ready_for_conversion(workflow: dict[str, Any]) -> dict[str, Any]:
    """A copy of a canvas file that comfy-cli converts. Raises WorkflowError for a file of another form."""
    workflow = copy.deepcopy(workflow)
    for where, graph in _graphs(workflow):
        _check_graph(where, graph)
    for node in workflow["nodes"]:
        _check_node("the workflow", node)
    workflow["links"] = [_as_list(link) for link in workflow.get("links") or []]
    for _, graph in _graphs(workflow):
        if graph is not workflow:
            graph["links"] = [_as_object(link) for link in graph.get("links") or []]
    expand_group_nodes(workflow)
    for _, graph in _graphs(workflow):
        cut_muted_links(graph)
    return workflow


def subgraphs_of(workflow: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The definitions of subgraphs by id."""
    definitions = workflow.get("definitions")
    return {entry["id"]: entry for entry in (definitions or {}).get("subgraphs") or []}


def places(workflow: dict[str, Any]) -> Iterator[Place]:
    """The workflow and every use of a subgraph in it, also inside other subgraphs."""
    definitions = subgraphs_of(workflow)
    waiting = [Place(workflow, "")]
    seen = 0
    while waiting:
        place = waiting.pop()
        seen += 1
        if seen > 10_000:
            raise WorkflowError("The subgraphs of this workflow contain one another in a circle.")
        yield place
        for node in place.graph["nodes"]:
            if node["type"] in definitions:
                waiting.append(Place(definitions[node["type"]], f"{place.prefix}{node.get('id')}:"))


def apply_primitives(workflow: dict[str, Any], prompt: dict[str, Any]) -> None:
    """Write the values of Primitive nodes into the inputs of the API-format `prompt` that they are linked to."""
    definitions = subgraphs_of(workflow)
    for place in places(workflow):
        nodes = {str(node.get("id")): node for node in place.graph["nodes"]}
        for link in _links(place.graph):
            source = nodes.get(str(link["origin_id"]))
            if source is None or source["type"] != PRIMITIVE or not source.get("widgets_values"):
                continue
            targets = _targets(nodes, definitions, place.prefix, link["target_id"], link["target_slot"])
            for name, widget in targets:
                if name in prompt:
                    prompt[name]["inputs"][widget] = _value(source["widgets_values"][0])


def _targets(
    nodes: dict[str, Any], definitions: dict[str, Any], prefix: str, node_id: Any, slot: Any
) -> list[tuple[str, str]]:
    """The (node id in the prompt, widget) pairs that a link to a slot reaches, through the inputs of subgraphs."""
    node = nodes.get(str(node_id), {})
    inputs = node.get("inputs")
    if not isinstance(inputs, list) or not isinstance(slot, int) or not 0 <= slot < len(inputs):
        return []
    entry = inputs[slot]
    if node["type"] not in definitions:
        widget = entry.get("widget") or {}
        return [(f"{prefix}{node_id}", str(widget.get("name") or entry.get("name")))]
    graph = definitions[node["type"]]
    inner = {str(one.get("id")): one for one in graph["nodes"]}
    names = [one.get("name") for one in graph.get("inputs") or []]
    if entry.get("name") not in names:
        return []
    index = names.index(entry["name"])
    return [
        target
        for link in _links(graph)
        if link["origin_id"] == SUBGRAPH_INPUT and link["origin_slot"] == index
        for target in _targets(
            inner, definitions, f"{prefix}{node_id}:", link["target_id"], link["target_slot"]
        )
    ]


def subgraph_inputs(workflow: dict[str, Any]) -> Iterator[Subgraph]:
    """Every use of a subgraph, with the inputs that it shows; an input has its name and, where it has one, its label.

    A widget that an older page showed on the subgraph without an input is listed in the property `proxyWidgets`.
    """
    definitions = subgraphs_of(workflow)
    for place in places(workflow):
        nodes = {str(node.get("id")): node for node in place.graph["nodes"]}
        for key, node in nodes.items():
            if node["type"] not in definitions:
                continue
            inputs: dict[str, list[tuple[str, str]]] = {}
            for slot, entry in enumerate(node.get("inputs") or []):
                targets = _targets(nodes, definitions, place.prefix, key, slot)
                inputs |= {str(entry[name]): targets for name in ("label", "name") if entry.get(name)}
            properties = node.get("properties")
            shown = properties.get("proxyWidgets") if isinstance(properties, dict) else None
            for entry in shown if isinstance(shown, list) else ():
                if isinstance(entry, list) and len(entry) == 2:
                    target = (f"{place.prefix}{key}:{entry[0]}", str(entry[1]))
                    inputs.setdefault(str(entry[1]), [target])
            title = str(node.get("title") or definitions[node["type"]].get("name") or "")
            yield Subgraph(f"{place.prefix}{key}", title, inputs)


def fill_names(workflow: dict[str, Any], prompt: dict[str, Any], values: dict[str, Any]) -> None:
    """Replace `%NODE.widget%` in the prefixes of file names by the value of a node's widget, as the canvas does.

    NODE is a node's "Node name for S&R" or its title. What names no widget stays as it is. The widgets' values are taken
    from `values`, a prompt like `prompt`, which may hold more nodes.
    """
    named: dict[str, list[str]] = {}
    titled: dict[str, list[str]] = {}
    for place in places(workflow):
        for node in place.graph["nodes"]:
            properties = node.get("properties")
            name = (properties.get("Node name for S&R") if isinstance(properties, dict) else None) or node[
                "type"
            ]
            named.setdefault(str(name), []).append(f"{place.prefix}{node.get('id')}")
            titled.setdefault(str(node.get("title") or ""), []).append(f"{place.prefix}{node.get('id')}")

    def written(match: re.Match[str]) -> str:
        name, dot, widget = match[1].partition(".")
        found = [*named.get(name, ()), *titled.get(name, ())] if dot else []
        inputs = values.get(found[0], {}).get("inputs", {}) if found else {}
        if widget not in inputs or isinstance(inputs[widget], list):
            return match[0]
        return re.sub(r'[/?<>\\:*|"\x00-\x1f\x7f]', "_", str(inputs[widget]))

    for entry in prompt.values():
        prefix = entry["inputs"].get("filename_prefix")
        if isinstance(prefix, str):
            entry["inputs"]["filename_prefix"] = re.sub(r"%([^%]+)%", written, prefix)


def all_active(workflow: dict[str, Any]) -> dict[str, Any] | None:
    """A copy of a canvas file in which no node is muted or bypassed; None where no prefix of a file name needs one."""
    if not any(
        "%" in str(node.get("widgets_values")) for place in places(workflow) for node in place.graph["nodes"]
    ):
        return None
    workflow = copy.deepcopy(workflow)
    for _, graph in _graphs(workflow):
        for node in graph["nodes"]:
            node["mode"] = 0
    return workflow


def _value(value: Any) -> Any:
    """A widget's value in a prompt; a list would be taken for a link and is wrapped."""
    return {"__value__": value} if isinstance(value, list) else value


def _graphs(workflow: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """The workflow and the definitions of its subgraphs, each with a name for messages."""
    definitions = workflow.get("definitions")
    if definitions is None:
        return [("the workflow", workflow)]
    subgraphs = definitions.get("subgraphs") if isinstance(definitions, dict) else definitions
    if subgraphs is not None and not (
        isinstance(definitions, dict)
        and isinstance(subgraphs, list)
        and all(isinstance(entry, dict) and isinstance(entry.get("id"), str) for entry in subgraphs)
    ):
        raise WorkflowError(
            "`definitions` of this workflow must be an object whose `subgraphs` is a list of subgraphs with an `id`."
        )
    named = [(f"the subgraph {str(entry.get('name'))[:60]!r}", entry) for entry in subgraphs or []]
    return [("the workflow", workflow), *named]


def _check_graph(where: str, graph: dict[str, Any]) -> None:
    for member in ("nodes", "links"):
        value = graph.get(member)
        if not isinstance(value, list) and (member == "nodes" or value is not None):
            raise WorkflowError(f"`{member}` of {where} is a {type(value).__name__}; it must be a list.")
    for member in ("inputs", "outputs"):
        value = graph.get(member)
        if where != "the workflow" and value is not None and not _is_list_of_objects(value):
            raise WorkflowError(f"`{member}` of {where} must be a list of objects.")
    for node in graph["nodes"]:
        _check_node(where, node)
    for link in graph.get("links") or []:
        _check_link(where, link)


def _check_node(where: str, node: Any) -> None:
    if not isinstance(node, dict) or not isinstance(node.get("type"), str):
        kind = type(node.get("type")).__name__ if isinstance(node, dict) else type(node).__name__
        raise WorkflowError(f"A node of {where} has a {kind} as its type; it must be the name of a node.")
    if isinstance(node.get("id"), bool) or not isinstance(node.get("id"), (int, str)):
        raise WorkflowError(f"A node {node['type'][:60]} of {where} has no number.")
    for member in ("inputs", "outputs"):
        if node.get(member) is not None and not _is_list_of_objects(node[member]):
            raise WorkflowError(f"`{member}` of node {node['id']} in {where} must be a list of objects.")
    if not isinstance(node.get("widgets_values"), (list, dict, type(None))):
        raise WorkflowError(f"`widgets_values` of node {node['id']} in {where} must be a list or an object.")
    if not isinstance(node.get("properties"), (dict, list, type(None))):
        raise WorkflowError(f"`properties` of node {node['id']} in {where} must be an object.")
    if isinstance(node.get("mode"), (list, dict)):
        raise WorkflowError(f"`mode` of node {node['id']} in {where} must be a number.")
    if not isinstance(node.get("properties"), dict):
        node["properties"] = {}


def _check_link(where: str, link: Any) -> None:
    ends = (
        link[:5]
        if isinstance(link, list)
        else [link.get(name) for name in _ENDS]
        if isinstance(link, dict)
        else []
    )
    if len(ends) < 5 or not all(isinstance(end, (int, str)) and not isinstance(end, bool) for end in ends):
        raise WorkflowError(
            f"A link of {where} is {str(link)[:80]}; it must name its number, and a node and a slot at both ends."
        )


def _is_list_of_objects(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(entry, dict) for entry in value)


_ENDS = ("id", "origin_id", "origin_slot", "target_id", "target_slot")


def _links(graph: dict[str, Any]) -> list[dict[str, Any]]:
    return [_as_object(link) for link in graph.get("links") or []]


def _as_list(link: Any) -> list[Any]:
    return link if isinstance(link, list) else [*(link[name] for name in _ENDS), link.get("type", "*")]


def _as_object(link: Any) -> dict[str, Any]:
    if isinstance(link, dict):
        return link
    return dict(zip(_ENDS, link, strict=False), type=link[5] if len(link) > 5 else "*")
