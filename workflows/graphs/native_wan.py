"""Wan models that are told the motion by points, or steered by Time-to-Move."""

from __future__ import annotations

from .canvas import Graph, Node
from .native_parts import (
    UMT5,
    Scene,
    about,
    decoded,
    finished,
    ksampler,
    seen,
    shifted,
    time_to_move,
    wan,
    wan_files,
)


def _tracks(name: str, picture: str, kind: str, network: str, title: str, what: str, touch: str) -> Graph:
    """Wan-Move and ATI, which differ in the node and the weights."""
    graph = Graph(name, about(title, what, wan_files(network), touch), about_height=760)
    scene, model = Scene(81, picture), wan(network, name=picture)
    vision = seen(scene)
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
    shift = shifted(model.model, 8.0)
    sampler = ksampler(shift["MODEL"], condition["positive"], condition["negative"], condition["latent"])
    decode = decoded(sampler["LATENT"], model.vae)
    columns = [[*model.loaders, *vision], model.prompts]
    return finished(graph, scene, columns, [[condition, shift], [sampler, decode]], 16)


def wan_move() -> Graph:
    """Points that carry the picture's latent along."""
    return _tracks(
        "wan_move",
        "balloon",
        "FlowbrushWanMove",
        "Wan21-WanMove_fp8_scaled_e4m3fn_KJ.safetensors",
        "Wan-Move",
        "Wan-Move weights follow points of the first frame. *Wan-Move* makes one for every spot of the latent that you "
        "painted, in the order of your layers.",
        "`strength` of *Wan-Move*: 1 as trained, 1.5 to 2 where the motion is too weak. `unpainted` = still keeps the rest "
        "in place. With the lightx2v LoRA behind the loader, set 6 `steps` and `cfg` 1 in *KSampler*.",
    )


def ati() -> Graph:
    """Points as soft copies."""
    return _tracks(
        "ati",
        "boat",
        "FlowbrushATI",
        "Wan2_1-I2V-ATI-14B_fp8_e4m3fn.safetensors",
        "ATI",
        "ATI weights take soft copies of the picture along each point's path, at any length of the clip.",
        "`spacing` of *ATI*: smaller holds shapes better, larger leaves the model more freedom. If everything moves, set "
        "`unpainted` to still.",
    )


def time_to_move_wan22() -> Graph:
    """Time-to-Move on the two experts of Wan 2.2."""
    high, low = (f"wan2.2_i2v_{part}_noise_14B_fp8_scaled.safetensors" for part in ("high", "low"))
    files = wan_files(high, vision=False)
    files["diffusion_models"].append(low)
    graph = Graph(
        "time_to_move_wan22",
        about(
            "Time-to-Move with Wan 2.2",
            "Ordinary image-to-video weights follow the motion: sampling begins with the picture carried along, and what "
            "you painted is held to it longer than the rest. The high-noise expert is steered, the low-noise one runs free.",
            files,
            "`preset` of *Time-to-Move*: choose custom to set the clocks. A lower `strong_clock` follows the path more "
            "strictly, a higher `weak_clock` lets the background live.",
        ),
        about_height=760,
    )
    scene, model = Scene(81), wan(high)
    second = Node("UNETLoader", {"unet_name": low, "weight_dtype": "default"}, "Low-noise expert")
    condition = Node("WanImageToVideo", {**model.links, **scene.size, "start_image": scene.picture})
    shifts = [shifted(model.model, 8.0), shifted(second["MODEL"], 8.0)]
    steered = time_to_move(shifts[0]["MODEL"], model.vae, scene)
    usual = {"steps": 20, "cfg": 3.5, "sampler_name": "euler", "scheduler": "simple"}
    links = {"positive": condition["positive"], "negative": condition["negative"]}
    first = Node(
        "KSamplerAdvanced",
        {
            "model": steered["model"],
            "latent_image": steered["latent"],
            "noise_seed": 1,
            "end_at_step": 10,
            "return_with_leftover_noise": "enable",
            **links,
            **usual,
        },
        "High noise",
    )
    last = Node(
        "KSamplerAdvanced",
        {
            "model": shifts[1]["MODEL"],
            "latent_image": first["LATENT"],
            "add_noise": "disable",
            "start_at_step": 10,
            **links,
            **usual,
        },
        "Low noise",
    )
    decode = decoded(last["LATENT"], model.vae)
    columns = [[*model.loaders, second], model.prompts]
    return finished(graph, scene, columns, [[condition, *shifts, steered], [first, last], [decode]], 16)


def time_to_move_wan22_5b() -> Graph:
    """Time-to-Move on the small Wan 2.2, which has a VAE of its own."""
    network, vae = "wan2.2_ti2v_5B_fp16.safetensors", "wan2.2_vae.safetensors"
    files = {"diffusion_models": [network], "text_encoders": [UMT5], "vae": [vae]}
    graph = Graph(
        "time_to_move_wan22_5b",
        about(
            "Time-to-Move with Wan 2.2 5B",
            "The small Wan 2.2 follows the motion. Its own node holds the first frame; *Time-to-Move* steers the rest.",
            files,
            "`preset` of *Time-to-Move*: custom and a lower `strong_clock` follow the path more strictly.",
        ),
        about_height=740,
    )
    scene, model = Scene(49, "boat"), wan(network, vae, "boat")
    start = Node("Wan22ImageToVideoLatent", {"vae": model.vae, **scene.size, "start_image": scene.picture})
    shift = shifted(model.model, 8.0)
    steered = time_to_move(shift["MODEL"], model.vae, scene)
    sampler = ksampler(
        steered["model"], model.positive, model.negative, start["LATENT"], sampler_name="euler"
    )
    decode = decoded(sampler["LATENT"], model.vae)
    return finished(
        graph,
        scene,
        [model.loaders, model.prompts],
        [[start, shift, steered], [sampler, decode]],
        24,
    )
