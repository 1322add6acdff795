"""The benchmark of attention variants: what it counts, and what it measures on clips."""

import json

import pytest
import torch
from flowbrush.benchmarks import attention
from flowbrush.models.dit import DiTConfig
from flowbrush.training.latents import write_shard
from torch import nn

SMALL = DiTConfig(dim=48, ffn_dim=64, num_heads=2, num_layers=2, text_dim=20)


def test_operations_of_full_attention_grow_with_the_square_of_the_length():
    rows = attention.cost_rows((1, 17, 65), 64, 1, "cpu", SMALL)
    found = {(row["attention"], row["frames"]): row["giga_operations"] for row in rows}
    assert [row["tokens"] for row in rows[::2]] == [16, 80, 272] and all(row["seconds"] > 0 for row in rows)
    tokens = {frames: 16 * (1 + (frames - 1) // 4) for frames in (1, 17, 65)}
    for frames in (17, 65):
        latent = tokens[frames] // 16
        # two products of tokens x keys x dim, of two operations each, in two layers
        spared = 2 * 4 * tokens[frames] * SMALL.dim * (tokens[frames] - 16 - latent) / 1e9
        assert found["full", frames] - found["factorized", frames] == pytest.approx(spared, abs=0.011)


class Guess(nn.Module):
    """Knows the picture except for a constant, at every level."""

    def __init__(self, target: torch.Tensor, off: float):
        super().__init__()
        self.target, self.off = target, off

    def forward(self, x: torch.Tensor, sigma: torch.Tensor, prompts: list[str]) -> torch.Tensor:
        level = sigma.view(-1, 1, 1, 1, 1)
        x0 = self.target + self.off * x[:, 16:17]  # off where something is known
        return (x[:, :16] - x0) / level


def test_errors_are_told_apart_by_what_is_known():
    target = torch.randn(2, 16, 2, 4, 4, generator=torch.Generator().manual_seed(0))
    known = torch.zeros(2, 4, 2, 4, 4)
    known[:, :, 0] = 1.0
    batch = target, torch.zeros_like(target), known, ["", ""]
    found = attention.errors(Guess(target, 0.5), [batch], "cpu")
    assert found["hole"] == pytest.approx(0.0, abs=1e-5) and found["known"] == pytest.approx(0.25, rel=1e-3)
    for level in attention.LEVELS:
        assert found[f"level {level}"] == pytest.approx(0.5 * 0.25 / level**2, rel=1e-3)
    given = attention.errors(None, [batch], "cpu")
    assert given["known"] == pytest.approx(float(target[:, :, 0].square().mean()), rel=1e-3)
    assert set(given) == {"hole", "known"}


def test_both_kinds_are_trained_alike_and_measured(tmp_path, monkeypatch, capsys):
    def clips(frames: int, count: int):
        generator = torch.Generator().manual_seed(frames)
        target = torch.randn(count, 16, frames, 4, 4, generator=generator)
        return (
            target,
            0.5 * target,
            torch.ones(count, 4, frames, 4, 4),
            ["a red circle"] * count,
            ["first"] * count,
        )

    write_shard(tmp_path / "train" / "a.safetensors", [clips(2, 8)])
    write_shard(tmp_path / "held" / "a.safetensors", [clips(3, 2)])
    monkeypatch.setattr(attention, "prepared", lambda folder, device: None)
    monkeypatch.setattr(attention, "SIZES", {**attention.SIZES, "ffn_dim": 32, "layers": 1, "tokens": 16})
    out = tmp_path / "rows.json"
    attention.main(
        [
            "--folder",
            str(tmp_path),
            "--only",
            "quality",
            "--steps",
            "25",
            "--device",
            "cpu",
            "--json",
            str(out),
        ]
    )
    rows = json.loads(out.read_text())
    assert [(row["attention"], row["frames"], row["clips"]) for row in rows] == [
        ("conditioning", 9, 2), ("full", 9, 2), ("factorized", 9, 2),
    ]  # fmt: skip
    logs = [json.loads((tmp_path / kind / "log.jsonl").read_text()) for kind in ("full", "factorized")]
    assert logs[0]["given"] == logs[1]["given"] and logs[0]["loss"] != logs[1]["loss"]  # the same batches
    printed = capsys.readouterr().out
    assert "conditioning" in printed and f"{rows[1]['hole']:9.4f}" in printed
