"""The VAE's training command on a tiny network: it learns, and what it exports loads."""

import torch
from flowbrush.training import export, vae


def train(folder) -> None:
    """A run of 25 steps."""
    arguments = [
        "--run",
        str(folder),
        "--start",
        str(folder.parent / "start.safetensors"),
        "--steps",
        "25",
        "--pool",
        "8",
    ]
    arguments += ["--dim", "8", "--size", "32", "--batch", "4", "--lengths", "5", "--device", "cpu"]
    vae.main(arguments)


def test_the_supply_of_a_resumed_run_gives_the_same_batches():
    generator = torch.Generator().manual_seed(0)
    supply = vae.Supply(32, generator, pool=8)
    supply.stills(4)
    kept, state = generator.get_state(), {**supply.state(), "pool": supply.pool.clone()}
    expected = supply.stills(4), supply.clips(1, 5, 2.0)
    generator.set_state(kept)
    again = vae.Supply(32, generator, state)
    assert torch.equal(again.stills(4), expected[0])
    assert torch.equal(again.clips(1, 5, 2.0), expected[1])


def test_a_trained_vae_restores_better_than_its_start_and_its_export_loads(tmp_path):
    from flowbrush.models.checkpoint import load_vae, read_header, save
    from flowbrush.models.vae import VAEConfig, WanVAE

    config = VAEConfig(dim=8)
    save(tmp_path / "start.safetensors", WanVAE(config).state_dict(), config, {"steps": 0})
    train(tmp_path / "run")
    export.main(["--vae", str(tmp_path / "run"), "--out", str(tmp_path / "out")])
    path = tmp_path / "out" / "flowbrush_vae.safetensors"
    clip = vae.Supply(32, torch.Generator().manual_seed(9), pool=8).clips(8, 5, 1.0)
    with torch.no_grad():
        before, after = (
            vae.psnr(net.decode(net.encode(clip)), clip)
            for net in map(load_vae, (tmp_path / "start.safetensors", path))
        )
    assert after > before
    facts = read_header(path)["facts"]
    assert facts["steps"] == 25 and facts["before"] == {"steps": 0}
