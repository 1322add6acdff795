"""The comparison of attention variants: its errors, and a short training of both kinds."""

import json

import pytest
import torch
from flowbrush.training import attention
from flowbrush.training.latents import write_shard
from torch import nn


class KnownAnswer(nn.Module):
    """Predicts the target plus a constant wherever the conditioning is known, at every noise level."""

    def __init__(self, target: torch.Tensor, offset: float):
        super().__init__()
        self.target, self.offset = target, offset

    def forward(self, x: torch.Tensor, sigma: torch.Tensor, prompts: list[str]) -> torch.Tensor:
        level = sigma.view(-1, 1, 1, 1, 1)
        x0 = self.target + self.offset * x[:, 16:17]
        return (x[:, :16] - x0) / level


def test_errors_are_separate_for_holes_and_known_cells():
    target = torch.randn(2, 16, 2, 4, 4, generator=torch.Generator().manual_seed(0))
    known = torch.zeros(2, 4, 2, 4, 4)
    known[:, :, 0] = 1.0
    batch = target, torch.zeros_like(target), known, ["", ""]
    found = attention.errors(KnownAnswer(target, 0.5), [batch], "cpu")
    assert found["hole"] == pytest.approx(0.0, abs=1e-5) and found["known"] == pytest.approx(0.25, rel=1e-3)
    for level in attention.LEVELS:
        assert found[f"level {level}"] == pytest.approx(0.5 * 0.25 / level**2, rel=1e-3)
    conditioning = attention.errors(None, [batch], "cpu")
    assert conditioning["known"] == pytest.approx(float(target[:, :, 0].square().mean()), rel=1e-3)
    assert set(conditioning) == {"hole", "known"}


def clips(frames: int, count: int):
    """Random latents of `count` clips of `frames` latent frames, half known to the conditioning."""
    generator = torch.Generator().manual_seed(frames)
    target = torch.randn(count, 16, frames, 4, 4, generator=generator)
    known = torch.ones(count, 4, frames, 4, 4)
    return target, 0.5 * target, known, ["a red circle"] * count, ["first"] * count


def test_both_kinds_train_on_the_same_batches_and_are_measured(tmp_path, monkeypatch, capsys):
    write_shard(tmp_path / "train" / "a.safetensors", [clips(2, 8)])
    write_shard(tmp_path / "held" / "a.safetensors", [clips(3, 2)])
    monkeypatch.setattr(attention, "write_clips", lambda folder, device: None)
    monkeypatch.setattr(attention, "SIZES", {**attention.SIZES, "ffn_dim": 32, "layers": 1, "tokens": 16})
    out = tmp_path / "rows.json"
    attention.main(["--folder", str(tmp_path), "--steps", "25", "--device", "cpu", "--json", str(out)])
    rows = json.loads(out.read_text())
    assert [(row["attention"], row["frames"], row["clips"]) for row in rows] == [
        ("conditioning", 9, 2), ("full", 9, 2), ("factorized", 9, 2),
    ]  # fmt: skip
    logs = [json.loads((tmp_path / kind / "log.jsonl").read_text()) for kind in ("full", "factorized")]
    assert logs[0]["given"] == logs[1]["given"] and logs[0]["loss"] != logs[1]["loss"]
    printed = capsys.readouterr().out
    assert "conditioning" in printed and f"{rows[1]['hole']:9.4f}" in printed
