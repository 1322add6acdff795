"""Graphs, models and processes for tests against a real ComfyUI, whose connection is the fixture `comfyui`."""

import json
import subprocess
from pathlib import Path

import pytest
from safetensors.torch import load_file

from .. import shared_run
from . import stand_ins
from .checkpoints import small_models, write_all
from .graphs import completed, with_paths
from .server import ROOT, comfyui_python, environment


@pytest.fixture(scope="session")
def native_models(comfyui_path):
    """ComfyUI's `models` folder of this run, with a small stand-in of every large model under its published file name."""
    models = small_models()
    with shared_run.lock("models"):
        stand_ins.write(comfyui_path, models)
    return models


@pytest.fixture(scope="session")
def native(comfyui, native_models):
    """The connection to this run's ComfyUI, which also has the stand-ins of the large models."""
    return comfyui


def found_inside(script, checkout, directory):
    """What a script prints as JSON in a process of its own with ComfyUI's interpreter.

    The script has a folder of models with the small checkpoints and nothing else.
    """
    write_all(directory / "models")
    (directory / "packs").mkdir()
    (directory / "packs" / "flowbrush").symlink_to(ROOT, target_is_directory=True)
    command = [comfyui_python(checkout), str(Path(__file__).with_name(script)), str(checkout)]
    command += [str(directory / "packs"), str(directory / "models")]
    done = subprocess.run(
        command, cwd=directory, env=environment(), capture_output=True, text=True, timeout=480
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="session")
def findings(comfyui_path, tmp_path_factory):
    """What `inside.py` prints."""
    return found_inside("inside.py", comfyui_path, tmp_path_factory.mktemp("inside"))


@pytest.fixture(scope="session")
def object_info(comfyui):
    """The schemas of all nodes of the server."""
    return comfyui.get("/object_info")


@pytest.fixture
def tensors(comfyui, object_info, tmp_path):
    """A function that runs a graph in ComfyUI and returns the tensors that its probes wrote, by node id.

    Required widgets that the graph leaves out get their defaults.
    """

    def run(graph):
        filled, paths = with_paths(graph, tmp_path)
        comfyui.run(completed(filled, object_info))
        return {name: load_file(path)["tensor"] for name, path in paths.items()}

    return run
