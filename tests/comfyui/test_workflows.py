"""Every example workflow runs in a real ComfyUI: small over /prompt and with comfy-cli, the first just as it is shipped."""

import json
import subprocess
import sys
from pathlib import Path

import av
import pytest
from flowbrush.workflows.graphs.bundled import GRAPHS, IN_COMFYUI
from flowbrush.workflows.graphs.native import NATIVE
from flowbrush.workflows.graphs.schemas import compact, object_info, prompt_of, stock

from .server import ROOT, RUN_SECONDS, environment

pytestmark = pytest.mark.comfyui

WORKFLOWS = [ROOT / "workflows" / f"{make.__name__}.json" for make in (*GRAPHS, *IN_COMFYUI)]
AS_SHIPPED = ROOT / "workflows" / "motion_brush.json"
SIZES = {"width": 96, "height": 96, "length": 9, "steps": 4, "end_at_step": 2, "start_at_step": 2}
LTX2_SIZES = {"width": 128, "height": 128}  # half the size is a whole number of cells
LONG_LTX2_SIZES = {"length": 17}  # longer than the 9 frames that two parts share
MINIMAX_H3_SIZES = {"length": 39}  # 17k+5; at least one guide clip of 22 frames and a keyframe before it
LARGE = [ROOT / "workflows" / f"{make.__name__}.json" for make in NATIVE]


def test_there_are_workflows_for_every_use():
    assert len(WORKFLOWS) >= 6


@pytest.fixture(params=WORKFLOWS, ids=lambda path: path.stem)
def workflow(request):
    """A workflow file."""
    return request.param


def small(graph):
    """The graph at a small size and length, which every node but the first takes from a link or a widget, in few steps."""
    minimax = any("MiniMaxH3" in entry["class_type"] for entry in graph.values())
    half_size = ("GetICLoRAParameters", "LTXVLatentUpsampler", "ImageUpscaleWithModel")
    ltx2 = any(entry["class_type"] in half_size for entry in graph.values())
    long = any(entry["inputs"].get("overlap") == SIZES["length"] for entry in graph.values())
    sizes = SIZES | (MINIMAX_H3_SIZES if minimax else LTX2_SIZES if ltx2 else LONG_LTX2_SIZES if long else {})

    def changed(kind, key, value):
        if minimax and key in ("batch_index", "frame_idx"):  # a guide at a place of the clip
            return value // 6
        kept = key not in sizes or not isinstance(value, int) or counts_frames(kind, key)
        return value if kept else sizes[key]

    return {
        name: {
            **entry,
            "inputs": {
                key: changed(entry["class_type"], key, value) for key, value in entry["inputs"].items()
            },
        }
        for name, entry in graph.items()
    }


def counts_frames(kind, name):
    """Whether an input called as one of SIZES is not the clip's own: the number of frames that are taken out of it."""
    return kind == "ImageFromBatch" and name == "length"


def small_file(path, folder):
    """The same as a workflow file as the canvas saves it."""
    content = json.loads(path.read_text("utf-8"))
    known = object_info()
    subgraphs = content.get("definitions", {}).get("subgraphs", [])
    for shown in [node for level in (content, *subgraphs) for node in level["nodes"]]:
        info, values = known.get(shown["type"], {"input": {}}), shown.get("widgets_values")
        if not values:
            continue
        named = {**info["input"].get("required", {}), **info["input"].get("optional", {})}
        # a seed is followed by what happens to it after a run
        names = [
            each
            for name in (socket["widget"]["name"] for socket in shown["inputs"] if "widget" in socket)
            for each in ([name, None] if "control_after_generate" in str(named.get(name)) else [name])
        ]
        for index, name in enumerate(names[: len(values)]):
            if name in SIZES and isinstance(values[index], int) and not counts_frames(shown["type"], name):
                values[index] = SIZES[name]
    written = folder / path.name
    written.write_text(json.dumps(content), "utf-8")
    assert prompt_of(written) == small(prompt_of(path))
    return written


def test_workflow_runs_over_prompt(workflow, comfyui):
    graph = small(prompt_of(workflow))
    outputs = comfyui.run(graph)
    saved = [name for name, entry in graph.items() if entry["class_type"] == "SaveVideo"]
    assert saved
    for name in saved:
        assert comfyui.output_file(outputs, name).stat().st_size > 1000


@pytest.mark.parametrize("path", LARGE, ids=lambda path: path.stem)
def test_workflow_of_a_large_model_runs_on_its_stand_ins(path, native):
    graph = small(prompt_of(path))
    for entry in graph.values():
        if entry["inputs"].get("start_at_step") == 2 and entry["inputs"]["add_noise"] == "enable":
            entry["inputs"]["start_at_step"] = 0  # the first of two samplers
        elif "end_at_step" in entry["inputs"] and entry["inputs"]["add_noise"] == "disable":
            entry["inputs"]["end_at_step"] = 10000
    before = native.log.read_text(errors="replace")
    outputs = native.run(graph)
    (saved,) = (name for name, entry in graph.items() if entry["class_type"] == "SaveVideo")
    assert native.output_file(outputs, saved).stat().st_size > 1000
    (report,) = (name for name, entry in graph.items() if entry["class_type"] == "PreviewAny")
    assert "requested" in json.dumps(outputs[report]).lower()
    said = native.log.read_text(errors="replace")[len(before) :]
    assert "Traceback" not in said
    if any("next_sound" in entry["inputs"] for entry in graph.values()):
        picture, sound = stream_seconds(native.output_file(outputs, saved))
        assert picture > 1 and abs(sound - picture) < 0.1


def stream_seconds(path):
    """How long the pictures and the sound of a video file last."""
    with av.open(str(path)) as video:
        rate = video.streams.video[0].average_rate
        assert rate
        pictures = sum(1 for _ in video.decode(video=0)) / float(rate)
    with av.open(str(path)) as video:
        return pictures, sum(frame.samples / frame.sample_rate for frame in video.decode(audio=0))


def test_the_stored_schemas_are_comfyuis(object_info):
    for kind, stored in stock().items():
        assert stored == compact(object_info[kind]), kind


@pytest.mark.slow
def test_workflow_runs_with_comfy_cli(workflow, comfyui, tmp_path):
    workflow = workflow if workflow == AS_SHIPPED else small_file(workflow, tmp_path)
    command = Path(sys.executable).with_name("comfy.exe" if sys.platform == "win32" else "comfy")
    if not command.is_file():
        pytest.skip("comfy-cli is not installed beside this Python")
    arguments = ["--skip-prompt", "--json", "run", "--workflow", str(workflow), "--wait"]
    arguments += ["--host", "127.0.0.1", "--port", str(comfyui.port), "--timeout", str(RUN_SECONDS)]
    done = subprocess.run(
        [str(command), *arguments],
        cwd=tmp_path,
        env={**environment(), "HOME": str(tmp_path), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=2 * RUN_SECONDS,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    finished = json.loads(done.stdout)
    assert finished["ok"] and finished["data"]["status"] == "completed"
    assert any(".mp4" in output for output in finished["data"]["outputs"])
