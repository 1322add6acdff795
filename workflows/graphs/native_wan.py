"""Example graphs for Wan models that follow points (Wan-Move, ATI) or are steered by Time-to-Move."""

from __future__ import annotations

from .canvas import Graph, Node
from .native_parts import (
    UMT5,
    Scene,
    about,
    complete_graph,
    decode_node,
    expert_files,
    expert_samplers,
    ksampler,
    low_noise_expert,
    shift_node,
    time_to_move,
    vision_nodes,
    wan,
    wan_files,
)


def _tracks(name: str, picture: str, kind: str, network: str, title: str, what: str, touch: str) -> Graph:
    """The graph of Wan-Move or ATI, which differ in the node and the weights."""
    graph = Graph(name, about(title, what, wan_files(network), touch))
    scene, model = Scene(81, picture), wan(network, name=picture)
    vision = vision_nodes(scene)
    condition = Node(
        kind,
        {
            **model.links,
            "first_image": scene.picture,
            "length": scene.frame["length"],
            "motion": scene.motion,
            "clip_vision_output": vision[1]["CLIP_VISION_OUTPUT"],
        },
    )
    shift = shift_node(model.model, 8.0)
    sampler = ksampler(shift["MODEL"], condition["positive"], condition["negative"], condition["latent"])
    decode = decode_node(sampler["LATENT"], model.vae)
    columns = [[*model.loaders, *vision], model.prompts]
    return complete_graph(graph, scene, columns, [[condition, shift], [sampler, decode]], 16)


def wan_move() -> Graph:
    """Wan-Move weights, which read latents copied along points."""
    return _tracks(
        "wan_move",
        "balloon",
        "FlowbrushWanMove",
        "Wan21-WanMove_fp8_scaled_e4m3fn_KJ.safetensors",
        "Wan-Move",
        "Wan-Move weights follow points of the first frame. The node *Wan-Move* makes one point for every painted cell of the "
        "latent, in the order of your layers.",
        "`strength` of *Wan-Move*: the weights were trained at 1; use 1.5 to 2 if the motion is too weak. With `unpainted` = "
        "still, the rest of the picture stays in place. With the lightx2v LoRA after the loader, set 6 `steps` and `cfg` 1 in "
        "*KSampler*.",
    )


def ati() -> Graph:
    """ATI weights, which read soft copies of the picture along points."""
    return _tracks(
        "ati",
        "boat",
        "FlowbrushATI",
        "Wan2_1-I2V-ATI-14B_fp8_e4m3fn.safetensors",
        "ATI",
        "ATI weights read soft copies of the picture along the path of each point, for clips of any length.",
        "`spacing` of *ATI*: a smaller spacing keeps shapes better, a larger one gives the model more freedom. If the whole "
        "picture moves, set `unpainted` to still.",
    )


def time_to_move_wan22() -> Graph:
    """Time-to-Move on the two experts of Wan 2.2."""
    high, low, files = expert_files("i2v")
    graph = Graph(
        "time_to_move_wan22",
        about(
            "Time-to-Move with Wan 2.2",
            "Ordinary image-to-video weights follow the motion: sampling starts from the warped picture, and painted regions keep "
            "to it longer than the rest. *Time-to-Move* steers the high-noise expert; the low-noise expert is not steered.",
            files,
            "`preset` of *Time-to-Move*: choose custom to set the clocks. With a lower `strong_clock` the video follows the path "
            "more strictly; with a higher `weak_clock` the background moves more freely.",
        ),
    )
    scene, model = Scene(81), wan(high)
    second = low_noise_expert(low)
    condition = Node("WanImageToVideo", {**model.links, **scene.size, "start_image": scene.picture})
    shifts = [shift_node(model.model, 8.0), shift_node(second["MODEL"], 8.0)]
    steered = time_to_move(shifts[0]["MODEL"], model.vae, scene)
    first, last = expert_samplers(steered["model"], shifts[1]["MODEL"], condition, steered["latent"])
    decode = decode_node(last["LATENT"], model.vae)
    columns = [[*model.loaders, second], model.prompts]
    return complete_graph(graph, scene, columns, [[condition, *shifts, steered], [first, last], [decode]], 16)


def time_to_move_wan22_5b() -> Graph:
    """Time-to-Move on the small Wan 2.2, which has a VAE of its own."""
    network, vae = "wan2.2_ti2v_5B_fp16.safetensors", "wan2.2_vae.safetensors"
    files = {"diffusion_models": [network], "text_encoders": [UMT5], "vae": [vae]}
    graph = Graph(
        "time_to_move_wan22_5b",
        about(
            "Time-to-Move with Wan 2.2 5B",
            "The small Wan 2.2 model follows the motion: its own node sets the first frame, and *Time-to-Move* steers the other "
            "frames.",
            files,
            "`preset` of *Time-to-Move*: choose custom and a lower `strong_clock` to follow the path more strictly.",
        ),
    )
    scene, model = Scene(49, "boat"), wan(network, vae, "boat")
    start = Node("Wan22ImageToVideoLatent", {"vae": model.vae, **scene.size, "start_image": scene.picture})
    shift = shift_node(model.model, 8.0)
    steered = time_to_move(shift["MODEL"], model.vae, scene)
    sampler = ksampler(
        steered["model"], model.positive, model.negative, start["LATENT"], sampler_name="euler"
    )
    decode = decode_node(sampler["LATENT"], model.vae)
    return complete_graph(
        graph,
        scene,
        [model.loaders, model.prompts],
        [[start, shift, steered], [sampler, decode]],
        24,
    )
