"""Writes stand-in checkpoints; run by ComfyUI's interpreter, the orders as JSON on standard input.

<ComfyUI's python> stand_ins_writer.py <ComfyUI folder>

Tensor names and shapes are those of ComfyUI's own networks, built narrow; the weights are random and depend on the
file's name only.
"""

# ruff: noqa: E402 - ComfyUI reads its arguments when it is imported

import json
import sys
import zlib
from pathlib import Path

COMFYUI = sys.argv[1]
sys.path[:0] = [COMFYUI, str(Path(__file__).parent)]
sys.argv[1:] = ["--cpu"]

import comfy.options

comfy.options.enable_args_parsing()

import comfy.ops
import comfy.sd
import stand_ins_av
import stand_ins_more
import stand_ins_svd
import torch
from probe import narrow
from safetensors.torch import save_file

PLAIN = {"dtype": torch.float32, "device": "cpu", "operations": comfy.ops.disable_weight_init}
LAYERS, WIDTH = 2, 128


def wan(in_dim, out_dim=16, vision=0, reference=0):
    """Wan 2.1 and 2.2: one head of 128 as in the large ones, `vision` with the image cross-attention of 2.1.

    `reference` adds the embedding of a reference picture that Fun-Control of Wan 2.2 has.
    """
    from comfy.ldm.wan.model import WanModel

    more = {"in_dim_ref_conv": out_dim} if reference else {}
    kind = "i2v" if vision else "t2v"
    return WanModel(model_type=kind, **_wan_sizes(in_dim, out_dim), **more, **PLAIN), {}


def wan_vace(in_dim):
    """Wan 2.1 VACE: 96 control channels (two times 16 latent, 64 mask)."""
    from comfy.ldm.wan.model import VaceWanModel

    return VaceWanModel(vace_layers=1, vace_in_dim=96, **_wan_sizes(in_dim, 16), **PLAIN), {}


def wan_camera(in_dim, vision=1):
    """Wan Fun Camera: an adapter for 6 x 4 Plücker channels; `vision` with the image cross-attention of 2.1."""
    from comfy.ldm.wan.model import CameraWanModel

    kind = "camera" if vision else "camera_2.2"
    return CameraWanModel(model_type=kind, **_wan_sizes(in_dim, 16), **PLAIN), {}


def _wan_sizes(in_dim, out_dim):
    return {
        "dim": WIDTH,
        "ffn_dim": 2 * WIDTH,
        "num_heads": 1,
        "num_layers": LAYERS,
        "in_dim": in_dim,
        "out_dim": out_dim,
        "text_dim": 4096,
    }


def hunyuan(in_dim, guidance=0):
    """HunyuanVideo; `guidance` is the embedding of the distilled text-to-video model."""
    from comfy.ldm.hunyuan_video.model import HunyuanVideo

    sizes = {
        "in_channels": in_dim,
        "out_channels": 16,
        "vec_in_dim": 768,
        "context_in_dim": 4096,
        "hidden_size": WIDTH,
        "mlp_ratio": 4.0,
        "num_heads": 1,
        "depth": 1,
        "depth_single_blocks": 1,
        "axes_dim": [16, 56, 56],
        "theta": 256,
        "patch_size": [1, 2, 2],
        "qkv_bias": True,
        "guidance_embed": bool(guidance),
        "byt5": False,
        "meanflow": False,
        "use_cond_type_embedding": False,
        "vision_in_dim": None,
        "meanflow_sum": False,
    }
    return HunyuanVideo(**sizes, **PLAIN), {}


def cogvideox(in_dim):
    """CogVideoX image-to-video: one-frame patches."""
    return _cogvideox(in_dim, use_rotary_positional_embeddings=True), {}


def cogvideox_1_5(in_dim):
    """CogVideoX 1.5 image-to-video: two-frame patches and the embedding `ofs`."""
    return _cogvideox(in_dim, patch_size_t=2, ofs_embed_dim=512, use_rotary_positional_embeddings=True), {}


def cogvideox_published(in_dim):
    """The 1.0 network as it is published, with the names of diffusers."""
    return {_published_name(name): value for name, value in cogvideox(in_dim)[0].state_dict().items()}, {}


def cogvideox_1_5_published(in_dim):
    """The 1.5 network as it is published, with the names of diffusers."""
    return {_published_name(name): value for name, value in cogvideox_1_5(in_dim)[0].state_dict().items()}, {}


def _published_name(name):
    """The name in diffusers' CogVideoXTransformer3DModel of a tensor of ComfyUI's network."""
    inner = {"q": "attn1.to_q", "k": "attn1.to_k", "v": "attn1.to_v", "attn_out": "attn1.to_out.0"}
    inner |= {
        "norm_q": "attn1.norm_q",
        "norm_k": "attn1.norm_k",
        "ff_proj": "ff.net.0.proj",
        "ff_out": "ff.net.2",
    }
    first, *rest = name.split(".")
    if first == "blocks":
        number, module, *rest = rest
        return ".".join(["transformer_blocks", number, inner.get(module, module), *rest])
    return ".".join([first.replace("_embedding_linear_", "_embedding.linear_"), *rest])


def _cogvideox(in_dim, **more):
    from comfy.ldm.cogvideo.model import CogVideoXTransformer3DModel

    sizes = {"num_attention_heads": 2, "attention_head_dim": 64, "num_layers": LAYERS, "in_channels": in_dim}
    return CogVideoXTransformer3DModel(**sizes, **more, **PLAIN)


def wan21_vae():
    """The autoencoder of Wan 2.1: 16 channels, 8x8x4."""
    from comfy.ldm.wan.vae import WanVAE

    config = {"dim_mult": [1, 2, 4, 4], "num_res_blocks": 2, "attn_scales": []}
    return WanVAE(dim=8, z_dim=16, temperal_downsample=[False, True, True], **config), {}


def wan22_vae():
    """The autoencoder of Wan 2.2 5B: 48 channels, 16x16x4."""
    from comfy.ldm.wan.vae2_2 import WanVAE

    config = {"dim_mult": [1, 2, 4, 4], "num_res_blocks": 2, "attn_scales": [], **narrow.WAN22_VAE}
    return WanVAE(z_dim=48, temperal_downsample=[False, True, True], **config), {}


def hunyuan_vae():
    """The autoencoder of HunyuanVideo: 16 channels, 8x8x4."""
    return comfy.sd.AutoencoderKL(
        ddconfig=stand_ins_svd.kl_config(16, conv3d=True, time_compress=4), embed_dim=16
    ), {}


def cogvideox_vae():
    """The autoencoder of CogVideoX: 16 channels, 8x8x4."""
    from comfy.ldm.cogvideo.vae import AutoencoderKLCogVideoX

    return AutoencoderKLCogVideoX(latent_channels=16, **narrow.COGVIDEOX_VAE), {}


def ltx():
    """LTX-Video: network and autoencoder (128 channels, 32x32x8) in one file, sizes in its header as published."""
    from comfy.ldm.lightricks.model import LTXVModel
    from comfy.ldm.lightricks.vae.causal_video_autoencoder import VideoVAE

    config = {
        "transformer": {
            "num_attention_heads": 4,
            "attention_head_dim": 32,
            "cross_attention_dim": WIDTH,
            "caption_channels": 4096,
            "num_layers": LAYERS,
            "in_channels": 128,
        },
        "vae": stand_ins_av.ltx_vae(),
    }
    parts = {
        "model.diffusion_model.": LTXVModel(**config["transformer"], **PLAIN),
        "vae.": VideoVAE(config=config["vae"]),
    }
    return parts, {"config": json.dumps(config)}


def text(width):
    """Only the width of a text encoder; see `probe/narrow.py`."""
    return {"stand_in": torch.zeros(width)}, {}


def randomized(name, tensor, generator):
    """A weight like a trained one in size: matrices keep the variance, norms are near one, statistics are plain."""
    statistics = "std-of-means" in name or name in ("latents_mean", "latents_std")
    if (
        not tensor.is_floating_point()
        or statistics
        or not tensor.numel()
        or tensor.ndim == 0
        or name == "stand_in"
    ):
        return torch.ones_like(tensor) if "std" in name else torch.zeros_like(tensor)
    noise = torch.randn(tensor.shape, generator=generator)
    if tensor.ndim > 1:
        return noise / max(1, tensor[0].numel()) ** 0.5
    is_norm = name.endswith("weight") or "gamma" in name
    return 1.0 + 0.1 * noise if is_norm else 0.1 * noise


def write(path, layout, sizes):
    """One file: the layout's tensors, half precision like the published files."""
    made, metadata = LAYOUTS[layout](**sizes)
    parts = made if isinstance(made, dict) and not _is_state(made) else {"": made}
    generator = torch.Generator().manual_seed(zlib.crc32(Path(path).name.encode()))
    state = {}
    for prefix, part in parts.items():
        tensors = part if isinstance(part, dict) else part.state_dict()
        for name, tensor in tensors.items():
            weight = randomized(name, tensor, generator)
            state[prefix + name] = weight.to(torch.bfloat16).contiguous()
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    save_file(state, path, {"format": "pt", **metadata})


def _is_state(made):
    return all(isinstance(value, torch.Tensor) for value in made.values())


LAYOUTS = {**vars(stand_ins_svd), **vars(stand_ins_av), **vars(stand_ins_more), **globals()}
narrow.narrow_minimax()
with torch.inference_mode():
    for order in json.load(sys.stdin):
        write(**order)
