"""Layouts of audio-video models for `stand_ins_writer.py`: MiniMax-H3 and LTX-2, with the published tensor names."""

import json

import comfy.ops
import torch

PLAIN = {"dtype": torch.float32, "device": "cpu", "operations": comfy.ops.disable_weight_init}


def minimax_h3():
    """MiniMax-H3 as ComfyUI's files have it: modulation from a table of the time embedding's curve, no time embedder."""
    from comfy.ldm.minimax.model import MiniMaxH3Model

    sizes = {"hidden_size": 64, "num_layers": 2, "token_refiner_num_layers": 1, "num_attention_heads": 1}
    sizes |= {"ffn_hidden_size": 128, "time_embed_dim": 8, "adaln_curve_grid": 33}
    return MiniMaxH3Model(**sizes, **PLAIN), {}


def minimax_h3_vae():
    """The video autoencoder of MiniMax-H3: 24 channels, 16x16, groups of 1, 4, 4, 4, 4 frames."""
    from comfy.ldm.minimax.vae import MiniMaxH3VideoVAE

    return MiniMaxH3VideoVAE(operations=comfy.ops.disable_weight_init), {}


def minimax_h3_sound():
    """The audio autoencoder of MiniMax-H3: 32 channels, stereo, 40 frames a second."""
    from comfy.ldm.minimax.audio_vae import MiniMaxH3AudioVAE

    return MiniMaxH3AudioVAE(), {}


def ltxav():
    """LTX-2.3: network, both autoencoders and the vocoder in one file, sizes in its header as published."""
    from comfy.ldm.lightricks.av_model import LTXAVModel
    from comfy.ldm.lightricks.vae.causal_video_autoencoder import VideoVAE

    sound, sizes = ltx25_sound()
    config = {"transformer": LTXAV_NETWORK, "vae": ltx_vae(), **json.loads(sizes["config"])}
    parts = {
        "model.diffusion_model.": LTXAVModel(**LTXAV_NETWORK, **PLAIN),
        "vae.": VideoVAE(config=config["vae"]),
    }
    return {**parts, **sound}, {"config": json.dumps(config)}


LTXAV_NETWORK = {
    "num_attention_heads": 4,
    "attention_head_dim": 32,
    "cross_attention_dim": 128,
    "audio_num_attention_heads": 4,
    "audio_attention_head_dim": 16,
    "audio_cross_attention_dim": 64,
    "caption_channels": 128,
    "num_layers": 2,
    "in_channels": 128,
    "connector_attention_head_dim": 32,
    "connector_num_attention_heads": 4,
}


def ltx25():
    """The network of LTX-2.5 alone, sizes in its header."""
    from comfy.ldm.lightricks.av_model import LTXAVModel

    return LTXAVModel(**LTXAV_NETWORK, **PLAIN), {"config": json.dumps({"transformer": LTXAV_NETWORK})}


def ltx25_sound():
    """The autoencoder of sounds and its vocoder, which are a file of their own for LTX-2.5."""
    from comfy.ldm.lightricks.vae.audio_vae import AudioVAE

    coder = {"double_z": True, "mel_bins": 64, "z_channels": 8, "resolution": 256, "downsample_time": False}
    coder |= {"in_channels": 2, "out_ch": 2, "ch": 16, "ch_mult": [1, 2, 4], "num_res_blocks": 1}
    coder |= {"attn_resolutions": [], "dropout": 0.0, "mid_block_add_attention": False}
    coder |= {"norm_type": "pixel", "causality_axis": "height"}
    config = {
        "audio_vae": {
            "model": {"params": {"ddconfig": coder, "sampling_rate": 16000}},
            "preprocessing": {"stft": {"filter_length": 1024, "hop_length": 160}},
        },
        "vocoder": {"upsample_initial_channel": 64, "output_sample_rate": 16000},  # 160 samples for a hop
    }
    header = {"config": json.dumps(config)}
    sound = AudioVAE(metadata=header)
    return {"audio_vae.": sound.autoencoder, "vocoder.": sound.vocoder}, header


def ltx25_vae():
    """The autoencoder of LTX-2.5, whose decoder makes the picture out of noise in one step: 128 channels, 32x32x8."""
    from comfy.ldm.lightricks.vae.na_diffusion_decoder import LTX_24_VAE_CONFIG, CausalDiffusionVAE

    thin = {
        "base_channels": 16,
        "blocks": [
            [name, {**more, "num_layers": 1}] if "num_layers" in more else [name, more]
            for name, more in LTX_24_VAE_CONFIG["encoder"]["blocks"]
        ],
    }
    kernels = [[3, 3, 3]] * 5
    narrow = {
        "head_dim": 16,
        "stage_channels": [128, 64, 32, 32, 16],
        "stage_depths": [1] * 5,
        "stage_kernels": kernels,
    }
    config = {
        **LTX_24_VAE_CONFIG,
        "encoder": {**LTX_24_VAE_CONFIG["encoder"], **thin},
        "decoder": {**LTX_24_VAE_CONFIG["decoder"], **narrow, "stage5_kernel": [3, 3, 3]},
    }
    return CausalDiffusionVAE(config), {"config": json.dumps({"vae": config})}


def ltx_vae():
    """Version 0.9.5's autoencoder: residual compressions in the encoder, a decoder that knows the noise level."""
    shrink = ["compress_space_res", "compress_time_res", "compress_all_res", "compress_all_res"]
    encoder = [["res_x", {"num_layers": 1}]]
    for name in shrink:
        encoder += [[name, {"multiplier": 2}], ["res_x", {"num_layers": 1}]]
    decoder = [["res_x", {"num_layers": 1, "inject_noise": False}]]
    for _ in range(3):
        decoder += [["compress_all", {"residual": True, "multiplier": 2}], decoder[0]]
    return {
        "_class_name": "CausalVideoAutoencoder",
        "dims": 3,
        "in_channels": 3,
        "out_channels": 3,
        "latent_channels": 128,
        "encoder_base_channels": 16,
        "decoder_base_channels": 16,
        "encoder_blocks": encoder,
        "decoder_blocks": decoder,
        "scaling_factor": 1.0,
        "norm_layer": "pixel_norm",
        "patch_size": 4,
        "latent_log_var": "uniform",
        "use_quant_conv": False,
        "causal_decoder": False,
        "timestep_conditioning": True,
    }


def ltxav_lora():
    """A LoRA of LTX-2.3 of rank 4 for one layer, whose reference has half the size."""
    names = [f"diffusion_model.transformer_blocks.0.attn1.to_q.lora_{part}.weight" for part in "AB"]
    tensors = dict(zip(names, (torch.zeros(4, 128), torch.zeros(128, 4)), strict=True))
    return tensors, {"reference_downscale_factor": "2"}
