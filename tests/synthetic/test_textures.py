import pytest
import torch
from flowbrush.synthetic.draws import Draws
from flowbrush.synthetic.patterns import glyphs, make_periodic
from flowbrush.synthetic.textures import KINDS, pictures, pictures_of_kind, pictures_of_seeds, spectral_noise


@pytest.mark.parametrize("kind", KINDS)
def test_pictures_are_periodic(kind):
    image = pictures_of_kind(Draws(range(6)), kind, 64)
    for dim in (-1, -2):
        inside = image.diff(dim=dim).abs().mean()
        seam = (image.select(dim, 0) - image.select(dim, -1)).abs().mean()
        assert float(seam) < 1.6 * float(inside) + 0.004


@pytest.mark.parametrize("kind", KINDS)
def test_pictures_of_a_kind_are_neither_flat_nor_alike(kind):
    image = pictures_of_kind(Draws(range(6)), kind, 64)
    assert image.shape == (6, 3, 64, 64) and float(image.min()) >= 0 and float(image.max()) <= 1
    assert float(image.std((2, 3)).mean()) > 0.03
    assert float(image.flatten(1).std(0).mean()) > 0.08


def test_a_picture_is_a_function_of_its_seed():
    many = pictures_of_seeds(Draws(range(8)), 48)
    alone = pictures_of_seeds(Draws([5]), 48)
    assert torch.allclose(many[5], alone[0], atol=1e-5)
    a, b = (pictures(3, 48, torch.Generator().manual_seed(seed)) for seed in (1, 2))
    assert float((a - b).abs().mean()) > 0.05


def test_every_kind_is_drawn_and_leaves_most_often():
    from flowbrush.synthetic import textures

    drawn = []
    with pytest.MonkeyPatch.context() as patch:
        for kind in KINDS:

            def make(draws: Draws, size: int, kind: str = kind) -> torch.Tensor:
                drawn.extend([kind] * draws.count)
                return torch.zeros(draws.count, 3, size, size)

            patch.setitem(textures._MADE, kind, make)
        pictures_of_seeds(Draws(range(2000)), 8)
    shares = {kind: drawn.count(kind) / 2000 for kind in KINDS}
    assert all(abs(shares[kind] - KINDS[kind]) < 0.04 for kind in KINDS)


def test_the_power_of_noise_falls_with_frequency():
    noise = spectral_noise(Draws(range(16)), 1, 128)
    power = torch.fft.rfft2(noise).abs().square().mean((0, 1))
    low, high = (float(power[k : 2 * k, k : 2 * k].mean()) for k in (4, 32))
    # Amplitudes fall with an exponent between 0.7 and 2.2, so power over three octaves by 2^4.2 to 2^13.2.
    assert 2**4 < low / high < 2**13.5


def test_glyphs_are_marks_on_paper():
    ink = glyphs(Draws(range(8)), 128)
    assert 0.05 < float(ink.mean()) < 0.4
    # Ink or paper: only the edges are in between.
    assert float(((ink > 0.02) & (ink < 0.98)).float().mean()) < 0.2


def test_a_ramp_is_made_periodic_without_a_step():
    ramp = torch.linspace(0, 1, 64).expand(1, 1, 64, 64)
    torus = make_periodic(ramp)
    around = (torus.roll(1, -1) - torus).abs()
    assert float((ramp.roll(1, -1) - ramp).abs().max()) == 1
    assert float(around.max()) < 0.15
    assert torch.allclose(torus[..., 20:44], ramp[..., 20:44])


def test_an_unknown_kind_is_named():
    with pytest.raises(ValueError, match="no kind of texture 'sand'"):
        pictures_of_kind(Draws([0]), "sand", 16)
