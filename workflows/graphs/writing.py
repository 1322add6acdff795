"""Nodes and subgraphs as entries of a workflow file, as the canvas saves them (format 0.4; subgraphs: version 1)."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from itertools import count
from typing import Any

from .node import NOTE, WIDGET_TYPES, Entry, Node, Socket
from .subgraph import Subgraph

INPUT_NODE, OUTPUT_NODE = -10, -20  # ids of the two ends of a subgraph
END_WIDTH, END_ROW = 140, 20  # px of these ends
NOTE_COLORS = {"color": "#2b3a42", "bgcolor": "#1f2a30"}

Place = tuple[int, int]  # id of a node, number of an output or an input


class Level:
    """The nodes of a graph or of a subgraph as entries, with their links as (id, from, to, type)."""

    def __init__(self, nodes: list[Node], number: Callable[[], int]):
        self.nodes, self.number = nodes, number
        self.links: list[tuple[int, Place, Place, str]] = []
        self.entries: list[dict[str, Any]] = []

    def link(self, source: Place, target: Place, kind: str) -> int:
        """Add a link; returns its id."""
        self.links.append((self.number(), source, target, kind))
        return self.links[-1][0]

    def write(self, place_of: Callable[[Node, str], Place | None]) -> None:
        """Write the nodes. `place_of` gives the output to which an input of a node is linked, or None."""
        for node in self.nodes:
            entry = _head(node)
            for number, described in enumerate(node.inputs):
                source = place_of(node, described[0])
                written = _input(node, described)
                if described[0] in node.labels:
                    written["label"] = node.labels[described[0]]
                if source is not None:
                    given = node.given.get(described[0])
                    kind = given.type if isinstance(given, Socket) else described[1]
                    written["link"] = self.link(source, (node.id, number), kind)
                entry["inputs"].append(written)
            self.entries.append(entry)

    def finish(self) -> None:
        """Enter the ids of the links at the outputs, and the order in which the nodes run."""
        by_id = {entry["id"]: entry for entry in self.entries}
        for name, (source, slot), _, _ in self.links:
            if source > 0:
                output = by_id[source]["outputs"][slot]
                output["links"] = [*(output["links"] or []), name]
        for order, node in enumerate(in_order(self.nodes)):
            by_id[node.id]["order"] = order


def written_graph(name: str, nodes: list[Node]) -> dict[str, Any]:
    """The nodes, links and definitions of a workflow file; also numbers the nodes. The subgraphs are connected."""
    subgraphs = [node for node in nodes if isinstance(node, Subgraph)]
    for subgraph in subgraphs:
        subgraph.kind = str(uuid.uuid5(uuid.NAMESPACE_URL, f"flowbrush/{name}/{subgraph.title}"))
    everything = [*nodes, *(node for subgraph in subgraphs for node in subgraph.nodes)]
    for number, node in enumerate(everything, start=1):
        node.id = number
    links = count(1)
    level = Level(nodes, lambda: next(links))

    def place_of(node: Node, name: str) -> Place | None:
        socket = _linked(node, name)
        if socket is None:
            return None
        for subgraph in subgraphs:
            if socket.node in subgraph.nodes:
                return subgraph.id, subgraph.slot_of(socket)
        return socket.node.id, socket.slot

    level.write(place_of)
    level.finish()
    definitions = [_definition(subgraph, lambda: next(links), len(everything)) for subgraph in subgraphs]
    written: dict[str, Any] = {
        "last_node_id": len(everything),
        "last_link_id": next(links) - 1,
        "nodes": level.entries,
        "links": [[number, *source, *target, kind] for number, source, target, kind in level.links],
    }
    return written | ({"definitions": {"subgraphs": definitions}} if definitions else {})


def _definition(subgraph: Subgraph, number: Callable[[], int], last_node: int) -> dict[str, Any]:
    """The entry of a subgraph under `definitions`, whose nodes have positions."""
    level = Level(subgraph.nodes, number)

    def place_of(node: Node, name: str) -> Place | None:
        socket, promoted = _linked(node, name), subgraph.slot_of_widget(node, name)
        if promoted is not None:
            return INPUT_NODE, promoted
        if socket is None:
            return None
        if socket.node in subgraph.nodes:
            return socket.node.id, socket.slot
        return INPUT_NODE, subgraph.slot_of(socket)

    level.write(place_of)
    for slot, (_, socket) in enumerate(subgraph.results):
        level.link((socket.node.id, socket.slot), (OUTPUT_NODE, slot), socket.type)
    level.finish()
    ports = [(port.name, port.type) for port in subgraph.ports]
    right = max(node.pos[0] + node.size[0] for node in subgraph.nodes)
    return {
        "id": subgraph.kind,
        "version": 1,
        "state": {
            "lastGroupId": 0,
            "lastNodeId": last_node,
            "lastLinkId": level.links[-1][0],
            "lastRerouteId": 0,
        },
        "revision": 0,
        "config": {},
        "name": subgraph.title,
        "inputNode": {
            "id": INPUT_NODE,
            "bounding": [-END_WIDTH - 60, 0, END_WIDTH, END_ROW * len(ports) + 48],
        },
        "outputNode": {
            "id": OUTPUT_NODE,
            "bounding": [right + 60, 0, END_WIDTH, END_ROW * len(subgraph.outputs) + 48],
        },
        "inputs": _ends(subgraph, ports, level, INPUT_NODE),
        "outputs": _ends(subgraph, subgraph.outputs, level, OUTPUT_NODE),
        "widgets": [],
        "nodes": level.entries,
        "groups": [],
        "links": [
            {
                "id": name,
                "origin_id": source[0],
                "origin_slot": source[1],
                "target_id": target[0],
                "target_slot": target[1],
                "type": kind,
            }
            for name, source, target, kind in level.links
        ],
        "extra": {},
    }


def _ends(subgraph: Subgraph, ports: list[tuple[str, str]], level: Level, end: int) -> list[dict[str, Any]]:
    """The inputs or outputs of a subgraph's definition, with the ids of the links inside."""
    return [
        {
            "id": str(uuid.uuid5(uuid.UUID(subgraph.kind), f"{end}/{name}")),
            "name": name,
            "type": kind,
            "linkIds": [number for number, *places, _ in level.links if (end, slot) in places],
            "localized_name": name,
        }
        for slot, (name, kind) in enumerate(ports)
    ]


def _linked(node: Node, name: str) -> Socket | None:
    """The output to which an input is linked, or None. Raises ValueError if its type does not fit."""
    value, kind = node.given.get(name), node.entry(name)[1]
    if isinstance(value, Socket):
        if value.type not in kind.split(",") and "*" not in (value.type, kind):
            raise ValueError(f"{node.kind}.{name} takes {kind}, not {value.type} of {value.node.kind}")
        return value
    if value is not None and kind not in WIDGET_TYPES:
        raise ValueError(f"{node.kind}.{name} takes a link to {kind}, not the value {value!r}")
    return None


def _head(node: Node) -> dict[str, Any]:
    """The node's entry without its inputs."""
    known = {name for name, *_ in node.inputs} | ({"text"} if node.kind == NOTE else set())
    if unknown := set(node.given) - known:
        raise ValueError(
            f"{node.kind} has no input {', '.join(sorted(unknown))}; it has {', '.join(sorted(known))}"
        )
    entry: dict[str, Any] = {
        "id": node.id,
        "type": node.kind,
        "pos": list(node.pos),
        "size": list(node.size),
        "flags": {},
        "order": 0,
        "mode": 0,
    }
    entry |= {"title": node.title} if node.title else {}
    plain = node.kind == NOTE or isinstance(node, Subgraph)
    return entry | {
        "inputs": [],
        "outputs": [
            {"localized_name": name, "name": name, "type": kind, "links": None} for name, kind in node.outputs
        ],
        "properties": {} if plain else {"Node name for S&R": node.kind},
        "widgets_values": node.widgets(),
        **(NOTE_COLORS if node.kind == NOTE else {}),
    }


def _input(node: Node, described: Entry) -> dict[str, Any]:
    """An input of a node without its link."""
    name, kind, _, optional = described
    written: dict[str, Any] = {"localized_name": name, "name": name, "type": kind, "link": None}
    if optional:
        written["shape"] = 7
    if kind in WIDGET_TYPES:
        written["widget"] = {"name": name}
    return written


def in_order(nodes: list[Node]) -> list[Node]:
    """The nodes, sorted so that each comes after those that it depends on."""
    done: list[Node] = []
    owner = {id(inner): node for node in nodes if isinstance(node, Subgraph) for inner in node.nodes}

    def visit(node: Node) -> None:
        if node in done or node not in nodes:
            return
        for value in node.given.values():
            if isinstance(value, Socket):
                visit(owner.get(id(value.node), value.node))
        done.append(node)

    for node in nodes:
        visit(node)
    return done
