import io
import json
import sys
from pathlib import Path

import pytest
import torch
from flowbrush.models.muon import Muon, muon_for, nearest_semi_orthogonal
from flowbrush.training.engine.average import Average
from flowbrush.training.engine.loop import Run
from torch import nn


def trained(folder: Path, stop_at: int | None) -> list[float]:
    """Losses of a small run of 12 steps, interrupted and resumed after `stop_at` steps."""
    losses: list[float] = []

    def go_on(until: int) -> None:
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(20, 40), nn.GELU(), nn.Linear(40, 20))
        generator = torch.Generator().manual_seed(1)
        optimizer, average = muon_for(model, 1e-2), Average(model, 0.9)
        run = Run(folder, steps=12, minutes=None, lr=1e-2, warmup=3)
        run.resume(model, average, optimizer, generator)
        while run.step < until:
            x = torch.randn(16, 20, generator=generator)
            run.set_rate(optimizer)
            loss = (model(x) - x).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            average.update(model)
            losses.append(loss.item())
            run.advance({"loss": losses[-1]})
        run.save(model, average, optimizer, generator)

    if stop_at:
        go_on(stop_at)
    go_on(12)
    return losses


def test_an_interrupted_run_goes_on_exactly(tmp_path):
    whole, halves = trained(tmp_path / "a", None), trained(tmp_path / "b", 5)
    assert halves == whole
    assert whole[-1] < 0.8 * whole[0]
    assert {path.name for path in (tmp_path / "b").iterdir()} == {"checkpoint.pt", "log.jsonl"}


def test_a_checkpoint_that_cannot_be_written_leaves_the_last_one(tmp_path, monkeypatch):
    trained(tmp_path, None)
    before = (tmp_path / "checkpoint.pt").read_bytes()

    def half(state, path):
        path.write_bytes(before[:100])
        raise OSError("disk full")

    monkeypatch.setattr(torch, "save", half)
    with pytest.raises(OSError, match="disk full"):
        trained(tmp_path, None)
    assert (tmp_path / "checkpoint.pt").read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {"checkpoint.pt", "log.jsonl"}


@pytest.mark.parametrize("shape", [(24, 24), (16, 60), (60, 16)])
def test_nearest_semi_orthogonal_has_singular_values_near_one(shape):
    values = torch.linalg.svdvals(
        nearest_semi_orthogonal(torch.randn(shape, generator=torch.Generator().manual_seed(0)))
    )
    assert float(values.min()) > 0.5 and float(values.max()) < 1.4


def test_vectors_are_trained_by_adam_and_matrices_by_muon():
    model = nn.Sequential(nn.Linear(32, 32), nn.LayerNorm(32))
    matrices, rest = muon_for(model, 1e-3).param_groups
    assert [p.dim() for p in matrices["params"]] == [2]
    assert {p.dim() for p in rest["params"]} == {1}


def test_adam_falls_downhill():
    value = nn.Parameter(torch.tensor([3.0]))
    optimizer = Muon([{"params": [value]}], lr=0.1, weight_decay=0.0)
    for _ in range(100):
        optimizer.zero_grad()
        value.square().sum().backward()
        optimizer.step()
    assert abs(value.item()) < 0.3


def test_the_rate_warms_up_and_falls(tmp_path):
    model = nn.Linear(2, 2)
    optimizer = muon_for(model, 1.0)
    run = Run(tmp_path, steps=100, minutes=None, lr=1.0, warmup=10)
    rates = []
    for _ in range(100):
        run.set_rate(optimizer)
        rates.append(optimizer.param_groups[0]["lr"])
        run.advance({"loss": 0.0})
    assert rates[0] < 0.15 and max(rates) > 0.9 and rates[-1] < 0.1
    assert run.done


def test_a_terminal_shows_a_bar_with_the_time_left_and_logs_go_to_the_file(tmp_path, monkeypatch, capsys):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr(sys, "stderr", screen := Terminal())
    run = Run(tmp_path, steps=4, minutes=None, lr=1.0)
    run._mark -= 30  # the first step seems to have taken half a minute
    for _ in range(4):
        run.advance({"loss": 0.125})
    shown = screen.getvalue()
    assert " 25%|" in shown and "step 1, 01:30 left, loss 0.125" in shown and "100%|" in shown
    assert capsys.readouterr().out == ""
    assert json.loads((tmp_path / "log.jsonl").read_text())["step"] == 4


def test_the_rate_stays_at_its_peak_until_the_decay_begins(tmp_path):
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], 1.0)
    run = Run(tmp_path, steps=100, minutes=None, lr=0.5, warmup=1, decay_from=0.6)
    rates = []
    for step in (1, 60, 80, 100):
        run.step = step
        run.set_rate(optimizer)
        rates.append(optimizer.param_groups[0]["lr"])
    assert rates == pytest.approx([0.5, 0.5, 0.5 * 0.525, 0.5 * 0.05])
