"""Every example workflow runs in a real ComfyUI: small over /prompt, and just as it is shipped with comfy-cli."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from flowbrush.hosts.headless import convert

from .server import ROOT, RUN_SECONDS, environment

pytestmark = pytest.mark.comfyui

WORKFLOWS = sorted((ROOT / "workflows").glob("*.json"))


def test_there_are_workflows_for_every_use():
    assert len(WORKFLOWS) >= 6


@pytest.fixture(params=WORKFLOWS, ids=lambda path: path.stem)
def workflow(request):
    """A workflow file."""
    return request.param


def small(graph):
    """The graph at a small size and length, which every node but the first takes from a link or a widget."""
    sizes = {"width": 96, "height": 96, "length": 9}
    return {
        name: {
            **entry,
            "inputs": {
                key: sizes[key] if key in sizes and isinstance(value, int) else value
                for key, value in entry["inputs"].items()
            },
        }
        for name, entry in graph.items()
    }


def test_workflow_runs_over_prompt(workflow, comfyui):
    graph = small(convert.load(workflow).prompt)
    outputs = comfyui.run(graph)
    saved = [name for name, entry in graph.items() if entry["class_type"] == "SaveVideo"]
    assert saved
    for name in saved:
        assert comfyui.output_file(outputs, name).stat().st_size > 1000


@pytest.mark.slow
def test_workflow_runs_with_comfy_cli(workflow, comfyui, tmp_path):
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
