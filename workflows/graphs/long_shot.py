"""The example graph of a shot that is longer than what a model makes at once."""

from __future__ import annotations

from .bundled_parts import FPS, brush_node, model_and_text, preview_node, sampling_nodes, video_nodes
from .canvas import GREEN, GREY, ORANGE, PURPLE, Graph, Group, Node, Socket, Subgraph
from .documents import LONG_JOURNEY
from .subgraph import promoted_widgets

PARTS, LENGTH, OVERLAP = 5, 29, 5
WHOLE = LENGTH + (PARTS - 1) * (LENGTH - OVERLAP)  # frames; at 12 a second a little more than 10 seconds


def long_shot() -> Graph:
    """Five parts, each of which goes on where the last one ended."""
    graph = Graph(
        "long_shot",
        f"# Long shot\n\n## {PARTS} parts of {LENGTH} frames become one shot of {WHOLE / FPS:.0f} seconds.\n\n"
        f"1. Paint the motion of the whole shot: *Motion Brush* has the `length` {WHOLE}, and its play shows all of it.\n"
        "2. Each *Part* shows the last 5 frames again (`overlap`). *Extend Shot* inside carries the motion to the frame with which the part "
        "begins, and *Join Parts* aligns and cross-fades the shared frames.\n"
        "3. For a longer shot, copy a *Part*, connect it to the last one, and add 24 frames to the `length` of *Motion Brush*.\n\n"
        "After the end of the painted motion, everything keeps the velocity that it has there.",
    )
    _, model, text = model_and_text("a hot air balloon drifting over green hills, clouds passing")
    image = Node("FlowbrushExampleImage", {"name": "balloon", "width": 256, "height": 256})
    frame = Node("FlowbrushFirstFrame", {"image": image["IMAGE"], "length": LENGTH})
    brush = brush_node(frame["first_image"], LONG_JOURNEY, large=True)
    brush.given |= {"length": WHOLE}
    preview = preview_node(brush["motion"], frame["first_image"])
    parts: list[Node] = []
    clip = frame["first_image"]
    for number in range(1, PARTS + 1):
        part, clip = _part(number, clip, model, text, frame, brush["motion"])
        parts.append(part)
    video, saved = video_nodes(clip, "long_shot")
    graph.lane(Group("1  Picture", GREEN, [image, frame]))
    graph.lane(Group("2  Motion of the whole shot", ORANGE, [brush]))
    graph.lane(Group("3  Model and prompt", PURPLE, [model, text]), Group("Preview", ORANGE, [preview]))
    graph.lane(Group("4  The parts", PURPLE, parts))
    graph.lane(Group("5  Video", GREY, [video, saved]))
    return graph


def _part(
    number: int, clip: Socket, model: Node, text: Node, frame: Node, motion: Socket
) -> tuple[Node, Socket]:
    """One part of the shot as a subgraph, and the clip with it."""
    overlap = 1 if number == 1 else OVERLAP
    extend = Node(
        "FlowbrushExtendShot",
        {"frames": clip, "motion": motion, "length": frame["length"], "overlap": overlap},
    )
    start = {
        "first_image": extend["first_image"],
        "length": extend["length"],
        "width": frame["width"],
        "height": frame["height"],
    }
    middle, sampler, decode = sampling_nodes(model, text, start, number, motion=extend["motion"])
    columns = [[extend], middle, [sampler, decode]]
    result = decode["IMAGE"]
    if number > 1:
        join = Node(
            "FlowbrushJoinParts", {"frames": clip, "next_frames": decode["IMAGE"], "overlap": overlap}
        )
        columns.append([join])
        result = join["frames"]
    nodes = [node for column in columns for node in column]
    promoted = promoted_widgets(nodes, "seed", "noise_seed")
    return Subgraph("", {}, f"Part {number}", columns=columns, promoted=promoted), result
