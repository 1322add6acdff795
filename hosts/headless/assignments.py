"""Assignments `NODE.input=value` of the command line, which change the inputs of a workflow before it runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from .graph import Graph, Node, Subgraph, WorkflowError


def set_inputs(graph: Graph, assignments: list[str], known: dict[str, Any] | None = None) -> None:
    """Apply assignments, where NODE is the id, class or title of a node, or the id or title of a subgraph.

    The inputs of a node are those of the schemas `known`, which have the form of `/object_info`; without them, those of
    the nodes that run here, whose values `runner.run` checks. Raises WorkflowError for an assignment of another form,
    and for a node or an input that does not exist.
    """
    for assignment in assignments:
        place, equals, value = assignment.partition("=")
        if not equals or split_place(graph, place) is None:
            raise WorkflowError(
                f"`{assignment[:200]}` is not an assignment: write NODE.input=value, for example 3.steps=4."
            )
        for node, name in settable(graph, place, known):
            set_value(graph, node, name, value)


def settable(graph: Graph, place: str, known: dict[str, Any] | None = None) -> list[tuple[Node, str]]:
    """The nodes with the inputs that `NODE.input` means; see `set_inputs`, also for what it raises."""
    split = split_place(graph, place)
    if split is None:
        raise WorkflowError(f"`{place[:200]}` names no input: write NODE.input, for example 3.steps.")
    inputs_of = _inputs_here if known is None else lambda node: _inputs_there(node, known)
    return _targets(graph, *split, inputs_of)


def set_value(graph: Graph, node: Node, name: str, value: Any) -> None:
    """Write a value to an input of a node, also in the dictionary from which the graph was read."""
    node.inputs[name] = value
    written = {"__value__": value} if isinstance(value, list) else value
    graph.prompt[node.id]["inputs"][name] = written


def split_place(graph: Graph, place: str) -> tuple[str, str] | None:
    """Split `NODE.input`. Inputs and titles may contain dots, so the longest name of a node is taken as NODE."""
    names = {name for node in graph.nodes.values() for name in (node.id, node.class_type, node.title)}
    names |= {name for subgraph in graph.subgraphs for name in (subgraph.id, subgraph.title)}
    parts = place.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        name = ".".join(parts[:cut])
        if name in names:
            return name, ".".join(parts[cut:])
    return (parts[0], ".".join(parts[1:])) if len(parts) > 1 else None


def _targets(
    graph: Graph, name: str, input_name: str, inputs_of: Callable[[Node], Iterable[str]]
) -> list[tuple[Node, str]]:
    """The nodes and inputs that `NAME.input_name` sets: one of a node, or all that an input of a subgraph sets."""
    subgraphs = [one for one in graph.subgraphs if name == one.id]
    if not subgraphs and not any(
        name in (node.id, node.class_type, node.title) for node in graph.nodes.values()
    ):
        subgraphs = [one for one in graph.subgraphs if name == one.title]
    if len(subgraphs) > 1:
        numbers = ", ".join(one.id for one in subgraphs)
        raise WorkflowError(
            f"There is more than one subgraph `{name}` in this workflow; name it by its number: {numbers}."
        )
    if subgraphs:
        return _inside(graph, subgraphs[0], input_name)
    node = graph.find(name)
    live = list(inputs_of(node))
    if input_name not in live:
        raise WorkflowError(f"{node.label} has no input `{input_name[:80]}`; it has: {', '.join(live)}.")
    return [(node, input_name)]


def _inside(graph: Graph, subgraph: Subgraph, input_name: str) -> list[tuple[Node, str]]:
    """What an input of a subgraph sets. Raises WorkflowError if it has no such input with a value."""
    settable = {
        name: [(graph.nodes[node], widget) for node, widget in targets if node in graph.nodes]
        for name, targets in subgraph.inputs.items()
    }
    settable = {
        name: targets
        for name, targets in settable.items()
        if targets and all(widget in node.inputs for node, widget in targets)
    }
    if input_name not in settable:
        raise WorkflowError(
            f'The subgraph {subgraph.id} "{subgraph.title}" has no input `{input_name[:80]}`; '
            f"it has: {', '.join(settable)}."
        )
    return settable[input_name]


def _inputs_here(node: Node) -> list[str]:
    from .registry import node_class, schema_of
    from .validation import live_inputs

    return list(live_inputs(schema_of(node_class(node.class_type)), node.inputs))


def _inputs_there(node: Node, known: dict[str, Any]) -> list[str]:
    declared = known.get(node.class_type, {}).get("input", {})
    return sorted({*node.inputs, *declared.get("required", {}), *declared.get("optional", {})})
