"""Example graphs as Python objects, and the workflow files that the canvas would save for them.

A graph consists of lanes from left to right, a lane of groups from top to bottom, and a group of columns of nodes. Sizes
follow the canvas's own rules, so that nothing overlaps. Names of inputs, outputs and widgets are checked against the
schemas of the nodes.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from .schemas import object_info

TITLE, ROW, WIDGET, GAP, PADDING, GROUP_TITLE = 30, 20, 24, 40, 20, 50  # px on the canvas
AUTOGROW = "COMFY_AUTOGROW_V3"  # an input that is a list: its members are sockets named `list.member`
WIDGET_TYPES = {"INT", "FLOAT", "STRING", "BOOLEAN", "COMBO", "COMFY_DYNAMICCOMBO_V3"}
# Widgets that the canvas adds to stock nodes although their schemas do not list them.
EXTRA_WIDGETS = {"SaveVideo": [("format", "format.codec", "COMFY_DYNAMICCOMBO_V3", "auto")]}
HIDDEN_WIDGETS = {("SaveVideo", "codec")}
BLUE, GREEN, ORANGE, PURPLE, GREY = "#3f789e", "#4c8b5a", "#b06634", "#8a5fa8", "#5c6370"


@dataclass(frozen=True)
class Socket:
    """An output of a node, which can be the value of another node's input."""

    node: Node
    slot: int
    type: str


@dataclass(eq=False)
class Node:
    """One node: its class, the values of its widgets, and the outputs to which its inputs are linked."""

    kind: str
    given: dict[str, Any]
    title: str | None = None
    width: int = 330
    extra_height: int = 0  # px for a text or a picture in the node
    room: int = 0  # px below the node into which it grows when it has run
    id: int = 0
    pos: tuple[int, int] = (0, 0)

    def __getitem__(self, output: str) -> Socket:
        info = object_info()[self.kind]
        names = list(info["output_name"])
        if output not in names:
            raise ValueError(f"{self.kind} has no output {output!r}; it has {', '.join(names)}")
        slot = names.index(output)
        return Socket(self, slot, info["output"][slot])

    @property
    def inputs(self) -> list[tuple[str, str, dict[str, Any], bool]]:
        """(name, type, options, optional) of every input, in the order of the canvas: sockets, then widgets."""
        found = []
        for section in ("required", "optional"):
            for name, (kind, *options) in object_info()[self.kind]["input"].get(section, {}).items():
                if kind == AUTOGROW:
                    links = {key: link for key, link in self.given.items() if key.startswith(f"{name}.")}
                    found += [(key, link.type, {}, True) for key, link in links.items()]
                    continue
                found.append(
                    (
                        name,
                        "COMBO" if isinstance(kind, list) else kind,
                        (options or [{}])[0],
                        section == "optional",
                    )
                )
                for after, extra, extra_kind, default in EXTRA_WIDGETS.get(self.kind, []):
                    if after == name:
                        found.append((extra, extra_kind, {"default": default}, False))
        return sorted(found, key=lambda entry: entry[1] in WIDGET_TYPES)

    def widgets(self) -> list[Any]:
        """The widgets' values in the order in which the canvas stores them."""
        values: list[Any] = []
        for name, kind, options, _ in self.inputs:
            if kind not in WIDGET_TYPES:
                continue
            value = self.given.get(name)
            if value is None or isinstance(value, Socket):
                first = (options.get("options") or [None])[
                    0
                ]  # without a default, a choice is its first option
                value = options.get("default", first["key"] if isinstance(first, dict) else first)
            values.append(value)
            if options.get("control_after_generate"):
                values.append("fixed")
        return values

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in px, without the title."""
        if self.kind == "MarkdownNote":
            return self.width, self.extra_height
        widgets = [
            entry
            for entry in self.inputs
            if entry[1] in WIDGET_TYPES and (self.kind, entry[0]) not in HIDDEN_WIDGETS
        ]
        rows = max(
            len(self.inputs) - sum(e[1] in WIDGET_TYPES for e in self.inputs),
            len(object_info()[self.kind]["output"]),
        )
        count = len(widgets) + sum(
            bool(options.get("control_after_generate")) for _, _, options, _ in widgets
        )
        return self.width, rows * ROW + (count * WIDGET + 8 if count else 0) + 6 + self.extra_height


class Group:
    """A titled frame around columns of nodes."""

    def __init__(self, title: str, color: str, *columns: list[Node]):
        self.title, self.color, self.columns = title, color, columns


@dataclass
class Graph:
    """A workflow: its name, the text of its note, and its lanes of groups from left to right."""

    name: str
    about: str
    lanes: list[tuple[Group, ...]] = field(default_factory=list)
    about_height: int = 300

    def lane(self, *groups: Group) -> None:
        """Add a lane of groups, from top to bottom, to the right of the others."""
        self.lanes.append(groups)

    def as_json(self) -> dict[str, Any]:
        """The content of the workflow file with all positions, in format version 0.4."""
        note = Node("MarkdownNote", {"text": self.about}, "About", 380, self.about_height)
        frames = self._laid_out(note)
        groups = [group for lane in self.lanes for group in lane]
        nodes = [note, *(node for group in groups for column in group.columns for node in column)]
        for number, node in enumerate(nodes, start=1):
            node.id = number
        links: list[list[Any]] = []
        written = [_written(node, links) for node in nodes]
        for link in links:
            slots = written[link[1] - 1]["outputs"][link[2]]
            slots["links"] = [*(slots["links"] or []), link[0]]
        for order, node in enumerate(_in_order(nodes)):
            written[node.id - 1]["order"] = order
        return {
            "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"flowbrush/{self.name}")),
            "revision": 0,
            "last_node_id": len(nodes),
            "last_link_id": len(links),
            "nodes": written,
            "links": links,
            "groups": frames,
            "config": {},
            "extra": {"ds": {"scale": 0.7, "offset": [40, 60]}},
            "version": 0.4,
        }

    def _laid_out(self, note: Node) -> list[dict[str, Any]]:
        """Set the position of every node; returns the frames of the groups."""
        note.pos = (0, 0)
        left, frames = note.width + 2 * PADDING, []
        for lane in self.lanes:
            top, widest = -TITLE, 0
            for group in lane:
                width, height = _placed(group, left, top)
                frames.append(
                    {
                        "id": len(frames) + 1,
                        "title": group.title,
                        "bounding": [left, top, width, height],
                        "color": group.color,
                        "font_size": 24,
                        "flags": {},
                    }
                )
                top += height + GAP
                widest = max(widest, width)
            left += widest + GAP
        return frames


def _placed(group: Group, left: int, top: int) -> tuple[int, int]:
    """Set the positions of the nodes in a group whose frame starts at (left, top); returns the frame's width and height."""
    x, bottom = left + PADDING, top
    for column in group.columns:
        y = top + GROUP_TITLE + TITLE
        for node in column:
            node.pos = (x, y)
            y += node.size[1] + node.room + TITLE + GAP
        x += max(node.size[0] for node in column) + GAP
        bottom = max(bottom, y - TITLE - GAP)
    return x - GAP + PADDING - left, bottom + PADDING - top


def _written(node: Node, links: list[list[Any]]) -> dict[str, Any]:
    """The node's entry in the file; appends its links to `links`."""
    if node.kind == "MarkdownNote":
        entry = {"inputs": [], "outputs": [], "properties": {}, "widgets_values": [node.given["text"]]}
        entry |= {"color": "#2b3a42", "bgcolor": "#1f2a30"}
    else:
        known = {name for name, *_ in node.inputs}
        if unknown := set(node.given) - known:
            raise ValueError(
                f"{node.kind} has no input {', '.join(sorted(unknown))}; it has {', '.join(sorted(known))}"
            )
        inputs = [_input(node, number, entry, links) for number, entry in enumerate(node.inputs)]
        info = object_info()[node.kind]
        outputs = [
            {"localized_name": name, "name": name, "type": kind, "links": None}
            for name, kind in zip(info["output_name"], info["output"], strict=True)
        ]
        entry = {
            "inputs": inputs,
            "outputs": outputs,
            "properties": {"Node name for S&R": node.kind},
            "widgets_values": node.widgets(),
        }
    head = {
        "id": node.id,
        "type": node.kind,
        "pos": list(node.pos),
        "size": list(node.size),
        "flags": {},
        "order": 0,
        "mode": 0,
    }
    return head | ({"title": node.title} if node.title else {}) | entry


def _input(
    node: Node, number: int, entry: tuple[str, str, dict[str, Any], bool], links: list[list[Any]]
) -> dict[str, Any]:
    name, kind, _, optional = entry
    written: dict[str, Any] = {"localized_name": name, "name": name, "type": kind, "link": None}
    if optional:
        written["shape"] = 7
    if kind in WIDGET_TYPES:
        written["widget"] = {"name": name}
    value = node.given.get(name)
    if isinstance(value, Socket):
        if value.type not in kind.split(",") and "*" not in (value.type, kind):
            raise ValueError(f"{node.kind}.{name} takes {kind}, not {value.type} of {value.node.kind}")
        links.append([len(links) + 1, value.node.id, value.slot, node.id, number, value.type])
        written["link"] = len(links)
    elif value is not None and kind not in WIDGET_TYPES:
        raise ValueError(f"{node.kind}.{name} takes a link to {kind}, not the value {value!r}")
    return written


def _in_order(nodes: list[Node]) -> list[Node]:
    """The nodes, sorted so that each comes after those that it depends on."""
    done: list[Node] = []

    def visit(node: Node) -> None:
        if node in done:
            return
        for value in node.given.values():
            if isinstance(value, Socket):
                visit(value.node)
        done.append(node)

    for node in nodes:
        visit(node)
    return done
