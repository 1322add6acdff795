"""Example graphs of Time-to-Move for HunyuanVideo 1.5, Kandinsky5 and Cosmos Predict2."""

from __future__ import annotations

from .canvas import Graph, Node
from .native_parts import (
    WAN_VAE,
    Loaded,
    Scene,
    about,
    complete_graph,
    decode_node,
    ksampler,
    shift_node,
    time_to_move,
)

QWEN = "qwen_2.5_vl_7b_fp8_scaled.safetensors"
FOLLOW = (
    "`preset` of *Time-to-Move*: choose custom and a lower `strong_clock` to follow the path more strictly."
)


def time_to_move_hunyuan15() -> Graph:
    """Time-to-Move on HunyuanVideo 1.5."""
    network, vae = "hunyuanvideo1.5_720p_i2v_fp16.safetensors", "hunyuanvideo15_vae_fp16.safetensors"
    texts, vision_file = (
        [QWEN, "byt5_small_glyphxl_fp16.safetensors"],
        "sigclip_vision_patch14_384.safetensors",
    )
    graph = Graph(
        "time_to_move_hunyuan15",
        about(
            "Time-to-Move with HunyuanVideo 1.5",
            "HunyuanVideo 1.5 follows the motion: its own node sets the first frame, and *Time-to-Move* steers the other frames.",
            {
                "diffusion_models": [network],
                "text_encoders": texts,
                "vae": [vae],
                "clip_vision": [vision_file],
            },
            FOLLOW,
        ),
    )
    clip = Node(
        "DualCLIPLoader", {"clip_name1": texts[0], "clip_name2": texts[1], "type": "hunyuan_video_15"}
    )
    scene, model = Scene(81), Loaded(network, vae, clip)
    vision = Node("CLIPVisionLoader", {"clip_name": vision_file})
    seen = Node(
        "CLIPVisionEncode", {"clip_vision": vision["CLIP_VISION"], "image": scene.picture, "crop": "center"}
    )
    condition = Node(
        "HunyuanVideo15ImageToVideo",
        {
            **model.links,
            **scene.size,
            "start_image": scene.picture,
            "clip_vision_output": seen["CLIP_VISION_OUTPUT"],
        },
    )
    shift = shift_node(model.model, 7.0)
    steered = time_to_move(shift["MODEL"], model.vae, scene)
    sampler = ksampler(
        steered["model"],
        condition["positive"],
        condition["negative"],
        condition["latent"],
        cfg=6.0,
        sampler_name="euler",
    )
    columns = [[*model.loaders, vision, seen], model.prompts]
    sampling = [[condition, shift, steered], [sampler, decode_node(sampler["LATENT"], model.vae)]]
    return complete_graph(graph, scene, columns, sampling, 24)


def time_to_move_kandinsky5() -> Graph:
    """Time-to-Move on Kandinsky5."""
    network, vae = "kandinsky5lite_i2v_5s.safetensors", "hunyuan_video_vae_bf16.safetensors"
    texts = [QWEN, "clip_l.safetensors"]
    graph = Graph(
        "time_to_move_kandinsky5",
        about(
            "Time-to-Move with Kandinsky5",
            "Kandinsky5 follows the motion: its own node sets the first frame, *Time-to-Move* steers the other frames, and the first "
            "frame is put back after sampling.",
            {"diffusion_models": [network], "text_encoders": texts, "vae": [vae]},
            FOLLOW,
        ),
    )
    clip = Node("DualCLIPLoader", {"clip_name1": texts[0], "clip_name2": texts[1], "type": "kandinsky5"})
    scene, model = Scene(121), Loaded(network, vae, clip)
    condition = Node("Kandinsky5ImageToVideo", {**model.links, **scene.size, "start_image": scene.picture})
    shift = shift_node(model.model, 5.0)
    steered = time_to_move(shift["MODEL"], model.vae, scene)
    sampler = ksampler(
        steered["model"], condition["positive"], condition["negative"], condition["latent"], cfg=5.0
    )
    whole = Node(
        "ReplaceVideoLatentFrames", {"destination": sampler["LATENT"], "source": condition["cond_latent"]}
    )
    sampling = [[condition, shift, steered], [sampler, whole, decode_node(whole["LATENT"], model.vae)]]
    return complete_graph(graph, scene, [model.loaders, model.prompts], sampling, 24)


def time_to_move_cosmos() -> Graph:
    """Time-to-Move on Cosmos Predict2."""
    network, text = (
        "cosmos_predict2_2B_video2world_480p_16fps.safetensors",
        "oldt5_xxl_fp8_e4m3fn_scaled.safetensors",
    )
    graph = Graph(
        "time_to_move_cosmos",
        about(
            "Time-to-Move with Cosmos Predict2",
            "Cosmos Predict2 follows the motion: its own node sets the first frame, and *Time-to-Move* steers the other frames. It "
            "was trained for 93 frames at 16 fps.",
            {"diffusion_models": [network], "text_encoders": [text], "vae": [WAN_VAE]},
            FOLLOW,
            "The files are those of Cosmos_Predict2_repackaged and Cosmos_1.0_comfyui, which Comfy-Org and ComfyUI's author publish.",
        ),
    )
    scene = Scene(93)
    model = Loaded(network, WAN_VAE, Node("CLIPLoader", {"clip_name": text, "type": "cosmos"}))
    start = Node(
        "CosmosPredict2ImageToVideoLatent",
        {"vae": model.vae, **scene.size, "start_image": scene.picture},
    )
    steered = time_to_move(model.model, model.vae, scene)
    sampler = ksampler(
        steered["model"],
        model.positive,
        model.negative,
        start["LATENT"],
        cfg=4.0,
        sampler_name="euler",
        scheduler="karras",
        steps=35,
    )
    sampling = [[start, steered], [sampler, decode_node(sampler["LATENT"], model.vae)]]
    return complete_graph(graph, scene, [model.loaders, model.prompts], sampling, 16)
