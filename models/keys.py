"""Conversion between the three namings of tensors in Wan-layout networks: original, ComfyUI's and diffusers'.

Flowbrush uses the original names. ComfyUI puts a prefix before them, and diffusers renames the modules.
"""

import re
from collections.abc import Iterable, Mapping
from typing import TypeVar

T = TypeVar("T")

NAMINGS = ("original", "comfy", "diffusers")

# Files are written with the first prefix of their kind and may be read with any of them.
COMFY_PREFIXES = {
    "dit": ("model.diffusion_model.", "diffusion_model."),
    "vae": ("first_stage_model.", "vae."),
    "text": (),
    "interpolator": (),
}

# Splits a name into the module and the tensor that it owns. Parameters without one of these endings have no module.
_OWNED = re.compile(
    r"(.*?)(\.(?:weight|bias|gamma|scale_weight|scale_input|weight_scale|input_scale|comfy_quant))?$"
)

_ATTENTION = {
    "q": "to_q",
    "k": "to_k",
    "v": "to_v",
    "o": "to_out.0",
    "norm_q": "norm_q",
    "norm_k": "norm_k",
    "k_img": "add_k_proj",
    "v_img": "add_v_proj",
    "norm_k_img": "norm_added_k",
}
_DIT = {
    "patch_embedding": "patch_embedding",
    "text_embedding.0": "condition_embedder.text_embedder.linear_1",
    "text_embedding.2": "condition_embedder.text_embedder.linear_2",
    "time_embedding.0": "condition_embedder.time_embedder.linear_1",
    "time_embedding.2": "condition_embedder.time_embedder.linear_2",
    "time_projection.1": "condition_embedder.time_proj",
    "img_emb.proj.0": "condition_embedder.image_embedder.norm1",
    "img_emb.proj.1": "condition_embedder.image_embedder.ff.net.0.proj",
    "img_emb.proj.3": "condition_embedder.image_embedder.ff.net.2",
    "img_emb.proj.4": "condition_embedder.image_embedder.norm2",
    "img_emb.emb_pos": "condition_embedder.image_embedder.pos_embed",
    **{f"blocks.#.self_attn.{a}": f"blocks.#.attn1.{b}" for a, b in _ATTENTION.items()},
    **{f"blocks.#.cross_attn.{a}": f"blocks.#.attn2.{b}" for a, b in _ATTENTION.items()},
    "blocks.#.norm3": "blocks.#.norm2",
    "blocks.#.ffn.0": "blocks.#.ffn.net.0.proj",
    "blocks.#.ffn.2": "blocks.#.ffn.net.2",
    "blocks.#.modulation": "blocks.#.scale_shift_table",
    "head.head": "proj_out",
    "head.modulation": "scale_shift_table",
}

_RESIDUAL = {
    "residual.0": "norm1",
    "residual.2": "conv1",
    "residual.3": "norm2",
    "residual.6": "conv2",
    "shortcut": "conv_shortcut",
}
_RESAMPLE = {"resample.1": "resample.1", "time_conv": "time_conv"}
_SPATIAL = {"norm": "norm", "to_qkv": "to_qkv", "proj": "proj"}
_CODEC = {
    "conv1": "conv_in",
    "head.0": "norm_out",
    "head.2": "conv_out",
    **{f"middle.0.{a}": f"mid_block.resnets.0.{b}" for a, b in _RESIDUAL.items()},
    **{f"middle.1.{a}": f"mid_block.attentions.0.{b}" for a, b in _SPATIAL.items()},
    **{f"middle.2.{a}": f"mid_block.resnets.1.{b}" for a, b in _RESIDUAL.items()},
}
_VAE = {
    "conv1": "quant_conv",
    "conv2": "post_quant_conv",
    **{f"{half}.{a}": f"{half}.{b}" for half in ("encoder", "decoder") for a, b in _CODEC.items()},
    **{
        f"encoder.downsamples.#.{a}": f"encoder.down_blocks.#.{b}" for a, b in (_RESIDUAL | _RESAMPLE).items()
    },
    # These apply to names that `_nest` has converted to the nested lists of diffusers.
    **{
        f"decoder.upsamples.#.block.#.{a}": f"decoder.up_blocks.#.resnets.#.{b}" for a, b in _RESIDUAL.items()
    },
    **{
        f"decoder.upsamples.#.up.#.{a}": f"decoder.up_blocks.#.upsamplers.#.{b}" for a, b in _RESAMPLE.items()
    },
}
_TABLES = {"dit": _DIT, "vae": _VAE}

_SIGNATURES = {
    "dit": (
        "blocks.0.self_attn.q.weight",
        "blocks.0.attn1.to_q.weight",
        "condition_embedder.time_proj.weight",
    ),
    "vae": ("decoder.middle.0.residual.0.gamma", "decoder.mid_block.resnets.0.norm1.gamma"),
    "text": ("layers.0.qkv.weight",),
    "interpolator": ("to_sixteenth.weight",),
}


def kind_of_names(names: Iterable[str]) -> str | None:
    """The kind of network ("dit", "vae", "text" or "interpolator") with these tensor names, or None for any other."""
    names = set(names)
    for kind, signatures in _SIGNATURES.items():
        if any(prefix + s in names for prefix in ("", *COMFY_PREFIXES[kind]) for s in signatures):
            return kind
    return None


def naming_of(names: Iterable[str], kind: str) -> str:
    """The one of `NAMINGS` that a checkpoint of this kind uses."""
    names = list(names)
    if _prefix(names, kind):
        return "comfy"
    modules = ("condition_embedder.", "proj_out.") if kind == "dit" else ("decoder.mid_block.", "quant_conv.")
    return "diffusers" if kind in _TABLES and any(name.startswith(modules) for name in names) else "original"


def stored_names(names: Iterable[str], kind: str) -> list[str]:
    """The names that belong to the network: those with ComfyUI's prefix, if there are any, as such files may contain
    other networks too."""
    names = list(names)
    prefix = _prefix(names, kind)
    return [name for name in names if name.startswith(prefix)]


def _prefix(names: Iterable[str], kind: str) -> str:
    names = list(names)
    return next((p for p in COMFY_PREFIXES[kind] if any(name.startswith(p) for name in names)), "")


def to_original(state: Mapping[str, T], kind: str) -> dict[str, T]:
    """A state in any of `NAMINGS`, under the original names; unknown names are kept."""
    naming = naming_of(state, kind)
    if naming == "comfy":
        prefix = _prefix(state, kind)
        return {name.removeprefix(prefix): state[name] for name in stored_names(state, kind)}
    if naming == "original":
        return dict(state)
    table = {b: a for a, b in _TABLES[kind].items()}
    renamed = {_rename(name, table): value for name, value in state.items()}
    return (
        {_flatten(name, _period(state)): value for name, value in renamed.items()}
        if kind == "vae"
        else renamed
    )


def from_original(state: Mapping[str, T], kind: str, naming: str) -> dict[str, T]:
    """A state with original names, under the names of another of `NAMINGS`; ValueError for an unknown naming."""
    if naming not in NAMINGS or (naming == "diffusers" and kind not in _TABLES):
        raise ValueError(f"a {kind} checkpoint has no {naming!r} naming; there are {', '.join(NAMINGS)}")
    if naming == "original" or not COMFY_PREFIXES[kind]:
        return dict(state)
    if naming == "comfy":
        return {COMFY_PREFIXES[kind][0] + name: value for name, value in state.items()}
    names = {name: _nest(name, _period(state)) if kind == "vae" else name for name in state}
    return {_rename(names[name], _TABLES[kind]): value for name, value in state.items()}


def _rename(name: str, table: Mapping[str, str]) -> str:
    """A name converted by the table, in which # stands for the index in a list of blocks."""
    module, owned = _OWNED.fullmatch(name).groups()  # type: ignore[union-attr]
    found = table.get(module)
    if found is None:
        numbers: list[str] = []
        lists = r"(?<=s\.)\d+|(?<=block\.)\d+|(?<=up\.)\d+"
        pattern = re.sub(lists, lambda m: numbers.append(m[0]) or "#", module)
        found = table.get(pattern)
        if found is not None:
            for number in numbers:
                found = found.replace("#", number, 1)
    return name if found is None else found + (owned or "")


# The original names count the decoder's blocks in one list. Those of diffusers have, for each level, a list of residual
# blocks and a list of one upsampler.


def _period(names: Iterable[str]) -> int:
    """The number of blocks in one level of the decoder, including its upsampler."""
    names = list(names)
    nested = [int(m[1]) for n in names if (m := re.match(r"decoder\.up_blocks\.0\.resnets\.(\d+)\.", n))]
    if nested:
        return max(nested) + 2
    flat = [int(m[1]) for n in names if (m := re.match(r"decoder\.upsamples\.(\d+)\.resample\.", n))]
    return min(flat) + 1 if flat else len(names)


def _nest(name: str, period: int) -> str:
    """An original name of the decoder, with the index in one list replaced by the indices of level and block."""
    match = re.match(r"decoder\.upsamples\.(\d+)\.(.*)", name)
    if match is None:
        return name
    level, place = divmod(int(match[1]), period)
    block = f"block.{place}" if match[2].startswith(("residual.", "shortcut.")) else "up.0"
    return f"decoder.upsamples.{level}.{block}.{match[2]}"


def _flatten(name: str, period: int) -> str:
    """The inverse of `_nest`."""
    match = re.match(r"decoder\.upsamples\.(\d+)\.(block|up)\.(\d+)\.(.*)", name)
    if match is None:
        return name
    place = int(match[3]) if match[2] == "block" else period - 1
    return f"decoder.upsamples.{int(match[1]) * period + place}.{match[4]}"


_COGVIDEOX = {
    "transformer_blocks.#.attn1.to_q": "blocks.#.q",
    "transformer_blocks.#.attn1.to_k": "blocks.#.k",
    "transformer_blocks.#.attn1.to_v": "blocks.#.v",
    "transformer_blocks.#.attn1.to_out.0": "blocks.#.attn_out",
    "transformer_blocks.#.attn1.norm_q": "blocks.#.norm_q",
    "transformer_blocks.#.attn1.norm_k": "blocks.#.norm_k",
    "transformer_blocks.#.ff.net.0.proj": "blocks.#.ff_proj",
    "transformer_blocks.#.ff.net.2": "blocks.#.ff_out",
    **{
        f"transformer_blocks.#.{m}": f"blocks.#.{m}"
        for n in "12"
        for m in (f"norm{n}.linear", f"norm{n}.norm")
    },
    **{f"{e}_embedding.linear_{n}": f"{e}_embedding_linear_{n}" for e in ("time", "ofs") for n in "12"},
}
_COGVIDEOX_SIGNATURES = ("transformer_blocks.0.norm1.linear.weight", "patch_embed.text_proj.weight")


def is_published_cogvideox(names: Iterable[str]) -> bool:
    """Whether these are the tensor names of a CogVideoX network as it is published (those of diffusers)."""
    names = set(names)
    return all(name in names for name in _COGVIDEOX_SIGNATURES)


def cogvideox_for_comfyui(state: Mapping[str, T]) -> dict[str, T]:
    """A published CogVideoX state under the names that ComfyUI reads; unknown names are kept."""
    return {_rename(name, _COGVIDEOX): value for name, value in state.items()}
