"""Sample in Tiles on a native MODEL: latents and conditions are cut together, memory is reserved for a tile, sound is refused."""

import json
import subprocess
from pathlib import Path

import pytest

from .server import ROOT, comfyui_python, environment

pytestmark = pytest.mark.comfyui


@pytest.fixture(scope="module")
def found(native_models, comfyui_path, tmp_path_factory):
    """What `tiles_worker.py` found, with ComfyUI's interpreter."""
    packs = tmp_path_factory.mktemp("packs")
    (packs / "flowbrush").symlink_to(ROOT, target_is_directory=True)
    script = Path(__file__).with_name("tiles_worker.py")
    command = [comfyui_python(comfyui_path), str(script), str(comfyui_path), str(packs), str(native_models)]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_the_x0_of_tiles_is_that_of_tiles_cut_and_blended_by_hand(found):
    assert found["like by hand"] < 1e-4
    assert found["what it changes"] > 0.01
    assert found["one tile"] == 0


def test_memory_is_reserved_for_one_tile(found):
    assert min(found["cells"]) > 8
    assert found["reserved"] == [[8, 8]]


def test_latents_with_sound_and_a_controlnet_are_refused(found):
    assert "the model is given a ControlNet, which Sample in Tiles cannot cut" in found["control"]
    assert "Sample in Tiles needs pictures or the frames of a video alone" in found["sound"]
