"""The example graphs for large models name their files as ComfyUI's own templates do."""

import re
import subprocess
from pathlib import Path

import pytest
from flowbrush.workflows.graphs.native import NATIVE

from .server import ROOT, comfyui_python

pytestmark = pytest.mark.comfyui

FILE = re.compile(r"[\w.+-]+\.safetensors")
PUBLISHED_ELSEWHERE = {
    "CogVideoX_1_0_5b_I2V_bf16.safetensors",
    "Wan21_Uni3C_controlnet_fp16.safetensors",
    "cosmos_predict2_2B_video2world_480p_16fps.safetensors",
    "oldt5_xxl_fp8_e4m3fn_scaled.safetensors",
    "hunyuan_video_v2_replace_image_to_video_720p_bf16.safetensors",
    "ltx-2.3-22b-ic-lora-motion-track-control-ref0.5.safetensors",
    "wan2.2_fun_vace_high_noise_14B_fp8_scaled.safetensors",
    "wan2.2_fun_vace_low_noise_14B_fp8_scaled.safetensors",
}
"""Files that no template of ComfyUI names; the note of their graph says who publishes them."""


@pytest.fixture(scope="module")
def of_templates(comfyui_path):
    """The names of all model files in the templates that ComfyUI has installed."""
    package = "comfyui_workflow_templates_json"
    asked = f"import {package}; print({package}.__path__[0])"
    done = subprocess.run([comfyui_python(comfyui_path), "-c", asked], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"this ComfyUI has no package {package}")
    files = Path(done.stdout.strip()).rglob("*.json")
    return {name for file in files for name in FILE.findall(file.read_text("utf-8"))}


@pytest.mark.parametrize("name", [make.__name__ for make in NATIVE])
def test_files_have_the_names_of_templates_or_a_publisher(of_templates, name):
    content = (ROOT / "workflows" / f"{name}.json").read_text("utf-8")
    names = set(FILE.findall(content))
    assert names
    others = names - of_templates
    assert others <= PUBLISHED_ELSEWHERE
    assert not others or "publish" in content
