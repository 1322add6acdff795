"""Training from clips that are rendered on the way: mixed batches, logs, sheets of samples, TensorBoard, resuming."""

import json

import pytest
import torch
from flowbrush.models.checkpoint import load_vae, save
from flowbrush.models.vae import VAEConfig, WanVAE
from flowbrush.training import dit
from flowbrush.training import vae as vae_training
from flowbrush.training.engine.buckets import Bucket
from flowbrush.training.latents import Rendered
from flowbrush.training.samples import sample_latents, separate_stream
from PIL import Image

BUCKETS = [Bucket(1, 32, 48), Bucket(5, 32, 32)]


@pytest.fixture(autouse=True)
def few_pictures(monkeypatch):
    """Textures are most of the time of so small clips."""
    monkeypatch.setattr(Rendered, "_POOL", 3)


@pytest.fixture(scope="module")
def vae_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("vae") / "vae.safetensors"
    config = VAEConfig(dim=8)
    save(path, WanVAE(config).state_dict(), config, {"steps": 0})
    return path


def same(one, other):
    return all(torch.equal(a, b) for a, b in zip(one[:3], other[:3], strict=True)) and one[3] == other[3]


def test_rendered_batches_mix_stills_and_clips_within_the_budget_and_go_on_exactly(vae_file):
    vae = load_vae(vae_file)
    stream = Rendered(vae, BUCKETS, 24, torch.Generator().manual_seed(0))
    shapes = set()
    for _ in range(6):
        target, shown, known, prompts = next(stream)
        shapes.add(tuple(target.shape))
        assert shown.shape == target.shape and known.shape[1] == 4 and len(prompts) == len(target)
    assert shapes == {(4, 16, 1, 4, 6), (3, 16, 2, 4, 4)}  # 24 tokens each
    generator = torch.Generator()
    generator.set_state(stream.generator.get_state())
    again = Rendered(vae, BUCKETS, 24, generator, stream.state())
    for _ in range(3):
        assert same(next(stream), next(again))


def test_drawing_samples_for_a_sheet_does_not_change_what_training_sees(vae_file):
    vae = load_vae(vae_file)
    streams = [Rendered(vae, BUCKETS, 8, torch.Generator().manual_seed(4)) for _ in range(2)]
    first = [next(stream) for stream in streams]
    assert same(*first)
    other = next(separate_stream(streams[0]))
    assert same(other, next(separate_stream(streams[0])))  # always the same clips
    assert not same(other, first[0])
    assert same(next(streams[0]), next(streams[1]))


def test_samples_of_a_network_that_knows_the_answer_are_the_answer():
    target = torch.randn(2, 16, 2, 4, 4, generator=torch.Generator().manual_seed(0))
    batch = target, 0.5 * target, torch.ones(2, 4, 2, 4, 4), ["", ""]

    def network(x, sigma, prompts):
        return (x[:, :16] - target) / sigma.view(-1, 1, 1, 1, 1)

    for steps in (1, 8):
        made = sample_latents(network, batch, 36, steps, torch.Generator().manual_seed(1))
        assert float((made - target).abs().max()) < 1e-4


def scalars(folder):
    """What TensorBoard reads: (tags of numbers, steps of the loss, tags of pictures)."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(folder))
    events.Reload()
    return events.Tags()["scalars"], [e.step for e in events.Scalars("loss")], events.Tags()["images"]


def test_a_run_from_a_file_of_settings_leaves_logs_sheets_and_tensorboard(vae_file, tmp_path):
    config = tmp_path / "tiny.toml"
    config.write_text(
        f'vae = "{vae_file}"\nshapes = ["1x32x48:2", "5x32x32"]\ntokens = 12\nstreams = 2\n'
        "dim = 192\nffn_dim = 64\nheads = 3\nlayers = 1\nsteps = 4\nsheet_minutes = 1e-9\nsave_minutes = 0\n"
        'tensorboard = true\nrecompute = true\ndevice = "cpu"\n'
    )
    run = tmp_path / "run"
    dit.main(["--config", str(config), "--run", str(run)])
    row = json.loads((run / "log.jsonl").read_text())
    assert row["step"] == 4 and row["loss"] > 0
    sheets = sorted((run / "sheets").glob("samples_*.jpg"))
    assert len(sheets) == 4
    with Image.open(sheets[-1]) as sheet:
        assert sheet.width > sheet.height / 2 > 60
    tags, steps, pictures = scalars(run / "tensorboard")
    assert {"loss", "at_one", "below", "norm"} <= set(tags) and steps == [4] and pictures == ["samples"]


def test_a_checkpoint_of_before_there_were_streams_goes_on_with_its_batches(tmp_path):
    flags = ["--size", "32", "--batch", "4", "--lengths", "5", "--pool", "6", "--dim", "8", "--device", "cpu"]
    whole, halves = tmp_path / "whole", tmp_path / "halves"
    start = VAEConfig(dim=8)
    save(tmp_path / "start.safetensors", WanVAE(start).state_dict(), start, {})
    flags += ["--start", str(tmp_path / "start.safetensors"), "--lr", "1e-3"]
    vae_training.main(["--run", str(whole), *flags, "--steps", "5", "--save-minutes", "0"])
    # Stop a run after two steps, and bring its checkpoint into the old form.
    stop = vae_training.Learner.step
    with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):

        def step(self, loss_of):
            if self.run.step == 2:
                raise KeyboardInterrupt
            return stop(self, loss_of)

        patch.setattr(vae_training.Learner, "step", step)
        vae_training.main(["--run", str(halves), *flags, "--steps", "5", "--save-minutes", "0"])
    state = torch.load(halves / "checkpoint.pt", weights_only=True)
    state["supply"] = state.pop("streams")[0]["state"]
    torch.save(state, halves / "checkpoint.pt")
    vae_training.main(["--run", str(halves), *flags, "--steps", "5", "--save-minutes", "0"])
    one, two = (torch.load(f / "checkpoint.pt", weights_only=True)["average"] for f in (whole, halves))
    assert all(torch.equal(one[name], two[name]) for name in one)
