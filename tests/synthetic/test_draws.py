import torch
from flowbrush.synthetic.draws import Draws, new_seeds


def correlation(a: torch.Tensor, b: torch.Tensor) -> float:
    return float(torch.corrcoef(torch.stack((a.flatten(), b.flatten())))[0, 1])


def test_numbers_have_the_moments_that_their_names_promise():
    draws = Draws([1, 2])
    uniform, normal = draws.uniform(100_000, low=-1, high=3), draws.normal(100_001)
    assert uniform.shape == (2, 100_000) and normal.shape == (2, 100_001)
    assert float(uniform.min()) >= -1 and float(uniform.max()) <= 3
    assert abs(float(uniform.mean()) - 1) < 0.02 and abs(float(uniform.var()) - 16 / 12) < 0.02
    assert abs(float(normal.mean())) < 0.01 and abs(float(normal.std()) - 1) < 0.01
    assert abs(float((normal.abs() > 2).float().mean()) - 0.0455) < 0.003
    assert abs(float(draws.chance(0.3, 100_000).float().mean()) - 0.3) < 0.01
    counts = torch.bincount(draws.integers(60_000, below=6).flatten(), minlength=6)
    assert len(counts) == 6 and float((counts - 20_000).abs().max()) < 600


def test_seeds_streams_calls_and_neighbours_are_unrelated():
    draws = Draws([7, 8])
    first, second = draws.uniform(50_000), draws.uniform(50_000)
    other = draws.stream("other").uniform(50_000)
    pairs = [(first[0], first[1]), (first, second), (first, other), (first[:, 1:], first[:, :-1])]
    assert all(abs(correlation(a, b)) < 0.015 for a, b in pairs)
    # Nor are the lowest bits of consecutive seeds.
    low = Draws(range(4096)).bits(8) & 1
    assert abs(float(low.float().mean()) - 0.5) < 0.01
    assert abs(correlation(low[1:].float(), low[:-1].float())) < 0.03


def test_a_seed_draws_the_same_alone_and_in_company():
    many = Draws([3, 2**40 + 5, 9]).stream("a")
    assert torch.equal(
        many.pick(torch.tensor([1])).normal(5, 2)[0], Draws([2**40 + 5]).stream("a").normal(5, 2)[0]
    )
    assert not torch.equal(Draws([5]).uniform(9), Draws([2**40 + 5]).uniform(9))


def test_a_stream_is_not_changed_by_what_is_drawn_elsewhere():
    draws = Draws([4])
    before = draws.stream("camera").uniform(3)
    draws.uniform(100)
    draws.stream("path").normal(10)
    assert torch.equal(draws.stream("camera").uniform(3), before)


def test_seeds_come_from_the_generator():
    a, b = (new_seeds(5, torch.Generator().manual_seed(seed)) for seed in (0, 0))
    assert torch.equal(a, b) and len(set(a.tolist())) == 5
