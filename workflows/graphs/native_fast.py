"""Example graphs for Time-to-Move in few steps: a distilled Wan 2.2, and a causal Wan that makes a video frame by frame."""

from __future__ import annotations

from .canvas import Graph, Node
from .native_parts import (
    UMT5,
    WAN_VAE,
    Scene,
    about,
    complete_graph,
    decode_node,
    expert_files,
    expert_samplers,
    low_noise_expert,
    shift_node,
    time_to_move,
    wan,
)

FEW_STEPS = "few steps"


def time_to_move_wan22_4_steps() -> Graph:
    """Time-to-Move on the two experts of Wan 2.2 with LoRAs for four steps."""
    high, low, files = expert_files("i2v")
    loras = [f"wan2.2_i2v_lightx2v_4steps_lora_v1_{part}_noise.safetensors" for part in ("high", "low")]
    graph = Graph(
        "time_to_move_wan22_4_steps",
        about(
            "Time-to-Move in four steps",
            "Wan 2.2 follows the motion in four steps and without guidance. The preset few steps of *Time-to-Move* counts steps: "
            "painted regions keep to the warped picture for half of them, which is all that the high-noise expert makes.",
            {**files, "loras": loras},
            "`preset` of *Time-to-Move*: with few steps, regions follow closely. If they look cut out, choose `Wan`, which lets go "
            "within the first step.",
        ),
    )
    scene, model = Scene(81), wan(high)
    scene.brush.extra_height = 325  # leaves room for the list of files below it
    second = low_noise_expert(low)
    fast = [
        Node("LoraLoaderModelOnly", {"model": network, "lora_name": lora})
        for network, lora in zip((model.model, second["MODEL"]), loras, strict=True)
    ]
    condition = Node("WanImageToVideo", {**model.links, **scene.size, "start_image": scene.picture})
    shifts = [shift_node(lora["MODEL"], 5.0) for lora in fast]
    steered = time_to_move(shifts[0]["MODEL"], model.vae, scene, FEW_STEPS)
    first, last = expert_samplers(
        steered["model"], shifts[1]["MODEL"], condition, steered["latent"], steps=4, cfg=1.0
    )
    columns = [[*model.loaders, second, *fast], model.prompts]
    sampling = [[condition, *shifts, steered], [first, last], [decode_node(last["LATENT"], model.vae)]]
    return complete_graph(graph, scene, columns, sampling, 16)


def time_to_move_causal() -> Graph:
    """Time-to-Move on a causal Wan, whose sampler finishes one latent frame after the other."""
    network = "causal_forcing-framewise.safetensors"
    graph = Graph(
        "time_to_move_causal",
        about(
            "Time-to-Move with causal Wan",
            "A causal model makes the video frame by frame, each in a few steps, and each frame follows the motion. *ARVideoI2V* "
            "begins with the picture, and *Time-to-Move* steers every latent frame after it.",
            {"diffusion_models": [network], "text_encoders": [UMT5], "vae": [WAN_VAE]},
            "`preset` of *Time-to-Move*: few steps keeps painted regions for half of the steps of each frame. For weights that make "
            "three latent frames at a time, set `num_frame_per_block` of *SamplerARVideo* to 3.",
        ),
    )
    scene, model = Scene(81), wan(network)
    start = Node(
        "ARVideoI2V",
        {"model": model.model, "vae": model.vae, **scene.size, "start_image": scene.picture},
    )
    steered = time_to_move(start["MODEL"], model.vae, scene, FEW_STEPS)
    guider = Node(
        "CFGGuider",
        {"model": steered["model"], "positive": model.positive, "negative": model.negative, "cfg": 1.0},
    )
    sigmas = Node("BasicScheduler", {"model": steered["model"], "scheduler": "simple", "steps": 4})
    solver = Node("SamplerARVideo", {"num_frame_per_block": 1})
    noise = Node("RandomNoise", {"noise_seed": 1})
    sampler = Node(
        "SamplerCustomAdvanced",
        {
            "noise": noise["NOISE"],
            "guider": guider["GUIDER"],
            "sampler": solver["SAMPLER"],
            "sigmas": sigmas["SIGMAS"],
            "latent_image": start["LATENT"],
        },
    )
    sampling = [
        [start, steered],
        [guider, sigmas, solver, noise],
        [sampler, decode_node(sampler["output"], model.vae)],
    ]
    return complete_graph(graph, scene, [model.loaders, model.prompts], sampling, 16)
