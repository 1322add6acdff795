"""The video model's training commands on tiny networks: latents are made, training runs, what it exports loads."""

import json

import pytest
import torch
from flowbrush.models.checkpoint import load_dit, load_text, load_vae, read_header, save
from flowbrush.models.vae import VAEConfig, WanVAE
from flowbrush.training import dit, export, latents


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with an untrained tiny VAE and eight encoded clips of 5 frames at 32x48."""
    folder = tmp_path_factory.mktemp("dit")
    (folder / "out").mkdir()
    config = VAEConfig(dim=8)
    torch.manual_seed(0)
    save(folder / "out" / "flowbrush_vae.safetensors", WanVAE(config).state_dict(), config, {"steps": 0})
    vae = str(folder / "out" / "flowbrush_vae.safetensors")
    shape = ["--shape", "5x32x48:8", "--shard", "8", "--device", "cpu"]
    latents.main(["--vae", vae, "--out", str(folder / "latents"), *shape])
    return folder


def test_shards_give_batches_of_the_asked_number_of_tokens(folder):
    batches = iter(latents.Shards(folder / "latents", 48, torch.Generator().manual_seed(0)))
    target, shown, known, prompts = next(batches)
    assert target.shape == shown.shape == (4, 16, 2, 4, 6) and known.shape == (
        4,
        4,
        2,
        4,
        6,
    )  # 12 tokens each
    assert float(known.min()) >= 0 and float(known.max()) <= 1 and len(prompts) == 4


def test_a_folder_without_latents_is_refused(tmp_path):
    with pytest.raises(ValueError, match="contains no latents"):
        latents.Shards(tmp_path, 48, torch.Generator())


def test_training_continues_and_its_export_loads(folder):
    run = folder / "run"
    arguments = ["--run", str(run), "--latents", str(folder / "latents"), "--dim", "192", "--ffn-dim", "64"]
    arguments += ["--heads", "3", "--layers", "1", "--tokens", "48", "--lr", "1e-3", "--device", "cpu"]
    dit.main([*arguments, "--steps", "8"])
    dit.main([*arguments, "--steps", "16"])
    assert [json.loads(line)["step"] for line in (run / "log.jsonl").read_text().splitlines()] == [8, 16]
    export.main(["--dit", str(run), "--out", str(folder / "out")])
    model = load_dit(folder / "out" / "flowbrush_dit.safetensors")
    text = load_text(folder / "out" / "flowbrush_text.safetensors")
    facts = read_header(folder / "out" / "flowbrush_dit.safetensors")["facts"]
    assert facts["steps"] == 16 and len(facts["latent_rgb"]) == 17
    with torch.no_grad():
        velocity = model(
            torch.randn(1, 36, 2, 4, 6), torch.tensor([1000.0]), text(*text.tokenize(["a red circle"]))
        )
    assert velocity.shape == (1, 16, 2, 4, 6) and bool(velocity.isfinite().all())


def test_sigmas_are_one_for_the_asked_share_and_inside_for_the_rest():
    sigma = dit.draw_sigmas(4000, 3.0, 0.4, torch.Generator().manual_seed(0))
    assert abs(float((sigma == 1).float().mean()) - 0.4) < 0.03
    rest = sigma[sigma < 1]
    assert (
        float(rest.min()) > 0 and 0.68 < float(rest.median()) < 0.82
    )  # shift 3 moves the median from 1/2 to 3/4


def test_closed_blocks_are_skipped_without_changing_the_latents(folder):
    vae = load_vae(folder / "out" / "flowbrush_vae.safetensors")
    with torch.no_grad():
        for module in vae.encoder.modules():
            if hasattr(module, "residual"):
                module.residual[-1].weight.zero_()
                module.residual[-1].bias.zero_()
        video = torch.rand(1, 3, 5, 32, 32, generator=torch.Generator().manual_seed(1)) * 2 - 1
        expected = vae.encode(video)
        torch.testing.assert_close(latents.without_closed_blocks(vae).encode(video), expected)
