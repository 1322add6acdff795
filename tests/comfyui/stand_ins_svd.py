"""Part of `stand_ins_writer.py`: Stable Video Diffusion, CLIP ViT-H, and the autoencoder that HunyuanVideo shares."""

from pathlib import Path

import comfy.ops
import comfy.sd
import torch
from probe import narrow

PLAIN = {"dtype": torch.float32, "device": "cpu", "operations": comfy.ops.disable_weight_init}


def kl_config(channels, **more):
    """The autoencoder of Stable Diffusion, which HunyuanVideo and SVD extend to video."""
    return {
        "double_z": True,
        "z_channels": channels,
        "resolution": 256,
        "in_channels": 3,
        "out_ch": 3,
        "ch": narrow.CHANNELS,
        "ch_mult": [1, 2, 4, 4],
        "num_res_blocks": 2,
        "attn_resolutions": [],
        "dropout": 0.0,
        **more,
    }


def svd():
    """Stable Video Diffusion: network, autoencoder (4 channels, 8x8x1) and image encoder in one file."""
    from comfy.ldm.modules.diffusionmodules.openaimodel import UNetModel

    network = UNetModel(
        image_size=32,
        in_channels=8,
        out_channels=4,
        num_res_blocks=[2, 2, 2, 2],
        channel_mult=[1, 2, 4, 4],
        transformer_depth=[1, 1, 1, 1, 1, 1, 0, 0],
        transformer_depth_output=[1] * 9 + [0] * 3,
        transformer_depth_middle=1,
        use_linear_in_transformer=True,
        context_dim=1024,
        num_classes="sequential",
        adm_in_channels=768,
        use_spatial_transformer=True,
        legacy=False,
        num_heads=-1,
        extra_ff_mix_layer=True,
        use_spatial_context=True,
        merge_strategy="learned_with_images",
        merge_factor=0.0,
        video_kernel_size=[3, 1, 1],
        use_temporal_resblock=True,
        use_temporal_attention=True,
        disable_temporal_crossattention=False,
        **narrow.SVD_NETWORK,
        **narrow.SVD_HEADS,
        **PLAIN,
    )
    modules = "comfy.ldm.modules."
    encoder, decoder = kl_config(4), kl_config(4, video_kernel_size=[3, 1, 1], alpha=0.0)
    autoencoder = comfy.sd.AutoencodingEngine(
        regularizer_config={"target": "comfy.ldm.models.autoencoder.DiagonalGaussianRegularizer"},
        encoder_config={"target": f"{modules}diffusionmodules.model.Encoder", "params": encoder},
        decoder_config={"target": f"{modules}temporal_ae.VideoDecoder", "params": decoder},
    )
    parts = {
        "model.diffusion_model.": network,
        "first_stage_model.": autoencoder,
        "conditioner.embedders.0.open_clip.model.visual.": _named_by_open_clip(vision()[0]),
    }
    return parts, {}


def vision():
    """CLIP ViT-H's image encoder with two layers; loaders tell its kind by a tensor of layer 30."""
    from comfy.clip_model import CLIPVisionModelProjection

    config = narrow.vision_config(Path(comfy.sd.__file__).with_name("clip_vision_config_h.json"))
    state = CLIPVisionModelProjection(config, torch.float32, "cpu", PLAIN["operations"]).state_dict()
    state["vision_model.encoder.layers.30.layer_norm1.weight"] = torch.ones(1)
    return state, {}


def _named_by_open_clip(state):
    """The tensors of `vision` as OpenCLIP names them: query, key and value are one matrix."""
    plain = {
        "vision_model.embeddings.class_embedding": "class_embedding",
        "vision_model.embeddings.patch_embedding.weight": "conv1.weight",
        "vision_model.embeddings.position_embedding.weight": "positional_embedding",
        "vision_model.post_layernorm.": "ln_post.",
        "vision_model.pre_layrnorm.": "ln_pre.",
        "vision_model.encoder.layers.": "transformer.resblocks.",
        "layer_norm": "ln_",
        "mlp.fc1": "mlp.c_fc",
        "mlp.fc2": "mlp.c_proj",
        "self_attn.": "attn.",
    }
    renamed = {"proj": state["visual_projection.weight"].T}
    for name, tensor in state.items():
        if name != "visual_projection.weight":
            for theirs, ours in plain.items():
                name = name.replace(theirs, ours)
            renamed[name] = tensor
    for name in [name for name in renamed if ".q_proj." in name]:
        parts = [renamed.pop(name.replace("q_proj", f"{part}_proj")) for part in "qkv"]
        renamed[name.replace("q_proj.", "in_proj_")] = torch.cat(parts)
    return renamed
