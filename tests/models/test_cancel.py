"""A cancel ends the loading of models and a chunk of the VAE at the next tensor or layer."""

import pytest
import torch
from flowbrush.interruption import interruptible
from flowbrush.models.bundled import bundled_path
from flowbrush.models.checkpoint import load_dit, load_text, load_vae, read
from flowbrush.models.vae import VAEConfig, WanVAE


class Cancelled(Exception):
    pass


class Cancel:
    """A check that counts its calls and cancels at the given one."""

    def __init__(self, at: float = float("inf")):
        self.calls, self.at = 0, at

    def __call__(self):
        self.calls += 1
        if self.calls >= self.at:
            raise Cancelled


@pytest.mark.parametrize(("kind", "load"), [("dit", load_dit), ("vae", load_vae), ("text", load_text)])
def test_loading_looks_at_each_tensor(kind, load):
    path = bundled_path(kind)
    tensors = len(read(path)[0])
    check = Cancel()
    with interruptible(check):
        load(path)
    assert check.calls >= 2 * tensors
    for at in (1, tensors // 2, check.calls):
        with pytest.raises(Cancelled), interruptible(Cancel(at)):
            load(path)
    load(path)  # nothing of the cancelled calls remains


def test_a_chunk_of_the_decoder_looks_at_each_layer():
    vae = WanVAE(VAEConfig(dim=8, z_dim=4, dim_mult=(1, 1, 2, 2))).eval()
    latents = torch.randn(1, 4, 2, 4, 4, generator=torch.Generator().manual_seed(0))
    check = Cancel()
    with torch.no_grad(), interruptible(check):
        vae.decode(latents)
    assert check.calls >= 2 * len(vae.decoder.layers)
    with pytest.raises(Cancelled), torch.no_grad(), interruptible(Cancel(len(vae.decoder.layers) // 2)):
        vae.decode(latents)
