"""Workflow files as the canvas saves them, with what made converters differ from it; all by code."""

from __future__ import annotations

import copy
from typing import Any

OUTPUTS = [
    ("first_image", "IMAGE"),
    ("last_image", "IMAGE"),
    ("width", "INT"),
    ("height", "INT"),
    ("length", "INT"),
]


def slot(name: str, kind: str, link: int | None = None, widget: bool = False) -> dict[str, Any]:
    """An input of a node; of a widget, if it is one."""
    return {"name": name, "type": kind, "link": link} | ({"widget": {"name": name}} if widget else {})


def node(number: int, kind: str, inputs: list, outputs: list, values: list, **more: Any) -> dict[str, Any]:
    """A node as the canvas saves it."""
    return {
        "id": number, "type": kind, "pos": [300 * number, 100], "size": [250, 150], "flags": {}, "order": number, "mode": 0,
        "inputs": inputs, "outputs": [{"name": name, "type": of, "links": None} for name, of in outputs],
        "properties": {"Node name for S&R": kind}, "widgets_values": values, **more,
    }  # fmt: skip


def chain() -> dict[str, Any]:
    """Example Image (1), First Frame (2), Save Image (3)."""
    return {
        "last_node_id": 9, "last_link_id": 20, "groups": [], "config": {}, "extra": {}, "version": 0.4,
        "nodes": [
            node(1, "FlowbrushExampleImage", [], [("IMAGE", "IMAGE")], ["balloon", 128, 96, 0]),
            node(2, "FlowbrushFirstFrame", [slot("image", "IMAGE", 1), slot("last_image", "IMAGE")], OUTPUTS, [64, 64, 5, "crop"]),
            node(3, "SaveImage", [slot("images", "IMAGE", 2)], [], ["x"]),
        ],
        "links": [[1, 1, 0, 2, 0, "IMAGE"], [2, 2, 0, 3, 0, "IMAGE"]],
    }  # fmt: skip


def with_primitive(workflow: dict[str, Any], widgets: list[str], reroute: bool = False, mode: int = 0):
    """The chain with a Primitive node, 96, linked to widgets of First Frame, directly or through a Reroute."""
    workflow["nodes"].append(node(5, "PrimitiveNode", [], [("INT", "INT")], [96, "fixed"], mode=mode))
    source = 5
    if reroute:
        workflow["nodes"].append(node(6, "Reroute", [slot("", "*", 9)], [("", "INT")], []))
        workflow["links"].append([9, 5, 0, 6, 0, "*"])
        source = 6
    for index, name in enumerate(widgets):
        workflow["nodes"][1]["inputs"].append(slot(name, "INT", 10 + index, True))
        workflow["links"].append([10 + index, source, 0, 2, 2 + index, "INT"])
    return workflow


def with_second_output(workflow: dict[str, Any]) -> dict[str, Any]:
    """The chain with a Save Image of the example picture itself."""
    workflow["nodes"].append(node(4, "SaveImage", [slot("images", "IMAGE", 7)], [], ["y"]))
    workflow["links"].append([7, 1, 0, 4, 0, "IMAGE"])
    return workflow


def with_mode(workflow: dict[str, Any], number: int, mode: int) -> dict[str, Any]:
    """The workflow with one node muted (2) or bypassed (4)."""
    next(entry for entry in workflow["nodes"] if entry["id"] == number)["mode"] = mode
    return workflow


def with_object_links(workflow: dict[str, Any]) -> dict[str, Any]:
    """The workflow with links as objects, as in schema 1."""
    names = ("id", "origin_id", "origin_slot", "target_id", "target_slot", "type")
    workflow["links"] = [dict(zip(names, link, strict=True)) for link in workflow["links"]]
    return workflow | {"version": 1, "state": {}}


def in_subgraph(workflow: dict[str, Any], mode: int = 0, widget: int | None = None) -> dict[str, Any]:
    """First Frame inside a subgraph; with `widget`, its width is a widget of the subgraph with this value."""
    inner = copy.deepcopy([entry for entry in workflow["nodes"] if entry["id"] not in (1, 3)])
    links = [
        link for link in copy.deepcopy(workflow["links"]) if (link[3] == 2 and link[1] != 1) or link[3] > 4
    ]
    objects = with_object_links({"links": links})["links"]
    objects.append(
        {"id": 1, "origin_id": -10, "origin_slot": 0, "target_id": 2, "target_slot": 0, "type": "IMAGE"}
    )
    objects.append(
        {"id": 2, "origin_id": 2, "origin_slot": 0, "target_id": -20, "target_slot": 0, "type": "IMAGE"}
    )
    inputs = [{"id": "a", "name": "image", "type": "IMAGE", "linkIds": [1]}]
    outer = [slot("image", "IMAGE", 1)]
    if widget is not None:
        inner[0]["inputs"].append(slot("width", "INT", 15, True))
        objects.append(
            {"id": 15, "origin_id": -10, "origin_slot": 1, "target_id": 2, "target_slot": 2, "type": "INT"}
        )
        inputs.append({"id": "b", "name": "width", "type": "INT", "linkIds": [15]})
        outer.append(slot("width", "INT", None, True))
    number = "5e0c33f4-55aa-4f2b-8f0e-0123456789ab"
    definition = {
        "id": number, "version": 1, "revision": 0, "config": {}, "name": "Fit", "widgets": [], "groups": [], "extra": {},
        "state": {"lastGroupId": 0, "lastNodeId": 99, "lastLinkId": 99, "lastRerouteId": 0},
        "inputNode": {"id": -10, "bounding": [0, 0, 120, 60]}, "outputNode": {"id": -20, "bounding": [900, 0, 120, 60]},
        "inputs": inputs, "outputs": [{"id": "c", "name": "first_image", "type": "IMAGE", "linkIds": [2]}],
        "nodes": inner, "links": objects,
    }  # fmt: skip
    use = node(2, number, outer, OUTPUTS[:1], [] if widget is None else [widget], mode=mode)
    whole = chain()
    whole["nodes"][1] = use
    return whole | {"definitions": {"subgraphs": [definition]}}


def with_number_node(workflow: dict[str, Any], mode: int) -> dict[str, Any]:
    """The chain with a PrimitiveInt, 96, muted (2) or bypassed (4), for the width of First Frame."""
    workflow["nodes"].append(
        node(
            5, "PrimitiveInt", [slot("value", "INT", None, True)], [("INT", "INT")], [96, "fixed"], mode=mode
        )
    )
    workflow["nodes"][1]["inputs"].append(slot("width", "INT", 11, True))
    workflow["links"].append([11, 5, 0, 2, 2, "INT"])
    return workflow


def with_reroute(workflow: dict[str, Any], mode: int, linked: bool = True) -> dict[str, Any]:
    """The chain with a Reroute between Example Image and First Frame."""
    workflow["nodes"].append(
        node(6, "Reroute", [slot("", "*", 9 if linked else None)], [("", "IMAGE")], [], mode=mode)
    )
    workflow["links"][0] = [1, 6, 0, 2, 0, "IMAGE"]
    return workflow | {"links": [*workflow["links"], *([[9, 1, 0, 6, 0, "*"]] if linked else [])]}


def without_value(workflow: dict[str, Any]) -> dict[str, Any]:
    """The workflow with a Primitive node, its last one, that stores no value."""
    workflow["nodes"][-1]["widgets_values"] = []
    return workflow


def with_group_node(workflow: dict[str, Any]) -> dict[str, Any]:
    """First Frame as an old group node."""
    first = copy.deepcopy(workflow["nodes"][1]) | {"index": 0}
    for entry in first["inputs"]:
        entry["link"] = None
    group = node(2, "workflow>fit", [slot("image", "IMAGE", 1)], OUTPUTS[:1], [80, 64, 5, "crop"])
    workflow["nodes"][1] = group
    definition = {"nodes": [first], "links": [], "external": [[0, 0, "IMAGE"]]}
    return workflow | {"extra": {"groupNodes": {"fit": definition}}}


def with_outputs_listed(workflow: dict[str, Any]) -> dict[str, Any]:
    """The workflow with the numbers of the links written into the outputs that they leave, as the canvas does."""
    for graph in (workflow, *workflow.get("definitions", {}).get("subgraphs", ())):
        nodes = {entry["id"]: entry for entry in graph["nodes"]}
        for link in graph["links"]:
            number, source, at = (
                (link["id"], link["origin_id"], link["origin_slot"]) if isinstance(link, dict) else link[:3]
            )
            if source in nodes:
                output = nodes[source]["outputs"][at]
                output["links"] = [*(output["links"] or []), number]
    return workflow


def cases() -> dict[str, dict[str, Any]]:
    """All workflow files, by name."""
    return {name: with_outputs_listed(workflow) for name, workflow in _cases().items()}


def _cases() -> dict[str, dict[str, Any]]:
    stranger = node(8, "Fast Groups Muter (rgthree)", [], [("OPT_CONNECTION", "*")], ["1", 1])
    return {
        "plain": chain(),
        "primitive": with_primitive(chain(), ["width"]),
        "primitive of two widgets": with_primitive(chain(), ["width", "height"]),
        "primitive through a reroute": with_primitive(chain(), ["width"], reroute=True),
        "muted primitive": with_primitive(chain(), ["width"], mode=2),
        "bypassed node": with_mode(chain(), 2, 4),
        "muted branch": with_mode(with_second_output(chain()), 2, 2),
        "muted output": with_mode(with_second_output(chain()), 3, 2),
        "links as objects": with_object_links(chain()),
        "unknown node": (workflow := chain()) | {"nodes": [*workflow["nodes"], stranger]},
        "subgraph": in_subgraph(chain()),
        "subgraph with a widget": in_subgraph(chain(), widget=80),
        "bypassed subgraph": in_subgraph(chain(), mode=4),
        "primitive in a subgraph": in_subgraph(with_primitive(chain(), ["width"])),
        "group node": with_group_node(chain()),
        "muted group node": with_mode(with_group_node(chain()), 2, 2),
        "muted node of a number": with_number_node(chain(), 2),
        "bypassed node of a number": with_number_node(chain(), 4),
        "muted reroute": with_reroute(chain(), 2),
        "reroute from nowhere": with_reroute(chain(), 0, linked=False),
        "primitive without a value": without_value(with_primitive(chain(), ["width"])),
        "name of a widget of a muted node": with_mode(_with_prefix("%FlowbrushFirstFrame.width%"), 2, 2),
        "name of a widget": _with_prefix("%FlowbrushFirstFrame.width%_%FlowbrushExampleImage.name%"),
    }


def _with_prefix(prefix: str) -> dict[str, Any]:
    workflow = chain()
    workflow["nodes"][2]["widgets_values"] = [prefix]
    return workflow
