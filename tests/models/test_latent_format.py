"""The latent space's statistics, lengths and previews."""

import pytest
import torch
from flowbrush.models.latent_format import (
    WAN21_MEAN,
    WAN21_STD,
    fit_rgb_factors,
    latent_frames,
    pixel_frames,
    preview,
    process_in,
    process_out,
)


def test_constants_are_those_of_diffusers():
    from diffusers import AutoencoderKLWan

    with torch.device("meta"):
        config = AutoencoderKLWan(base_dim=2).config
    assert list(WAN21_MEAN) == config.latents_mean
    assert list(WAN21_STD) == config.latents_std


def test_process_in_gives_unit_statistics_and_process_out_undoes_it():
    generator = torch.Generator().manual_seed(0)
    unit = torch.randn(2, 16, 3, 4, 5, generator=generator)
    raw = process_out(unit)
    assert torch.allclose(raw[0, 3], unit[0, 3] * WAN21_STD[3] + WAN21_MEAN[3])
    assert (process_in(raw) - unit).abs().max() < 1e-5
    with pytest.raises(ValueError, match=r"must be \[B, 16, T', h, w\]"):
        process_in(torch.zeros(1, 4, 1, 2, 2))


def test_lengths_are_4k_plus_1():
    assert [latent_frames(n) for n in (1, 5, 17, 81)] == [1, 2, 5, 21]
    assert all(pixel_frames(latent_frames(n)) == n for n in (1, 5, 17, 81))
    for wrong, right in ((80, 81), (2, 1), (19, 21), (0, 1)):
        with pytest.raises(
            ValueError, match=f"`length` is {wrong}; a causal video VAE needs 4k\\+1 frames: try {right}"
        ):
            latent_frames(wrong)


def test_preview_finds_the_colours_that_the_fit_has_seen():
    generator = torch.Generator().manual_seed(0)
    latents = torch.randn(1, 16, 2, 6, 6, generator=generator)
    mixing, bias = torch.randn(16, 3, generator=generator) * 0.05, torch.tensor([0.1, -0.2, 0.0])
    cells = latents[0].flatten(1).T
    factors = fit_rgb_factors(cells, cells @ mixing + bias)
    assert (factors - torch.cat((mixing, bias[None]))).abs().max() < 1e-4
    frames = preview(latents, factors)
    assert frames.shape == (2, 6, 6, 3)
    wanted = ((cells @ mixing + bias) * 0.5 + 0.5).clamp(0, 1)
    assert (frames.reshape(-1, 3) - wanted).abs().max() < 1e-4
