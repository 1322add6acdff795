"""Tiles give the result of the whole picture, to rounding."""

import pytest
import torch
from flowbrush.models.vae import VAEConfig, WanVAE
from flowbrush.models.vae_tiling import layer_sizes, required_ranges, tile_ranges

ROUNDING = 2e-5


@pytest.fixture(scope="module")
def example():
    """A random VAE, a clip whose sides no tile divides, its latents, and what they decode to."""
    vae = WanVAE(VAEConfig(6)).eval()
    generator = torch.Generator().manual_seed(1)
    clip = torch.rand(1, 3, 5, 136, 72, generator=generator) * 2 - 1
    with torch.no_grad():
        latents = vae.encode(clip)
        return vae, clip, latents, vae.decode(latents)


@pytest.mark.parametrize("tile", [24, 64, 1000])
@torch.inference_mode()
def test_tiles_decode_to_the_whole_picture(example, tile):
    vae, _, latents, video = example
    torch.testing.assert_close(vae.decode_tiled(latents, tile), video, atol=ROUNDING, rtol=0)


@pytest.mark.parametrize("tile", [40, 1000])
@torch.inference_mode()
def test_tiles_encode_to_the_whole_picture(example, tile):
    vae, clip, latents, _ = example
    torch.testing.assert_close(vae.encode_tiled(clip, tile), latents, atol=ROUNDING, rtol=0)


def test_tiles_can_be_asked_for_while_gradients_are_recorded(example):
    vae, _, latents, video = example
    torch.testing.assert_close(vae.decode_tiled(latents, 64), video, atol=ROUNDING, rtol=0)


def test_a_tile_needs_a_growing_surrounding_on_the_way_back(example):
    layers = example[0].decoder.layers[example[0].decoder.bottom :]
    rows = required_ranges(layers, layer_sizes(layers, 60), (200, 240))
    assert rows[-1] == (200, 240)
    assert rows[-2] == (199, 241)  # the head's three taps
    # 7.25 rows of the latents on each side: 6 convolutions in each of 3 levels, the head, and 3 upsamplings.
    assert rows[0] == (18, 37)


def test_tiles_share_the_picture_evenly():
    assert tile_ranges(100, 40) == [(0, 33), (33, 66), (66, 100)]
    assert tile_ranges(10, 40) == [(0, 10)]


def test_tiles_report_each_piece_and_can_be_stopped(example):
    vae, _, latents, _ = example
    seen = []
    vae.decode_tiled(latents, 72, lambda done, total: seen.append((done, total)))
    assert seen == [(done, 4) for done in range(1, 5)]

    def stop(done, total):
        raise InterruptedError

    with pytest.raises(InterruptedError):
        vae.decode_tiled(latents, 72, stop)


def test_a_tile_smaller_than_a_latent_cell_is_refused(example):
    with pytest.raises(ValueError, match="`tile` is 4 pixels"):
        example[0].decode_tiled(example[2], 4)
