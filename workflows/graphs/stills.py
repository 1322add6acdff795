"""Example graphs that need no model: a motion that follows a beat or a sound, and a photo with depth."""

from __future__ import annotations

from .bundled_parts import brush_node, preview_node
from .canvas import GREEN, GREY, ORANGE, Graph, Group, Node, Subgraph
from .documents import DANCING_BALLOON, PAINTED_DEPTH


def drive_motion() -> Graph:
    """A painted motion whose strength follows a beat, or a sound."""
    graph = Graph(
        "drive_motion",
        "# Drive Motion\n# The balloon dances to a beat, or to your music.\n"
        "# What is painted in *Motion Brush* is the dance at its full strength.\n"
        "# Your own music: connect *Load Audio* to *Drive Motion*, and choose *bass* or *onset*.",
    )
    image = Node("FlowbrushExampleImage", {"name": "balloon", "width": 512, "height": 512})
    brush = brush_node(image["IMAGE"], DANCING_BALLOON)
    brush.extra_height = 430
    driven = Node("FlowbrushDriveMotion", {"motion": brush["motion"], "by": "beat", "fps": 24.0, "bpm": 90.0})
    preview = preview_node(driven["motion"], image["IMAGE"])
    video = Node(
        "FlowbrushAnimatePicture",
        {"image": image["IMAGE"], "motion": driven["motion"], "length": 65, "fps": 24},
        room=240,
    )
    save = Node("SaveVideo", {"video": video["VIDEO"], "filename_prefix": "video/drive_motion"})
    graph.lane(Group("1  Picture", GREEN, [image]))
    graph.lane(Group("2  The dance", ORANGE, [brush]))
    graph.lane(Group("3  What drives it", ORANGE, [driven, preview]))
    graph.lane(Group("4  Video", GREY, [video, save]))
    return graph


def spatial_photo() -> Graph:
    """A camera that moves in a photo with depth."""
    graph = Graph(
        "spatial_photo",
        "# Spatial photo\n# The camera moves through a still picture: near things move more than far ones.\n"
        "# Your own photo: delete *Painted depth*, select the picture and *Motion from Preset*, and press Alt+Shift+D.",
    )
    image = Node("FlowbrushExampleImage", {"name": "balloon", "width": 512, "height": 512})
    brush = brush_node(image["IMAGE"], PAINTED_DEPTH)
    masks = Node("FlowbrushWarpImage", {"image": image["IMAGE"], "motion": brush["motion"]})
    painted = Subgraph("", {}, "Painted depth", columns=[[brush, masks]])
    motion = Node(
        "FlowbrushMotionFromPreset",
        {"preset": "parallax_push", "length": 48, "image": image["IMAGE"], "depth": masks["moving"]},
    )
    preview = preview_node(motion["motion"], image["IMAGE"])
    video = Node(
        "FlowbrushAnimatePicture",
        {"image": image["IMAGE"], "motion": motion["motion"], "length": 48, "fps": 24},
        room=240,
    )
    save = Node("SaveVideo", {"video": video["VIDEO"], "filename_prefix": "video/spatial_photo"})
    graph.lane(Group("1  Picture and depth", GREEN, [image, painted]))
    graph.lane(Group("2  Camera", ORANGE, [motion, preview]))
    graph.lane(Group("3  Video", GREY, [video, save]))
    return graph
