import pytest
import torch
from flowbrush.sampling.noise import SeededNoise, step_noise

SAMPLES = torch.zeros(3, 16, 2, 4, 6)


def test_a_seed_gives_torchs_own_numbers():
    expected = torch.randn(SAMPLES.shape, generator=torch.Generator().manual_seed(42))
    assert torch.equal(SeededNoise(42).generate_noise({"samples": SAMPLES}), expected)


def test_a_batch_index_picks_single_items_of_the_seeds_endless_batch():
    generator = torch.Generator().manual_seed(42)
    items = [torch.randn(1, 16, 2, 4, 6, generator=generator) for _ in range(6)]
    noise = SeededNoise(42).generate_noise({"samples": SAMPLES, "batch_index": [5, 0, 5]})
    assert torch.equal(noise, torch.cat([items[5], items[0], items[5]]))


def test_the_latents_batch_index_comes_before_the_objects():
    by_object = SeededNoise(1, batch_index=[2, 1, 0])
    assert torch.equal(
        by_object.generate_noise({"samples": SAMPLES}),
        SeededNoise(1).generate_noise({"samples": SAMPLES, "batch_index": [2, 1, 0]}),
    )
    assert torch.equal(
        by_object.generate_noise({"samples": SAMPLES, "batch_index": [0, 1, 2]}),
        SeededNoise(1).generate_noise({"samples": SAMPLES, "batch_index": [0, 1, 2]}),
    )


def test_noise_has_the_latents_type():
    noise = SeededNoise(0).generate_noise({"samples": SAMPLES.half()})
    assert noise.dtype == torch.float16 and noise.shape == SAMPLES.shape


@pytest.mark.parametrize("seed", [0, 2**63, 2**64 - 1])
def test_every_seed_of_the_widget_works_and_repeats(seed):
    noise = SeededNoise(seed)
    assert noise.seed == seed
    assert torch.equal(noise.generate_noise({"samples": SAMPLES}), noise.generate_noise({"samples": SAMPLES}))


def test_the_global_generator_is_neither_used_nor_moved():
    torch.manual_seed(1)
    state = torch.random.get_rng_state()
    first = SeededNoise(5).generate_noise({"samples": SAMPLES})
    assert torch.equal(torch.random.get_rng_state(), state)
    torch.manual_seed(2)
    assert torch.equal(SeededNoise(5).generate_noise({"samples": SAMPLES}), first)


@pytest.mark.parametrize("seed", [-1, 2**64])
def test_seeds_outside_the_range_are_refused(seed):
    with pytest.raises(ValueError, match="`seed` is"):
        SeededNoise(seed)


@pytest.mark.parametrize("index", [[0, 1], [0, 1, -1], []])
def test_a_batch_index_that_does_not_fit_is_refused(index):
    with pytest.raises(ValueError, match="`batch_index` is"):
        SeededNoise(0).generate_noise({"samples": SAMPLES, "batch_index": index})


def test_step_noise_is_fresh_at_each_step_and_repeats_from_its_seed():
    one, two = step_noise(SAMPLES, 9), step_noise(SAMPLES, 9)
    first, second = one(1.0, 0.5), one(0.5, 0.0)
    assert torch.equal(two(1.0, 0.5), first) and torch.equal(two(0.5, 0.0), second)
    for other in (
        second,
        SeededNoise(9).generate_noise({"samples": SAMPLES}),
        step_noise(SAMPLES, 10)(1.0, 0.5),
    ):
        correlation = (first * other).mean().item()
        assert abs(correlation) < 0.08  # 2304 independent numbers: standard deviation 0.02
