"""The example graph that restyles a clip with the bundled model."""

from __future__ import annotations

from .bundled_parts import SIZE_NOTE, brush_node, measured, model_and_text, sampling_nodes, video_subgraph
from .canvas import GREEN, GREY, ORANGE, PURPLE, Graph, Group, Node, Subgraph
from .documents import BOAT_AND_WATER

EVENING, SHARE, COLOURS = 0xFF8C40, 0.6, 24  # a warm colour, how much of it, and the colours of a poster


def restyle() -> Graph:
    """The first frame of a clip in another style, carried along the motion of the clip."""
    graph = Graph(
        "restyle",
        "# Restyle a video\n# Repaint one frame; the whole clip follows.\n\n"
        "*Restyled frame, or yours* makes an evening poster of it. Put your own there: any picture of the same size and outlines, "
        "painted by hand or by an image model (*Load Image*). *Motion from Video* measures how the clip moves, and the picture is "
        "carried along. *Asked and measured* compares the two motions.\n\n"
        "Your own clip: *Load Video* → *Get Video Components* in place of *Source clip*; its first frame is *Get Image from Batch*.\n\n"
        "## What it cannot show\n\nThe picture is all that is known of the style: behind moving things it is completed with patches of itself, "
        "and what enters the clip later is missing. Paint what is behind and connect it to `plate` (inside *Make the video*), "
        "or use a large model: *restyle_wan22*, *restyle_ltx2*, *restyle_h3*.\n\n" + SIZE_NOTE,
    )
    source = Node("FlowbrushExampleImage", {"name": "boat", "width": 256, "height": 256, "variation": 5})
    filmed = brush_node(source["IMAGE"], BOAT_AND_WATER)
    clip = Node("FlowbrushWarpImage", {"image": source["IMAGE"], "motion": filmed["motion"]})
    first = Node("ImageFromBatch", {"image": clip["frames"], "batch_index": 0, "length": 1})
    made = Subgraph("", {}, "Source clip", columns=[[source, clip], [filmed, first]])
    light = Node("EmptyImage", {"width": 256, "height": 256, "color": EVENING}, "Evening light")
    lit = Node(
        "ImageBlend",
        {
            "image1": first["IMAGE"],
            "image2": light["IMAGE"],
            "blend_factor": SHARE,
            "blend_mode": "multiply",
        },
    )
    poster = Node("ImageQuantize", {"image": lit["IMAGE"], "colors": COLOURS, "dither": "none"})
    styled = Subgraph("", {}, "Restyled frame, or yours", columns=[[light], [lit], [poster]])
    frame = Node("FlowbrushFirstFrame", {"image": poster["IMAGE"]})
    shown = Node("PreviewImage", {"images": poster["IMAGE"]}, "The new style", extra_height=150)
    motion = Node("FlowbrushMotionFromVideo", {"frames": clip["frames"], "length": frame["length"]})
    column, model, text = model_and_text("a boat crossing a lake in the evening")
    middle, sampler, decode = sampling_nodes(model, text, frame, 1, motion=motion["motion"])
    measure, report = measured(decode["IMAGE"], motion["motion"], frame["first_image"])
    inside, saved = video_subgraph(
        [column, middle, [sampler, decode]], decode["IMAGE"], "restyle", more=[measure]
    )
    graph.lane(Group("1  Clip", GREEN, [made]), Group("2  Its first frame, restyled", GREEN, [styled, shown]))
    graph.lane(Group("3  Motion of the clip", ORANGE, [frame, motion]))
    graph.lane(Group("4  Sampling", PURPLE, [inside]))
    graph.lane(Group("5  Video", GREY, [saved, report]))
    return graph
