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
NOTE_WIDTH, INSIDE_WIDTH = 340, 460  # px of a note in a lane without groups, and of one inside a subgraph
MAKE_VIDEO = "Make the video"  # the subgraph from the model to the video
WIDTH, HEIGHT = 1570, 862  # px of the largest graph
# How ComfyUI draws a note: width and line height of a letter and the space at a title, in parts of its size; px between paragraphs.
LETTER, LINE, MARGIN, BETWEEN = 0.53, 1.6, 0.8, 12
# Nodes 2.0 draws a title at 16 px, which cannot be read at first look; in this element it has 18 px. The classic canvas leaves
# the element out, and has 20 px. ABOVE are the px above a title in Nodes 2.0.
LARGE, LARGE_SIZE, ABOVE = '# <font size="4">{}</font>', 18, 32
WINDOW, FITTED = (1280, 720), 0.75  # px, and the part of the window that a graph fills when ComfyUI fits it
# Where ComfyUI's own buttons lie over the canvas in such a window, [left, top, right, bottom] in px, and px to spare below them.
CONTROLS, SPARE = ((59, 44, 212, 88), (912, 44, 1280, 92)), 10
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


def note(title: str, text: str) -> Node:
    """A note, which is as wide as the nodes of its lane and as high as its text needs."""
    return Node(NOTE, {"text": text}, title)


def text_height(text: str, width: int) -> int:
    """The height in px that a text in Markdown needs in a note of this width; a note is as high as its text in Nodes 2.0."""
    height = 24.0
    before, after = LARGE.split("{}")
    for paragraph in text.splitlines():
        if paragraph.startswith(before):
            title = paragraph.removeprefix(before).removesuffix(after)
            height += max(
                _lines(title, 20, width) * 20 * (LINE + MARGIN / 2),
                _lines(title, LARGE_SIZE, width) * LARGE_SIZE * LINE + ABOVE,
            )
            continue
        level = len(paragraph) - len(paragraph.lstrip("#"))
        size = {1: 20, 2: 15}.get(level, 10)  # px of a letter
        line = _lines(paragraph, size, width) * size * LINE
        height += line + (size * MARGIN if level else 0) if paragraph else BETWEEN
    return math.ceil(height)


def _lines(paragraph: str, size: int, width: int) -> int:
    """The number of lines of a paragraph with letters of this size."""
    return math.ceil(len(paragraph.replace("*", "")) * LETTER * size / (width - 40))


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

    The text begins with titles ("# …"), which stand in the note *About*: they can be read at the scale at which ComfyUI
    first shows the graph. What comes after them stands in a note beside the nodes inside *Make the video*. `about_at` is
    the place of *About*: the lane, and the place in it from top to bottom; by default it is where it fits.
    """

    name: str
    about: str
    lanes: list[tuple[Group | Node, ...]] = field(default_factory=list)
    about_at: tuple[int, int] | None = None
    app: App | None = None

    def lane(self, *items: Group | Node) -> None:
        """Add a lane of groups and notes, from top to bottom, to the right of the others."""
        self.lanes.append(items)

    @property
    def nodes(self) -> list[Node]:
        """All nodes, also those inside subgraphs."""
        nodes = [node for lane in self.lanes for item in lane for node in _nodes_of(item)]
        return nodes + [inner for node in nodes if isinstance(node, Subgraph) for inner in node.nodes]

    def as_json(self) -> dict[str, Any]:
        """The content of the workflow file with all positions, in format version 0.4."""
        titles, details = split_about(self.about)
        text = "\n".join(LARGE.format(title) for title in titles)
        about, lanes = note("About", text), list(self.lanes)
        lane, place = self.about_at or _free_place(lanes, text)
        lanes[lane] = (*lanes[lane][:place], about, *lanes[lane][place:])
        nodes = [node for lane in lanes for item in lane for node in _nodes_of(item)]
        made = next((node for node in nodes if isinstance(node, Subgraph) and node.title == MAKE_VIDEO), None)
        columns = made.columns if made else []
        if made and details:
            inside = note("Notes", details)
            inside.width, inside.extra_height = INSIDE_WIDTH, text_height(details, INSIDE_WIDTH)
            made.columns = [[inside], *columns]
        connect_subgraphs(nodes)
        frames = _laid_out(lanes, [0] * len(lanes))
        if any(lower := _below_controls(lanes, frames, _fitted_view(nodes))):
            frames = _laid_out(lanes, lower)
        written = {
            "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"flowbrush/{self.name}")),
            "revision": 0,
            **written_graph(self.name, nodes),
            "groups": frames,
            "config": {},
            "extra": {"ds": _fitted_view(nodes), **(self.app.as_json() if self.app else {})},
            "version": 0.4,
        }
        if made:
            made.columns = columns
        return written


def split_about(text: str) -> tuple[list[str], str]:
    """The titles with which a text in Markdown begins, and what comes after them."""
    lines = text.splitlines()
    end = next((k for k, line in enumerate(lines) if line and not line.startswith("# ")), len(lines))
    return [line.removeprefix("# ") for line in lines[:end] if line], "\n".join(lines[end:])


def _free_place(lanes: list[tuple[Group | Node, ...]], text: str) -> tuple[int, int]:
    """The place of a note with this text: above the first lane if that does not become too high, else below the lowest one."""
    heights = []
    for lane in lanes:
        groups = [item.size for item in lane if isinstance(item, Group)]
        width = max((wide for wide, _ in groups), default=NOTE_WIDTH) - 2 * PADDING
        high = sum(each + LANE_GAP for _, each in groups)
        heights.append(high + TITLE + text_height(text, width))
    lane = 0 if heights[0] <= HEIGHT else heights.index(min(heights))
    return lane, len(lanes[lane]) if lane else 0


def _nodes_of(item: Group | Node) -> list[Node]:
    return [item] if isinstance(item, Node) else [node for column in item.columns for node in column]


def _laid_out(lanes: list[tuple[Group | Node, ...]], lower: list[int]) -> list[dict[str, Any]]:
    """Set the position of every node and the sizes of the notes; returns the frames of the groups.

    lower: how many px further down each lane begins.
    """
    left, frames = 0, []
    for lane, top in zip(lanes, lower, strict=True):
        groups = [item for item in lane if isinstance(item, Group)]
        notes = [item for item in lane if isinstance(item, Node)]
        width = max((group.size[0] for group in groups), default=NOTE_WIDTH)
        for item in notes:
            item.width = width - 2 * PADDING
            item.extra_height = text_height(item.given["text"], item.width)
        for item in lane:
            if isinstance(item, Group):
                item.place(left, top)
                frames.append(_frame(item, len(frames) + 1, left, top))
                top += item.size[1] + LANE_GAP
            else:
                item.pos = (left + PADDING, top + TITLE)
                top += TITLE + item.extra_height + LANE_GAP
        left += width + LANE_GAP
    return frames


def _below_controls(
    lanes: list[tuple[Group | Node, ...]], frames: list[dict[str, Any]], view: dict[str, Any]
) -> list[int]:
    """How many px each lane must go down so that ComfyUI's own buttons hide no group's title in the view of the whole graph."""
    scale, offset = view["scale"], view["offset"]
    lower, rest = [], iter(frames)
    for lane in lanes:
        most = 0
        for _ in (item for item in lane if isinstance(item, Group)):
            frame = next(rest)
            x, y = ((frame["bounding"][axis] + offset[axis]) * scale for axis in (0, 1))
            right, below = (
                x + len(frame["title"]) * LETTER * frame["font_size"] * scale,
                y + GROUP_TITLE * scale,
            )
            hidden = [
                bottom
                for left, top, end, bottom in CONTROLS
                if x < end and right > left and y < bottom and below > top
            ]
            most = max(most, *((bottom + SPARE - y) / scale for bottom in hidden), 0)
        lower.append(math.ceil(most))
    return lower


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
