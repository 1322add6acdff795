"""The speed benchmark: all implementations compute the same result, and the rows have the measured numbers."""

import json
import math
import sys

import pytest
import torch
from flowbrush.benchmarks import contenders, speed
from flowbrush.models.dit import DiTConfig
from flowbrush.models.vae import VAEConfig
from flowbrush.motion.document.document import parse

JOBS = {
    "dit": lambda: speed.dit_job(
        DiTConfig(dim=48, ffn_dim=64, num_heads=2, num_layers=1, text_dim=20),
        (2, 8, 8),
        16,
        "cpu",
        torch.float32,
    ),
    "vae": lambda: speed.vae_job(VAEConfig(8), 5, 32, 32, "cpu", torch.float32),
}


@pytest.mark.parametrize("kind", JOBS)
def test_ours_and_diffusers_are_measured_on_the_same_numbers(kind, monkeypatch):
    monkeypatch.setattr(contenders, "comfyui_places", lambda: None)
    rows = speed.network_rows("small", JOBS[kind](), rounds=1)
    tasks = {"dit": ["forward"], "vae": ["encode", "decode"]}[kind]
    assert [(r["name"], r["implementation"]) for r in rows] == [
        (f"small {task}", who) for task in tasks for who in ("ours", "diffusers")
    ]
    for r in rows:
        assert r["seconds"] > 0
        assert r["limit"] > 0
        assert r["difference"] < 1e-4


@pytest.mark.parametrize("kind", JOBS)
def test_comfyui_answers_on_the_same_numbers(kind, comfyui_path, comfyui_python, monkeypatch):
    monkeypatch.setattr(contenders, "comfyui_places", lambda: (comfyui_path, comfyui_python))
    monkeypatch.setitem(sys.modules, "diffusers", None)  # as if it were not installed
    rows = speed.network_rows("small", JOBS[kind](), rounds=1)
    assert {r["implementation"] for r in rows} == {"ours", "ComfyUI"}
    assert max(r["difference"] for r in rows) < 1e-4


def test_the_error_of_a_comfyui_that_fails_contains_its_own_message(comfyui_python, tmp_path):
    job = JOBS["vae"]()
    places = tmp_path, comfyui_python
    failure = pytest.raises(RuntimeError, match="No module named 'comfy'")
    with contenders.comfyui(job, contenders.random_weights(job), places) as run, failure:
        run("encode", None)


def test_the_count_of_operations_is_that_of_the_formula():
    config, tokens, words = speed.SMALL_DIT, 1280, 128
    job = speed.dit_job(config, (5, 32, 32), words, "cpu", torch.float32)
    block = 2 * tokens * (6 * config.dim**2 + 2 * config.dim * config.ffn_dim) + 4 * words * config.dim**2
    block += 4 * config.dim * tokens * (tokens + words)
    # The formula leaves out patches, time, text and head, which are less than a hundredth.
    assert speed.multiplications(job)["forward"] == pytest.approx(block * config.num_layers, rel=0.01)


def test_outputs_of_different_shapes_are_not_compared(tmp_path):
    for name, shape in (("a", (2, 3)), ("b", (2, 4))):
        contenders.save_file({"output": torch.zeros(shape)}, tmp_path / name)
    assert math.isnan(contenders.largest_difference(tmp_path / "a", tmp_path / "b"))


def test_the_measured_field_has_ten_layers():
    assert len(parse(speed.ten_layers()).layers) == 10


def test_motion_rows_have_the_splat_and_opencv():
    rows = speed.motion_rows(1, frames=5, height=32, width=48)
    assert [r["implementation"] for r in rows] == ["ours", "ours", "OpenCV remap"]
    assert all(r["seconds"] > 0 for r in rows)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="peak memory can be read only on Linux")
def test_peak_memory_of_chunks_is_below_that_of_the_whole():
    rows = speed.memory_rows((5, 9), dim=8, side=64, device="cpu")
    assert [r["name"] for r in rows][-1] == "decoding 9 frames as one tensor, 64x64"
    assert rows[-1]["megabytes"] > rows[0]["megabytes"]


def test_one_part_can_be_run_and_its_rows_are_written(tmp_path, capsys, monkeypatch):
    part = {"motion": lambda: [speed.row("splat", "ours", [contenders.Timing(0.5, 0.7)])]}
    monkeypatch.setattr(speed, "sections", lambda rounds, budget=None: part)
    assert speed.main(["--only", "motion", "--json", str(tmp_path / "rows.json")]) == 0
    assert "0.5000" in capsys.readouterr().out
    assert json.loads((tmp_path / "rows.json").read_text())[0]["seconds"] == 0.5
    with pytest.raises(SystemExit):
        speed.main(["--only", "nothing"])
    assert "there is no part nothing; the parts are motion" in capsys.readouterr().err
