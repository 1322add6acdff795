"""Time-to-Move and Motion Conditioning under what else wraps a MODEL, on ComfyUI's own objects."""

import json
import subprocess
from pathlib import Path

import pytest

from .server import ROOT, comfyui_python, environment

pytestmark = pytest.mark.comfyui

PACKED = ("a file of GGUF", "a file of GGUF with a stack of LoRAs")
CHANGE_THE_MODEL = (
    "a stack of LoRAs",
    "context windows",
    "a stack of LoRAs in windows",
    "weights that are unpacked when used",
    "weights scaled to fp8",
    "torch.compile with LoRAs",
    *PACKED,
)
CHANGE_NOTHING = ("torch.compile", "conditions on two devices")


@pytest.fixture(scope="module")
def found(native_models, comfyui_path, tmp_path_factory):
    """What `time_to_move_wrappers_worker.py` found, with ComfyUI's interpreter."""
    packs = tmp_path_factory.mktemp("packs")
    (packs / "flowbrush").symlink_to(ROOT, target_is_directory=True)
    script = Path(__file__).with_name("time_to_move_wrappers_worker.py")
    command = [comfyui_python(comfyui_path), str(script), str(comfyui_path), str(packs), str(native_models)]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout.splitlines()[-1])


def of(found, name):
    """What was found for a wrapper; the test is skipped for GGUF where ComfyUI-GGUF is absent."""
    if name in PACKED and name not in found:
        pytest.skip(
            f"{found['gguf']}: set FLOWBRUSH_GGUF_NODES to a checkout of city96/ComfyUI-GGUF, and install the package gguf "
            "for ComfyUI's interpreter"
        )
    return found[name]


@pytest.mark.parametrize("name", [*CHANGE_THE_MODEL, *CHANGE_NOTHING])
@pytest.mark.parametrize("order", ["followed first", "followed last"])
def test_what_else_wraps_the_model_survives(found, name, order):
    assert of(found, name)[order] < 1e-5
    assert of(found, name)["without holding"] > 0.05


@pytest.mark.parametrize("name", CHANGE_THE_MODEL)
def test_the_wrapper_has_an_effect(found, name):
    assert of(found, name)["what the wrapper changes"] > 1e-3


@pytest.mark.parametrize("name", CHANGE_NOTHING)
def test_the_result_is_that_of_the_plain_model(found, name):
    assert found[name]["what the wrapper changes"] < 1e-4


def test_gguf_is_loaded_into_the_patcher_of_its_own_nodes(found):
    of(found, PACKED[0])
    assert found["gguf"] == "GGUFModelPatcher"


def test_networks_were_compiled_and_two_devices_did_the_work(found):
    assert found["graphs"] > 0
    assert found["devices"] == ["cpu", "cpu:1"]


def test_motion_conditioning_gives_the_same_when_compiled(found):
    difference, graphs = found["motion conditioning, compiled"]
    assert difference < 1e-4 and graphs > 0
