"""The benchmark of attention variants: the operations it counts, and the training that it starts."""

import json

import pytest
import torch
from flowbrush.benchmarks import attention
from flowbrush.models.dit import DiTConfig
from flowbrush.training.attention import HELD_OUT_SHAPES, TRAINING_SHAPES
from flowbrush.training.latents import write_shard

SMALL = DiTConfig(dim=48, ffn_dim=64, num_heads=2, num_layers=2, text_dim=20)


def test_operations_of_full_attention_grow_with_the_square_of_the_length():
    rows = attention.cost_rows((1, 17, 65), 64, 1, "cpu", SMALL)
    found = {(row["attention"], row["frames"]): row["giga_operations"] for row in rows}
    assert [row["tokens"] for row in rows[::2]] == [16, 80, 272] and all(row["seconds"] > 0 for row in rows)
    tokens = {frames: 16 * (1 + (frames - 1) // 4) for frames in (1, 17, 65)}
    for frames in (17, 65):
        latent = tokens[frames] // 16
        # Two products of tokens x keys x dim, of two operations each, in two layers.
        saved = 2 * 4 * tokens[frames] * SMALL.dim * (tokens[frames] - 16 - latent) / 1e9
        assert found["full", frames] - found["factorized", frames] == pytest.approx(saved, abs=0.011)


def test_quality_comes_from_the_training_command(tmp_path, capfd):
    # Shards under the names that the command would give its own, so that it renders nothing.
    for folder, shapes, seed in (("train", TRAINING_SHAPES, 0), ("held", HELD_OUT_SHAPES, 1)):
        for shape in shapes:
            size, count = shape.split(":")
            for start in range(0, int(count), 16):
                generator = torch.Generator().manual_seed(start)
                target = torch.randn(1, 16, 2, 4, 4, generator=generator)
                rows = [(target, 0.5 * target, torch.ones(1, 4, 2, 4, 4), ["a red circle"], ["first"])]
                write_shard(tmp_path / folder / f"{size}_{seed}_{start:05d}.safetensors", rows)
    out = tmp_path / "rows.json"
    options = ["--only", "quality", "--folder", str(tmp_path), "--steps", "1", "--device", "cpu"]
    assert attention.main([*options, "--json", str(out)]) == 0
    rows = json.loads(out.read_text())
    assert [(row["attention"], row["frames"], row["clips"]) for row in rows] == [
        ("conditioning", 5, 3), ("full", 5, 3), ("factorized", 5, 3),
    ]  # fmt: skip
    assert f"{rows[1]['hole']:9.4f}" in capfd.readouterr().out


def test_a_failed_training_ends_the_benchmark(tmp_path):
    (tmp_path / "train").write_text("not a folder")
    with pytest.raises(SystemExit) as failure:
        attention.main(["--only", "quality", "--folder", str(tmp_path), "--steps", "1", "--device", "cpu"])
    assert failure.value.code not in (0, None)
