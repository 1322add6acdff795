"""Names of tensors in the three namings, both ways."""

import pytest
import torch
from flowbrush.models import keys
from flowbrush.models.vae import VAEConfig, WanVAE


def shapes(network):
    return {name: tuple(value.shape) for name, value in network.state_dict().items()}


def small_vae(**changes):
    with torch.device("meta"):
        return WanVAE(VAEConfig(**({"dim": 4, "z_dim": 4} | changes)))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"num_res_blocks": 1},
        {"num_res_blocks": 3, "dim_mult": (1, 2, 2), "temporal_downsample": (True, False)},
        {"dim_mult": (1, 1, 2, 2, 4), "temporal_downsample": (False, False, True, True)},
    ],
)
def test_vae_names_become_diffusers_and_come_back(changes):
    from diffusers import AutoencoderKLWan

    ours = small_vae(**changes)
    config = ours.config
    with torch.device("meta"):
        theirs = AutoencoderKLWan(
            base_dim=config.dim,
            z_dim=config.z_dim,
            dim_mult=list(config.dim_mult),
            num_res_blocks=config.num_res_blocks,
            temperal_downsample=list(config.temporal_downsample),
            latents_mean=[0.0] * config.z_dim,
            latents_std=[1.0] * config.z_dim,
        )
    assert keys.from_original(shapes(ours), "vae", "diffusers") == shapes(theirs)
    assert keys.to_original(shapes(theirs), "vae") == shapes(ours)
    assert keys.naming_of(shapes(theirs), "vae") == "diffusers"
    assert keys.kind_of_names(shapes(theirs)) == keys.kind_of_names(shapes(ours)) == "vae"


@pytest.mark.parametrize("changes", [{}, {"image_dim": 8, "image_tokens": 6, "num_layers": 12}])
def test_dit_names_become_diffusers_and_come_back(small_dit, changes):
    state = shapes(small_dit(**changes))
    renamed = keys.from_original(state, "dit", "diffusers")
    assert len(renamed) == len(state)
    assert not renamed.keys() & {name for name in state if name.startswith(("head", "time", "text", "img"))}
    assert keys.naming_of(renamed, "dit") == "diffusers"
    assert keys.to_original(renamed, "dit") == state


def test_comfyui_names_carry_a_prefix_and_leave_other_networks_behind(small_dit):
    state = shapes(small_dit())
    stored = keys.from_original(state, "dit", "comfy")
    assert all(name.startswith("model.diffusion_model.") for name in stored)
    assert keys.kind_of_names(stored) == "dit"
    assert keys.to_original({**stored, "text_encoders.umt5xxl.shared.weight": (9, 9)}, "dit") == state


def test_vae_in_a_full_checkpoint_is_found_by_its_prefix():
    state = shapes(small_vae())
    for prefix in ("first_stage_model.", "vae."):
        stored = {prefix + name: shape for name, shape in state.items()}
        assert keys.kind_of_names(stored) == "vae"
        assert keys.to_original(stored, "vae") == state


def test_scales_follow_their_weights_and_unknown_names_are_kept():
    stored = {
        "condition_embedder.time_proj.weight": 0,
        "blocks.11.attn1.to_out.0.weight": 1,
        "blocks.11.attn1.to_out.0.scale_weight": 2,
        "proj_out.weight_scale": 3,
        "something.else": 4,
    }
    assert keys.to_original(stored, "dit") == {
        "time_projection.1.weight": 0,
        "blocks.11.self_attn.o.weight": 1,
        "blocks.11.self_attn.o.scale_weight": 2,
        "head.head.weight_scale": 3,
        "something.else": 4,
    }


def test_unknown_naming_is_refused():
    with pytest.raises(ValueError, match="there are original, comfy, diffusers"):
        keys.from_original({}, "dit", "mine")
    with pytest.raises(ValueError, match="a text checkpoint has no 'diffusers' naming"):
        keys.from_original({}, "text", "diffusers")


@pytest.mark.parametrize("version", [{}, {"patch_size_t": 2, "ofs_embed_dim": 8}], ids=["1.0", "1.5"])
def test_published_cogvideox_names_become_comfyuis(version):
    from diffusers import CogVideoXTransformer3DModel

    sizes = {
        "num_attention_heads": 1,
        "attention_head_dim": 16,
        "num_layers": 1,
        "text_embed_dim": 8,
        "in_channels": 32,
    }
    with torch.device("meta"):
        published = CogVideoXTransformer3DModel(**sizes, **version).state_dict()
    assert keys.is_published_cogvideox(published)
    names = {
        name.removesuffix(".weight").removesuffix(".bias") for name in keys.cogvideox_for_comfyui(published)
    }
    linears = ("norm1.linear", "norm1.norm", "norm2.linear", "norm2.norm", "q", "k", "v", "attn_out")
    expected = {f"blocks.0.{name}" for name in (*linears, "norm_q", "norm_k", "ff_proj", "ff_out")}
    expected |= {
        "patch_embed.proj",
        "patch_embed.text_proj",
        "norm_final",
        "norm_out.linear",
        "norm_out.norm",
    }
    expected |= {"proj_out", "time_embedding_linear_1", "time_embedding_linear_2"}
    expected |= {"ofs_embedding_linear_1", "ofs_embedding_linear_2"} if version else set()
    assert names == expected
