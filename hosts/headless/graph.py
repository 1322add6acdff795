"""A workflow in ComfyUI's API format: its nodes, their links, and the order in which they run."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .embedded_workflow import WorkflowError, embedded_workflow


@dataclass(frozen=True)
class Link:
    """A link to one output of a node."""

    node_id: str
    slot: int


@dataclass
class Node:
    """A node of a graph: its class, and its inputs, which are values or links."""

    id: str
    class_type: str
    inputs: dict[str, Any]
    title: str

    @property
    def label(self) -> str:
        """The name of this node in messages."""
        return (
            f'node {self.id} "{self.title}"'
            if self.title != self.class_type
            else f"node {self.id} {self.class_type}"
        )

    def links(self) -> dict[str, Link]:
        """Return the inputs that come from other nodes."""
        return {name: value for name, value in self.inputs.items() if isinstance(value, Link)}

    def values(self) -> dict[str, Any]:
        """Return the inputs whose values are written in the graph."""
        return {name: value for name, value in self.inputs.items() if not isinstance(value, Link)}


@dataclass(frozen=True)
class Subgraph:
    """A use of a subgraph on the canvas: its id and title, and what each of its inputs sets, as (node id, input) pairs."""

    id: str
    title: str
    inputs: dict[str, list[tuple[str, str]]]


@dataclass
class Graph:
    """The nodes by id, the API-format dictionary from which they were read, and the subgraphs that it was made of."""

    nodes: dict[str, Node]
    prompt: dict[str, Any] = field(default_factory=dict)
    subgraphs: list[Subgraph] = field(default_factory=list)

    def find(self, name: str) -> Node:
        """Return the node with that id, class or title.

        Raises WorkflowError if there is none, or more than one.
        """
        if name in self.nodes:
            return self.nodes[name]
        matches = [node for node in self.nodes.values() if name in (node.class_type, node.title)]
        if len(matches) == 1:
            return matches[0]
        names = ", ".join(f"{node.id} ({node.title})" for node in matches or self.nodes.values())
        count = "more than one node" if matches else "no node"
        raise WorkflowError(f"There is {count} `{name}` in this workflow; name it by its number: {names}.")


def read_json(path: str | Path) -> dict[str, Any]:
    """Return the JSON object in a file, or the workflow that ComfyUI put into a picture or video.

    Raises WorkflowError if the file is missing or contains no object.
    """
    path = Path(path).expanduser()
    if path.is_dir():
        raise WorkflowError(f"{path} is a folder; name a workflow file in it.")
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise WorkflowError(f"There is no workflow file {path}.") from None
    except OSError as error:
        raise WorkflowError(f"{path} cannot be read: {error.strerror}.") from None
    embedded = embedded_workflow(path, data)
    try:
        content = json.loads((data if embedded is None else embedded).decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise WorkflowError(f"{path} is not a JSON file: {str(error)[:200]}.") from None
    if not isinstance(content, dict):
        raise WorkflowError(f"{path} contains a JSON {type(content).__name__}; a workflow is a JSON object.")
    return content


def parse(prompt: dict[str, Any]) -> Graph:
    """Return the graph of an API-format dictionary `{id: {"class_type", "inputs", "_meta"?}}`.

    Raises WorkflowError for an entry of another form, and for a link to a node that does not exist.
    """
    nodes = {}
    for node_id, entry in prompt.items():
        if not isinstance(entry, dict) or not isinstance(entry.get("class_type"), str):
            raise WorkflowError(
                f"Entry `{str(node_id)[:80]}` of the workflow has no `class_type`: it is not in API format."
            )
        inputs = entry.get("inputs", {})
        if not isinstance(inputs, dict):
            raise WorkflowError(f"The inputs of node {node_id} are not a JSON object.")
        meta = entry.get("_meta")
        title = str((meta.get("title") if isinstance(meta, dict) else "") or entry["class_type"])
        values = {name: _read_value(value) for name, value in inputs.items()}
        nodes[str(node_id)] = Node(str(node_id), entry["class_type"], values, title)
    graph = Graph(nodes, prompt)
    for node in nodes.values():
        for name, link in node.links().items():
            if link.node_id not in nodes:
                raise WorkflowError(
                    f"Input `{name}` of {node.label} is linked to node {link.node_id}, which does not exist."
                )
    return graph


def _read_value(value: Any) -> Any:
    """Return a Link for a list of a node id and a slot, as ComfyUI does; a list that is a value is in `__value__`."""
    if isinstance(value, list) and len(value) == 2:
        node_id, slot = value
        if isinstance(node_id, str | int) and type(slot) is int and slot >= 0:
            return Link(str(node_id), slot)
    if isinstance(value, dict) and set(value) == {"__value__"}:
        return value["__value__"]
    return value


def execution_order(graph: Graph, targets: list[str]) -> list[str]:
    """Return the ids of the targets and of all nodes they depend on, each after its own dependencies.

    Otherwise the order is that of the file. Raises WorkflowError for a loop.
    """
    order: list[str] = []
    done: set[str] = set()
    for target in targets:
        _visit(graph, target, order, done)
    return order


def _visit(graph: Graph, target: str, order: list[str], done: set[str]) -> None:
    """Append the dependencies of `target`, then `target`, depth first; iterative, because graphs may be long chains."""
    path: list[str] = []
    stack = [(target, False)]
    while stack:
        node_id, dependencies_done = stack.pop()
        if dependencies_done:
            path.pop()
            order.append(node_id)
            done.add(node_id)
        elif node_id in path:
            raise WorkflowError(f"The links of {graph.nodes[node_id].label} form a loop.")
        elif node_id not in done:
            path.append(node_id)
            stack.append((node_id, True))
            dependencies = dict.fromkeys(link.node_id for link in graph.nodes[node_id].links().values())
            stack += [(name, False) for name in reversed(dependencies) if name not in done]
