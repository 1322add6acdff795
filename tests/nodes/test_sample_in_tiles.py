import pytest
import torch
from flowbrush.nodes.noise import LatentNoise
from flowbrush.nodes.sample_in_tiles import SampleInTiles
from flowbrush.nodes.sampler import Sampler

from .sampling_settings import SETTINGS


def sampled(model, text, width=128, height=96):
    noise, empty = LatentNoise.execute(width, height, 5, 1, 3).args
    return Sampler.execute(model, noise, text, text, empty, steps=2, **SETTINGS).args[0]["samples"]


def test_a_picture_of_one_tile_is_sampled_as_without_the_node(model, text):
    tiled = SampleInTiles.execute(model, 128, 128, 32).args[0]
    assert torch.equal(sampled(tiled, text), sampled(model, text))


def test_the_network_sees_tiles_and_the_given_model_is_left_alone(model, text, monkeypatch):
    seen = []
    forward = type(model.network).forward

    def watched(network, x, *more):
        seen.append(tuple(x.shape[-2:]))
        return forward(network, x, *more)

    monkeypatch.setattr(type(model.network), "forward", watched)
    tiled = SampleInTiles.execute(model, 64, 64, 32).args[0]
    found = sampled(tiled, text)
    assert set(seen) == {(8, 8)} and len(seen) == 2 * 2 * 3
    seen.clear()
    assert found.shape == sampled(model, text).shape and set(seen) == {(12, 16)}


def test_too_large_an_overlap_and_what_is_no_model_are_refused(model):
    with pytest.raises(ValueError, match="`overlap` is 64 px; it must be at most half"):
        SampleInTiles.execute(model, 96, 128, 64)
    for wrong, said in ((None, "`model` is missing; connect"), ("wan", "`model` is a str; connect")):
        with pytest.raises(ValueError, match=said):
            SampleInTiles.execute(wrong, 96, 96, 32)
