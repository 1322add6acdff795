"""Settings from files and flags: the values that are read, and the one-sentence message of each mistake."""

import pytest
from flowbrush.training.distill import Distillation
from flowbrush.training.dit import DiTTraining
from flowbrush.training.engine.settings import settings_from
from flowbrush.training.finetune import FineTuning
from flowbrush.training.text_to_video import TextTraining
from flowbrush.training.vae import VAETraining


def read(tmp_path, text, *flags, kind=VAETraining):
    path = tmp_path / "settings.toml"
    path.write_text(text)
    return settings_from(kind, ["--config", str(path), "--run", str(tmp_path), *flags], None)


def test_a_flag_wins_over_the_file_and_the_file_over_the_default(tmp_path):
    text = 'lr = 1\nlengths = [5, 13]\nencoder = "frozen"\ntensorboard = true\nsteps = 7\nstart = "a/b.safetensors"'
    settings = read(tmp_path, text, "--steps", "9", "--no-tensorboard", "--save-minutes", "0.5")
    assert (settings.lr, settings.lengths, settings.encoder) == (1.0, (5, 13), "frozen")
    assert (settings.steps, settings.tensorboard, settings.save_minutes) == (9, False, 0.5)
    assert settings.start is not None and settings.start.name == "b.safetensors"
    assert (settings.kl, settings.minutes) == (1e-5, None)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("learning_rate = 1", "has the key `learning_rate`, which is unknown"),
        ("step = 5", "which is unknown: did you mean `steps`?"),
        ('steps = "five"', "`steps` in settings.toml is 'five'; it must be a whole number"),
        ("steps = true", "it must be a whole number"),
        ("lengths = 5", "it must be a list"),
        ('encoder = "some"', "it must be one of 'all', 'branches', 'frozen'"),
        ("lengths = [6]", "needs 4k+1 frames: try 5"),
        ("lr = -1", "`lr` is -1.0; it must be at least 0"),
        ("ema = 2", "`ema` is 2.0; it must be between 0 and 1"),
        ("steps = ", "settings.toml is not TOML"),
        ("size = 60", "`size` is 60; the VAE needs a multiple of 8"),
    ],
)
def test_a_mistake_is_one_sentence(tmp_path, capsys, text, sentence):
    with pytest.raises(SystemExit):
        read(tmp_path, text)
    said = capsys.readouterr().err
    assert sentence in said.split("error: ")[1]
    assert said.strip().count("\n") == said[: said.index("error: ")].count("\n")  # one line after the usage


def test_what_must_be_given_is_named(tmp_path, capsys):
    with pytest.raises(SystemExit):
        settings_from(VAETraining, [], None)
    assert "`run` is missing" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        read(tmp_path, "", kind=DiTTraining)
    assert "nothing to train on" in capsys.readouterr().err


def test_shipped_recipes_are_valid(tmp_path):
    from pathlib import Path

    from flowbrush import training

    folder = Path(training.__file__).parent / "recipes"
    kinds = {
        "vae": VAETraining,
        "dit": DiTTraining,
        "distill": Distillation,
        "finetune": FineTuning,
        "text": TextTraining,
    }
    found = sorted(folder.glob("*.toml"))
    assert {path.stem.split("_")[0] for path in found} == set(kinds)
    for path in found:
        kind = kinds[path.stem.split("_")[0]]
        more = ["--clips", str(tmp_path)] if kind is FineTuning else []
        settings = settings_from(kind, ["--config", str(path), "--run", str(tmp_path), *more], None)
        assert settings.minutes or settings.steps < 10_000  # a run that ends
