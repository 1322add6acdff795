"""Blueprints: subgraphs that ComfyUI offers in its node library, each as one node. They are built like the example graphs."""

from __future__ import annotations

from typing import Any

from .bundled_parts import FPS, brush_node, model_and_text, sampling_nodes
from .canvas import GREY, Graph, Group, Node, Subgraph
from .subgraph import promoted_widgets

CATEGORY = "Video generation and editing/Flowbrush"


def paint_and_sample() -> Graph:
    """The bundled model's way from a picture to a video: paint, condition, sample, decode."""
    graph = Graph("Paint to Video (Flowbrush)", "# Paint to Video")
    column, model, text = model_and_text("")
    picture = Node("LoadImage", {"image": "example.png"})
    frame = Node("FlowbrushFirstFrame", {"image": picture["IMAGE"]})
    brush = brush_node(frame["first_image"], "", frame["length"])
    middle, sampler, decode = sampling_nodes(model, text, frame, 1, motion=brush["motion"])
    video = Node("CreateVideo", {"images": decode["IMAGE"], "fps": FPS})
    columns = [[frame, brush], column, middle, [sampler, decode, video]]
    inside = Subgraph("", {}, graph.name, columns=columns)
    nodes = inside.nodes
    inside.promoted = [
        *promoted_widgets([brush], "document"),
        *promoted_widgets(nodes, "prompt"),
        *promoted_widgets([frame], "width", "height", "length"),
        *promoted_widgets(nodes, "seed", "steps"),
    ]
    saved = Node("SaveVideo", {"video": video["VIDEO"]})
    shown = Node("PreviewImage", {"images": decode["IMAGE"]})
    graph.lane(Group(graph.name, GREY, [picture], [inside], [saved, shown]))
    return graph


def animate() -> Graph:
    """A painted motion and the finished video of a picture, without a model."""
    graph = Graph("Animate Picture (Flowbrush)", "# Animate Picture")
    picture = Node("LoadImage", {"image": "example.png"})
    brush = brush_node(picture["IMAGE"], "")
    made = Node(
        "FlowbrushAnimatePicture", {"image": picture["IMAGE"], "motion": brush["motion"], "length": 49}
    )
    inside = Subgraph("", {}, graph.name, columns=[[brush], [made]])
    inside.promoted = [*promoted_widgets([brush], "document"), *promoted_widgets([made], "length", "fps")]
    saved = Node("SaveVideo", {"video": made["VIDEO"]})
    graph.lane(Group(graph.name, GREY, [picture], [inside], [saved]))
    return graph


DESCRIPTIONS = {
    "Paint to Video (Flowbrush)": "Paint on a picture what moves and where it goes; the bundled model makes the video.",
    "Animate Picture (Flowbrush)": "Paint on a picture what moves and where it goes; the video is made without a model.",
}
BLUEPRINTS = (paint_and_sample, animate)


def blueprint(graph: Graph) -> dict[str, Any]:
    """The file of a blueprint: a workflow of nothing but the node of the subgraph, without links."""
    written = graph.as_json()
    (subgraph,) = written["definitions"]["subgraphs"]
    (node,) = (each for each in written["nodes"] if each["type"] == subgraph["id"])
    for given in node["inputs"]:
        given["link"] = None
    for output in node["outputs"]:
        output["links"] = None
    subgraph |= {"category": CATEGORY, "description": DESCRIPTIONS[graph.name]}
    return written | {
        "nodes": [node | {"pos": [0, 0], "order": 0, "title": graph.name}],
        "links": [],
        "groups": [],
        "last_link_id": 0,
        "extra": {},
    }
