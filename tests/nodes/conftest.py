"""Nodes are tested on small real networks with random weights."""

import pytest
import torch


@pytest.fixture(scope="session")
def vae():
    """A VAE socket with a tiny network."""
    from flowbrush.hosts.headless.native import Vae
    from flowbrush.models.vae import VAEConfig, WanVAE

    torch.manual_seed(0)
    network = WanVAE(VAEConfig(dim=4)).eval().requires_grad_(False)
    return Vae(network, torch.device("cpu"), torch.float32)


@pytest.fixture(scope="session")
def model():
    """A MODEL socket with a tiny network."""
    from flowbrush.hosts.headless.native import Model
    from flowbrush.models.dit import DiTConfig, WanDiT

    torch.manual_seed(0)
    network = WanDiT(DiTConfig(dim=32, ffn_dim=64, num_heads=2, num_layers=1, in_dim=36, text_dim=16))
    torch.nn.init.normal_(network.head.head.weight, std=0.1)  # zero in a new network
    return Model(network.eval().requires_grad_(False), torch.device("cpu"), torch.float32)


@pytest.fixture
def text():
    """A CONDITIONING of four tokens."""
    return [[torch.randn(1, 4, 16, generator=torch.Generator().manual_seed(0)), {}]]


@pytest.fixture
def picture():
    """A smooth IMAGE [1,32,32,3]."""
    y, x = torch.meshgrid(torch.linspace(0, 1, 32), torch.linspace(0, 1, 32), indexing="ij")
    return torch.stack([x, y, (x + y) / 2], -1)[None]


@pytest.fixture
def motion():
    """A disc in the middle that goes right by an eighth of the picture, over 5 frames."""
    from flowbrush.motion.field.field import field_from_document

    document = (
        '{"flowbrush": "motion", "version": 1, "layers": [{"region": {"strokes": [{"radius": 0.2, '
        '"points": [[0.5, 0.5]]}]}, "motion": {"horizontal": 0.125}}]}'
    )
    return field_from_document(document, 5)
