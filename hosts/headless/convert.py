"""Reading workflow files; comfy-cli converts those that the canvas saves to the API format."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from .canvas_files import all_active, apply_primitives, fill_names, ready_for_conversion, subgraph_inputs
from .earlier_widgets import keep_what_nodes_did
from .graph import Graph, WorkflowError, parse, read_json
from .registry import object_info


def load(path: str | Path, known: dict[str, Any] | None = None) -> Graph:
    """Return the graph of a workflow file in either format. Raises WorkflowError for any other file.

    `known` are schemas in the form of `/object_info`, by default those of the nodes that run here.
    """
    content = read_json(path)
    subgraphs = []
    if isinstance(content.get("nodes"), list):
        workflow = ready_for_conversion(content)
        subgraphs = list(subgraph_inputs(workflow))
        content = _converted(workflow, known)
    elif isinstance(content.get("prompt"), dict):
        content = content["prompt"]
    graph = parse({name: entry for name, entry in content.items() if name != "extra_data"})
    graph.subgraphs = subgraphs
    return graph


def ui_to_api(workflow: dict[str, Any], known: dict[str, Any] | None = None) -> dict[str, Any]:
    """Convert a canvas workflow to API format with the schemas `known`, by default those of the nodes that run here.

    Raises WorkflowError if a node is unknown, if comfy-cli is not installed, or if it cannot convert a node.
    """
    return _converted(ready_for_conversion(workflow), known)


def _converted(workflow: dict[str, Any], known: dict[str, Any] | None) -> dict[str, Any]:
    """`ui_to_api` of a workflow that is ready for the conversion."""
    try:
        from comfy_cli import workflow_to_api
    except ImportError as error:
        raise WorkflowError(
            "Reading a workflow saved by the canvas needs comfy-cli: `pip install comfy-cli`, "
            "or save the workflow in API format."
        ) from error
    known = object_info() if known is None else known
    log = logging.getLogger(workflow_to_api.__name__)
    complaints = _Complaints()
    log.addHandler(complaints)
    propagates, log.propagate = log.propagate, False
    try:
        converted = workflow_to_api.convert_ui_to_api(workflow, known)
        complained = list(complaints.messages)
        values = _values_of_all(workflow, known) or converted
    except workflow_to_api.WorkflowConversionError as error:
        raise WorkflowError(
            f"This workflow cannot be converted to API format: {str(error)[:200]}."
        ) from error
    except (TypeError, KeyError, AttributeError, IndexError, RecursionError) as error:
        raise WorkflowError(
            f"This workflow is damaged and cannot be converted to API format: {type(error).__name__} {str(error)[:100]}."
        ) from error
    finally:
        log.removeHandler(complaints)
        log.propagate = propagates
    if complained:
        raise WorkflowError(f"This workflow cannot be converted to API format: {complained[0][:200]}.")
    apply_primitives(workflow, converted)
    fill_names(workflow, converted, converted)
    fill_names(workflow, converted, values)  # also the widgets of nodes that are muted
    keep_what_nodes_did(workflow, converted, known)
    return _without_bystanders(converted, known)


def _values_of_all(workflow: dict[str, Any], known: dict[str, Any]) -> dict[str, Any] | None:
    """The workflow in API format with the nodes that are muted or bypassed, for the names of files; None without need."""
    from comfy_cli import workflow_to_api

    active = all_active(workflow)
    if active is None:
        return None
    try:
        return workflow_to_api.convert_ui_to_api(active, known)
    except (workflow_to_api.WorkflowConversionError, TypeError, LookupError, AttributeError, RecursionError):
        return None  # what is muted may be of any form


class _Complaints(logging.Handler):
    """Collects the converter's warnings. It skips nodes that it cannot convert, which would change the picture."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if "unknown node type" not in record.getMessage():  # `_without_bystanders` decides about these
            self.messages.append(record.getMessage())


def _without_bystanders(prompt: dict[str, Any], known: dict[str, Any]) -> dict[str, Any]:
    """The prompt without unknown nodes on which no known output node depends, such as buttons of other packs.

    Raises WorkflowError, which names all unknown nodes that take part.
    """
    unknown = {
        name: entry["class_type"] for name, entry in prompt.items() if entry["class_type"] not in known
    }
    outputs = [
        name
        for name, entry in prompt.items()
        if name not in unknown and known[entry["class_type"]].get("output_node")
    ]
    needed = _upstream(prompt, outputs)
    missing = sorted({unknown[name] for name in unknown if name in needed or not outputs})
    if missing:
        raise WorkflowError(
            f"This workflow uses nodes that exist only in ComfyUI: {', '.join(missing)[:400]}. "
            f"The nodes that run without it are: {', '.join(sorted(known))}."
        )
    sinks = sorted({kind for name, kind in unknown.items() if _takes_links(prompt[name], prompt)})
    if sinks:
        logging.getLogger("flowbrush").warning(
            "These nodes exist only in ComfyUI and are left out, as nothing depends on them: %s.",
            ", ".join(sinks)[:400],
        )
    return {name: entry for name, entry in prompt.items() if name not in unknown}


def _upstream(prompt: dict[str, Any], names: list[str]) -> set[str]:
    """The named nodes and all nodes on which they depend."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found and name in prompt:
            found.add(name)
            waiting += [source for source in _sources(prompt[name]) if source in prompt]
    return found


def _sources(entry: dict[str, Any]) -> list[str]:
    return [
        str(value[0]) for value in entry["inputs"].values() if isinstance(value, list) and len(value) == 2
    ]


def _takes_links(entry: dict[str, Any], prompt: dict[str, Any]) -> bool:
    return any(source in prompt for source in _sources(entry))
