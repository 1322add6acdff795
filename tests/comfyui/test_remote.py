"""`run.py render WORKFLOW --on URL`: a workflow runs on a ComfyUI that is running, and its results come back."""

import json

import pytest
from flowbrush.hosts.headless import command
from PIL import Image

from .canvas_cases import chain, node, with_outputs_listed

pytestmark = pytest.mark.comfyui


def rendered(comfyui, workflow, folder, *more):
    path = folder / "workflow.json"
    path.write_text(json.dumps(workflow))
    return command.main(
        ["render", str(path), "--on", comfyui.url(""), "--out", str(folder / "results"), *more]
    )


def test_results_are_fetched(comfyui, tmp_path, capsys):
    assert (
        rendered(comfyui, with_outputs_listed(chain()), tmp_path, "--set", "FlowbrushFirstFrame.width=96")
        == 0
    )
    (file,) = (tmp_path / "results").rglob("*.png")
    printed = capsys.readouterr()
    assert str(file) in printed.out
    assert Image.open(file).size == (96, 64)
    assert "workflow.json took" in printed.out
    assert "Done" in printed.err


def test_local_files_are_sent_first(comfyui, tmp_path, capsys):
    photo = tmp_path / 'a "photo".png'
    Image.new("RGB", (50, 40), (200, 30, 30)).save(photo)
    workflow = chain()
    workflow["nodes"][0] = node(
        1, "LoadImage", [], [("IMAGE", "IMAGE"), ("MASK", "MASK")], [str(photo), "image"]
    )
    assert rendered(comfyui, with_outputs_listed(workflow), tmp_path) == 0
    assert f"Sent {photo} to" in capsys.readouterr().err
    (file,) = (tmp_path / "results").rglob("*.png")
    assert Image.open(file).getpixel((30, 30)) == (200, 30, 30)


def test_what_comfyui_refuses_is_told_in_a_sentence(comfyui, tmp_path, capsys):
    workflow = chain()
    workflow["nodes"][1]["widgets_values"][0] = -5
    assert rendered(comfyui, workflow, tmp_path) == 1
    error = capsys.readouterr().err
    assert (
        "Error: ComfyUI refuses this workflow: node 2 FlowbrushFirstFrame: Value -5 smaller than min" in error
    )
    assert "Traceback" not in error


def test_a_node_that_fails_there_is_named(comfyui, tmp_path, capsys):
    workflow = chain()
    workflow["nodes"][1]["widgets_values"][2] = 6
    assert rendered(comfyui, workflow, tmp_path) == 1
    assert "`length` is 6" in capsys.readouterr().err


def test_an_address_without_comfyui_is_named(tmp_path, capsys):
    path = tmp_path / "workflow.json"
    path.write_text("{}")
    assert command.main(["render", str(path), "--on", "http://127.0.0.1:9"]) == 1
    assert "There is no ComfyUI at http://127.0.0.1:9" in capsys.readouterr().err
