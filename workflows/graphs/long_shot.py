"""The example graph of a shot that is longer than what a model makes at once."""

from __future__ import annotations

from .bundled_parts import FPS, brush_node, model_and_text, preview_node, sampling_nodes, video_subgraph
from .canvas import GREEN, GREY, ORANGE, PURPLE, Graph, Group, Node, Socket
from .documents import LONG_JOURNEY

PARTS, LENGTH, OVERLAP = 5, 29, 5
WHOLE = LENGTH + (PARTS - 1) * (LENGTH - OVERLAP)  # frames; at 12 a second a little more than 10 seconds


def long_shot() -> Graph:
    """Five parts, each of which goes on where the last one ended."""
    graph = Graph(
        "long_shot",
        f"# Long shot\n# {PARTS} parts of {LENGTH} frames become one shot of {WHOLE / FPS:.0f} seconds.\n\n"
        f"*Motion Brush* holds the motion of the whole shot (`length` {WHOLE}). In *Make the video*, each part shows the last {OVERLAP} "
        "frames again: *Extend Shot* carries the motion there, and *Join Parts* cross-fades.\n\n"
        f"For a longer shot, copy the last part inside and add {LENGTH - OVERLAP} frames to *Motion Brush*.",
    )
    column, model, text = model_and_text("a hot air balloon drifting over green hills, clouds passing")
    image = Node("FlowbrushExampleImage", {"name": "balloon", "width": 256, "height": 256})
    frame = Node("FlowbrushFirstFrame", {"image": image["IMAGE"], "length": LENGTH})
    brush = brush_node(frame["first_image"], LONG_JOURNEY)
    brush.given |= {"length": WHOLE}
    brush.extra_height -= 20
    preview = preview_node(brush["motion"], frame["first_image"])
    preview.extra_height -= 20
    columns, clip = [column], frame["first_image"]
    for number in range(1, PARTS + 1):
        part, clip = _part(number, clip, model, text, frame, brush["motion"])
        columns += part
    inside, saved = video_subgraph(columns, clip, "long_shot")
    graph.lane(Group("1  Picture", GREEN, [image, frame]))
    graph.lane(Group("2  Motion of the whole shot", ORANGE, [brush]))
    graph.lane(Group("3  Preview and sampling", PURPLE, [preview, inside]))
    graph.lane(Group("4  Video", GREY, [saved]))
    return graph


def _part(
    number: int, clip: Socket, model: Node, text: Node, frame: Node, motion: Socket
) -> tuple[list[list[Node]], Socket]:
    """The columns of nodes of one part of the shot, and the clip with it."""
    overlap = 1 if number == 1 else OVERLAP
    extend = Node(
        "FlowbrushExtendShot",
        {"frames": clip, "motion": motion, "length": frame["length"], "overlap": overlap},
        f"Part {number}: Extend Shot",
    )
    start = {
        "first_image": extend["first_image"],
        "length": extend["length"],
        "width": frame["width"],
        "height": frame["height"],
    }
    middle, sampler, decode = sampling_nodes(
        model, text, start, 1, motion=extend["motion"], beginning=frame["first_image"]
    )
    if number == 1:
        return [[extend, *middle], [sampler, decode]], decode["IMAGE"]
    join = Node("FlowbrushJoinParts", {"frames": clip, "next_frames": decode["IMAGE"], "overlap": overlap})
    return [[extend, *middle], [sampler, decode, join]], join["frames"]
