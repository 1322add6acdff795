"""Time-to-Move on further families, and on a causal one frame by frame, on ComfyUI's own objects."""

import json
import subprocess
from pathlib import Path

import pytest

from .server import ROOT, comfyui_python, environment

pytestmark = pytest.mark.comfyui

FAMILIES = {
    "hunyuanvideo 1.5": "HunyuanVideo",
    "kandinsky5": "Kandinsky5",
    "cosmos predict2": "Cosmos Predict2",
}


@pytest.fixture(scope="module")
def found(native_models, comfyui_path, tmp_path_factory):
    """What `time_to_move_families_worker.py` found, with ComfyUI's interpreter."""
    packs = tmp_path_factory.mktemp("packs")
    (packs / "flowbrush").symlink_to(ROOT, target_is_directory=True)
    script = Path(__file__).with_name("time_to_move_families_worker.py")
    command = [comfyui_python(comfyui_path), str(script), str(comfyui_path), str(packs), str(native_models)]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("route", FAMILIES)
def test_stock_euler_with_the_patched_model_is_the_loop_of_the_paper(found, route):
    assert found[route]["difference"] < 5e-5
    assert found[route]["without holding"] > 0.1  # what is compared does depend on the clocks
    assert found[route]["same timesteps"]
    assert found["families"][route] == FAMILIES[route]


def test_latents_have_the_shape_of_each_family(found):
    assert found["hunyuanvideo 1.5"]["shapes"] == [[1, 32, 3, 8, 8], [3, 8, 8], [9, 128, 128, 3]]
    for route in ("kandinsky5", "cosmos predict2"):
        assert found[route]["shapes"] == [[1, 16, 3, 16, 16], [3, 16, 16], [9, 128, 128, 3]]


def test_cosmos_keeps_its_first_frame(found):
    assert found["cosmos predict2"]["first frame kept"] < 1e-4
    assert found["cosmos predict2"]["timesteps of the first call"][0] == 0.0


@pytest.mark.parametrize("frames_of_a_block", ["1", "2"])
def test_a_causal_model_follows_block_by_block(found, frames_of_a_block):
    block = found["frame by frame"][frames_of_a_block]
    assert block["difference"] < 1e-5 and block["without holding"] > 0.1
    assert block["held to the end"] < 1e-4
    assert block["first frame"] == 0
