"""Inputs and outputs of a node: their names, types and options, and their form in `/object_info`."""

from __future__ import annotations

from enum import Enum
from typing import Any


class UploadType(str, Enum):
    """The kind of file that the upload button of a combo takes."""

    image = "image_upload"
    audio = "audio_upload"
    video = "video_upload"
    model = "file_upload"


class NumberDisplay(str, Enum):
    """The appearance of a number widget."""

    number = "number"
    slider = "slider"
    gradient_slider = "gradientslider"


class ControlAfterGenerate(str, Enum):
    """The change of a seed after each run."""

    fixed = "fixed"
    increment = "increment"
    decrement = "decrement"
    randomize = "randomize"


def without_none(options: dict[str, Any]) -> dict[str, Any]:
    """Return the options that are set: `/object_info` omits the others."""
    return {name: value for name, value in options.items() if value is not None}


class Input:
    """A socket that takes a value from a link."""

    io_type = "*"

    def __init__(
        self,
        id: str,
        display_name: str | None = None,
        optional: bool = False,
        tooltip: str | None = None,
        lazy: bool | None = None,
        extra_dict: dict[str, Any] | None = None,
        raw_link: bool | None = None,
        advanced: bool | None = None,
    ):
        self.id = id
        self.display_name = display_name
        self.optional = optional
        self.tooltip = tooltip
        self.lazy = lazy
        self.extra_dict = extra_dict or {}
        self.rawLink = raw_link
        self.advanced = advanced

    def get_io_type(self) -> str:
        """Return the name of the type in the schema."""
        return self.io_type

    def options(self) -> dict[str, Any]:
        """Return the options of this input in the schema."""
        own = {
            "display_name": self.display_name,
            "tooltip": self.tooltip,
            "lazy": self.lazy,
            "rawLink": self.rawLink,
            "advanced": self.advanced,
        }
        return without_none(own) | without_none(self.extra_dict)

    def children(self) -> list[Input]:
        """Return the inputs that exist only for some values of this one. Only a dynamic combo has any."""
        return []


class WidgetInput(Input):
    """An input with a widget and a default value."""

    def __init__(
        self,
        id: str,
        display_name: str | None = None,
        optional: bool = False,
        tooltip: str | None = None,
        lazy: bool | None = None,
        default: Any = None,
        socketless: bool | None = None,
        widget_type: str | None = None,
        force_input: bool | None = None,
        extra_dict: dict[str, Any] | None = None,
        raw_link: bool | None = None,
        advanced: bool | None = None,
    ):
        super().__init__(id, display_name, optional, tooltip, lazy, extra_dict, raw_link, advanced)
        self.default = default
        self.socketless = socketless
        self.widget_type = widget_type
        self.force_input = force_input

    def get_io_type(self) -> str:
        return self.widget_type or self.io_type

    def options(self) -> dict[str, Any]:
        own = {
            "default": self.default,
            "socketless": self.socketless,
            "widgetType": self.widget_type,
            "forceInput": self.force_input,
        }
        return super().options() | without_none(own)


class Output:
    """A value that a node returns."""

    io_type = "*"

    def __init__(
        self,
        id: str | None = None,
        display_name: str | None = None,
        tooltip: str | None = None,
        is_output_list: bool = False,
    ):
        self.id = id
        self.display_name = display_name or id
        self.tooltip = tooltip
        self.is_output_list = is_output_list

    @property
    def name(self) -> str:
        """The name of the socket: its display name, or its type if it has none."""
        return self.display_name or self.io_type


def input_sections(inputs: list[Input]) -> dict[str, dict[str, tuple[str, dict[str, Any]]]]:
    """Return `{"required": {id: (type, options)}, "optional": …}` in the order of declaration."""
    sections: dict[str, dict[str, tuple[str, dict[str, Any]]]] = {"required": {}}
    for entry in inputs:
        section = sections.setdefault("optional" if entry.optional else "required", {})
        section[entry.id] = (entry.get_io_type(), entry.options())
    return sections
