"""RIFE and FILM models of the stock loader in Interpolate Frames, on ComfyUI's own objects."""

import json
import subprocess
from pathlib import Path

import pytest

from .server import ROOT, comfyui_python, environment

pytestmark = pytest.mark.comfyui


@pytest.fixture(scope="module")
def found(comfyui_path, tmp_path_factory):
    """What `interpolation_worker.py` found, with ComfyUI's interpreter."""
    folder = tmp_path_factory.mktemp("interpolation")
    (folder / "packs").mkdir()
    (folder / "packs" / "flowbrush").symlink_to(ROOT)
    script = Path(__file__).with_name("interpolation_worker.py")
    command = [
        comfyui_python(comfyui_path),
        script,
        comfyui_path,
        folder / "packs",
        folder / "models",
    ]
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, timeout=300, env=environment()
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("name", ["rife", "film"])
def test_a_stock_model_gives_what_the_stock_node_gives(found, name):
    assert found[name]["shape"] == [9, 80, 100, 3] and found[name]["rate"] == 48
    assert found[name]["unlike stock"] < 1e-5 < 1e-2 < found[name]["unlike flow"]


@pytest.mark.parametrize("name", ["rife", "film"])
def test_cuts_stay_cuts_with_a_stock_model(found, name):
    assert found[name]["cut is kept"]


def test_another_model_is_refused_in_one_sentence(found):
    assert "connect Load Frame Interpolation Model" in found["refused"]
