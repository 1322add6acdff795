"""Example graphs for HunyuanVideo, Stable Video Diffusion, LTX-Video and CogVideoX."""

from __future__ import annotations

from .canvas import Graph, Node
from .native_parts import (
    T5,
    Loaded,
    Scene,
    about,
    complete_graph,
    decode_node,
    ksampler,
    prompts,
    shift_node,
    time_to_move,
)


def time_to_move_hunyuan() -> Graph:
    """Time-to-Move on HunyuanVideo."""
    network, vae = (
        "hunyuan_video_v2_replace_image_to_video_720p_bf16.safetensors",
        "hunyuan_video_vae_bf16.safetensors",
    )
    texts = ["clip_l.safetensors", "llava_llama3_fp8_scaled.safetensors"]
    graph = Graph(
        "time_to_move_hunyuan",
        about(
            "Time-to-Move with HunyuanVideo",
            "HunyuanVideo's image-to-video weights follow the motion: the model's own node sets the first frame, and "
            "*Time-to-Move* steers the other frames.",
            {"diffusion_models": [network], "text_encoders": texts, "vae": [vae]},
            "`preset` of *Time-to-Move*: choose custom and a lower `strong_clock` to follow the path more strictly.",
            "The files are those of the folder split_files of HunyuanVideo_repackaged, which Comfy-Org publishes.",
        ),
    )
    clip = Node("DualCLIPLoader", {"clip_name1": texts[0], "clip_name2": texts[1], "type": "hunyuan_video"})
    scene, model = Scene(49), Loaded(network, vae, clip)
    start = Node(
        "HunyuanImageToVideo",
        {
            "positive": model.positive,
            "vae": model.vae,
            **scene.size,
            "guidance_type": "v2 (replace)",
            "start_image": scene.picture,
        },
    )
    guidance = Node("FluxGuidance", {"conditioning": start["positive"], "guidance": 6.0})
    shift = shift_node(model.model, 7.0)
    steered = time_to_move(shift["MODEL"], model.vae, scene)
    sampler = ksampler(
        steered["model"],
        guidance["CONDITIONING"],
        model.negative,
        start["latent"],
        cfg=1.0,
        sampler_name="euler",
    )
    decode = decode_node(sampler["LATENT"], model.vae)
    sampling = [[start, guidance, shift, steered], [sampler, decode]]
    return complete_graph(graph, scene, [model.loaders, model.prompts], sampling, 24)


def time_to_move_svd() -> Graph:
    """Time-to-Move on Stable Video Diffusion."""
    checkpoint = "svd_xt.safetensors"
    graph = Graph(
        "time_to_move_svd",
        about(
            "Time-to-Move with Stable Video Diffusion",
            "SVD reads neither a prompt nor tracks, but with *Time-to-Move* it follows the motion. It makes 14 or 25 frames.",
            {"checkpoints": [checkpoint]},
            "`motion_bucket_id` of *SVD_img2vid_Conditioning*: use a lower value for small motions. `preset` of *Time-to-Move*: "
            "choose custom and a lower `strong_clock` to follow the path more strictly.",
        ),
    )
    scene = Scene(25, "boat")
    file = Node("ImageOnlyCheckpointLoader", {"ckpt_name": checkpoint})
    condition = Node(
        "SVD_img2vid_Conditioning",
        {
            "clip_vision": file["CLIP_VISION"],
            "init_image": scene.picture,
            "vae": file["VAE"],
            "width": scene.frame["width"],
            "height": scene.frame["height"],
            "video_frames": scene.frame["length"],
            "motion_bucket_id": 127,
            "fps": 6,
        },
    )
    guidance = Node("VideoLinearCFGGuidance", {"model": file["MODEL"], "min_cfg": 1.0})
    steered = time_to_move(guidance["MODEL"], file["VAE"], scene)
    sampler = ksampler(
        steered["model"],
        condition["positive"],
        condition["negative"],
        steered["latent"],
        cfg=2.5,
        sampler_name="euler",
        scheduler="karras",
        steps=25,
    )
    decode = decode_node(sampler["LATENT"], file["VAE"])
    return complete_graph(graph, scene, [[file]], [[condition, guidance, steered], [sampler, decode]], 10)


def ltx_in_place() -> Graph:
    """LTX-Video, started from the warped picture with less noise."""
    checkpoint = "ltx-video-2b-v0.9.5.safetensors"
    graph = Graph(
        "ltx_in_place",
        about(
            "In-place guide for LTX-Video",
            "LTX-Video can have a different noise level in each part of a latent. *In-Place Guide* starts it from the warped "
            "picture, with less noise where you painted. Lengths must be 8k+1 (97, 121), and sides multiples of 32.",
            {"checkpoints": [checkpoint], "text_encoders": [T5]},
            "`strength` of *In-Place Guide*: with 0.6 the model follows loosely, with 0.9 it nearly copies the guide. You can "
            "also steer this model with *Time-to-Move*, between the loader and the sampler.",
        ),
    )
    scene = Scene(97, "boat")
    file = Node("CheckpointLoaderSimple", {"ckpt_name": checkpoint})
    clip = Node("CLIPLoader", {"clip_name": T5, "type": "ltxv"})
    texts = prompts(clip["CLIP"], "boat")
    condition = Node(
        "LTXVConditioning",
        {
            "positive": texts[0]["CONDITIONING"],
            "negative": texts[1]["CONDITIONING"],
            "frame_rate": 24.0,
        },
    )
    guide = Node(
        "FlowbrushInPlaceGuide",
        {"vae": file["VAE"], "first_image": scene.picture, "motion": scene.motion},
    )
    sigmas = Node("LTXVScheduler", {"steps": 30, "latent": guide["latent"]})
    solver = Node("KSamplerSelect", {"sampler_name": "euler"})
    sampler = Node(
        "SamplerCustom",
        {
            "model": file["MODEL"],
            "positive": condition["positive"],
            "negative": condition["negative"],
            "sampler": solver["SAMPLER"],
            "sigmas": sigmas["SIGMAS"],
            "latent_image": guide["latent"],
            "noise_seed": 1,
            "cfg": 3.0,
        },
    )
    decode = decode_node(sampler["output"], file["VAE"])
    sampling = [[condition, guide], [sigmas, solver, sampler], [decode]]
    return complete_graph(graph, scene, [[file, clip], texts], sampling, 24)


def cogvideox() -> Graph:
    """CogVideoX image to video, steered by Time-to-Move."""
    network, vae = "CogVideoX_1_0_5b_I2V_bf16.safetensors", "cogvideox_vae.safetensors"
    graph = Graph(
        "cogvideox",
        about(
            "CogVideoX",
            "ComfyUI loads CogVideoX but has no image-to-video node for it. The node *CogVideoX* adds one, and *Time-to-Move* "
            "steers it.",
            {"diffusion_models": [network], "text_encoders": [T5], "vae": [vae]},
            "`preset` of *Time-to-Move*: choose custom and a lower `strong_clock` to follow the path more strictly. `weights` of "
            "*CogVideoX* must name the family of the file; this one was trained at 720x480 and 49 frames.",
            "ComfyUI's template *Void video inpainting* has the addresses of the text encoder and the VAE. *Load Model* reads any "
            "CogVideoX image-to-video file with the published tensor names (`transformer_blocks.0…`), of version 1.0 or 1.5; the "
            "stock loader reads only files with ComfyUI's names (`blocks.0…`).",
        ),
    )
    clip = Node("CLIPLoader", {"clip_name": T5, "type": "cogvideox"})
    scene = Scene(49)
    file = Node("FlowbrushLoadModel", {"diffusion_model": network, "text_encoder": "bundled", "vae": vae})
    texts = prompts(clip["CLIP"])
    condition = Node(
        "FlowbrushCogVideoX",
        {
            **{
                name: node["CONDITIONING"] for name, node in zip(("positive", "negative"), texts, strict=True)
            },
            "vae": file["VAE"],
            "first_image": scene.picture,
            "length": scene.frame["length"],
            "weights": "CogVideoX I2V",
            "model": file["MODEL"],
            "motion": scene.motion,
        },
    )
    steered = time_to_move(condition["model"], file["VAE"], scene)
    sampler = ksampler(
        steered["model"],
        condition["positive"],
        condition["negative"],
        steered["latent"],
        cfg=6.0,
        sampler_name="euler",
        steps=30,
    )
    # The pack's Decode Video returns the requested length even for CogVideoX 1.5's even numbers of latent frames.
    decode = Node("FlowbrushDecodeVideo", {"vae": file["VAE"], "latent": sampler["LATENT"]})
    sampling = [[condition, steered], [sampler, decode]]
    return complete_graph(graph, scene, [[file, clip], texts], sampling, 8)
