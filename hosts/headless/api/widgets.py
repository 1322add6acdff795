"""Input types with a widget: numbers, text, switches and choices."""

from __future__ import annotations

from enum import Enum
from typing import Any

from ..saved_files import FolderType
from .inputs import (
    ControlAfterGenerate,
    Input,
    NumberDisplay,
    Output,
    UploadType,
    WidgetInput,
    input_sections,
    without_none,
)


class Boolean:
    """BOOLEAN: a switch."""

    io_type = "BOOLEAN"
    Type = bool

    class Input(WidgetInput):
        """A switch with optional labels for its two states."""

        io_type = "BOOLEAN"

        def __init__(
            self,
            id: str,
            display_name: str | None = None,
            optional: bool = False,
            tooltip: str | None = None,
            lazy: bool | None = None,
            default: bool | None = None,
            label_on: str | None = None,
            label_off: str | None = None,
            **widget: Any,
        ):
            super().__init__(id, display_name, optional, tooltip, lazy, default, **widget)
            self.label_on = label_on
            self.label_off = label_off

        def options(self) -> dict[str, Any]:
            return super().options() | without_none({"label_on": self.label_on, "label_off": self.label_off})

    class Output(Output):
        io_type = "BOOLEAN"


class NumberInput(WidgetInput):
    """A number with limits."""

    def __init__(
        self,
        id: str,
        display_name: str | None = None,
        optional: bool = False,
        tooltip: str | None = None,
        lazy: bool | None = None,
        default: float | None = None,
        min: float | None = None,
        max: float | None = None,
        step: float | None = None,
        display_mode: NumberDisplay | None = None,
        **widget: Any,
    ):
        super().__init__(id, display_name, optional, tooltip, lazy, default, **widget)
        self.min = min
        self.max = max
        self.step = step
        self.display_mode = display_mode

    def options(self) -> dict[str, Any]:
        own = {
            "min": self.min,
            "max": self.max,
            "step": self.step,
            "display": self.display_mode.value if self.display_mode else None,
        }
        return super().options() | without_none(own)


class Int:
    """INT: a whole number."""

    io_type = "INT"
    Type = int

    class Input(NumberInput):
        """A whole number with limits. One that is a seed may change after each run."""

        io_type = "INT"

        def __init__(
            self,
            id: str,
            *args: Any,
            control_after_generate: bool | ControlAfterGenerate | None = None,
            **number: Any,
        ):
            super().__init__(id, *args, **number)
            self.control_after_generate = control_after_generate

        def options(self) -> dict[str, Any]:
            return super().options() | without_none({"control_after_generate": self.control_after_generate})

    class Output(Output):
        io_type = "INT"


class Float:
    """FLOAT: a real number."""

    io_type = "FLOAT"
    Type = float

    class Input(NumberInput):
        """A real number with limits and the precision of its widget."""

        io_type = "FLOAT"

        def __init__(
            self,
            id: str,
            *args: Any,
            round: float | None = None,
            gradient_stops: list[dict] | None = None,
            **number: Any,
        ):
            super().__init__(id, *args, **number)
            self.round = round
            self.gradient_stops = gradient_stops

        def options(self) -> dict[str, Any]:
            own = {"round": self.round, "gradient_stops": self.gradient_stops}
            return super().options() | without_none(own)

    class Output(Output):
        io_type = "FLOAT"


class String:
    """STRING: text, one line or many."""

    io_type = "STRING"
    Type = str

    class Input(WidgetInput):
        """Text, one line or many."""

        io_type = "STRING"

        def __init__(
            self,
            id: str,
            display_name: str | None = None,
            optional: bool = False,
            tooltip: str | None = None,
            lazy: bool | None = None,
            multiline: bool = False,
            placeholder: str | None = None,
            default: str | None = None,
            dynamic_prompts: bool | None = None,
            **widget: Any,
        ):
            super().__init__(id, display_name, optional, tooltip, lazy, default, **widget)
            self.multiline = multiline
            self.placeholder = placeholder
            self.dynamic_prompts = dynamic_prompts

        def options(self) -> dict[str, Any]:
            own = {
                "multiline": self.multiline,
                "placeholder": self.placeholder,
                "dynamicPrompts": self.dynamic_prompts,
            }
            return super().options() | without_none(own)

    class Output(Output):
        io_type = "STRING"


class Combo:
    """COMBO: one of a list of choices."""

    io_type = "COMBO"
    Type = str

    class Input(WidgetInput):
        """One of a list of choices, or a file of a folder with an upload button."""

        io_type = "COMBO"

        def __init__(
            self,
            id: str,
            options: list[Any] | type[Enum] | None = None,
            display_name: str | None = None,
            optional: bool = False,
            tooltip: str | None = None,
            lazy: bool | None = None,
            default: Any = None,
            control_after_generate: bool | ControlAfterGenerate | None = None,
            upload: UploadType | None = None,
            image_folder: FolderType | None = None,
            **widget: Any,
        ):
            default = default.value if isinstance(default, Enum) else default
            super().__init__(id, display_name, optional, tooltip, lazy, default, **widget)
            self.choices = [choice.value for choice in options] if isinstance(options, type) else options
            self.control_after_generate = control_after_generate
            self.upload = upload
            self.image_folder = image_folder

        def options(self) -> dict[str, Any]:
            own = {
                "multiselect": False,
                "options": self.choices,
                "control_after_generate": self.control_after_generate,
                "image_folder": self.image_folder.value if self.image_folder else None,
            }
            if self.upload is not None:
                own[self.upload.value] = True
            return super().options() | without_none(own)

    class Output(Output):
        io_type = "COMBO"

        def __init__(
            self,
            id: str | None = None,
            display_name: str | None = None,
            options: list[str] | None = None,
            tooltip: str | None = None,
            is_output_list: bool = False,
        ):
            super().__init__(id, display_name, tooltip, is_output_list)
            self.options = options or []


class DynamicCombo:
    """COMFY_DYNAMICCOMBO_V3: a choice whose options have inputs of their own. Its value is a dictionary.

    In a graph the inputs of the chosen option are named `parent.child`.
    """

    io_type = "COMFY_DYNAMICCOMBO_V3"
    Type = dict

    class Option:
        """An option, and the inputs that exist while it is chosen."""

        def __init__(self, key: str, inputs: list[Input]):
            self.key = key
            self.inputs = inputs

        def as_dict(self) -> dict[str, Any]:
            return {"key": self.key, "inputs": input_sections(self.inputs)}

    class Input(Input):
        io_type = "COMFY_DYNAMICCOMBO_V3"

        def __init__(self, id: str, options: list[DynamicCombo.Option], *args: Any, **socket: Any):
            super().__init__(id, *args, **socket)
            self.choices = options

        def options(self) -> dict[str, Any]:
            return super().options() | {"options": [choice.as_dict() for choice in self.choices]}

        def option_named(self, key: Any) -> DynamicCombo.Option | None:
            """Return the option with that key, or None."""
            return next((choice for choice in self.choices if choice.key == key), None)
