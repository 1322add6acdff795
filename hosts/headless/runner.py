"""Runs a workflow without ComfyUI: checks the whole graph, then executes its nodes in order.

Nothing is kept between runs, and a value is released as soon as the last node that needs it has run.
"""

from __future__ import annotations

import asyncio
import errno
import inspect
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from ...interruption import interruptible
from .. import host
from .api.inputs import Input
from .api.node import ComfyNode, Hidden, HiddenHolder, NodeOutput, Schema
from .api.widgets import DynamicCombo
from .graph import Graph, Link, Node, WorkflowError, execution_order
from .progress import Cancelled
from .registry import node_class, schema_of
from .saved_files import SavedResult, path_of
from .validation import MissingInput, check_node, live_inputs


@dataclass
class Result:
    """The results of a run."""

    outputs: dict[str, list[Any]] = field(default_factory=dict)
    """The values of output nodes (those that save or show something), by node id, one for each output."""

    ui: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What nodes show in the interface, by node id, as in ComfyUI's history: `{"images": […], "text": […]}`."""

    def files(self) -> list[Path]:
        """Return the files that nodes wrote to the output folder, in the order of the run."""
        saved = [entry for values in self.ui.values() for entry in values.get("images", ())]
        return [path_of(SavedResult(**entry)) for entry in saved if entry["type"] == "output"]

    def texts(self) -> list[str]:
        """Return the texts that nodes show, in the order of the run and without repetitions."""
        return list(dict.fromkeys(text for values in self.ui.values() for text in values.get("text", ())))


class NodeError(RuntimeError):
    """A node failed. The message names the node and gives its error, which is also the cause."""


def run(graph: Graph, on_node: Callable[[Node, int, int], None] | None = None) -> Result:
    """Check the whole graph, then run every output node and the nodes it depends on.

    As in ComfyUI, an output node whose branch lacks an input (because a node in it is muted, say) is left out with a
    notice, if another can run. Calls `on_node(node, done, total)` before each node. Raises WorkflowError for a graph that cannot run, NodeError for
    a node that fails, and the host's own exception if the user cancels.
    """
    targets = checked(graph)
    order = execution_order(graph, targets)
    waiting = Counter(link.node_id for node_id in order for link in graph.nodes[node_id].links().values())
    values: dict[str, list[list[Any]]] = {}
    result = Result()
    with torch.inference_mode():
        for done, node_id in enumerate(order):
            node = graph.nodes[node_id]
            host().check_cancel()
            if on_node is not None:
                on_node(node, done, len(order))
            values[node_id], ui = _execute(graph, node, values)
            if ui:
                result.ui[node_id] = ui
            if node_id in targets:
                result.outputs[node_id] = [entry[-1] if entry else None for entry in values[node_id]]
            for link in node.links().values():
                waiting[link.node_id] -= 1
                if not waiting[link.node_id]:
                    values.pop(link.node_id, None)
    return result


def checked(graph: Graph) -> list[str]:
    """Check every node, as `run` does first; return the ids of the output nodes that can run. Raises WorkflowError."""
    targets = [
        node.id for node in graph.nodes.values() if schema_of(node_class(node.class_type)).is_output_node
    ]
    if not targets:
        raise WorkflowError(
            "This workflow has no node that saves or shows anything: add a Save Video or Preview Image."
        )
    return _complete_targets(graph, targets)


def _complete_targets(graph: Graph, targets: list[str]) -> list[str]:
    """Check every node that a target depends on; return the targets whose branches have all their inputs.

    Raises WorkflowError for any other mistake, and where no target is complete.
    """
    lacking: dict[str, MissingInput] = {}
    for node_id in execution_order(graph, targets):
        try:
            check_node(graph, graph.nodes[node_id])
        except MissingInput as error:
            lacking[node_id] = error
    branches = {target: execution_order(graph, [target]) for target in targets}
    complete = [target for target in targets if lacking.keys().isdisjoint(branches[target])]
    if not complete:
        raise next(iter(lacking.values()))
    for target in targets:
        if target not in complete:
            error = next(lacking[name] for name in branches[target] if name in lacking)
            host().notice(f"{graph.nodes[target].label} is left out. {error}")
    return complete


def _execute(
    graph: Graph, node: Node, values: dict[str, list[list[Any]]]
) -> tuple[list[list[Any]], dict[str, Any]]:
    """Run one node; return its outputs, each as a list of values, and what it shows in the interface.

    As in ComfyUI, a node that receives lists runs once for each entry, and shorter lists repeat their last entry.
    """
    cls = node_class(node.class_type)
    schema = schema_of(cls)
    live = live_inputs(schema, node.inputs)
    inputs = {
        name: values[value.node_id][value.slot] if isinstance(value, Link) else [value]
        for name, value in node.inputs.items()
        if name in live
    }
    if schema.is_input_list:
        rounds = [inputs]
    else:
        length = max((len(entries) for entries in inputs.values()), default=1)
        rounds = [
            {name: entries[min(index, len(entries) - 1)] for name, entries in inputs.items() if entries}
            for index in range(length)
        ]
    node_class_with_hidden = type(cls.__name__, (cls,), {"hidden": _hidden_values(graph, node, schema)})
    returned = [_call(node_class_with_hidden, node, _nest(live, arguments)) for arguments in rounds]
    outputs = [
        [
            value
            for output in returned
            for value in (output.args[slot] if entry.is_output_list else [output.args[slot]])
        ]
        for slot, entry in enumerate(schema.outputs)
        if all(slot < len(output.args) for output in returned)
    ]
    return outputs, _merge_ui(returned)


def _hidden_values(graph: Graph, node: Node, schema: Schema) -> HiddenHolder:
    """Return the hidden values that the node's schema lists."""
    known = {Hidden.unique_id: node.id, Hidden.prompt: graph.prompt, Hidden.extra_pnginfo: {}}
    return HiddenHolder(**{entry.name: known.get(entry) for entry in schema.hidden})


def _nest(live: dict[str, Input], arguments: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of `execute`, where the inputs `a`, `a.b`, … of a dynamic combo are one dictionary `a`."""
    nested: dict[str, Any] = {}
    for name, value in arguments.items():
        path = name.split(".")
        if isinstance(live[name], DynamicCombo.Input):
            path.append(path[-1])
        into = nested
        for step in path[:-1]:
            into = into.setdefault(step, {})
        into[path[-1]] = value
    return nested


def _call(cls: type[ComfyNode], node: Node, arguments: dict[str, Any]) -> NodeOutput:
    """Call `execute`, which may be async, and return its NodeOutput. Raises NodeError if it fails."""
    try:
        with interruptible(host().check_cancel):
            returned: Any = cls.execute(**arguments)
            if inspect.isawaitable(returned):
                returned = asyncio.run(_result_of(returned))
    except Cancelled:
        raise
    except Exception as error:  # also cv2.error, AssertionError of torch, MemoryError, …
        raise NodeError(f"{node.label}: {_sentence(error)}") from error
    if returned is None:
        returned = NodeOutput()
    if isinstance(returned, tuple):
        returned = NodeOutput(*returned)
    if not isinstance(returned, NodeOutput):
        raise NodeError(f"{node.label} returned a {type(returned).__name__}; a node returns a NodeOutput.")
    if returned.block_execution:
        raise NodeError(f"{node.label} stops here: {returned.block_execution}")
    if returned.expand is not None or returned.block_execution is not None:
        raise NodeError(f"{node.label} changes the graph while it runs, which only ComfyUI can do.")
    return returned


async def _result_of(awaitable: Any) -> Any:
    return await awaitable


def _sentence(error: BaseException) -> str:
    """Return the error's message, with advice where memory or the disk is full."""
    text = str(error)[:2000] or type(error).__name__
    if host().is_out_of_memory(error) or "Insufficient memory" in text:
        return f"there is too little memory ({text[:200]}): choose a smaller size or a shorter length."
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return f"the disk is full ({str(error.filename or '')[:200]}): make room, or choose another folder with --out."
    return text


def _merge_ui(returned: list[NodeOutput]) -> dict[str, Any]:
    """Return what all calls of a node show in the interface, joined by kind."""
    merged: dict[str, list[Any]] = {}
    for output in returned:
        entries = (
            output.ui if isinstance(output.ui, dict) else output.ui.as_dict() if output.ui is not None else {}
        )
        for kind, items in entries.items():
            merged.setdefault(kind, []).extend(items)
    return merged
