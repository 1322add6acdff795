"""The transformer by itself: what its modes promise, and what it refuses."""

import subprocess
import sys

import pytest
import torch
from flowbrush.models.attention import attend, attend_factorized
from flowbrush.models.dit import DiTConfig, WanDiT, gelu_tanh
from flowbrush.models.rope import axis_sizes, rotary, rotate


def test_velocity_has_the_latents_shape_and_dtype(small_dit, small_inputs):
    model = small_dit()
    inputs = small_inputs(model)
    assert model(**inputs).shape == (2, 16, 3, 8, 6)
    assert model(**inputs).dtype == torch.float32


def test_new_model_predicts_zero_and_its_gradient_is_not_zero():
    model = WanDiT(DiTConfig(dim=48, ffn_dim=64, num_heads=2, num_layers=1, text_dim=20))
    velocity = model(torch.randn(1, 36, 1, 4, 4), torch.tensor([300.0]), torch.randn(1, 3, 20))
    assert velocity.abs().max() == 0
    (velocity - 1).square().mean().backward()
    assert model.head.head.weight.grad.abs().max() > 0


def test_new_weights_come_from_the_generator_and_not_from_global_state():
    config = DiTConfig(dim=48, ffn_dim=64, num_heads=2, num_layers=1)
    before = torch.get_rng_state()
    first, second = WanDiT(config), WanDiT(config)
    other = WanDiT(config, generator=torch.Generator().manual_seed(7))
    assert torch.equal(before, torch.get_rng_state())
    assert torch.equal(first.blocks[0].self_attn.q.weight, second.blocks[0].self_attn.q.weight)
    assert not torch.equal(first.blocks[0].self_attn.q.weight, other.blocks[0].self_attn.q.weight)


def test_inference_equals_training_forward_and_leaves_its_inputs_alone(small_dit, small_inputs):
    model = small_dit()
    inputs = small_inputs(model)
    kept = {name: value.clone() for name, value in inputs.items()}
    trained = model(**inputs)
    with torch.inference_mode():
        inferred = model(**inputs)
    assert (trained - inferred).abs().max() < 1e-5
    assert all(torch.equal(inputs[name], kept[name]) for name in inputs)


def test_training_after_inference_mode_finds_no_tensor_of_it(small_dit, small_inputs):
    model = small_dit()
    inputs = small_inputs(model)
    with torch.inference_mode():
        model(x=torch.randn(1, 36, 2, 12, 14), timestep=torch.ones(1), context=inputs["context"][:1])
    model(torch.randn(1, 36, 2, 12, 14), torch.ones(1), inputs["context"][:1]).sum().backward()


def test_prepared_context_gives_the_same_velocity_at_every_step(small_dit, small_inputs):
    model = small_dit()
    inputs = small_inputs(model)
    prepared = model.prepare_context(inputs["context"])
    for timestep in (torch.tensor([900.0, 10.0]), torch.tensor([1.0, 1000.0])):
        ours = model(inputs["x"], timestep, prepared)
        assert torch.equal(ours, model(inputs["x"], timestep, inputs["context"]))


def test_one_timestep_and_one_prompt_serve_the_whole_batch(small_dit, small_inputs):
    model = small_dit()
    inputs = small_inputs(model)
    once = model(inputs["x"], torch.tensor([250.0]), inputs["context"][:1])
    each = model(inputs["x"], torch.tensor([250.0, 250.0]), inputs["context"][:1].repeat(2, 1, 1))
    assert (once - each).abs().max() < 1e-5


def test_batch_entries_do_not_see_each_other(small_dit, small_inputs):
    model = small_dit()
    inputs = small_inputs(model)
    both = model(**inputs)
    alone = model(**{name: value[1:] for name, value in inputs.items()})
    assert (both[1:] - alone).abs().max() < 1e-5


def test_bfloat16_stays_close_to_float32(small_dit, small_inputs):
    model = small_dit()
    inputs = small_inputs(model)
    wide = model(**inputs)
    with torch.autocast("cpu", torch.bfloat16):
        mixed = model(**inputs)
    narrow = small_dit().bfloat16()(**{**inputs, "x": inputs["x"].bfloat16()})
    assert narrow.dtype == torch.bfloat16
    scale = wide.std()
    assert (mixed - wide).abs().max() < 0.06 * scale
    assert (narrow - wide).abs().max() < 0.1 * scale


def test_factorized_attention_uses_the_same_weights_and_equals_full_attention_on_one_frame(
    small_dit, small_inputs
):
    full, factorized = small_dit(), small_dit(attention="factorized")
    factorized.load_state_dict(full.state_dict())
    inputs = small_inputs(full)
    assert (full(**inputs) - factorized(**inputs)).abs().max() > 1e-3
    inputs["x"] = inputs["x"][:, :, :1]
    assert (full(**inputs) - factorized(**inputs)).abs().max() < 1e-6


def test_factorized_attention_mixes_within_frames_and_then_across_frames():
    # Queries of zero look at all keys alike: space then time must then be the mean over all tokens.
    generator = torch.Generator().manual_seed(0)
    zero, v = torch.zeros(2, 12, 2, 8), torch.randn(2, 12, 2, 8, generator=generator)
    mean = v.mean(dim=1, keepdim=True).expand_as(v)
    assert (attend_factorized(zero, zero, v, frames=3) - mean).abs().max() < 1e-6
    q, k = (torch.randn(2, 12, 2, 8, generator=generator) for _ in range(2))
    by_hand = torch.empty_like(v)
    for frame in range(3):
        rows = slice(4 * frame, 4 * frame + 4)
        by_hand[:, rows] = attend(q[:, rows], k[:, rows], v[:, rows])
    expected = torch.empty_like(v)
    for place in range(4):
        rows = slice(place, None, 4)
        expected[:, rows] = attend(q[:, rows], k[:, rows], by_hand[:, rows])
    assert (attend_factorized(q, k, v, frames=3) - expected).abs().max() < 1e-6


def test_rotation_keeps_lengths_and_depends_on_distance_only():
    grid, size = (3, 4, 5), 24
    assert axis_sizes(size) == (8, 8, 8)
    assert axis_sizes(64) == (24, 20, 20)
    generator = torch.Generator().manual_seed(0)
    q, k = (torch.randn(size, generator=generator) for _ in range(2))
    turn = rotary(grid, size)
    turned_q, turned_k = (rotate(a.expand(1, 60, 1, size), turn)[0, :, 0] for a in (q, k))
    assert (turned_q.norm(dim=-1) - q.norm()).abs().max() < 1e-5
    product = (turned_q @ turned_k.T).view(3, 4, 5, 3, 4, 5)
    assert abs(product[0, 0, 0, 1, 1, 1] - product[1, 2, 3, 2, 3, 4]) < 1e-4
    assert abs(product[0, 0, 0, 1, 1, 1] - product[1, 2, 3, 2, 3, 3]) > 1e-3


def test_rotation_in_one_pass_equals_real_arithmetic():
    x = torch.randn(2, 60, 2, 24, generator=torch.Generator().manual_seed(0))
    turn = rotary((3, 4, 5), 24)
    assert (rotate(x, turn) - rotate(x, turn._replace(phase=None))).abs().max() < 1e-6


def test_fast_gelu_equals_torch():
    x = torch.linspace(-30, 30, 6001)
    with torch.no_grad():
        fast = gelu_tanh(x)
    assert (fast - torch.nn.functional.gelu(x, approximate="tanh")).abs().max() < 2e-6


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"x": torch.zeros(2, 16, 3, 8, 6)}, "reads \\[B, 36, T, h, w\\]"),
        ({"x": torch.zeros(2, 36, 3, 7, 6)}, "multiple of the patch"),
        ({"timestep": torch.zeros(3)}, "timestep has shape"),
        ({"context": torch.zeros(2, 16, 21)}, "reads \\[B, L, 20\\]"),
        ({"image": torch.zeros(2, 5, 9)}, "no image branch"),
    ],
)
def test_wrong_inputs_are_refused_with_what_would_be_right(small_dit, small_inputs, changes, words):
    model = small_dit()
    with pytest.raises(ValueError, match=words):
        model(**{**small_inputs(model), **changes})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"num_heads": 5}, "cannot be split into 5 heads"),
        ({"attention": "sparse"}, "choose one of full, factorized"),
        ({"patch": (2, 2)}, "three sizes"),
        ({"freq_dim": 3}, "must be even"),
        ({"num_layers": 0}, "at least 1"),
    ],
)
def test_wrong_configurations_are_refused(changes, words):
    with pytest.raises(ValueError, match=words):
        DiTConfig(**changes)


def test_a_compiled_function_reads_the_same_rotations_and_new_models_load_no_compiler():
    program = """
import sys, torch
from flowbrush.models.dit import DiTConfig, WanDiT
from flowbrush.models.rope import rotary
from flowbrush.models.text import ByteTextEncoder
WanDiT(DiTConfig(dim=48, ffn_dim=64, num_heads=2, num_layers=1), device="meta")
ByteTextEncoder(device="meta")
assert "torch._dynamo" not in sys.modules
plain = rotary((2, 3, 4), 12)
compiled = torch.compile(lambda x: x * rotary((2, 3, 4), 12).cos, backend="eager")(torch.ones(1))
assert torch.equal(compiled, plain.cos)
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=300)
