"""Small random networks that the tests of this folder share."""

import pytest
import torch
from flowbrush.models.dit import DiTConfig, WanDiT


def small_dit(**changes):
    """A transformer with two heads of 24 channels whose weights, the head's too, are random."""
    sizes = {"dim": 48, "ffn_dim": 64, "num_heads": 2, "num_layers": 2, "in_dim": 36, "text_dim": 20}
    model = WanDiT(DiTConfig(**(sizes | changes)))
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(0, 0.1, generator=generator)
    return model.eval()


def small_inputs(model, batch=2, tokens=16, image_tokens=None):
    """Latents, timesteps, text and, where asked, image features for a forward of `small_dit`."""
    config, generator = model.config, torch.Generator().manual_seed(2)
    inputs = {
        "x": torch.randn(batch, config.in_dim, 3, 8, 6, generator=generator),
        "timestep": torch.tensor([500.0, 20.0, 999.0])[:batch],
        "context": torch.randn(batch, tokens, config.text_dim, generator=generator),
    }
    if image_tokens is not None:
        inputs["image"] = torch.randn(batch, image_tokens, config.image_dim, generator=generator)
    return inputs


@pytest.fixture(name="small_dit")
def _small_dit():
    return small_dit


@pytest.fixture(name="small_inputs")
def _small_inputs():
    return small_inputs


@pytest.fixture(scope="session")
def builders():
    """`small_dit` and `small_inputs`, for fixtures that live longer than one test."""
    return small_dit, small_inputs
