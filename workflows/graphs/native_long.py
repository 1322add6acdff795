"""Example graphs of shots that are longer than what a large model makes at once: Wan 2.2, LTX-2.3 and MiniMax-H3."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .bundled_parts import measured, video_subgraph
from .canvas import GREEN, GREY, ORANGE, PURPLE, Graph, Group, Node, Socket
from .native_av import FPS, GEMMA, H3_FILES, LICENCE, LTX2, H3Model, LTX2Model
from .native_parts import UMT5, Scene, about, decode_node, ksampler, shift_node, time_to_move, wan

PARTS = 2
Part = Callable[[Node, int], list[Node]]
"""Takes Extend Shot and the number of the part; returns the nodes that make it, the last of which gives its frames."""

HOW = (
    " *Extend Shot* carries the motion to the last frames, the model makes the next part from there, and *Join Parts* cross-fades. For a longer shot, copy the last "
    "part inside *Make the video* and raise `length` of *Motion Brush*."
)
SOUND = " Their sounds are cross-faded over the overlap."


def _long_shot(
    graph: Graph,
    scene: Scene,
    columns: list[list[Node]],
    overlap: int,
    part: Part,
    fps: float,
    sounds: Sequence[Socket] = (),
) -> Graph:
    """The graph with its parts, each of which begins with the last `overlap` frames of the one before.

    `sounds` is filled by `part` with the sound of each part, for models that make sound.
    """
    length = scene.frame.given["length"]
    scene.brush.given["length"] = length + (PARTS - 1) * (length - overlap)
    columns, clip = list(columns), scene.picture
    measure = report = heard = join = None
    for number in range(1, PARTS + 1):
        shared = 1 if number == 1 else overlap
        extend = Node(
            "FlowbrushExtendShot",
            {"frames": clip, "motion": scene.motion, "length": scene.frame["length"], "overlap": shared},
            f"Part {number}: Extend Shot",
        )
        nodes = part(extend, number)
        made = nodes[-1]["IMAGE"]
        columns += [[extend, *nodes[:-2]], nodes[-2:]]
        if number > 1:
            join = Node("FlowbrushJoinParts", {"frames": clip, "next_frames": made, "overlap": shared})
            if sounds:
                join.given |= {"sound": heard, "next_sound": sounds[-1], "fps": fps}
            columns[-1].append(join)
            measure, report = measured(made, extend["motion"], extend["first_image"])
            made = join["frames"]
        if sounds:
            heard = sounds[0] if join is None else join["sound"]
        clip = made
    assert measure is not None and report is not None
    report.title = "Asked and measured in part 2"
    inside, saved = video_subgraph(columns, clip, graph.name, fps, more=[measure])
    if heard is not None:
        (video,) = (node for node in inside.columns[-1] if node.kind == "CreateVideo")
        video.given["audio"] = heard
    graph.lane(Group("1  Picture", GREEN, [scene.image, scene.frame]))
    graph.lane(Group("2  Motion of the whole shot", ORANGE, [scene.brush]))
    graph.lane(Group("3  Sampling", PURPLE, [inside]))
    graph.lane(Group("4  Video", GREY, [saved, report]))
    return graph


def _steered(model: Socket, vae: Socket, scene: Scene, extend: Node) -> Node:
    """Time-to-Move for one part."""
    node = time_to_move(model, vae, scene)
    node.given |= {"first_image": extend["first_image"], "motion": extend["motion"]}
    return node


def long_shot_wan22() -> Graph:
    """Two parts of Wan 2.2 5B, of which the second holds the last frames of the first."""
    network, vae = "wan2.2_ti2v_5B_fp16.safetensors", "wan2.2_vae.safetensors"
    graph = Graph(
        "long_shot_wan22",
        about(
            "A long shot with Wan 2.2",
            "Two parts of 81 frames become one shot of 157, and the motion goes on over the joint." + HOW,
            {"diffusion_models": [network], "text_encoders": [UMT5], "vae": [vae]},
            "`overlap` of *Extend Shot* and *Join Parts* (the same, 4k+1): more frames tell the model more of the motion.",
        ),
    )
    scene, model = Scene(81, "boat"), wan(network, vae, "boat")
    shift = shift_node(model.model, 8.0)

    def part(extend: Node, number: int) -> list[Node]:
        shown = {"start_image": extend["overlap_frames"]}
        start = Node("Wan22ImageToVideoLatent", {"vae": model.vae, **scene.size, **shown})
        steered = _steered(shift["MODEL"], model.vae, scene, extend)
        sampler = ksampler(
            steered["model"],
            model.positive,
            model.negative,
            start["LATENT"],
            sampler_name="euler",
            seed=number,
        )
        return [start, steered, sampler, decode_node(sampler["LATENT"], model.vae)]

    return _long_shot(graph, scene, [[*model.loaders, shift], model.prompts], 5, part, 24)


def long_shot_ltx2() -> Graph:
    """Two parts of LTX-2.3, of which the second holds the last frames of the first."""
    graph = Graph(
        "long_shot_ltx2",
        about(
            "A long shot with LTX-2.3",
            "Two parts of 97 frames become one shot of 185, and the motion goes on over the joint."
            + HOW
            + SOUND,
            {"checkpoints": [LTX2], "text_encoders": [GEMMA]},
            "`overlap` of *Extend Shot* and *Join Parts* (the same, 8k+1): more frames tell the model more of the motion.",
        ),
    )
    scene = Scene(97, "boat", "LTX-Video")
    model = LTX2Model(scene, "boat")
    condition, empty, _, silence = model.nodes
    sides = condition["positive"], condition["negative"]
    sounds: list[Socket] = []

    def part(extend: Node, number: int) -> list[Node]:
        start = Node(
            "LTXVImgToVideoInplace",
            {"vae": model.vae, "image": extend["overlap_frames"], "latent": empty["LATENT"]},
        )
        steered = _steered(model.model, model.vae, scene, extend)
        both, sampler, apart = model.sampling(steered["model"], *sides, start["latent"])
        sampler.given["seed"] = number
        heard = model.heard(apart["audio_latent"])
        sounds.append(heard["Audio"])
        return [start, steered, both, sampler, apart, heard, decode_node(apart["video_latent"], model.vae)]

    columns = [model.loaders, [*model.prompts, condition, empty, silence]]
    return _long_shot(graph, scene, columns, 9, part, FPS, sounds)


def long_shot_h3() -> Graph:
    """Two parts of MiniMax-H3, of which the second has the last frames of the first as a guide clip."""
    graph = Graph(
        "long_shot_h3",
        about(
            "A long shot with MiniMax-H3",
            "Two parts of 90 frames become one shot of 175, and the motion goes on over the joint."
            + HOW
            + SOUND,
            H3_FILES,
            "`preset` of *Time-to-Move*: choose custom and a lower `strong_clock` to follow the path more strictly.",
            LICENCE,
        ),
    )
    scene = Scene(90, model="MiniMax-H3")
    first = H3Model(scene, "balloon")
    sounds: list[Socket] = []

    def part(extend: Node, number: int) -> list[Node]:
        start = (
            first.start
            if number == 1
            else Node("MiniMaxH3ImageToVideo", dict(first.start.given), extra_height=100)
        )
        start.given["first_frame"] = extend["first_image"]
        shown = {"vae": first.vae, "image": extend["overlap_frames"], "frame_idx": 0}
        guide = Node("MiniMaxH3AddGuide", {"positive": start["positive"], "latent": start["LATENT"], **shown})
        positive = start["positive"] if number == 1 else guide["positive"]
        steered = _steered(first.model, first.vae, scene, extend)
        settings, (sampler, heard, decode) = first.sampling(steered["model"], positive, start["LATENT"])
        settings[-1].given["noise_seed"] = number
        guides = [] if number == 1 else [guide]
        sounds.append(heard["AUDIO"])
        return [start, *guides, steered, *settings, heard, sampler, decode]

    return _long_shot(graph, scene, [first.loaders], 5, part, FPS, sounds)
