"""Training of the interpolation network: its samples are exact, it learns, resumes exactly, and what it exports loads."""

import pytest
import torch
from flowbrush.models.checkpoint import load_interpolator, read_header
from flowbrush.models.interpolator import Interpolator, InterpolatorConfig
from flowbrush.motion.flow.agreement import compose_frame
from flowbrush.training import export, interpolation, moments
from flowbrush.training.interpolation import InterpolationTraining, learner_of, losses
from flowbrush.training.moments import Batch, Supply

TINY = InterpolatorConfig((8, 8, 8), (1, 1, 1), 8)


def supply(state=None, seed: int = 0) -> Supply:
    generator = torch.Generator().manual_seed(seed)
    return Supply(64, generator, state, pool=8, kept=8)


@pytest.fixture(scope="module")
def sample() -> Batch:
    """Samples without the grain and the codec's blocks that a recording has."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(moments, "add_recording_defects", lambda frames, generator: frames)
        return supply(seed=3).new_samples(6)


def test_along_the_exact_flow_the_frames_show_what_the_target_shows(sample):
    """Except where one of them hides it; changing light is left as it is."""
    half = torch.nn.functional.avg_pool2d(sample.flow, 2) / 2
    only_first, only_second = (torch.full_like(half[:, :1], value) for value in (30.0, -30.0))
    for side, share in ((0, only_first), (1, only_second)):
        found = compose_frame(sample.first, sample.second, half, share)
        wrong = (found - sample.target).abs().mean(1)
        seen = sample.visible[:, side] > 0.5
        assert float(wrong[seen].median()) < 0.01
        still = (sample.first if side == 0 else sample.second) - sample.target
        assert float(wrong[seen].mean()) < 0.5 * float(still.abs().mean(1)[seen].mean())


def test_a_varied_sample_is_still_exact(sample):
    store = supply(seed=3)
    for _ in range(6):
        varied = store._augment(sample)
        half, visible = (torch.nn.functional.avg_pool2d(x, 2) for x in (varied.flow / 2, varied.visible))
        found = compose_frame(varied.first, varied.second, half, torch.logit(0.98 * visible[:, :1] + 0.01))
        assert float((found - varied.target).abs().median()) < 0.01
        before, after = (losses(Interpolator(TINY).refine, batch)["epe"] for batch in (sample, varied))
        assert abs(float(before - after)) < 0.1 * float(before) + 0.02


def trained(folder, stop_at: int | None) -> list[float]:
    """Losses of 6 steps, interrupted and resumed after `stop_at` steps."""
    found: list[float] = []
    settings = InterpolationTraining(
        run=folder,
        steps=6,
        warmup=2,
        widths=(8, 8, 8),
        blocks=(1, 1, 1),
        head=8,
        size=64,
        batch=2,
        pool=8,
        device="cpu",
    )

    def go_on(until: int) -> None:
        learner, loss_of = learner_of(settings)

        def noted(stream):
            loss, values = loss_of(stream)
            found.append(float(loss.detach()))
            return loss, values

        while learner.run.step < until:
            learner.step(noted)
        learner.save()

    if stop_at:
        go_on(stop_at)
    go_on(6)
    return found


def test_an_interrupted_run_goes_on_with_the_same_losses(tmp_path):
    assert trained(tmp_path / "a", None) == trained(tmp_path / "b", 3)


def test_the_command_trains_and_its_export_loads(tmp_path):
    sizes = ["--widths", "8", "8", "8", "--blocks", "1", "1", "1", "--head", "8"]
    small = ["--size", "64", "--batch", "2", "--pool", "8", "--device", "cpu", *sizes]
    interpolation.main(["--run", str(tmp_path / "run"), "--steps", "25", *small])
    export.main(["--interpolation", str(tmp_path / "run"), "--out", str(tmp_path)])
    path = tmp_path / "flowbrush_interpolator.safetensors"
    assert load_interpolator(path).config == TINY
    assert read_header(path)["facts"]["steps"] == 25
    interpolation.main(["--run", str(tmp_path / "more"), "--start", str(path), "--steps", "26", *small])
    export.main(["--interpolation", str(tmp_path / "more"), "--out", str(tmp_path)])
    facts = read_header(path)["facts"]
    assert facts["steps"] == 26 and facts["before"]["steps"] == 25


def test_settings_that_cannot_be_are_refused_in_one_sentence(tmp_path, capsys):
    (tmp_path / "run.toml").write_text("size = 100\n")
    with pytest.raises(SystemExit):
        interpolation.main(["--config", str(tmp_path / "run.toml"), "--run", str(tmp_path / "run")])
    assert "`size` is 100; it must be a multiple of 16 and at least 64" in capsys.readouterr().err
