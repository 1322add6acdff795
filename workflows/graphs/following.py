"""Example graphs for precise motion: the best of several seeds, the masks of an object, guidance for the motion."""

from __future__ import annotations

from .bundled_parts import (
    SIZE_NOTE,
    brush_node,
    conditioning_node,
    measured,
    model_and_text,
    preview_node,
    sampling_nodes,
    video_nodes,
    video_subgraph,
)
from .canvas import GREEN, GREY, ORANGE, PURPLE, Graph, Group, Node, Subgraph
from .documents import BALLOON_ALONE, BALLOONS_AND_CLOUDS, BOAT_AND_WATER
from .subgraph import promoted_widgets


def best_of_n() -> Graph:
    """Several seeds, of which the one that follows the motion best is kept, and a heat map of its error."""
    graph = Graph(
        "best_of_n",
        "# Best of N\n# Several seeds are tried, and the one that follows the motion best is kept.\n\n"
        "*Seeds* shows the numbers of all seeds; `count` is how many there are. With `good_enough`, the node stops at the first "
        "seed whose error is at most that many pixels. The *heat map* shows the error of the best video in colour.\n\n"
        + SIZE_NOTE
        + "\n\n## The setting to touch\n\n`hold_known` of *Motion Conditioning* (inside *Make the video*) is off, so that the seeds "
        "differ. This node is meant for large models; with the bundled model, turn `hold_known` on for sharp videos.",
    )
    column, model, text = model_and_text("a sailing boat crossing a calm lake")
    image = Node("FlowbrushExampleImage", {"name": "boat", "width": 256, "height": 256})
    frame = Node("FlowbrushFirstFrame", {"image": image["IMAGE"]})
    brush = brush_node(frame["first_image"], BOAT_AND_WATER, frame["length"])
    condition = conditioning_node(model, text, frame, motion=brush["motion"], hold_known=False)
    best = Node(
        "FlowbrushBestOfN",
        {
            "model": model["MODEL"],
            "positive": condition["positive"],
            "negative": condition["negative"],
            "latent": condition["latent"],
            "vae": model["VAE"],
            "motion": brush["motion"],
            "no_motion": condition["no_motion"],
            "seed": 1,
        },
    )
    seeds = Node("PreviewAny", {"source": best["report"]}, "Seeds", extra_height=150)
    decode = Node("FlowbrushDecodeVideo", {"vae": model["VAE"], "latent": best["LATENT"]})
    measure = Node(
        "FlowbrushMeasureMotion",
        {"frames": decode["IMAGE"], "motion": brush["motion"], "image": frame["first_image"]},
    )
    heat_map, heat_map_saved = video_nodes(measure["heat_map"], "best_of_n_heat_map")
    inside, saved = video_subgraph(
        [column, [condition], [best], [decode]], decode["IMAGE"], "best_of_n", more=[measure, heat_map]
    )
    inside.promoted += promoted_widgets([best], "count", "good_enough")
    saved.room = heat_map_saved.room = 230
    graph.lane(Group("1  Picture", GREEN, [image, frame]))
    graph.lane(Group("2  Motion", ORANGE, [brush]))
    graph.lane(Group("3  The best of several seeds", PURPLE, [inside, seeds]))
    graph.lane(Group("4  Video and heat map", GREY, [saved, heat_map_saved]))
    return graph


def followed_object() -> Graph:
    """The motion of an object's masks in a clip, applied to the object of another picture, under a camera move."""
    graph = Graph(
        "followed_object",
        "# Followed object\n# The picture's balloon moves as an object does in a clip, under a camera move.\n\n"
        "*Motion from Masks* follows the object's masks: where it goes and how it grows and turns.\n\n"
        + SIZE_NOTE
        + "\n\n"
        "## Your own clip\n\nSo that it runs without files, *Clip with masks* makes a clip and its masks. To use your own, delete it "
        "and connect one mask per frame to *Motion from Masks*, for example *Load Video* → *Get Video Components* → SAM 3. The "
        "first mask is the region that moves, so the object must be at the same place in your picture.",
    )
    column, model, text = model_and_text("a hot air balloon flying away over green hills")
    source = Node("FlowbrushExampleImage", {"name": "balloon", "width": 256, "height": 256, "variation": 5})
    flight = brush_node(source["IMAGE"], BALLOON_ALONE)
    clip = Node("FlowbrushWarpImage", {"image": source["IMAGE"], "motion": flight["motion"]})
    image = Node("FlowbrushExampleImage", {"name": "balloon", "width": 256, "height": 256, "variation": 2})
    frame = Node("FlowbrushFirstFrame", {"image": image["IMAGE"]})
    follow = Node("FlowbrushMotionFromMasks", {"masks": clip["moving"], "length": frame["length"]})
    camera = Node("FlowbrushCameraMotion", {"length": frame["length"], "pan": 3.0, "dolly": 0.12})
    both = Node("FlowbrushCombineMotion", {"motion_1": follow["motion"], "motion_2": camera["motion"]})
    preview = preview_node(both["motion"], frame["first_image"])
    made = Subgraph("", {}, "Clip with masks", columns=[[source, clip], [flight]])
    middle, sampler, decode = sampling_nodes(model, text, frame, 1, motion=both["motion"])
    inside, saved = video_subgraph([column, middle, [sampler, decode]], decode["IMAGE"], "followed_object")
    graph.lane(Group("1  Picture", GREEN, [image, frame]))
    graph.lane(Group("2  Object of a clip", ORANGE, [made, follow]))
    graph.lane(Group("3  Camera and both motions", ORANGE, [camera, both, preview]))
    graph.lane(Group("4  Sampling and video", PURPLE, [inside, saved]))
    return graph


def guided() -> Graph:
    """Guidance for text and motion, each with a schedule, in the stock sampler."""
    graph = Graph(
        "guided",
        "# Guidance for text and motion\n# One guidance scale for the prompt, another for the painted motion.\n\n"
        "*Guider* gives each its own schedule over the noise levels, for the stock *SamplerCustomAdvanced*.\n\n"
        + SIZE_NOTE
        + "\n\n"
        "## Inside\n\n*Latent Noise* makes the noise. Sampler and noise levels come from ComfyUI's own nodes, and any of these can be "
        "used. `motion_guidance` of *Motion Conditioning* is on, because guidance compares the motion with `no_motion`. The "
        "bundled model needs only small scales; large models need a `cfg` of about 5 and 20 steps. *Decode Video* puts the picture's own "
        "pixels back; turn `composite` off to see what the model alone makes.",
    )
    column, model, text = model_and_text("a hot air balloon drifting over green hills, clouds passing")
    image = Node("FlowbrushExampleImage", {"name": "balloon", "width": 256, "height": 256})
    frame = Node("FlowbrushFirstFrame", {"image": image["IMAGE"]})
    brush = brush_node(frame["first_image"], BALLOONS_AND_CLOUDS, frame["length"])
    condition = conditioning_node(model, text, frame, motion=brush["motion"], motion_guidance=True)
    guider = Node(
        "FlowbrushGuider",
        {
            "model": model["MODEL"],
            "positive": condition["positive"],
            "negative": condition["negative"],
            "no_motion": condition["no_motion"],
            "cfg": 1.5,
            "motion_cfg": 1.5,
            "motion_schedule": "falling",
        },
    )
    size = {name: frame[name] for name in ("width", "height", "length")}
    noise = Node("FlowbrushLatentNoise", {**size, "seed": 1})
    solver = Node("KSamplerSelect", {"sampler_name": "euler"})
    sigmas = Node("BasicScheduler", {"model": model["MODEL"], "scheduler": "simple", "steps": 4})
    sampler = Node(
        "SamplerCustomAdvanced",
        {
            "noise": noise["NOISE"],
            "guider": guider["GUIDER"],
            "sampler": solver["SAMPLER"],
            "sigmas": sigmas["SIGMAS"],
            "latent_image": condition["latent"],
        },
    )
    decode = Node(
        "FlowbrushDecodeVideo",
        {
            "vae": model["VAE"],
            "latent": sampler["output"],
            "source": frame["first_image"],
            "motion": brush["motion"],
            "composite": True,
            "behind": "plate",
        },
    )
    measure, report = measured(decode["IMAGE"], brush["motion"], frame["first_image"])
    inside, saved = video_subgraph(
        [column, [condition, guider], [noise, solver, sigmas], [sampler, decode]],
        decode["IMAGE"],
        "guided",
        more=[measure],
    )
    inside.promoted += promoted_widgets([guider], "cfg", "motion_cfg")
    graph.lane(Group("1  Picture", GREEN, [image, frame]))
    graph.lane(Group("2  Motion", ORANGE, [brush]))
    graph.lane(Group("3  Sampling", PURPLE, [inside]))
    graph.lane(Group("4  Video", GREY, [saved, report]))
    return graph
