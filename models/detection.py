"""The configuration of a network, found from the shapes of its tensors (under their original names) and from its header."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any, cast

from torch import Tensor, nn

from .dit import DiTConfig
from .interpolator import InterpolatorConfig
from .text import TextConfig
from .vae import VAEConfig

PUBLISHED_HEAD_DIM = 128  # channels of an attention head in every published Wan transformer

# Parts of tensor names that occur in one family only. The first that matches decides.
_FAMILIES = {
    "lora_": "a LoRA, not a model",
    ".diff_b": "a LoRA, not a model",
    "vace_blocks.": "a Wan VACE transformer",
    "control_adapter.": "a Wan Fun-Camera transformer",
    "casual_audio_encoder.": "a Wan S2V transformer",
    "audio_proj.": "a Wan audio-driven transformer",
    "audio_injector.": "a Wan audio-driven transformer",
    "face_adapter.": "a Wan Animate transformer",
    "patch_embedding_pose.": "a Wan SCAIL transformer",
    "patch_embedding_mask.": "a Wan SCAIL-2 transformer",
    "ref_conv.": "a Wan Fun-Control transformer with a reference image",
    "decoder.upsamples.0.upsamples.": "the Wan 2.2 VAE with 48 channels",
    "individual_token_refiner": "HunyuanVideo",
    "patchify_proj.": "LTX-Video",
    "double_blocks.": "a Flux-like transformer",
    "joint_blocks.": "Stable Diffusion 3",
    "input_blocks.": "a Stable Diffusion UNet",
    "down_blocks.0.attentions.": "a Stable Diffusion UNet",
    "transformer_blocks.0.attn1.": "another diffusion transformer (CogVideoX-like)",
    "SelfAttention.relative_attention_bias": "a T5 text encoder",
    "text_model.encoder.": "a CLIP text encoder",
    "vision_model.encoder.": "a CLIP vision encoder",
    "decoder.up.0.block.": "an image VAE",
    "decoder.up_blocks.0.resnets.0.norm1.weight": "an image VAE",
}


def family_of(names: Iterable[str]) -> str | None:
    """A description of the other kind of network that these tensors belong to, or None if it is not a known one."""
    names = list(names)
    return next((family for part, family in _FAMILIES.items() if any(part in name for name in names)), None)


def _count(names: Iterable[str], prefix: str) -> int:
    """The number of blocks in a list of blocks: the highest index plus 1, so that a gap is reported as missing tensors."""
    numbers = {name[len(prefix) :].split(".")[0] for name in names if name.startswith(prefix)}
    return max((int(number) + 1 for number in numbers if number.isdigit()), default=0)


def _shape(state: Mapping[str, Tensor], name: str) -> tuple[int, ...]:
    if name not in state:
        raise ValueError(f"tensor {name!r} is missing")
    return tuple(state[name].shape)


def dit_config(state: Mapping[str, Tensor], hints: Mapping[str, Any]) -> DiTConfig:
    """The configuration of a transformer. `hints` gives what shapes do not show: heads, `eps`, `text_len` and attention.

    The hints are named as in `DiTConfig`, in ComfyUI's `config` header or in diffusers' `config.json`. If they lack the
    number of heads, a head has 128 channels, as in every published Wan model. Raises ValueError for a missing tensor.
    """
    dim = _shape(state, "head.modulation")[-1]
    patch = _shape(state, "patch_embedding.weight")[2:]
    heads = hints.get("num_heads") or hints.get("num_attention_heads")
    if heads is None and dim % PUBLISHED_HEAD_DIM:
        raise ValueError(
            f"the width {dim} is not a multiple of {PUBLISHED_HEAD_DIM}, so the header must give `num_heads`"
        )
    image = "img_emb.proj.0.weight" in state
    cells = 1
    for size in patch:
        cells *= size
    return DiTConfig(
        dim=dim,
        ffn_dim=_shape(state, "blocks.0.ffn.0.weight")[0],
        num_heads=heads or dim // PUBLISHED_HEAD_DIM,
        num_layers=_count(state, "blocks."),
        in_dim=_shape(state, "patch_embedding.weight")[1],
        out_dim=_shape(state, "head.head.weight")[0] // cells,
        text_dim=_shape(state, "text_embedding.0.weight")[1],
        freq_dim=_shape(state, "time_embedding.0.weight")[1],
        text_len=hints.get("text_len", 512),
        patch=cast("tuple[int, int, int]", patch),
        attention=hints.get("attention", "full"),
        qk_norm="blocks.0.self_attn.norm_q.weight" in state,
        cross_attn_norm="blocks.0.norm3.weight" in state,
        eps=hints.get("eps", 1e-6),
        image_dim=_shape(state, "img_emb.proj.0.weight")[0] if image else None,
        image_tokens=_shape(state, "img_emb.emb_pos")[1] if "img_emb.emb_pos" in state else None,
    )


def vae_config(state: Mapping[str, Tensor], hints: Mapping[str, Any]) -> VAEConfig:
    """The configuration of a VAE, found from shapes alone."""
    dim = _shape(state, "encoder.conv1.weight")[0]
    widths, temporal, blocks = [], [], []
    width, count = dim, 0
    for number in range(_count(state, "encoder.downsamples.")):
        block = f"encoder.downsamples.{number}."
        if block + "resample.1.weight" in state:
            widths.append(width)
            blocks.append(count)
            temporal.append(block + "time_conv.weight" in state)
            count = 0
        else:
            width, count = _shape(state, block + "residual.2.weight")[0], count + 1
    return VAEConfig(
        dim=dim,
        z_dim=_shape(state, "conv2.weight")[0],
        dim_mult=tuple(size // dim for size in (*widths, width)),
        num_res_blocks=count,
        temporal_downsample=tuple(temporal),
    )


def text_config(state: Mapping[str, Tensor], hints: Mapping[str, Any]) -> TextConfig:
    """The configuration of a byte text encoder. Without `heads` in `hints`, a head has 64 channels."""
    max_bytes, dim = _shape(state, "position_embedding.weight")
    heads = hints.get("heads", max(1, dim // 64))
    return TextConfig(dim=dim, layers=_count(state, "layers."), heads=heads, max_bytes=max_bytes)


def interpolator_config(state: Mapping[str, Tensor], hints: Mapping[str, Any]) -> InterpolatorConfig:
    """The configuration of an interpolation network, found from shapes alone."""
    names = ("stem.weight", "to_eighth.weight", "to_sixteenth.weight")
    quarter, eighth, sixteenth = (_shape(state, name)[0] for name in names)
    blocks = _count(state, "quarter_in."), _count(state, "eighth_in."), _count(state, "sixteenth.")
    return InterpolatorConfig((quarter, eighth, sixteenth), blocks, _shape(state, "head.weight")[1])


CONFIGURATIONS = {
    "dit": dit_config,
    "vae": vae_config,
    "text": text_config,
    "interpolator": interpolator_config,
}


def check_types(config: DiTConfig | VAEConfig | TextConfig | InterpolatorConfig) -> None:
    """Raise ValueError if an entry of a configuration has the wrong type, or is a number that no network has."""
    for field in fields(config):
        value = getattr(config, field.name)
        default = field.default
        if isinstance(default, bool):
            right = isinstance(value, bool)
        elif isinstance(default, float):
            right = isinstance(value, float | int) and not isinstance(value, bool) and 0 < value < 1
        elif isinstance(default, int):
            right = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31
        elif isinstance(default, str):
            right = isinstance(value, str)
        else:
            continue
        if not right:
            raise ValueError(
                f"the header gives {field.name} = {str(value)[:60]!r}, which no network can have"
            )


def check_hints(
    config: DiTConfig | VAEConfig | TextConfig | InterpolatorConfig, hints: Mapping[str, Any]
) -> None:
    """Raise ValueError if the configuration in a Flowbrush header contradicts the tensors or has an unknown entry."""
    known = {field.name for field in fields(config)}
    for name, value in hints.items():
        if name not in known:
            raise ValueError(
                f"the header's configuration has {name!r}, which this version of Flowbrush does not know"
            )
        found = getattr(config, name)
        if found != (tuple(value) if isinstance(value, list) else value):
            raise ValueError(f"the header gives {name} = {value}, but the tensors have {found}")


def check_tensors(network: nn.Module, state: Mapping[str, Tensor]) -> None:
    """Raise ValueError unless `state` has exactly the tensors of `network`, in the same shapes."""
    shapes = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    missing, unknown = sorted(shapes.keys() - state.keys()), sorted(state.keys() - shapes.keys())
    if missing:
        raise ValueError(f"{len(missing)} tensors are missing, the first is {missing[0]!r}")
    if unknown:
        raise ValueError(f"{len(unknown)} tensors do not belong to this network, the first is {unknown[0]!r}")
    for name, shape in shapes.items():
        if tuple(state[name].shape) != shape:
            raise ValueError(f"tensor {name!r} has shape {tuple(state[name].shape)}; it must be {shape}")
