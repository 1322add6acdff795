"""Ambient motion: seeded, smooth, of the size asked for."""

import numpy as np
import pytest
import torch
from flowbrush.motion.document.document import Ambient
from flowbrush.motion.field.ambient import AmbientWaves, integer_hash, uniform

LINE = torch.stack([torch.linspace(0, 1, 400), torch.full((400,), 0.5)], dim=1)


def wander(ambient, times, points=LINE):
    waves = AmbientWaves(ambient)
    return torch.einsum("tj,jcp->tcp", waves.coefficients(np.asarray(times)), waves.basis(points))


def test_it_starts_at_rest_and_is_seeded():
    assert wander(Ambient(amount=0.1), [0.0]).abs().max() == 0
    first, again, other = (wander(Ambient(amount=0.1, seed=s), [0.5]) for s in (4, 4, 5))
    assert torch.equal(first, again) and not torch.allclose(first, other, atol=1e-3)


def test_the_hash_is_fixed_for_all_time():
    assert [integer_hash(v) for v in (0, 1, 2**32 - 1)] == [0, 824515495, 539527247]
    draws = np.array([uniform(3, k) for k in range(4000)])
    assert draws.min() >= 0 and draws.max() < 1 and abs(draws.mean() - 0.5) < 0.02


def test_neighbours_and_moments_sway_alike():
    motion = wander(Ambient(amount=0.05, speed=1), np.linspace(0, 1, 100))
    assert motion.diff(dim=2).abs().max() < 0.05 * 0.15  # 1/400 of the short side apart
    assert motion.diff(dim=0).abs().max() < 0.05 * 0.4


def test_its_size_is_the_amount():
    # about its own mean position, over places, times and seeds
    sizes = []
    for seed in range(12):
        motion = wander(Ambient(amount=0.05, speed=15, seed=seed), np.linspace(0, 1, 400))
        sizes.append((motion - motion.mean(0)).square().sum(1).mean())
    assert float(torch.stack(sizes).mean().sqrt()) == pytest.approx(0.05, rel=0.1)
