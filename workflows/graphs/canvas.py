"""Example graphs as Python objects, and the workflow files that the canvas would save for them.

A graph consists of lanes from left to right, a lane of groups and notes from top to bottom, and a group of columns of nodes.
Sizes follow the canvas's own rules in both render modes, so that nothing overlaps. ComfyUI shows the whole graph of a
template when it opens it: at 1280 x 720, a graph of at most `WIDTH` x `HEIGHT` px is shown at 60 % or more. Names of
inputs, outputs and widgets are checked against the schemas of the nodes.
"""

from __future__ import annotations

import math
import uuid
from dataclasses import dataclass, field
from typing import Any

from .node import NOTE, Node, Socket
from .subgraph import Subgraph, connect_subgraphs
from .writing import written_graph

__all__ = ["App", "Graph", "Group", "Node", "Socket", "Subgraph"]

TITLE, GAP, LANE_GAP, PADDING, GROUP_TITLE = 30, 12, 18, 14, 44  # px on the canvas
NOTE_WIDTH = 340  # px of a note in a lane without groups
WIDTH, HEIGHT = 1580, 880  # px of the largest graph
# How ComfyUI draws a note: width and line height of a letter and the space at a title, in parts of its size; px between paragraphs.
LETTER, LINE, MARGIN, BETWEEN = 0.53, 1.6, 0.8, 12
WINDOW, FITTED = (1280, 720), 0.75  # px, and the part of the window that a graph fills when ComfyUI fits it
BLUE, GREEN, ORANGE, PURPLE, GREY = "#3f789e", "#4c8b5a", "#b06634", "#8a5fa8", "#5c6370"


class Group:
    """A titled frame around columns of nodes."""

    def __init__(self, title: str, color: str, *columns: list[Node]):
        self.title, self.color, self.columns = title, color, columns

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the frame in px."""
        wide = sum(max(node.size[0] for node in column) for column in self.columns)
        high = max(sum(TITLE + node.height_below_title + GAP for node in column) for column in self.columns)
        return wide + GAP * (len(self.columns) - 1) + 2 * PADDING, GROUP_TITLE + high - GAP + PADDING

    def place(self, left: int, top: int) -> None:
        """Set the positions of the nodes in the frame, which starts at (left, top)."""
        x = left + PADDING
        for column in self.columns:
            y = top + GROUP_TITLE + TITLE
            for node in column:
                node.pos = (x, y)
                y += node.height_below_title + GAP + TITLE
            x += max(node.size[0] for node in column) + GAP


def note(title: str, text: str, height: int = 0) -> Node:
    """A note, which is as wide as the groups of its lane and as high as its text needs."""
    return Node(NOTE, {"text": text}, title, extra_height=height)


def text_height(text: str, width: int) -> int:
    """The height in px that a text in Markdown needs in a note of this width; a note is as high as its text in Nodes 2.0."""
    height = 24.0
    for paragraph in text.splitlines():
        level = len(paragraph) - len(paragraph.lstrip("#"))
        size = {1: 20, 2: 15}.get(level, 10)  # px of a letter
        room = (width - 40) / (LETTER * size)
        line = math.ceil(len(paragraph.replace("*", "")) / room) * size * LINE
        height += line + (size * MARGIN if level else 0) if paragraph else BETWEEN
    return math.ceil(height)


@dataclass(frozen=True)
class App:
    """What ComfyUI's App mode shows of a graph: controls, as (node, widget), and the nodes whose results are shown."""

    controls: list[tuple[Node, str]]
    results: list[Node]

    def as_json(self) -> dict[str, Any]:
        """The members of `extra` with which a workflow opens as an app. The nodes must have their ids."""
        controls = [[node.id, widget] for node, widget in self.controls]
        return {
            "linearMode": True,
            "linearData": {"inputs": controls, "outputs": [node.id for node in self.results]},
        }


@dataclass
class Graph:
    """A workflow: its name, the text of its note, and its lanes of groups and notes from left to right.

    The text stands in the note *About*, without its sections ("## …") that have a note of their own. `about_at` is the place
    of this note: the lane, and the place in it from top to bottom.
    """

    name: str
    about: str
    lanes: list[tuple[Group | Node, ...]] = field(default_factory=list)
    about_height: int = (
        0  # px that the note takes where its lane has room; it is at least as high as its text
    )
    about_at: tuple[int, int] = (0, 0)
    moved: list[str] = field(default_factory=list)
    app: App | None = None

    def lane(self, *items: Group | Node) -> None:
        """Add a lane of groups and notes, from top to bottom, to the right of the others."""
        self.lanes.append(items)

    @property
    def nodes(self) -> list[Node]:
        """All nodes, also those inside subgraphs."""
        nodes = [node for lane in self.lanes for item in lane for node in _nodes_of(item)]
        return nodes + [inner for node in nodes if isinstance(node, Subgraph) for inner in node.nodes]

    def section(self, title: str) -> Node:
        """A note with the section of the text that has this title, which *About* then leaves out."""
        (text,) = (part for part in sections(self.about) if part.startswith(f"## {title}\n"))
        self.moved.append(text)
        return note(title, text.split("\n", 1)[1].strip())

    def as_json(self) -> dict[str, Any]:
        """The content of the workflow file with all positions, in format version 0.4."""
        text = "\n\n".join(part for part in sections(self.about) if part not in self.moved)
        lanes, (lane, place) = list(self.lanes), self.about_at
        about = note("About", text, self.about_height)
        lanes[lane] = (*lanes[lane][:place], about, *lanes[lane][place:])
        nodes = [node for lane in lanes for item in lane for node in _nodes_of(item)]
        connect_subgraphs(nodes)
        frames = _laid_out(lanes)
        return {
            "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"flowbrush/{self.name}")),
            "revision": 0,
            **written_graph(self.name, nodes),
            "groups": frames,
            "config": {},
            "extra": {"ds": _fitted_view(nodes), **(self.app.as_json() if self.app else {})},
            "version": 0.4,
        }


def sections(text: str) -> list[str]:
    """The parts of a text in Markdown that begin with a title of the second level, after what comes before them."""
    first, *others = text.split("\n\n## ")
    return [first, *(f"## {part}" for part in others)]


def _nodes_of(item: Group | Node) -> list[Node]:
    return [item] if isinstance(item, Node) else [node for column in item.columns for node in column]


def _laid_out(lanes: list[tuple[Group | Node, ...]]) -> list[dict[str, Any]]:
    """Set the position of every node and the sizes of the notes; returns the frames of the groups."""
    left, frames = 0, []
    for lane in lanes:
        groups = [item for item in lane if isinstance(item, Group)]
        notes = [item for item in lane if isinstance(item, Node)]
        width = max((group.size[0] for group in groups), default=NOTE_WIDTH)
        for item in notes:
            item.width, wanted = width, item.extra_height
            item.extra_height = text_height(item.given["text"], width)
            used = sum(group.size[1] for group in groups) + sum(TITLE + each.extra_height for each in notes)
            item.extra_height += max(
                0, min(wanted - item.extra_height, HEIGHT - used - LANE_GAP * (len(lane) - 1))
            )
        top = 0
        for item in lane:
            if isinstance(item, Group):
                item.place(left, top)
                frames.append(_frame(item, len(frames) + 1, left, top))
                top += item.size[1] + LANE_GAP
            else:
                item.pos = (left, top + TITLE)
                top += TITLE + item.extra_height + LANE_GAP
        left += width + LANE_GAP
    return frames


def _frame(group: Group, number: int, left: int, top: int) -> dict[str, Any]:
    return {
        "id": number,
        "title": group.title,
        "bounding": [left, top, *group.size],
        "color": group.color,
        "font_size": 24,
        "flags": {},
    }


def _fitted_view(nodes: list[Node]) -> dict[str, Any]:
    """The view of the whole graph in a small window.

    ComfyUI uses it if the file is opened; a template is always fitted into the window.
    """
    left, top = min(node.pos[0] for node in nodes), min(node.pos[1] for node in nodes) - TITLE
    right, bottom = (max(node.pos[i] + node.size[i] for node in nodes) for i in (0, 1))
    scale = round(FITTED * min(WINDOW[0] / (right - left), WINDOW[1] / (bottom - top)), 3)
    offset = [
        round(WINDOW[0] / scale / 2 - (left + right) / 2),
        round(WINDOW[1] / scale / 2 - (top + bottom) / 2),
    ]
    return {"scale": scale, "offset": offset}
