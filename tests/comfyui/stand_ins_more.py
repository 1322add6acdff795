"""Layouts for `stand_ins_writer.py`: Wan-Animate 2, SCAIL-2, causal Wan, Uni3C, HunyuanVideo 1.5, Kandinsky5, Cosmos Predict2."""

import json
from pathlib import Path

import comfy.ops
import comfy.sd
import torch
from probe import narrow

PLAIN = {"dtype": torch.float32, "device": "cpu", "operations": comfy.ops.disable_weight_init}
WIDTH = 128


def _wan(in_dim):
    return {
        "dim": WIDTH,
        "ffn_dim": 2 * WIDTH,
        "num_heads": 1,
        "num_layers": 2,
        "in_dim": in_dim,
        "out_dim": 16,
        "text_dim": 4096,
    }


def _header(**transformer):
    """The header that tells these networks from the Wan networks with the same tensors."""
    return {"config": json.dumps({"transformer": transformer})}


def wan_animate2():
    """Wan-Animate 2: the tensors of Wan 2.1 image to video."""
    from comfy.ldm.wan.model_animate2 import WanAnimate2Model

    return WanAnimate2Model(**_wan(36), **PLAIN), _header(model_type="animate2")


def wan_scail2():
    """SCAIL-2: 16 latent and 4 history channels, 28 channels of identity masks."""
    from comfy.ldm.wan.model import SCAIL2WanModel

    return SCAIL2WanModel(**_wan(20), **PLAIN), {}


def wan_causal():
    """A causal network that makes a video frame by frame: the tensors of Wan 2.1 text to video."""
    from comfy.ldm.wan.ar_model import CausalWanModel

    return CausalWanModel(**_wan(16), **PLAIN), _header(causal_ar=True)


def uni3c():
    """Uni3C for Wan of the stand-ins' width, its attention named as published; 16 heads, as the loader supposes."""
    from comfy.ldm.wan.uni3c import WanUni3CControlnet

    sizes = {"conv_out_dim": WIDTH, "dim": 16 * 12, "ffn_dim": 256, "num_layers": 1, "time_embed_dim": WIDTH}
    network = WanUni3CControlnet(**sizes, out_proj_dim=WIDTH, mid_channels=32, **PLAIN)
    published = {f".self_attn.{part}.": f".self_attn.to_{part}." for part in "qkv"}
    published[".self_attn.o."] = ".self_attn.to_out.0."
    state = {}
    for name, tensor in network.state_dict().items():
        for ours, theirs in published.items():
            name = name.replace(ours, theirs)
        state[name] = tensor
    return state, {}


def hunyuan15():
    """HunyuanVideo 1.5 image to video: 32 noisy channels, 32 of the picture and a mask; glyphs and SigLIP as further inputs."""
    from comfy.ldm.hunyuan_video.model import HunyuanVideo

    sizes = {
        "in_channels": 65,
        "out_channels": 32,
        "vec_in_dim": None,
        "context_in_dim": 3584,
        "hidden_size": WIDTH,
        "mlp_ratio": 4.0,
        "num_heads": 1,
        "depth": 2,
        "depth_single_blocks": 0,
        "axes_dim": [16, 56, 56],
        "theta": 256,
        "patch_size": [1, 1, 1],
        "qkv_bias": True,
        "guidance_embed": False,
        "byt5": True,
        "meanflow": False,
        "use_cond_type_embedding": True,
        "vision_in_dim": 1152,
        "meanflow_sum": True,
    }
    return HunyuanVideo(**sizes, **PLAIN), {}


def hunyuan15_vae():
    """The autoencoder of HunyuanVideo 1.5: 32 channels, 16x16x4."""
    from comfy.ldm.models.autoencoder import AutoencodingEngine

    config = {
        "in_channels": 3,
        "out_channels": 3,
        "num_res_blocks": 2,
        "ffactor_spatial": 16,
        "ffactor_temporal": 4,
        "downsample_match_channel": True,
        "upsample_match_channel": True,
        "z_channels": 32,
        **narrow.HUNYUAN15_VAE,
    }
    folder = "comfy.ldm.hunyuan_video.vae_refiner"
    return AutoencodingEngine(
        regularizer_config={"target": "comfy.ldm.models.autoencoder.EmptyRegularizer"},
        encoder_config={"target": f"{folder}.Encoder", "params": config},
        decoder_config={"target": f"{folder}.Decoder", "params": config},
    ), {}


def sigclip():
    """The image encoder of HunyuanVideo 1.5, SigLIP at 384 px, with two layers; loaders tell its kind by a tensor of layer 22."""
    from comfy.clip_model import CLIPVisionModelProjection

    config = narrow.vision_config(Path(comfy.sd.__file__).with_name("clip_vision_siglip_384.json"))
    state = CLIPVisionModelProjection(config, torch.float32, "cpu", PLAIN["operations"]).state_dict()
    return {**state, "vision_model.encoder.layers.22.layer_norm1.weight": torch.ones(1)}, {}


def kandinsky5():
    """Kandinsky5 Lite: 16 noisy channels, 16 of a picture and a mask; heads of 64."""
    from comfy.ldm.kandinsky5.model import Kandinsky5

    sizes = {"model_dim": WIDTH, "ff_dim": 2 * WIDTH, "time_dim": 64}
    return Kandinsky5(**sizes, num_text_blocks=1, num_visual_blocks=2, **PLAIN), {}


def cosmos_predict2():
    """Cosmos Predict2 video to world: 16 noisy channels and a mask of known frames; 16 heads, as the loader supposes."""
    from comfy.ldm.cosmos.predict2 import MiniTrainDIT

    sizes = {"max_img_h": 240, "max_img_w": 240, "max_frames": 128, "in_channels": 17, "out_channels": 16}
    sizes |= {"patch_spatial": 2, "patch_temporal": 1, "model_channels": 256, "num_blocks": 2}
    sizes |= {"pos_emb_cls": "rope3d", "use_adaln_lora": True}
    return MiniTrainDIT(**sizes, **PLAIN), {}


def ltx_upsampler():
    """The spatial upsampler of LTX-2.3, which doubles the sides of a latent."""
    from comfy.ldm.lightricks.latent_upsampler import LatentUpsampler

    config = {"in_channels": 128, "mid_channels": 32, "num_blocks_per_stage": 1, "dims": 3}
    network = LatentUpsampler.from_config(config, operations=comfy.ops.disable_weight_init)
    return network, {"config": json.dumps(config)}


def wan_lora():
    """A LoRA of Wan of rank 4 for one layer, with the names of the published LoRAs for few steps."""
    name = "diffusion_model.blocks.0.self_attn.q"
    shapes = {"lora_down.weight": (4, WIDTH), "lora_up.weight": (WIDTH, 4)}
    return {f"{name}.{part}": torch.zeros(shape) for part, shape in shapes.items()}, {}


def esrgan():
    """An upscale model of four times the size: one block of Real-ESRGAN's network."""
    from spandrel.architectures.ESRGAN import ESRGAN

    return ESRGAN(num_filters=8, num_blocks=1, scale=4).state_dict(), {}


def seedvr2():
    """SeedVR2 3B: 32 layers, by whose number it is known, 16 noisy channels, 16 of the video and a mask."""
    from comfy.ldm.seedvr.model import NaDiT

    layers = {"num_layers": 32, "norm_eps": 1e-5, "mlp_type": "swiglu", "vid_out_norm": True}
    return NaDiT(**{**layers, **narrow.SEEDVR2}, **PLAIN), {}


def seedvr2_vae():
    """The autoencoder of SeedVR2: 16 channels, cells of 8 px and 4 frames."""
    import comfy.ldm.seedvr.vae as video

    video.BYTEDANCE_BLOCK_OUT_CHANNELS = narrow.SEEDVR2_VAE
    return video.VideoAutoencoderKLWrapper(), {}
