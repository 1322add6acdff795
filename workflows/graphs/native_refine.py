"""Example graphs that enlarge a video and hold its motion: a second pass with Wan 2.2 in tiles, and SeedVR2 in parts of the clip."""

from __future__ import annotations

from .canvas import Graph, Node, Socket
from .native_parts import (
    UMT5,
    Loaded,
    Scene,
    about,
    complete_graph,
    decode_node,
    ksampler,
    shift_node,
    time_to_move,
    wan,
)

UPSCALER = "RealESRGAN_x4plus.safetensors"
SEEDVR2, SEEDVR2_VAE = "seedvr2_3b_int8_convrot.safetensors", "seedvr2_ema_vae_fp16.safetensors"
TILE = {"tile_size": 512, "overlap": 128, "temporal_size": 64, "temporal_overlap": 8}
"""The tiles of the stock VAE nodes, in pixels and frames, as in ComfyUI's SeedVR2 template."""
LARGEST, OVERLAP = 640, 160
"""Sides and overlap of the tiles of the second pass, in px."""
REFINING = 0.4
"""The share of the noise schedule that the second pass repeats; with a shift of 8 it begins at the noise level 0.84."""
HELD_FROM, HELD_TO = 0.85, 0.75
"""The clocks of Time-to-Move in the second pass: what is painted keeps to the large picture from there down to 0.75."""


def cascade_wan22() -> Graph:
    """Wan 2.2 5B at half the size, an upscale model, and a second pass in tiles whose motion is held."""
    network, vae = "wan2.2_ti2v_5B_fp16.safetensors", "wan2.2_vae.safetensors"
    files = {
        "diffusion_models": [network],
        "text_encoders": [UMT5],
        "vae": [vae],
        "upscale_models": [UPSCALER],
    }
    graph = Graph(
        "cascade_wan22",
        about(
            "Cascade with Wan 2.2: small, large, smooth",
            "The motion is made at half the size, then enlarged, then smoothed. An upscale model enlarges the small video. A second pass draws it anew from the noise level "
            "0.84 on, in overlapping tiles (*Sample in Tiles*), and *Time-to-Move* with clocks of its own holds the painted motion there too: what "
            "moves shows your picture at its full size. *Interpolate Frames* doubles the frame rate.\n\n"
            "**Sizes to begin with**, in *First Frame* (estimates): 8 GB 960 x 576 with 49 frames and tiles of 480 x 480, 16 GB "
            "1280 x 704 with 81 and 640 x 704, 24 GB 1280 x 704 with 121 in one tile, or 1920 x 1088 in tiles of that size.",
            files,
            "`denoise` of the second *KSampler*: lower keeps the enlarged video, higher invents more detail. If you raise it, raise "
            "`weak_clock` of *Time-to-Move, large* to the noise level at which sampling then begins.",
            "ComfyUI's template for Wan 2.2 5B has the addresses of the model; the upscale model is Comfy-Org's Real-ESRGAN_repackaged.",
        ),
    )
    scene, model = Scene(81, "boat", side=1024), wan(network, vae, "boat")
    shift = shift_node(model.model, 8.0)
    half, first = _small_pass(scene, model, shift["MODEL"])
    small = decode_node(first[-1]["LATENT"], model.vae)
    large = _enlarged(small["IMAGE"])
    second = _second_pass(scene, model, shift["MODEL"], large[-1]["IMAGE"])
    sampling = [[shift, *half], first, [small, *large], second]
    return complete_graph(graph, scene, [model.loaders, model.prompts], sampling, 24, smooth=True)


def _small_pass(scene: Scene, model: Loaded, network: Socket) -> tuple[list[Node], list[Node]]:
    """The nodes of the first pass at half the size: what prepares it, and what samples."""
    half = Node(
        "ImageScaleBy", {"image": scene.picture, "upscale_method": "area", "scale_by": 0.5}, "Half the size"
    )
    size = Node("GetImageSize", {"image": half["IMAGE"]})
    start = Node(
        "Wan22ImageToVideoLatent",
        {
            "vae": model.vae,
            "width": size["width"],
            "height": size["height"],
            "length": scene.frame["length"],
            "start_image": half["IMAGE"],
        },
    )
    steered = time_to_move(network, model.vae, scene)
    steered.title = "Time-to-Move, small"
    steered.given["first_image"] = half["IMAGE"]
    sampler = ksampler(
        steered["model"], model.positive, model.negative, start["LATENT"], sampler_name="euler"
    )
    sampler.title = "First pass"
    return [half, size, start], [steered, sampler]


def _enlarged(frames: Socket) -> list[Node]:
    """The nodes that enlarge frames to twice their size with an upscale model; the last one gives them."""
    loader = Node("UpscaleModelLoader", {"model_name": UPSCALER})
    larger = Node("ImageUpscaleWithModel", {"upscale_model": loader["UPSCALE_MODEL"], "image": frames})
    twice = Node(
        "ImageScaleBy",
        {"image": larger["IMAGE"], "upscale_method": "area", "scale_by": 0.5},
        "Twice the size",
    )
    return [loader, larger, twice]


def _second_pass(scene: Scene, model: Loaded, network: Socket, frames: Socket) -> list[Node]:
    """The nodes that draw enlarged frames anew, in tiles; the last one gives the pictures."""
    latent = Node("VAEEncodeTiled", {"pixels": frames, "vae": model.vae, **TILE})
    tiles = Node(
        "FlowbrushSampleInTiles",
        {"model": network, "tile_width": LARGEST, "tile_height": LARGEST, "overlap": OVERLAP},
    )
    steered = time_to_move(tiles["model"], model.vae, scene, "custom")
    steered.title = "Time-to-Move, large"
    steered.given |= {"weak_clock": HELD_FROM, "strong_clock": HELD_TO}
    sampler = ksampler(
        steered["model"],
        model.positive,
        model.negative,
        latent["LATENT"],
        steps=8,
        sampler_name="euler",
        denoise=REFINING,
    )
    sampler.title = "Second pass"
    decode = Node("VAEDecodeTiled", {"samples": sampler["LATENT"], "vae": model.vae, **TILE})
    return [latent, tiles, steered, sampler, decode]


def enlarge_seedvr2() -> Graph:
    """A small video of the painted motion, enlarged by SeedVR2 in parts that overlap, and frames between."""
    graph = Graph(
        "enlarge_seedvr2",
        about(
            "Enlarge a video with SeedVR2",
            "A video gets twice the size and twice the frame rate. *Warp Image* makes a small video of the painted motion; connect *Load Video* → *Get Video Components* "
            "in its place to enlarge your own. *Split SeedVR2 Latent* cuts the clip into parts that fit into the memory, which share a latent "
            "frame and are cross-faded, and the autoencoder works in tiles, so that the size is limited by one part only.\n\n"
            "**Sizes to begin with** (estimates, of the large video): 8 GB 1024 x 576 and *manual* parts of 5 frames, 16 GB 1280 x 720 with 9, "
            "24 GB 1920 x 1080 with 13. *auto* chooses the parts by the memory that is free.",
            {"diffusion_models": [SEEDVR2], "vae": [SEEDVR2_VAE]},
            "`scale_by` of *Twice the size*, and `color_correction_method` of *Post-Process SeedVR2 Output*: *lab* keeps the small video's colours.",
            "ComfyUI's template *SeedVR2: Upscale Video* has the addresses.",
        ),
    )
    scene = Scene(81, "boat")
    small = Node(
        "FlowbrushWarpImage",
        {"image": scene.picture, "motion": scene.motion, "fill_holes": True},
        "The small video",
    )
    network = Node("UNETLoader", {"unet_name": SEEDVR2, "weight_dtype": "default"})
    vae = Node("VAELoader", {"vae_name": SEEDVR2_VAE})
    twice = Node(
        "ImageScaleBy",
        {"image": small["frames"], "upscale_method": "lanczos", "scale_by": 2.0},
        "Twice the size",
    )
    padded = Node("SeedVR2Preprocess", {"resized_images": twice["IMAGE"]})
    latent = Node("VAEEncodeTiled", {"pixels": padded["images"], "vae": vae["VAE"], **TILE})
    parts = Node("SeedVR2TemporalChunk", {"latent": latent["LATENT"], "temporal_overlap": 1})
    condition = Node("SeedVR2Conditioning", {"model": network["MODEL"], "vae_conditioning": parts["latents"]})
    sampler = ksampler(
        network["MODEL"],
        condition["positive"],
        condition["negative"],
        parts["latents"],
        steps=1,
        cfg=1.0,
        sampler_name="euler",
    )
    merged = Node(
        "SeedVR2TemporalMerge",
        {"latents": sampler["LATENT"], "temporal_overlap": parts["temporal_overlap"]},
    )
    decode = Node("VAEDecodeTiled", {"samples": merged["latent"], "vae": vae["VAE"], **TILE})
    finished = Node(
        "SeedVR2PostProcessing", {"images": decode["IMAGE"], "original_resized_images": twice["IMAGE"]}
    )
    first = Node("ImageFromBatch", {"image": twice["IMAGE"], "batch_index": 0, "length": 1})
    sampling = [
        [small, twice, first, padded, latent],
        [parts, condition, sampler],
        [merged, decode, finished],
    ]
    return complete_graph(graph, scene, [[network, vae]], sampling, 24, True, first["IMAGE"])
