"""Example graphs that follow closely: the best of several seeds, an object's masks, guidance towards the motion."""

from __future__ import annotations

from .bundled_parts import SIZE_NOTE, conditioned, model_and_text, painted_on, previewed, sampled, video_nodes
from .canvas import BLUE, GREEN, GREY, ORANGE, PURPLE, Graph, Group, Node
from .documents import BALLOON_ALONE, BOAT_AND_WATER, DRIFTING_BALLOON


def best_of_n() -> Graph:
    """Several seeds, the one kept that followed the motion best, and where it did not."""
    graph = Graph(
        "best_of_n",
        "# Best of N\n\n*Best of N* makes the video with several seeds, measures how well each followed the painted motion, and "
        "keeps the best. The numbers of every seed stand in *Seeds*.\n\n"
        "- `count` of *Best of N*: how many seeds are tried. `good_enough`: stop at the first that is off by no more pixels.\n"
        "- `hold_known` of *Motion Conditioning* is off here, so that the seeds differ. With the bundled model turn it on for "
        "sharp videos; large models are what this node is for.\n"
        "- The *heat map* shows the best video with the error in colour, and arrows from where points were asked to be to "
        "where they are.\n\n" + SIZE_NOTE,
        about_height=520,
    )
    column, model, text = model_and_text("a sailing boat crossing a calm lake")
    image = Node("FlowbrushExampleImage", {"name": "boat", "width": 256, "height": 256})
    frame = Node("FlowbrushFirstFrame", {"image": image["IMAGE"]})
    brush = painted_on(frame["first_image"], BOAT_AND_WATER, frame["length"])
    condition = conditioned(model, text, frame, motion=brush["motion"], hold_known=False)
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
    """An object followed through a clip by its masks; another picture's object goes the same way, under a camera."""
    graph = Graph(
        "followed_object",
        "# Followed object\n\n*Motion from Masks* follows the masks of an object through a clip: where it goes, how it grows and "
        "turns. Another picture's balloon then goes that way, while *Camera Motion* moves the whole picture; *Combine Motion* "
        "puts the two together.\n\n"
        "The clip and its masks are made by the graph itself, so that it runs without files. To use yours, delete the group "
        "*Clip with masks* and give *Motion from Masks* one mask a frame: *Load Video* → *Get Video Components* → SAM 3's "
        "track of the object.\n\n"
        "The object has to be at the same place in your picture: the first mask is the region that moves.\n\n"
        + SIZE_NOTE,
        about_height=520,
    )
    column, model, text = model_and_text("a hot air balloon flying away over green hills")
    source = Node("FlowbrushExampleImage", {"name": "balloon", "width": 256, "height": 256, "variation": 5})
    flight = painted_on(source["IMAGE"], BALLOON_ALONE)
    clip = Node("FlowbrushWarpImage", {"image": source["IMAGE"], "motion": flight["motion"]})
    image = Node("FlowbrushExampleImage", {"name": "balloon", "width": 256, "height": 256, "variation": 2})
    frame = Node("FlowbrushFirstFrame", {"image": image["IMAGE"]})
    follow = Node("FlowbrushMotionFromMasks", {"masks": clip["moving"], "length": frame["length"]})
    camera = Node("FlowbrushCameraMotion", {"length": frame["length"], "pan": 3.0, "dolly": 0.12})
    both = Node("FlowbrushCombineMotion", {"motion_1": follow["motion"], "motion_2": camera["motion"]})
    preview = previewed(both["motion"], frame["first_image"])
    middle, sampler, decode = sampled(model, text, frame, 1, motion=both["motion"])
    graph.lane(Group("1  Model and prompt", BLUE, column), Group("2  Picture", GREEN, [image, frame]))
    graph.lane(Group("3  Clip with masks", GREEN, [source, clip], [flight]))
    graph.lane(Group("4  Motion", ORANGE, [follow, camera], [both, preview]))
    graph.lane(Group("5  Sampling", PURPLE, middle, [sampler, decode]))
    graph.lane(Group("6  Video", GREY, video_nodes(decode["IMAGE"], "followed_object")))
    return graph


def guided() -> Graph:
    """Guidance towards the text and the motion, each with its schedule, in the stock sampler."""
    graph = Graph(
        "guided",
        "# Two guidances\n\n*Guider* gives the stock *SamplerCustomAdvanced* a guidance scale towards the prompt (`cfg`) and another "
        "towards the painted motion (`motion_cfg`), each with its own schedule over the noise.\n\n"
        "- Noise is of *Latent Noise*, sampler and noise levels are ComfyUI's own nodes: any of them will do.\n"
        "- `motion_guidance` of *Motion Conditioning* is on, so that `no_motion` is what the motion is compared with.\n"
        "- With the bundled model small scales are enough; large models take a `cfg` of about 5 and 20 steps.\n\n"
        + SIZE_NOTE,
        about_height=520,
    )
    column, model, text = model_and_text("a hot air balloon drifting over green hills, clouds passing")
    image = Node("FlowbrushExampleImage", {"name": "balloon", "width": 256, "height": 256})
    frame = Node("FlowbrushFirstFrame", {"image": image["IMAGE"]})
    brush = painted_on(frame["first_image"], DRIFTING_BALLOON, frame["length"])
    condition = conditioned(model, text, frame, motion=brush["motion"], motion_guidance=True)
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
