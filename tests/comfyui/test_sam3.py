"""The graph with which the tool Object asks SAM3, in a real ComfyUI: its nodes take it as it is."""

import json
import shutil
import subprocess

import numpy as np
import pytest
from PIL import Image

from .server import ROOT, GraphError

pytestmark = pytest.mark.comfyui

WIDTH, HEIGHT = 96, 64
ADDED, REMOVED = [{"x": 24, "y": 32}, {"x": 72, "y": 32}], [{"x": 78, "y": 32}]


@pytest.fixture
def graph(comfyui):
    """The graph as the editor writes it, with a picture in ComfyUI's temporary folder."""
    if shutil.which("node") is None:
        pytest.skip("the graph is written by JavaScript, and Node.js is not installed")
    folder = comfyui.directory / "temp" / "flowbrush"
    folder.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (WIDTH, HEIGHT), (90, 120, 60)).save(folder / "shown.png")
    values = json.dumps(
        ["sam3.safetensors", "flowbrush/shown.png [temp]", json.dumps(ADDED), json.dumps(REMOVED)]
    )
    module = (ROOT / "js" / "editor" / "stage" / "tools" / "sam3.mjs").as_uri()
    script = (
        f"const {{ graphOf }} = await import({module!r}); console.log(JSON.stringify(graphOf(...{values})));"
    )
    done = subprocess.run(
        ["node", "--input-type=module", "-e", script], capture_output=True, text=True, check=True, timeout=60
    )
    return json.loads(done.stdout)


def test_only_the_missing_checkpoint_is_refused(comfyui, graph):
    with pytest.raises(GraphError) as refused:
        comfyui.run(graph)
    (errors,) = refused.value.details["node_errors"].values()
    assert [each["extra_info"]["input_name"] for each in errors["errors"]] == ["ckpt_name"]
    assert errors["class_type"] == "CheckpointLoaderSimple"


def test_the_node_finds_its_points_at_their_places_and_the_mask_is_saved(comfyui, graph):
    graph["model"] = {"class_type": "ProbePoints", "inputs": {}}
    outputs = comfyui.run(graph)
    (file,) = outputs["mask"]["images"]
    assert file["type"] == "temp"
    pixels = np.asarray(
        Image.open(comfyui.directory / "temp" / file["subfolder"] / file["filename"]).convert("L")
    )
    assert pixels.shape == (HEIGHT, WIDTH)
    inside = pixels > 127
    assert (
        inside[32, 24] and inside[32, 66] and not inside[32, 48] and not inside[32, 78] and not inside[8, 24]
    )
    assert inside.mean() == pytest.approx(0.048, abs=0.012)  # a disc and what the other leaves of the second
