"""Stand-ins for stock nodes that hold one value."""

from __future__ import annotations

import sys

from ..api import io


class _Value(io.ComfyNode):
    """A node that gives out the value of its widget."""

    @classmethod
    def execute(cls, value: int | float | str | bool) -> io.NodeOutput:
        return io.NodeOutput(value)


class PrimitiveInt(_Value):
    """A whole number."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PrimitiveInt",
            display_name="Int",
            category="utilities/primitive",
            inputs=[
                io.Int.Input(
                    "value",
                    min=-sys.maxsize,
                    max=sys.maxsize,
                    control_after_generate=io.ControlAfterGenerate.fixed,
                )
            ],
            outputs=[io.Int.Output()],
        )


class PrimitiveFloat(_Value):
    """A number."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PrimitiveFloat",
            display_name="Float",
            category="utilities/primitive",
            inputs=[io.Float.Input("value", min=-sys.maxsize, max=sys.maxsize, step=0.1)],
            outputs=[io.Float.Output()],
        )


class PrimitiveString(_Value):
    """A line of text."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PrimitiveString",
            display_name="Text",
            category="utilities/primitive",
            inputs=[io.String.Input("value")],
            outputs=[io.String.Output()],
        )


class PrimitiveStringMultiline(_Value):
    """A text of several lines."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PrimitiveStringMultiline",
            display_name="Text (Multiline)",
            category="utilities/primitive",
            inputs=[io.String.Input("value", multiline=True)],
            outputs=[io.String.Output()],
        )


class PrimitiveBoolean(_Value):
    """True or false."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="PrimitiveBoolean",
            display_name="Boolean",
            category="utilities/primitive",
            inputs=[io.Boolean.Input("value")],
            outputs=[io.Boolean.Output()],
        )
