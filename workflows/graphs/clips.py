"""Example graphs that need no model: a thing in a clip that is changed, and shots that become one video."""

from __future__ import annotations

from .bundled_parts import brush_node, video_nodes
from .canvas import GREEN, GREY, ORANGE, PURPLE, Graph, Group, Node, Socket, Subgraph
from .documents import BALLOON_ALONE, BOAT_AND_WATER, LONG_JOURNEY, RISING_BALLOON

LENGTH, OVERLAP, SHOT_FPS = 49, 5, 24


def edit_clip() -> Graph:
    """A thing in a clip goes another way."""
    graph = Graph(
        "edit_clip",
        "# Edit Clip\n# The balloon of a clip goes another way; all else stays.\n"
        "# Run once; the slider *Clip* in the editor then chooses the frame to paint on.\n"
        "# Your own clip: *Load Video* and *Get Video Components* in place of *Source clip*; it is shown at once.",
    )
    picture = Node("FlowbrushExampleImage", {"name": "balloon", "width": 512, "height": 512})
    filmed = brush_node(picture["IMAGE"], RISING_BALLOON)
    clip = Node(
        "FlowbrushWarpImage", {"image": picture["IMAGE"], "motion": filmed["motion"], "fill_holes": True}
    )
    made = Subgraph("", {}, "Source clip", columns=[[picture, clip], [filmed]])
    brush = brush_node(clip["frames"], BALLOON_ALONE)
    edited = Node(
        "FlowbrushEditClip",
        {
            "frames": clip["frames"],
            "action": "hold still",
            "frame": brush["frame"],
            "motion": brush["motion"],
        },
    )
    video, save = video_nodes(edited["frames"], "edit_clip")
    graph.lane(Group("1  Clip", GREEN, [made]))
    graph.lane(Group("2  The thing and its new way", ORANGE, [brush]))
    graph.lane(Group("3  Edit", PURPLE, [edited, video]))
    graph.lane(Group("4  Video", GREY, [save]))
    return graph


def shot_list() -> Graph:
    """Three shots as one video: a cut, and a shot that goes on."""
    graph = Graph(
        "shot_list",
        "# Shot List\n# Three shots become one video: the second goes on without a seam, the third dissolves in.\n"
        "# *transitions*: *continue 5*, *cut* or *dissolve 0.5*.\n"
        "# Many shots, on several machines: *run.py shots*.",
    )
    balloon = Node("FlowbrushExampleImage", {"name": "balloon", "width": 512, "height": 512})
    journey = brush_node(balloon["IMAGE"], LONG_JOURNEY)
    journey.given |= {"length": 2 * LENGTH - OVERLAP}
    journey.width, journey.extra_height = 390, 340
    first_part = Node(
        "FlowbrushExtendShot",
        {"frames": balloon["IMAGE"], "motion": journey["motion"], "length": LENGTH, "overlap": 1},
        "First part of the motion",
    )
    first = _animated(balloon["IMAGE"], first_part["motion"], "Shot 1")
    parts = Node("GetVideoComponents", {"video": first["VIDEO"]})
    going_on = Node(
        "FlowbrushExtendShot",
        {"frames": parts["images"], "motion": first_part["motion"], "length": LENGTH, "overlap": OVERLAP},
        "It goes on",
    )
    second = _animated(going_on["first_image"], going_on["motion"], "Shot 2")
    boat = Node("FlowbrushExampleImage", {"name": "boat", "width": 512, "height": 512})
    sailing = brush_node(boat["IMAGE"], BOAT_AND_WATER)
    sailing.width, sailing.extra_height = 390, 340
    third = _animated(boat["IMAGE"], sailing["motion"], "Shot 3")
    shots = Node(
        "FlowbrushShotList",
        {
            "shot_1": first["VIDEO"],
            "shot_2": second["VIDEO"],
            "shot_3": third["VIDEO"],
            "transitions": f"continue {OVERLAP}\ndissolve 0.5",
        },
        extra_height=40,
    )
    save = Node("SaveVideo", {"video": shots["VIDEO"], "filename_prefix": "video/shot_list"}, room=300)
    graph.lane(Group("1  Picture and its motion", GREEN, [balloon, journey]))
    going = Subgraph("", {}, "Shots 1 and 2", columns=[[first_part, first], [parts, going_on], [second]])
    graph.lane(Group("2  Another picture", GREEN, [boat, sailing]))
    graph.lane(Group("3  Shots", ORANGE, [going, third]))
    graph.lane(Group("4  One video", GREY, [shots, save]))
    return graph


def _animated(picture: Socket, motion: Socket, title: str) -> Node:
    """Animate Picture for one shot."""
    return Node(
        "FlowbrushAnimatePicture",
        {"image": picture, "motion": motion, "length": LENGTH, "fps": SHOT_FPS},
        title,
    )
