"""A subgraph: nodes that the canvas shows as one node, with the few of their widgets that an artist needs.

The nodes inside are linked as if they stood in the graph. Each output outside that they use becomes an input of the
subgraph, and each output inside that the graph uses becomes an output. A promoted widget is an input of the subgraph that
leads to the widget inside; its value is stored in the node that stands for the subgraph.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from .node import ROW, TALL_WIDGET, WIDGET, WIDGET_TYPES, Entry, Node, Socket

# Px on the canvas: a text field, the row of Nodes 2.0 that opens the subgraph, and between the nodes inside.
TEXT, ENTER, DISTANCE = 110, 40, 60


@dataclass(frozen=True)
class Port:
    """An input of a subgraph: an output outside to which it is linked, or none, and the widgets inside that it sets."""

    name: str
    type: str
    source: Socket | None
    widgets: tuple[tuple[Node, str], ...]


@dataclass(eq=False)
class Subgraph(Node):
    """One node for `columns` of nodes; `promoted` are the widgets that it shows, each (node, input) of one or more nodes."""

    columns: list[list[Node]] = field(default_factory=list)
    promoted: list[tuple[tuple[Node, str], ...]] = field(default_factory=list)
    ports: list[Port] = field(default_factory=list)
    results: list[tuple[str, Socket]] = field(default_factory=list)  # name of an output and what it is inside

    @property
    def nodes(self) -> list[Node]:
        """The nodes inside."""
        return [node for column in self.columns for node in column]

    def connect(self, outside: Iterable[Node]) -> None:
        """Make the inputs and outputs from the links between the nodes inside and those `outside`."""
        inside = self.nodes
        crossing = [socket for socket in links_of(inside) if socket.node not in inside]
        names: set[str] = set()
        linked = [
            Port(unused(socket.name, names), socket.type, socket, self._widgets_set_by(socket))
            for socket in dict.fromkeys(crossing)
        ]
        self.ports = sorted(linked, key=lambda port: bool(port.widgets))
        for widgets in self.promoted:
            (node, name), *_ = widgets
            self.ports.append(Port(unused(name, names), node.entry(name)[1], None, widgets))
        used = [socket for socket in links_of(outside) if socket.node in inside]
        names = set()
        self.results = [(unused(socket.name, names), socket) for socket in dict.fromkeys(used)]
        self.given = {port.name: port.source for port in self.ports if port.source is not None}

    def _widgets_set_by(self, socket: Socket) -> tuple[tuple[Node, str], ...]:
        return tuple(
            (node, name)
            for node in self.nodes
            for name, value in node.given.items()
            if value == socket and node.entry(name)[1] in WIDGET_TYPES
        )

    @property
    def outputs(self) -> list[tuple[str, str]]:
        """(name, type) of every output."""
        return [(name, socket.type) for name, socket in self.results]

    @property
    def inputs(self) -> list[Entry]:
        """Every input: sockets, then widgets."""
        return [
            (
                port.name,
                port.type,
                port.widgets[0][0].entry(port.widgets[0][1])[2] if port.widgets else {},
                False,
            )
            for port in self.ports
        ]

    @property
    def shown_widgets(self) -> list[Entry]:
        """The inputs that are shown as widgets."""
        return [entry for entry, port in zip(self.inputs, self.ports, strict=True) if port.widgets]

    def widgets(self) -> list[Any]:
        """The values of the inputs that set widgets; a linked one shows the value of the widget that its output repeats."""
        values = []
        for port in self.ports:
            if port.source is not None and port.widgets and port.source.name in port.source.node.input_names:
                values.append(port.source.node.value(port.source.name))
            elif port.widgets:
                (node, name), *_ = port.widgets
                values.append(node.value(name))
        return values

    def slot_of(self, socket: Socket) -> int:
        """The number of the input that is linked to an output outside, or of the output that leads to one inside."""
        if socket.node in self.nodes:
            return [inside for _, inside in self.results].index(socket)
        return [port.source for port in self.ports].index(socket)

    def slot_of_widget(self, node: Node, name: str) -> int | None:
        """The number of the input that promotes a widget of a node inside, or None."""
        for slot, port in enumerate(self.ports):
            if port.source is None and (node, name) in port.widgets:
                return slot
        return None

    def place(self) -> None:
        """Set the positions of the nodes inside, in columns from left to right."""
        x = 0
        for column in self.columns:
            y = 0
            for node in column:
                node.pos = (x, y)
                y += node.height_below_title + DISTANCE
            x += max(node.size[0] for node in column) + DISTANCE

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in px, without the title."""
        return self.width, self.rows * ROW + len(self.shown_widgets) * WIDGET + self._texts + 14

    @property
    def _texts(self) -> int:
        """Px by which fields for texts are higher than other widgets."""
        return sum(kind == "STRING" for _, kind, *_ in self.shown_widgets) * (TEXT - WIDGET)

    @property
    def rows(self) -> int:
        """The number of rows of inputs and outputs above the widgets."""
        return max(len(self.ports) - len(self.shown_widgets), len(self.results))

    @property
    def height_below_title(self) -> int:
        """Px that the node takes below its title in either render mode."""
        tall = self.rows * ROW + len(self.shown_widgets) * TALL_WIDGET + self._texts + 14
        return max(self.size[1], tall) + ENTER


def promoted_widgets(nodes: Iterable[Node], *names: str) -> list[tuple[tuple[Node, str], ...]]:
    """The widgets of the nodes that have one of these names and no link; those of one name are promoted as one."""
    nodes = list(nodes)
    found = [
        tuple((node, name) for node in nodes if name in node.input_names and name not in _linked_inputs(node))
        for name in names
    ]
    return [widgets for widgets in found if widgets]


def _linked_inputs(node: Node) -> set[str]:
    return {name for name, value in node.given.items() if isinstance(value, Socket)}


def connect_subgraphs(nodes: list[Node]) -> None:
    """Make the inputs and outputs of the subgraphs among the nodes, and set the positions of the nodes inside."""
    for subgraph in nodes:
        if isinstance(subgraph, Subgraph):
            subgraph.connect(node for node in nodes if node is not subgraph)
            subgraph.place()


def links_of(nodes: Iterable[Node]) -> list[Socket]:
    """The outputs to which inputs of the nodes, and of the nodes inside subgraphs, are linked, in their order."""
    found = []
    for node in nodes:
        found += [value for value in node.given.values() if isinstance(value, Socket)]
        if isinstance(node, Subgraph):
            found += [socket for socket in links_of(node.nodes) if socket.node not in node.nodes]
    return found


def unused(name: str, names: set[str]) -> str:
    """The name, with a number if it is among `names`; it is added to them."""
    found, number = name, 2
    while found in names:
        found, number = f"{name}_{number}", number + 1
    names.add(found)
    return found
