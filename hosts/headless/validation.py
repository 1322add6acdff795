"""Checking a graph against the schemas of its nodes before anything runs."""

from __future__ import annotations

import inspect
import json
import math
from typing import Any

from .api.inputs import Input, WidgetInput
from .api.node import ComfyNode, Schema
from .api.widgets import Boolean, Combo, DynamicCombo, Float, Int, NumberInput, String
from .graph import Graph, Link, Node, WorkflowError
from .registry import node_class, schema_of


class MissingInput(WorkflowError):
    """A required input has neither a value nor a link, for example because the node before it is muted."""


def live_inputs(schema: Schema, given: dict[str, Any]) -> dict[str, Input]:
    """Return the inputs that exist for these values: those of the schema and of each chosen option (`parent.child`)."""
    live: dict[str, Input] = {}

    def add(entry: Input, name: str) -> None:
        live[name] = entry
        if isinstance(entry, DynamicCombo.Input) and (option := entry.option_named(given.get(name))):
            for child in option.inputs:
                add(child, f"{name}.{child.id}")

    for entry in schema.inputs:
        add(entry, entry.id)
    return live


def check_node(graph: Graph, node: Node) -> None:
    """Check all inputs of a node, and convert its written values to their types, in place.

    As in ComfyUI, the limits and choices of an input are not checked here if the node's own `validate_inputs` takes that
    input. Raises WorkflowError, which names the node and the input, for an input that is missing, of another type, out
    of range, not among the choices, or refused by the node itself.
    """
    cls = node_class(node.class_type)
    live = live_inputs(schema_of(cls), node.inputs)
    left_to_node = _validated_names(cls, live)
    for name, entry in live.items():
        if name not in node.inputs:
            if not entry.optional:
                raise MissingInput(
                    f"Input `{name}` of {node.label} is missing: give it a value or a link ({_type_name(entry)})."
                )
        elif isinstance(node.inputs[name], Link):
            _check_link(graph, node, name, entry)
        else:
            node.inputs[name] = _checked_value(node, name, entry, node.inputs[name], name not in left_to_node)
    _check_by_node(node, cls, left_to_node)


def _quoted(value: Any) -> str:
    """A value for a message, at most 200 characters long."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):
        return f"a very large {type(value).__name__}"
    return text if len(text) <= 200 else text[:197] + "..."


def _type_name(entry: Input) -> str:
    io_type = entry.get_io_type()
    return "any type" if io_type == "*" else io_type


def types_match(output_type: str, input_type: str) -> bool:
    """Return whether a value of `output_type` may be linked to an input of `input_type`; either may list "A,B"."""
    if "*" in (output_type, input_type):
        return True
    return not set(output_type.split(",")).isdisjoint(input_type.split(","))


def _check_link(graph: Graph, node: Node, name: str, entry: Input) -> None:
    """Raise WorkflowError if the linked output does not exist or has a type that the input does not take."""
    link = node.inputs[name]
    source = graph.nodes[link.node_id]
    outputs = schema_of(node_class(source.class_type)).outputs
    if link.slot >= len(outputs):
        raise WorkflowError(
            f"Input `{name}` of {node.label} is linked to output {link.slot} of {source.label}, which has {len(outputs)}."
        )
    output_type = outputs[link.slot].io_type
    if not types_match(output_type, entry.get_io_type()):
        raise WorkflowError(
            f"Input `{name}` of {node.label} takes {_type_name(entry)}, and that output of {source.label} is {output_type}."
        )


def _checked_value(node: Node, name: str, entry: Input, value: Any, limited: bool) -> Any:
    """Return the value in the type of its widget; `limited` also checks its limits. Raises WorkflowError."""
    place = f"Input `{name}` of {node.label}"
    entry = getattr(entry, "widget", None) or entry
    if isinstance(entry, Int.Input | Float.Input):
        return _checked_number(place, entry, value, limited)
    if isinstance(entry, Boolean.Input):
        return _checked_switch(place, value)
    if isinstance(entry, Combo.Input):
        return _checked_choice(place, entry.choices, value) if limited else value
    if isinstance(entry, DynamicCombo.Input):
        return _checked_choice(place, [option.key for option in entry.choices], value)
    if isinstance(entry, String.Input):
        if isinstance(value, dict | list):
            try:
                return json.dumps(value)
            except RecursionError:
                raise WorkflowError(f"{place} is nested too deeply.") from None
        return value if isinstance(value, str) else str(value)
    if not isinstance(entry, WidgetInput):
        raise WorkflowError(
            f"{place} must be linked to an output of type {_type_name(entry)}; it has the value {_quoted(value)}."
        )
    return value


def _checked_number(place: str, entry: NumberInput, value: Any, limited: bool) -> int | float:
    """Return a finite number of the right kind; `limited` also checks its limits. Raises WorkflowError."""
    whole = isinstance(entry, Int.Input)
    try:
        number = int(value) if whole else float(value)
    except (TypeError, ValueError, OverflowError):
        kind = "whole number" if whole else "number"
        raise WorkflowError(f"{place} is {_quoted(value)}; it must be a {kind}.") from None
    if not math.isfinite(number):
        raise WorkflowError(f"{place} is {_quoted(value)}; it must be a finite number.")
    if limited and entry.min is not None and number < entry.min:
        raise WorkflowError(f"{place} is {number:g}; the minimum is {entry.min:g}.")
    if limited and entry.max is not None and number > entry.max:
        raise WorkflowError(f"{place} is {number:g}; the maximum is {entry.max:g}.")
    return number


def _checked_switch(place: str, value: Any) -> bool:
    words = {
        "true": True,
        "1": True,
        "yes": True,
        "on": True,
        "false": False,
        "0": False,
        "no": False,
        "off": False,
    }
    word = str(value).strip().lower()
    if word not in words:
        raise WorkflowError(f"{place} is {_quoted(value)}; it must be true or false.")
    return words[word]


def _checked_choice(place: str, choices: list[Any] | None, value: Any) -> Any:
    """Return the matching choice, which may be a number written as text. Raises WorkflowError if none matches."""
    for choice in choices or []:
        if value == choice or str(value) == str(choice):
            return choice
    listed = ", ".join(map(str, choices or [])) or "nothing"
    raise WorkflowError(f"{place} is {_quoted(value)}; the choices are: {listed}.")


def _validated_names(cls: type[ComfyNode], live: dict[str, Input]) -> set[str]:
    """Return the inputs that the node's own `validate_inputs` takes; none if it has no such method."""
    if getattr(cls.validate_inputs, "__func__", None) is getattr(ComfyNode.validate_inputs, "__func__", None):
        return set()
    parameters = inspect.signature(cls.validate_inputs).parameters.values()
    if any(entry.kind is entry.VAR_KEYWORD for entry in parameters):
        return set(live)
    return {entry.name for entry in parameters}


def _check_by_node(node: Node, cls: type[ComfyNode], names: set[str]) -> None:
    """Call the node's own `validate_inputs`. Linked values are not known yet, so they are None."""
    if not names:
        return
    known = {
        name: None if isinstance(value, Link) else value
        for name, value in node.inputs.items()
        if name in names
    }
    try:
        verdict = cls.validate_inputs(**known)
    except ValueError as error:
        raise WorkflowError(f"{node.label}: {error}") from error
    if verdict is not True:
        raise WorkflowError(f"{node.label}: {verdict or 'its inputs were refused.'}")
