"""Example graphs that need no model: a motion that follows a beat or a sound, and a photo with depth."""

from __future__ import annotations

from .bundled_parts import brush_node, preview_node
from .canvas import GREEN, GREY, ORANGE, Graph, Group, Node, Subgraph
from .documents import DANCING_BALLOON, PAINTED_DEPTH


def drive_motion() -> Graph:
    """A painted motion whose strength follows a beat, or a sound."""
    graph = Graph(
        "drive_motion",
        "# Drive Motion\n\n## The balloon dances to a beat, or to your music.\n\n"
        "The motion that is painted in *Motion Brush* is the dance at its full strength. *Drive Motion* gives the strength at every "
        "moment: here 1 at each beat of `bpm`, falling until the next.\n\n"
        "## Your own music\n\nConnect *Load Audio* to `audio` of *Drive Motion*, and set `by` to `level`, `bass`, `middle`, `treble` or "
        "`onset`. Set `fps` to that of *Animate Picture*, so that motion and sound run together. To hear it, pass the video through "
        "*Get Video Components* and *Create Video*, and connect the sound there too.\n\n"
        "`masks` follows an object of a video. `pose` lets a figure carry the region, from *SDPose Keypoint Extractor*.",
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
    graph.lane(Group("2  The dance", ORANGE, [brush]), graph.section("Your own music"))
    graph.lane(Group("3  What drives it", ORANGE, [driven, preview]))
    graph.lane(Group("4  Video", GREY, [video, save]))
    return graph


def spatial_photo() -> Graph:
    """A camera that moves in a photo with depth."""
    graph = Graph(
        "spatial_photo",
        "# Spatial photo\n\n## The camera moves through a still picture: near things move more than far ones.\n\n"
        "`preset` of *Motion from Preset* is the move: `orbit`, `dolly_zoom`, `parallax_push` or `drift`. It loops without a seam. What "
        "comes into view behind near things is completed from the picture.\n\n"
        "## Depth of your own photo\n\nSo that it runs without files, *Painted depth* is a mask: the strength of each painted region is "
        "its nearness. For a photo, delete it, select the picture and *Motion from Preset*, and press `Alt+Shift+D`, which connects *Load Depth Anything 3* → *Run Depth Anything 3* → *Render Depth Anything "
        "3* → *Convert Image to Mask* → `depth`. Any mask will do in which near is white and far is black.",
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
    graph.lane(Group("2  Camera", ORANGE, [motion, preview]), graph.section("Depth of your own photo"))
    graph.lane(Group("3  Video", GREY, [video, save]))
    return graph
