"""Weights on disk: what comes back, what is detected, and what is refused by name."""

import dataclasses
import json
import os
import pickle
import stat

import pytest
import torch
from flowbrush.models import checkpoint, keys
from flowbrush.models.text import ByteTextEncoder, TextConfig
from flowbrush.models.vae import VAEConfig, WanVAE
from safetensors import safe_open
from safetensors.torch import save_file


def header_of(path):
    with safe_open(path, "pt") as file:
        return file.metadata()


def write(path, state, **metadata):
    state = {name: value.detach().clone().contiguous() for name, value in state.items()}
    save_file(state, path, metadata={name: json.dumps(value) for name, value in metadata.items()})
    return path


HEADS = {"transformer": {"num_heads": 2}}


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_saved_dit_comes_back_with_configuration_and_facts(small_dit, tmp_path, dtype):
    model = small_dit(attention="factorized", text_len=128, eps=1e-5)
    path = tmp_path / "made" / "dit.safetensors"
    checkpoint.save(path, model.state_dict(), model.config, {"steps": 7, "default_cfg": 1.0}, dtype=dtype)
    loaded = checkpoint.load_dit(path)
    assert loaded.config == model.config
    assert not loaded.training
    for name, value in model.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], value.to(dtype).float())
    state, header = checkpoint.read(path)
    assert header["kind"] == "dit"
    assert header["facts"] == {"steps": 7, "default_cfg": 1.0}
    assert header["config"]["attention"] == "factorized"
    assert next(iter(state.values())).dtype == dtype
    assert header["format"] == {torch.float32: "fp32", torch.bfloat16: "bf16"}[dtype]
    assert [file.name for file in path.parent.iterdir()] == ["dit.safetensors"]


def test_comfyui_reads_heads_and_text_width_from_the_header(small_dit, tmp_path):
    model = small_dit()
    checkpoint.save(tmp_path / "dit.safetensors", model.state_dict(), model.config, {})
    said = json.loads(header_of(tmp_path / "dit.safetensors")["config"])["transformer"]
    assert (said["num_heads"], said["text_dim"]) == (2, 20)
    assert "attention" not in said  # ComfyUI passes these on to its network as they are


def test_saved_vae_and_text_encoder_come_back(tmp_path):
    vae = WanVAE(VAEConfig(dim=4, z_dim=4, num_res_blocks=1))
    text = ByteTextEncoder(TextConfig(dim=32, layers=1, heads=2, max_bytes=16))
    checkpoint.save(tmp_path / "vae.safetensors", vae.state_dict(), vae.config, {}, dtype=torch.float32)
    checkpoint.save(tmp_path / "text.safetensors", text.state_dict(), text.config, {}, dtype=torch.float32)
    again = checkpoint.load_vae(tmp_path / "vae.safetensors")
    assert again.config == vae.config
    latents = torch.randn(1, 4, 2, 2, 2, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        assert torch.equal(again.decode(latents), vae.decode(latents))
        assert torch.equal(
            checkpoint.load_text(tmp_path / "text.safetensors").encode(["hi"]), text.encode(["hi"])
        )
    assert checkpoint.kind_of(tmp_path / "vae.safetensors") == "vae"
    assert checkpoint.kind_of(tmp_path / "text.safetensors") == "text"


def test_a_vae_of_any_shape_is_detected_without_a_header(tmp_path):
    for number, changes in enumerate(
        [
            {"num_res_blocks": 2},
            {"num_res_blocks": 1, "dim_mult": (1, 2, 3), "temporal_downsample": (True, False)},
        ]
    ):
        vae = WanVAE(VAEConfig(dim=4, z_dim=4, **changes))
        path = write(
            tmp_path / f"{number}.safetensors", keys.from_original(vae.state_dict(), "vae", "diffusers")
        )
        assert checkpoint.load_vae(path).config == vae.config


@pytest.mark.parametrize("naming", keys.NAMINGS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_every_naming_and_float_format_is_read(small_dit, tmp_path, naming, dtype):
    model = small_dit()
    state = {name: value.to(dtype) for name, value in model.state_dict().items()}
    path = write(tmp_path / "dit.safetensors", keys.from_original(state, "dit", naming), config=HEADS)
    assert checkpoint.read_header(path)["naming"] == naming
    loaded = checkpoint.load_dit(path)
    assert loaded.config == model.config
    assert all(torch.equal(value, state[name].float()) for name, value in loaded.state_dict().items())


def fp8_state(model, scale_name):
    """The linear layers of the blocks in fp8 with a scale that uses fp8's range, as ComfyUI's files have it."""
    state, exact = {}, {}
    for name, value in model.state_dict().items():
        if name.startswith("blocks.") and name.endswith(".weight") and value.ndim == 2:
            scale = value.abs().max() / 448
            small = (value / scale).to(torch.float8_e4m3fn)
            state[name], state[name.replace(".weight", f".{scale_name}")] = small, scale
            exact[name] = (small.float() * scale).to(torch.bfloat16).float()
        else:
            state[name] = exact[name] = value
    return state, exact


@pytest.mark.parametrize("naming", keys.NAMINGS)
@pytest.mark.parametrize("scale_name", ["scale_weight", "weight_scale"])
def test_fp8_with_scales_is_widened(small_dit, small_inputs, tmp_path, naming, scale_name):
    model = small_dit()
    state, exact = fp8_state(model, scale_name)
    stored = keys.from_original(state, "dit", naming)
    if scale_name == "scale_weight":
        prefix = "model.diffusion_model." if naming == "comfy" else ""
        stored[prefix + "scaled_fp8"] = torch.zeros(2, dtype=torch.float8_e4m3fn)
    else:
        said = json.dumps({"format": "float8_e4m3fn"}).encode()
        layers = [name.removesuffix(".weight_scale") for name in stored if name.endswith(".weight_scale")]
        stored |= {f"{name}.comfy_quant": torch.tensor(list(said), dtype=torch.uint8) for name in layers}
    loaded = checkpoint.load_dit(write(tmp_path / "dit.safetensors", stored, config=HEADS))
    assert all(torch.equal(value, exact[name]) for name, value in loaded.state_dict().items())
    inputs = small_inputs(model)
    with torch.no_grad():
        difference = loaded(**inputs) - model(**inputs)
    assert 0 < difference.std() < 0.2 * model(**inputs).std()


def test_fp8_with_a_scale_missing_is_refused(small_dit, tmp_path):
    state, _ = fp8_state(small_dit(), "scale_weight")
    del state["blocks.1.ffn.0.scale_weight"]
    path = write(tmp_path / "dit.safetensors", state, config=HEADS)
    with pytest.raises(ValueError, match=r"scale of tensor 'blocks\.1\.ffn\.0\.weight' is missing"):
        checkpoint.load_dit(path)


def test_published_files_have_heads_of_128_channels(small_dit, tmp_path):
    wide = small_dit(dim=256, num_heads=2, num_layers=1)
    assert checkpoint.load_dit(write(tmp_path / "wide.safetensors", wide.state_dict())).config.num_heads == 2
    path = write(tmp_path / "narrow.safetensors", small_dit().state_dict())
    with pytest.raises(ValueError, match="the header must give `num_heads`"):
        checkpoint.load_dit(path)


def test_a_changed_byte_is_noticed(small_dit, tmp_path):
    model, path = small_dit(), tmp_path / "dit.safetensors"
    checkpoint.save(path, model.state_dict(), model.config, {})
    data = bytearray(path.read_bytes())
    data[-5] ^= 1
    path.write_bytes(data)
    with pytest.raises(ValueError, match="do not match the checksum"):
        checkpoint.load_dit(path)


def test_a_cut_file_is_noticed(small_dit, tmp_path):
    path = write(tmp_path / "dit.safetensors", small_dit().state_dict(), config=HEADS)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ValueError, match="is damaged"):
        checkpoint.load_dit(path)


def test_a_failed_save_leaves_the_old_file_and_nothing_else(small_dit, tmp_path, monkeypatch):
    model, path = small_dit(), tmp_path / "dit.safetensors"
    checkpoint.save(path, model.state_dict(), model.config, {"steps": 1})
    before = path.read_bytes()
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        checkpoint.save(path, model.state_dict(), model.config, {"steps": 2})
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")
def test_others_may_read_saved_weights(small_dit, tmp_path, usual_umask):
    model, path = small_dit(), tmp_path / "dit.safetensors"
    checkpoint.save(path, model.state_dict(), model.config, {})
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_weights_that_are_not_finite_are_not_saved(small_dit, tmp_path):
    model = small_dit()
    state = dict(model.state_dict())
    state["head.head.bias"] = torch.full((64,), torch.nan)
    with pytest.raises(ValueError, match=r"'head\.head\.bias' contains NaN"):
        checkpoint.save(tmp_path / "dit.safetensors", state, model.config, {})
    assert not list(tmp_path.iterdir())


def test_pickled_files_are_refused_without_being_opened(tmp_path):
    class Trap:
        def __reduce__(self):
            return (tmp_path.joinpath("ran").write_text, ("",))

    (tmp_path / "a.safetensors").write_bytes(pickle.dumps(Trap()))
    torch.save({"w": torch.zeros(1)}, tmp_path / "b.safetensors")
    (tmp_path / "c.ckpt").write_bytes(b"1234")
    for name in ("a.safetensors", "b.safetensors", "c.ckpt"):
        with pytest.raises(ValueError, match=f"{name} is a pickled file"):
            checkpoint.read(tmp_path / name)
        assert checkpoint.kind_of(tmp_path / name) is None
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        ({"blocks.0.ffn.0.weight": torch.zeros(64, 48, dtype=torch.int8)}, "int8 numbers"),
        ({"head.head.weight": torch.zeros(64, 48, dtype=torch.float64)}, "fp64 numbers"),
        ({"blocks.0.ffn.0.weight.absmax": torch.zeros(8)}, "quantized by bitsandbytes"),
        ({"blocks.0.ffn.0.weight_scale_2": torch.zeros(())}, "quantized by nvfp4"),
        ({"blocks.0.ffn.0.qweight": torch.zeros(8)}, "GPTQ or AWQ"),
        (
            {"blocks.0.ffn.0.comfy_quant": torch.tensor(list(b'{"format": "mxfp8"}'), dtype=torch.uint8)},
            "quantized as mxfp8",
        ),
        ({"vace_blocks.0.after_proj.weight": torch.zeros(48, 48)}, "Wan VACE"),
        ({"control_adapter.conv.weight": torch.zeros(4, 4)}, "Fun-Camera"),
        ({"face_adapter.fuser_blocks.0.k_norm.weight": torch.zeros(4)}, "Wan Animate"),
        ({"blocks.0.new_thing.weight": torch.zeros(4)}, r"do not belong .*'blocks\.0\.new_thing\.weight'"),
        ({"head.head.bias": torch.zeros(63)}, r"'head\.head\.bias' has shape \(63,\); it must be \(64,\)"),
    ],
)
def test_other_formats_and_families_are_refused_by_name(small_dit, tmp_path, stored, words):
    path = write(tmp_path / "dit.safetensors", {**small_dit().state_dict(), **stored}, config=HEADS)
    with pytest.raises(ValueError, match=words):
        checkpoint.load_dit(path)


@pytest.mark.parametrize("text", ["[]", "5", "{", "null", '{"layers": [1]}', '{"layers": {"a": 5}}'])
def test_a_damaged_description_of_quantized_layers_is_refused(small_dit, tmp_path, text):
    path = tmp_path / "dit.safetensors"
    save_file(
        small_dit().state_dict(), path, metadata={"_quantization_metadata": text, "config": json.dumps(HEADS)}
    )
    with pytest.raises(
        ValueError, match=r"dit\.safetensors is damaged: .* (is not JSON|must be a JSON object)"
    ):
        checkpoint.load_dit(path)


@pytest.mark.parametrize(
    "mark",
    [torch.zeros(3), torch.zeros(2, 2, dtype=torch.uint8), torch.tensor(list(b"[]"), dtype=torch.uint8)],
)
def test_a_damaged_mark_of_a_quantized_layer_is_refused(small_dit, tmp_path, mark):
    stored = {**small_dit().state_dict(), "blocks.0.ffn.0.comfy_quant": mark}
    path = write(tmp_path / "dit.safetensors", stored, config=HEADS)
    with pytest.raises(ValueError, match=r"is damaged: .*comfy_quant"):
        checkpoint.load_dit(path)


def test_characters_that_cannot_be_printed_are_escaped_in_messages(small_dit, tmp_path):
    heads = {"transformer": {"num_heads": 2, "attention": "\ud800"}}
    path = write(tmp_path / "dit.safetensors", small_dit().state_dict(), config=heads)
    with pytest.raises(ValueError, match="cannot be loaded") as caught:
        checkpoint.load_dit(path)
    str(caught.value).encode()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("double_blocks.0.img_attn.qkv.weight", "a Flux-like transformer"),
        ("model.diffusion_model.input_blocks.0.0.weight", "a Stable Diffusion UNet"),
        ("encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight", "a T5 text encoder"),
        ("blocks.0.self_attn.q.lora_A.weight", "a LoRA"),
        ("what.is.this", "of an unknown architecture"),
    ],
)
def test_other_networks_are_refused_by_name(tmp_path, name, words):
    path = write(tmp_path / "other.safetensors", {name: torch.zeros(4)})
    with pytest.raises(ValueError, match=words):
        checkpoint.load_dit(path)
    assert checkpoint.kind_of(path) is None


def test_missing_tensors_and_wrong_kinds_are_named(small_dit, tmp_path):
    state = dict(small_dit().state_dict())
    del state["blocks.1.norm3.bias"]
    path = write(tmp_path / "dit.safetensors", state, config=HEADS)
    with pytest.raises(ValueError, match=r"missing, the first is 'blocks\.1\.norm3\.bias'"):
        checkpoint.load_dit(path)
    with pytest.raises(ValueError, match="is a Wan-layout transformer; choose a file with a Wan-layout VAE"):
        checkpoint.load_vae(path)
    with pytest.raises(FileNotFoundError, match=r"nowhere\.safetensors"):
        checkpoint.load_dit(tmp_path / "nowhere.safetensors")
    with pytest.raises(ValueError, match="contains no safetensors files"):
        checkpoint.load_dit(tmp_path.joinpath("empty").mkdir() or tmp_path / "empty")


def test_a_header_that_contradicts_its_tensors_or_is_newer_is_refused(small_dit, tmp_path):
    state = small_dit().state_dict()
    for config, words in [
        ({"num_heads": 2, "dim": 64}, "gives dim = 64"),
        ({"num_heads": 2, "x": 1}, "'x', which"),
    ]:
        path = write(tmp_path / "dit.safetensors", state, flowbrush={"kind": "dit", "config": config})
        with pytest.raises(ValueError, match=words):
            checkpoint.load_dit(path)


def test_model_loaded_under_inference_mode_can_be_trained(small_dit, small_inputs, tmp_path):
    model = small_dit()
    checkpoint.save(tmp_path / "dit.safetensors", model.state_dict(), model.config, {})
    with torch.inference_mode():
        loaded = checkpoint.load_dit(tmp_path / "dit.safetensors")
    loaded(**small_inputs(loaded)).sum().backward()
    assert loaded.head.head.weight.grad is not None


@pytest.mark.parametrize("low", [0x0280, 0x0380, 0x0480, 0x0580, 0x4B50])
def test_a_header_of_any_length_is_read(small_dit, tmp_path, low):
    model = small_dit()
    path = tmp_path / "model.safetensors"
    checkpoint.save(path, model.state_dict(), model.config, {}, dtype=torch.float32)
    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    header = data[8 : 8 + length]
    longer = length + (low - length) % 0x10000
    path.write_bytes(longer.to_bytes(8, "little") + header.ljust(longer) + data[8 + length :])
    assert checkpoint.kind_of(path) == "dit"
    state, _ = checkpoint.read(path)
    assert torch.equal(state["head.modulation"], model.state_dict()["head.modulation"])


@pytest.mark.parametrize("value", [torch.nan, torch.inf, -torch.inf, 1e30])
def test_weights_that_no_network_has_are_refused(small_dit, tmp_path, value):
    model = small_dit()
    state = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    state["head.modulation"][0, 0, 3] = value
    save_file(state, tmp_path / "model.safetensors")
    with pytest.raises(
        ValueError, match=r"model\.safetensors is damaged: its tensor 'head\.modulation' has values"
    ):
        checkpoint.read(tmp_path / "model.safetensors")


WRONG = [5, 2.5, "text", None, [], [1], {}, {"a": 1}, True, -1, 0, 10**30, "\ud800"]


@pytest.mark.parametrize(
    "member", ["config", "facts", "sha256", "num_heads", "eps", "text_len", "attention", "whole"]
)
def test_metadata_of_a_wrong_type_is_refused_in_a_sentence(small_dit, tmp_path, member):
    model = small_dit()
    path = tmp_path / "model.safetensors"
    refused = 0
    for wrong in WRONG:
        ours = {"kind": "dit", "config": dataclasses.asdict(model.config), "facts": {}, "sha256": None}
        if member == "whole":
            ours = wrong
        elif member in ours:
            ours[member] = wrong
        else:
            ours["config"][member] = wrong
        save_file(model.state_dict(), path, metadata={"flowbrush": json.dumps(ours)})
        try:
            checkpoint.load_dit(path)
        except ValueError as error:
            assert "model.safetensors" in str(error)
            refused += 1
    assert refused >= (0 if member == "whole" else 5)
