"""Close Loop on a native MODEL: latents and conditions are shifted together, and what cannot be shifted is refused."""

import json
import subprocess
from pathlib import Path

import pytest

from .server import ROOT, comfyui_python, environment

pytestmark = pytest.mark.comfyui


@pytest.fixture(scope="module")
def found(native_models, comfyui_path, tmp_path_factory):
    """What `latent_shift_worker.py` found, with ComfyUI's interpreter."""
    packs = tmp_path_factory.mktemp("packs")
    (packs / "flowbrush").symlink_to(ROOT, target_is_directory=True)
    script = Path(__file__).with_name("latent_shift_worker.py")
    command = [comfyui_python(comfyui_path), str(script), str(comfyui_path), str(packs), str(native_models)]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_every_step_sees_the_clip_and_its_first_frame_from_another_latent_frame_on(found):
    assert set(found["shifts"]) == {0, 1, 2}
    assert found["like by hand"] < 1e-5
    assert found["what it changes"] > 0.05


def test_a_model_with_context_windows_is_refused(found):
    assert "context windows, which close a loop themselves" in found["windows"]


def test_a_family_that_knows_the_place_of_a_frame_is_sent_to_looped_windows(found):
    assert "the latents of SVD_img2vid cannot be shifted" in found["another family"]
    assert "looped_uniform" in found["another family"]
