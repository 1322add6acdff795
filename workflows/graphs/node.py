"""A node of an example graph, its inputs and outputs by the schema of its class, and its size on the canvas."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .schemas import object_info

ROW, WIDGET, TALL_WIDGET = 20, 24, 28  # px on the canvas; a widget is taller in Nodes 2.0
AUTOGROW = "COMFY_AUTOGROW_V3"  # an input that is a list: its members are sockets named `list.member`
WIDGET_TYPES = {"INT", "FLOAT", "STRING", "BOOLEAN", "COMBO", "COMFY_DYNAMICCOMBO_V3"}
# Widgets that the canvas adds to stock nodes although their schemas do not list them.
EXTRA_WIDGETS = {"SaveVideo": [("format", "format.codec", "COMFY_DYNAMICCOMBO_V3", "auto")]}
HIDDEN_WIDGETS = {("SaveVideo", "codec")}
NOTE = "MarkdownNote"
BADGE, SPARE = 26, 6  # px in Nodes 2.0: the row with the pack's name, and rounding
MORE = 26  # px in Nodes 2.0: the row that shows the advanced widgets, which the classic canvas always shows

Entry = tuple[str, str, dict[str, Any], bool]  # name, type, options, optional


@dataclass(frozen=True)
class Socket:
    """An output of a node, which can be the value of another node's input."""

    node: Node
    slot: int
    type: str

    @property
    def name(self) -> str:
        """The name of the output."""
        return self.node.outputs[self.slot][0]


@dataclass(eq=False)
class Node:
    """One node: its class, the values of its widgets, and the outputs to which its inputs are linked."""

    kind: str
    given: dict[str, Any]
    title: str | None = None
    width: int = 310
    extra_height: int = 0  # px for a text or a picture in the node
    room: int = 0  # px below the node into which it grows when it has run
    labels: dict[str, str] = field(default_factory=dict)  # what the canvas shows for the name of an input
    id: int = 0
    pos: tuple[int, int] = (0, 0)

    def __getitem__(self, output: str) -> Socket:
        names = [name for name, _ in self.outputs]
        if output not in names:
            raise ValueError(f"{self.kind} has no output {output!r}; it has {', '.join(names)}")
        slot = names.index(output)
        return Socket(self, slot, self.outputs[slot][1])

    @property
    def outputs(self) -> list[tuple[str, str]]:
        """(name, type) of every output."""
        if self.kind == NOTE:
            return []
        info = object_info()[self.kind]
        return list(zip(info["output_name"], info["output"], strict=True))

    @property
    def inputs(self) -> list[Entry]:
        """Every input in the order of the canvas: sockets, then widgets."""
        found: list[Entry] = []
        if self.kind == NOTE:
            return found
        for section in ("required", "optional"):
            for name, (kind, *options) in object_info()[self.kind]["input"].get(section, {}).items():
                if kind == AUTOGROW:
                    links = {key: link for key, link in self.given.items() if key.startswith(f"{name}.")}
                    found += [(key, link.type, {}, True) for key, link in links.items()]
                    continue
                type_ = "COMBO" if isinstance(kind, list) else kind
                found.append((name, type_, (options or [{}])[0], section == "optional"))
                for after, extra, extra_kind, default in EXTRA_WIDGETS.get(self.kind, []):
                    if after == name:
                        found.append((extra, extra_kind, {"default": default}, False))
        return sorted(found, key=lambda entry: entry[1] in WIDGET_TYPES)

    @property
    def input_names(self) -> list[str]:
        """The names of all inputs."""
        return [name for name, *_ in self.inputs]

    def entry(self, name: str) -> Entry:
        """The input with that name."""
        for found in self.inputs:
            if found[0] == name:
                return found
        raise ValueError(f"{self.kind} has no input {name}; it has {', '.join(self.input_names)}")

    def value(self, name: str) -> Any:
        """The value of a widget: the given one, or its default."""
        value, options = self.given.get(name), self.entry(name)[2]
        if value is not None and not isinstance(value, Socket):
            return value
        first = (options.get("options") or [None])[0]  # without a default, a choice is its first option
        return options.get("default", first["key"] if isinstance(first, dict) else first)

    def widgets(self) -> list[Any]:
        """The widgets' values in the order in which the canvas stores them."""
        if self.kind == NOTE:
            return [self.given["text"]]
        values: list[Any] = []
        for name, kind, options, _ in self.inputs:
            if kind in WIDGET_TYPES:
                values.append(self.value(name))
                values += ["fixed"] if options.get("control_after_generate") else []
        return values

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in px, without the title and without the advanced widgets."""
        if self.kind == NOTE:
            return self.width, self.extra_height
        return self.width, self._height(self.plain_widgets)

    def _height(self, widgets: list[Entry]) -> int:
        """Px below the title in the classic canvas with these widgets."""
        seeds = sum(bool(options.get("control_after_generate")) for _, _, options, _ in widgets)
        height = self.rows * ROW + 6 + self.extra_height
        return height + ((len(widgets) + seeds) * WIDGET + 8 if widgets else 0)

    @property
    def shown_widgets(self) -> list[Entry]:
        """The inputs that are shown as widgets."""
        return [e for e in self.inputs if e[1] in WIDGET_TYPES and (self.kind, e[0]) not in HIDDEN_WIDGETS]

    @property
    def plain_widgets(self) -> list[Entry]:
        """Those that Nodes 2.0 shows at once."""
        return [entry for entry in self.shown_widgets if not entry[2].get("advanced")]

    @property
    def rows(self) -> int:
        """The number of rows of inputs and outputs above the widgets."""
        return max(sum(entry[1] not in WIDGET_TYPES for entry in self.inputs), len(self.outputs))

    @property
    def height_below_title(self) -> int:
        """Px that the node takes below its title in either render mode, with what it shows when it has run."""
        if self.kind == NOTE:
            return self.size[1]
        shown, plain = self.shown_widgets, self.plain_widgets
        badge = BADGE if self.kind.startswith("Flowbrush") else 0
        more = MORE if len(plain) < len(shown) else 0
        tall = self.rows * ROW + len(plain) * TALL_WIDGET + 14 + badge + more + self.extra_height
        return max(self._height(shown), tall) + SPARE + self.room
