import json
from types import SimpleNamespace

import pytest
import torch
from flowbrush.benchmarks import native_models
from flowbrush.benchmarks.budget import Budget
from flowbrush.benchmarks.comfyui_server import comfyui_folder
from flowbrush.benchmarks.native_models import CLOCKS, MODES, Graphs, added_cost, medians
from flowbrush.motion.field.field import MotionField
from PIL import Image


def test_added_is_the_median_of_the_differences_clip_by_clip():
    def spent(*seconds):
        return [{"seconds": value} for value in seconds]

    assert added_cost("seconds", spent(3.0, 12.0, 5.0), spent(1.0, 10.0, 5.0), "soft copy") == 2.0
    assert added_cost("seconds", spent(3.0, 12.0, 5.0), spent(3.0, 12.0, 5.0), "no control") == 5.0
    assert added_cost("seconds", [], spent(1.0), "floor") is None
    assert added_cost("megabytes", spent(2.0), spent(1.0), "soft copy") is None


def test_medians_leave_out_what_could_not_be_measured():
    class Report:
        def __init__(self, epe):
            self.epe = epe

        def as_dict(self):
            return {
                "epe_median": self.epe,
                "leakage_median": 1.0,
                "frozen_median": None,
                "first_frame_psnr": 30.0,
            }

    found = medians([Report(1.0), Report(None), Report(4.0)])
    assert found == {
        "epe_median": 2.5,
        "leakage_median": 1.0,
        "frozen_median": None,
        "first_frame_psnr": 30.0,
    }


def test_rows_differ_only_in_how_the_motion_reaches_the_model():
    defaults = {
        kind: {"input": {"required": {}}}
        for kind in [
            "FlowbrushLoadModel",
            "CLIPTextEncode",
            "LoadImage",
            "FlowbrushMotionBrush",
            "FlowbrushMotionConditioning",
            "ModelSamplingSD3",
            "FlowbrushTimeToMove",
            "KSampler",
            "VAEDecode",
            "SaveImage",
        ]
    }
    graphs = Graphs(defaults, 17, 256, 8, 3)
    plain = graphs.of("no control", "a.png", "{}")
    assert "motion" not in plain["condition"]["inputs"]
    for row in MODES:
        graph = graphs.of(row, "a.png", "{}")
        assert graph["condition"]["inputs"]["motion"] == ["brush", 0]
        assert {name for name in graph if graph[name] != plain[name]} == {"condition"}
    held = graphs.of("warped video, held", "a.png", "{}")
    assert held["condition"]["inputs"]["hold_known"] and held["condition"]["inputs"]["mode"] == "warped video"
    for row, (weak, strong) in CLOCKS.items():
        graph = graphs.of(row, "a.png", "{}")
        assert graph["condition"] == plain["condition"]
        assert graph["steered"]["inputs"]["weak_clock"] == weak >= strong
        assert graph["sampled"]["inputs"]["model"] == ["steered", 0]


@pytest.mark.parametrize(
    ("seconds", "clips", "rows"),
    [
        (1e9, 2, 10),  # time enough for all
        (12, 1, 10),  # the second clip is begun but not finished, and left out
        (6, 1, 5),  # the first clip ends with the rows that there was time for
    ],
)
def test_a_busy_machine_gets_fewer_rows(monkeypatch, seconds, clips, rows):
    time = [0.0]

    def run(server, graph):
        time[0] += 1.0
        return torch.rand(5, 16, 16, 3), {"seconds": 1.0}

    monkeypatch.setattr(native_models, "run", run)
    graphs = SimpleNamespace(frames=5, of=lambda *row: {})
    clip = ("a.png", torch.rand(16, 16, 3), "{}", MotionField(5))
    budget, end = (Budget(limit, 1, lambda: time[0]) for limit in (1e9, seconds))
    found, count = native_models.fidelity(None, [clip, clip], graphs, budget, end)
    measured = [row["name"] for row in found if row["seconds"] is not None]
    assert (count, len(measured)) == (clips, rows) and measured[0] == "no control"


@pytest.mark.slow
@pytest.mark.comfyui
def test_it_prints_one_table_for_the_mechanisms_and_one_for_the_nodes(tmp_path, capsys):
    if comfyui_folder() is None:
        pytest.skip("no ComfyUI found: set COMFYUI_PATH, or install one with `comfy install`")
    generator = torch.Generator().manual_seed(1)
    pixels = (torch.rand(8, 8, 3, generator=generator) * 255).byte()
    (tmp_path / "photos").mkdir()
    Image.fromarray(pixels.numpy()).resize((64, 64), Image.Resampling.BICUBIC).save(tmp_path / "photos/a.png")
    small = ["--size", "64", "--frames", "5", "--steps", "2", "--limit", "1", "--rounds", "1"]
    file = tmp_path / "found.json"
    status = native_models.main([*small, "--photos", str(tmp_path / "photos"), "--json", str(file)])
    assert status == 0
    found = json.loads(file.read_text("utf-8"))
    rows = {row["name"]: row for row in found["mechanisms"]}
    assert set(rows) == {"no control", *MODES, "warped video, held", *CLOCKS, "floor", "static"}
    assert rows["floor"]["seconds"] is None and rows["no control"]["seconds"] > 0
    assert rows["no control"]["cpu_seconds"] is None or rows["no control"]["cpu_seconds"] > 0.5
    times = {row["name"]: row["median_seconds"] for row in found["nodes"]["rows"]}
    assert set(times) == {"Wan-Move, core", "Wan-Move, ours", "ATI, core", "ATI, ours"}
    assert all(seconds > 0 for seconds in times.values())
    printed = capsys.readouterr().out
    assert all(name in printed for name in [*rows, *times])
