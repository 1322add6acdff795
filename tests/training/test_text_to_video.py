"""Training of the text-to-video transformer on tiny networks: it learns, goes on exactly, and what it exports loads."""

import json

import pytest
import torch
from flowbrush.models.checkpoint import load_dit, load_text, load_vae, read_header, save
from flowbrush.models.latent_format import process_in
from flowbrush.models.vae import VAEConfig, WanVAE
from flowbrush.synthetic.plain_scenes import render_plain, shades
from flowbrush.training import export, text_to_video
from flowbrush.training.text_to_video import PlainClips, TextTraining, covered_cells

TINY = [
    "--dim", "64", "--ffn-dim", "64", "--heads", "1", "--layers", "1", "--text-dim", "32", "--frames", "5", "--side", "32",
    "--clips", "4", "--fresh", "2", "--store", "8", "--text-steps", "2", "--lr", "3e-3", "--warmup", "5", "--device", "cpu",
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with an untrained tiny VAE."""
    folder = tmp_path_factory.mktemp("text")
    config = VAEConfig(dim=8)
    torch.manual_seed(0)
    save(folder / "flowbrush_vae.safetensors", WanVAE(config).state_dict(), config, {"steps": 0})
    return folder


def settings(folder, **more):
    given = {"frames": 5, "side": 32, "clips": 4, "fresh": 2, "store": 8, "device": "cpu"} | more
    return TextTraining(run=folder / "none", vae=folder / "flowbrush_vae.safetensors", **given)


def trained(folder, name, steps, *more):
    vae = str(folder / "flowbrush_vae.safetensors")
    text_to_video.main(["--run", str(folder / name), "--vae", vae, *TINY, "--steps", str(steps), *more])
    return torch.load(folder / name / "checkpoint.pt", weights_only=True)


def test_latents_are_those_that_the_vae_makes_of_the_captioned_clip(folder):
    vae, asked = load_vae(folder / "flowbrush_vae.safetensors"), settings(folder)
    clips = PlainClips(vae, asked, torch.Generator().manual_seed(3))
    latents, covered, captions = next(clips)
    assert latents.shape == (4, 16, 2, 4, 4) and covered.shape == (4, 2, 4, 4) and len(captions) == 4
    base = clips.state()["base"]
    pool = shades(256, 64, torch.Generator().manual_seed(asked.seed))
    video, _, whole = render_plain(pool, range(base, base + 8), 5, 32, 32)
    with torch.no_grad():
        exact = process_in(vae.encode(video * 2 - 1))
    for latent, caption in zip(latents, captions, strict=True):
        errors = (exact - latent).abs().amax((1, 2, 3, 4))
        row = int(errors.argmin())
        assert float(errors[row]) < 0.02  # kept in half precision
        assert all(part in whole[row] for part in caption.split(", "))


def test_covered_cells_are_those_that_a_thing_touches_in_any_of_their_frames():
    covered = torch.zeros(1, 9, 16, 16)
    covered[0, 0, 0, 0] = 1
    covered[0, 6, 15, 15] = 0.5
    cells = covered_cells(covered)
    assert cells.shape == (1, 3, 2, 2) and float(cells.sum()) == 1.5
    assert float(cells[0, 0, 0, 0]) == 1 and float(cells[0, 2, 1, 1]) == 0.5


def test_batches_go_on_where_they_stopped(folder):
    vae, asked = load_vae(folder / "flowbrush_vae.safetensors"), settings(folder)
    one = PlainClips(vae, asked, torch.Generator().manual_seed(3))
    for _ in range(6):
        next(one)
    state, generator = one.state(), torch.Generator()
    generator.set_state(one.generator.get_state())
    other = PlainClips(vae, asked, generator, state)
    expected, given = next(one), next(other)
    assert torch.equal(expected[0], given[0]) and expected[2] == given[2]


def test_a_run_that_was_interrupted_ends_at_the_same_weights(folder, monkeypatch):
    whole = trained(folder, "whole", 6)
    step = text_to_video.Learner.step

    def interrupted(learner, loss_of):
        if learner.run.step == 3:
            learner.save()
            raise KeyboardInterrupt
        return step(learner, loss_of)

    with monkeypatch.context() as patched:
        patched.setattr(text_to_video.Learner, "step", interrupted)
        with pytest.raises(KeyboardInterrupt):
            trained(folder, "parts", 6)
    parts = trained(folder, "parts", 6)
    assert whole["streams"][0]["state"] == parts["streams"][0]["state"]
    assert all(torch.equal(value, parts["average"][name]) for name, value in whole["average"].items())


def test_training_lowers_the_loss_and_its_export_loads(folder):
    state = trained(folder, "run", 75)
    rows = [json.loads(line) for line in (folder / "run" / "log.jsonl").read_text().splitlines()]
    assert rows[-1]["loss"] < 0.9 * rows[0]["loss"]
    export.main(["--text-to-video", str(folder / "run"), "--out", str(folder)])
    dit = load_dit(folder / "flowbrush_text_to_video.safetensors")
    text = load_text(folder / "flowbrush_text_to_video_text.safetensors")
    facts = read_header(folder / "flowbrush_text_to_video.safetensors")["facts"]
    assert facts["steps"] == state["step"] == 75 and len(facts["latent_rgb"]) == 17
    assert "plain_scenes" in facts["data"]
    assert dit.config.in_dim == 16 and dit.config.text_dim == text.config.dim == 32
    with torch.no_grad():
        velocity = dit(torch.randn(1, 16, 2, 4, 4), torch.tensor([1000.0]), text.encode(["a red circle"]))
    assert velocity.shape == (1, 16, 2, 4, 4) and bool(velocity.isfinite().all())


def test_settings_that_cannot_be_are_refused(folder):
    with pytest.raises(ValueError, match="multiple of 16"):
        settings(folder, side=40)
    with pytest.raises(ValueError, match="multiple of `fresh`"):
        settings(folder, store=9)


def test_a_run_leaves_sheets_of_samples_if_they_are_wanted(folder):
    trained(folder, "sheets", 1, "--sheet-minutes", "1e-6")
    assert [path.name for path in (folder / "sheets" / "sheets").iterdir()] == ["samples_0000001.jpg"]
