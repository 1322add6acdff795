import pytest
import torch
from flowbrush.models.dit import DiTConfig, WanDiT
from flowbrush.models.latent_format import process_in
from flowbrush.models.vae import VAEConfig, WanVAE
from flowbrush.synthetic.scene import render_clips, texture_pool
from flowbrush.training.engine.initialization import linear_vae, open_gates, steady_dit
from flowbrush.training.vae import psnr


def test_a_linear_start_restores_pictures_before_any_training():
    generator = torch.Generator().manual_seed(0)
    clips = render_clips(texture_pool(16, 96, generator), 10, 5, 64, 64, generator).video * 2 - 1
    vae = WanVAE(VAEConfig(dim=24))
    linear_vae(vae, clips)
    others = render_clips(texture_pool(16, 96, generator), 4, 5, 64, 64, generator).video * 2 - 1
    with torch.no_grad():
        latents = vae.encode(others)
        restored = vae.decode(latents)
    blurred = others.mean((3, 4), keepdim=True).expand_as(others)
    assert psnr(restored, others) > psnr(blurred, others) + 4
    normal = process_in(vae.encode(clips).detach())
    assert float(normal.mean((0, 2, 3, 4)).abs().max()) < 0.1
    assert float((normal.std((0, 2, 3, 4)) - 1).abs().max()) < 0.1


def test_a_steady_transformer_predicts_its_conditioning():
    dit = WanDiT(
        DiTConfig(dim=192, ffn_dim=128, num_heads=3, num_layers=2, in_dim=36, out_dim=16, text_dim=32)
    )
    steady_dit(dit)
    generator = torch.Generator().manual_seed(1)
    noise, shown = (torch.randn(2, 16, 3, 8, 8, generator=generator) for _ in range(2))
    known = torch.ones(2, 4, 3, 8, 8)
    text = torch.randn(2, 5, 32, generator=generator)
    with torch.no_grad():
        velocity = dit(torch.cat((noise, known, shown), 1), torch.tensor([1000.0, 300.0]), text)
    error = (velocity - (noise - shown)).square().mean()
    assert float(error) < 0.05 * float((noise - shown).square().mean())


def test_opened_gates_compute_the_same_and_move_further():
    config = DiTConfig(dim=192, ffn_dim=128, num_heads=3, num_layers=2, in_dim=36, out_dim=16, text_dim=32)
    dit = WanDiT(config, generator=torch.Generator().manual_seed(0))
    steady_dit(dit)
    generator = torch.Generator().manual_seed(1)
    x, text = torch.randn(2, 36, 3, 8, 8, generator=generator), torch.randn(2, 5, 32, generator=generator)
    time = torch.tensor([1000.0, 300.0])

    def learnt():
        """What the network answers, and how much a small change of a gated projection changes that."""
        with torch.no_grad():
            before, weight = dit(x, time, text), dit.blocks[1].ffn[2].weight
            weight.add_(0.1)
            change = dit(x, time, text) - before
            weight.sub_(0.1)
        return before, change

    (before, change), _ = learnt(), open_gates(dit, 6.0)
    after, changed = learnt()
    assert torch.allclose(after, before, atol=1e-4)
    assert float(changed.norm() / change.norm()) == pytest.approx(6, rel=0.1)
    with pytest.raises(ValueError, match="`open_gates` is 0; it must be more than 0"):
        open_gates(dit, 0)
