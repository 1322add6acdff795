"""Example graphs for precise motion: the best of several seeds, the masks of an object, guidance for the motion."""

from __future__ import annotations

from .bundled_parts import (
    SIZE_NOTE,
    brush_node,
    conditioning_node,
    model_and_text,
    preview_node,
    sampling_nodes,
    video_nodes,
)
from .canvas import BLUE, GREEN, GREY, ORANGE, PURPLE, Graph, Group, Node
from .documents import BALLOON_ALONE, BOAT_AND_WATER, DRIFTING_BALLOON


def best_of_n() -> Graph:
    """Several seeds, of which the one that follows the motion best is kept, and a heat map of its error."""
    graph = Graph(
        "best_of_n",
        "# Best of N\n\n*Best of N* makes the video with several seeds, measures how closely each follows the painted motion, and "
        "keeps the best one. *Seeds* shows the numbers of all seeds.\n\n"
        "- `count` of *Best of N* is the number of seeds. With `good_enough`, the node stops at the first seed whose error is "
        "at most that many pixels.\n"
        "- `hold_known` of *Motion Conditioning* is off here, so that the seeds differ. This node is meant for large models; "
        "with the bundled model, turn `hold_known` on for sharp videos.\n"
        "- The *heat map* shows the best video with the error in colour. Arrows point from the painted positions to the "
        "measured ones.\n\n" + SIZE_NOTE,
        about_height=520,
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
        room=200,
    )
    seeds = Node("PreviewAny", {"source": best["report"]}, "Seeds", extra_height=200)
    decode = Node("FlowbrushDecodeVideo", {"vae": model["VAE"], "latent": best["LATENT"]})
    measure = Node(
        "FlowbrushMeasureMotion",
        {"frames": decode["IMAGE"], "motion": brush["motion"], "image": frame["first_image"]},
        room=200,
    )
    graph.lane(Group("1  Model and prompt", BLUE, column), Group("2  Picture", GREEN, [image, frame]))
    graph.lane(Group("3  Motion", ORANGE, [brush]))
    graph.lane(Group("4  The best of several seeds", PURPLE, [condition, seeds], [best]))
    graph.lane(
        Group("5  Video", GREY, [decode, *video_nodes(decode["IMAGE"], "best_of_n")]),
    )
    graph.lane(
        Group("6  Heat map", GREY, [measure, *video_nodes(measure["heat_map"], "best_of_n_heat_map")]),
    )
    return graph


def followed_object() -> Graph:
    """The motion of an object's masks in a clip, applied to the object of another picture, under a camera move."""
    graph = Graph(
        "followed_object",
        "# Followed object\n\n*Motion from Masks* follows the masks of an object through a clip: where it goes and how it grows "
        "and turns. The balloon of another picture then moves in the same way, while *Camera Motion* moves the whole picture. "
        "*Combine Motion* adds the two motions.\n\n"
        "So that it runs without files, the graph makes the clip and its masks itself. To use your own clip, delete the group "
        "*Clip with masks* and connect one mask per frame to *Motion from Masks*, for example *Load Video* → *Get Video "
        "Components* → SAM 3.\n\n"
        "The first mask is the region that moves, so the object must be at the same place in your picture.\n\n"
        + SIZE_NOTE,
        about_height=520,
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
    middle, sampler, decode = sampling_nodes(model, text, frame, 1, motion=both["motion"])
    graph.lane(Group("1  Model and prompt", BLUE, column), Group("2  Picture", GREEN, [image, frame]))
    graph.lane(Group("3  Clip with masks", GREEN, [source, clip], [flight]))
    graph.lane(Group("4  Motion", ORANGE, [follow, camera], [both, preview]))
    graph.lane(Group("5  Sampling", PURPLE, middle, [sampler, decode]))
    graph.lane(Group("6  Video", GREY, video_nodes(decode["IMAGE"], "followed_object")))
    return graph


def guided() -> Graph:
    """Guidance for text and motion, each with a schedule, in the stock sampler."""
    graph = Graph(
        "guided",
        "# Guidance for text and motion\n\nWith *Guider*, the stock *SamplerCustomAdvanced* uses one guidance scale for the prompt "
        "(`cfg`) and another for the painted motion (`motion_cfg`), each with its own schedule over the noise levels.\n\n"
        "- *Latent Noise* makes the noise. Sampler and noise levels come from ComfyUI's own nodes, and any of these can be "
        "used.\n"
        "- `motion_guidance` of *Motion Conditioning* is on, because guidance compares the motion with `no_motion`.\n"
        "- The bundled model needs only small scales; large models need a `cfg` of about 5 and 20 steps.\n\n"
        + SIZE_NOTE,
        about_height=520,
    )
    column, model, text = model_and_text("a hot air balloon drifting over green hills, clouds passing")
    image = Node("FlowbrushExampleImage", {"name": "balloon", "width": 256, "height": 256})
    frame = Node("FlowbrushFirstFrame", {"image": image["IMAGE"]})
    brush = brush_node(frame["first_image"], DRIFTING_BALLOON, frame["length"])
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
    decode = Node("FlowbrushDecodeVideo", {"vae": model["VAE"], "latent": sampler["output"]})
    measure = Node(
        "FlowbrushMeasureMotion",
        {"frames": decode["IMAGE"], "motion": brush["motion"], "image": frame["first_image"]},
    )
    report = Node("PreviewAny", {"source": measure["report"]}, "Asked and measured", extra_height=200)
    graph.lane(Group("1  Model and prompt", BLUE, column), Group("2  Picture", GREEN, [image, frame]))
    graph.lane(Group("3  Motion", ORANGE, [brush]))
    graph.lane(Group("4  Sampling", PURPLE, [condition, guider], [noise, solver, sigmas], [sampler, decode]))
    graph.lane(Group("5  Video", GREY, video_nodes(decode["IMAGE"], "guided"), [measure, report]))
    return graph
