import dataclasses
import json

import pytest
import torch
from flowbrush.models.bundled import bundled_path
from flowbrush.models.checkpoint import load_dit, load_text, load_vae, read_header
from flowbrush.training import curriculum
from flowbrush.training.curriculum import STAGES, Progress, Stage, arguments
from flowbrush.training.dit import DiTTraining
from flowbrush.training.engine.settings import settings_from
from flowbrush.training.latents import Rendered


def toy(name, share):
    return Stage(name, "vae", "vae_gpu", share, 100, "--vae")


def test_the_time_is_shared_among_what_is_left_and_a_stage_that_began_keeps_its_minutes(
    tmp_path, monkeypatch
):
    clock = [0.0]
    monkeypatch.setattr(curriculum.time, "monotonic", lambda: clock[0])
    stages = [toy("a", 1), toy("b", 3)]
    first = Progress(tmp_path, 10)
    assert first.minutes_of(stages[0], stages) == pytest.approx(9.6 / 4)
    clock[0] += 60 * 5.6  # the first stage took 5.6 minutes, and 4 are left for the second
    first.finish(stages[0])
    assert first.minutes_of(stages[1], stages) == pytest.approx(4.0)
    clock[0] += 60
    again = Progress(tmp_path, 10)
    assert again.finished == ["a"]
    assert again.minutes_of(stages[1], stages) == pytest.approx(4.0)


def test_each_stage_of_the_transformer_starts_from_the_one_before(tmp_path):
    lines = {stage.name: arguments(stage, tmp_path, "cpu", 1.5) for stage in STAGES}
    dits = {
        name: settings_from(DiTTraining, line, "") for name, line in lines.items() if name.startswith("dit_")
    }
    models = tmp_path / "models"
    assert dits["dit_64"].start_dit is None
    for name in ("dit_128", "dit_256"):
        assert dits[name].start_dit == models / "flowbrush_dit.safetensors"
        assert dits[name].start_text == models / "flowbrush_text.safetensors"
        assert dits[name].minutes == 1.5
    assert str(tmp_path / "dit_256") in lines["student"]


def test_a_dry_run_trains_every_stage_and_is_continued(tmp_path, monkeypatch, capsys):
    tiny = {"shapes": ("5x32x32",)}
    stages = [  # of two steps
        dataclasses.replace(stage, steps=200, settings=tiny if stage.command in ("dit", "distill") else {})
        for stage in STAGES
    ]
    stages[0] = dataclasses.replace(
        stages[0], needs={"start": str(bundled_path("vae"))}
    )  # a new VAE takes minutes to prepare
    monkeypatch.setattr(curriculum, "STAGES", stages)
    monkeypatch.setattr(Rendered, "_POOL", 8)  # pictures, which cost more than these steps
    monkeypatch.setattr(curriculum.export, "latent_colours", lambda vae: [[0.0] * 3] * 17)
    trained = []
    train = curriculum.train

    def train_or_stop(stage, *given):
        if stage.name == "dit_128" and "dit_128" not in trained:
            trained.append("dit_128")
            raise KeyboardInterrupt
        trained.append(stage.name)
        train(stage, *given)

    monkeypatch.setattr(curriculum, "train", train_or_stop)
    with pytest.raises(KeyboardInterrupt):
        curriculum.main(["--out", str(tmp_path), "--dry-run"])
    assert trained == ["vae", "dit_64", "dit_128"]
    trained.clear()
    trained.append("dit_128")
    curriculum.main(["--out", str(tmp_path), "--dry-run"])
    assert trained[1:] == ["dit_128", "dit_256", "text", "student"]
    assert "vae: finished before" in capsys.readouterr().out
    models = tmp_path / "models"
    load_vae(models / "flowbrush_vae.safetensors")
    dit = load_dit(models / "flowbrush_dit.safetensors")
    before = torch.load(tmp_path / "dit_128" / "checkpoint.pt", weights_only=True)["average"]
    name = next(name for name in before if name.endswith("self_attn.q.weight"))
    assert not torch.equal(dit.state_dict()[name.removeprefix("dit.")], before[name])
    load_text(models / "flowbrush_text.safetensors")
    load_dit(models / "flowbrush_text_to_video.safetensors")
    student = read_header(models / "flowbrush_student.safetensors")
    assert student["facts"]["steps"] == 2
    assert json.loads((tmp_path / "curriculum.json").read_text())["finished"] == [s.name for s in STAGES]
