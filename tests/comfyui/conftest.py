"""One real ComfyUI for all tests of this folder; a visible skip where there is none."""

import json
import subprocess
from pathlib import Path

import pytest
from safetensors.torch import load_file

from . import stand_ins
from .checkpoints import write_all
from .graphs import completed, with_paths
from .server import ROOT, Server, comfyui_folder, comfyui_python, environment


@pytest.fixture(scope="session")
def comfyui_checkout() -> Path:
    """The folder of ComfyUI."""
    folder = comfyui_folder()
    if folder is None:
        pytest.skip("no ComfyUI found: set COMFYUI_PATH, or install one with `comfy install`")
    return folder


@pytest.fixture(scope="session")
def comfyui(comfyui_checkout, tmp_path_factory):
    """A running server that has the pack, the probe nodes and the small checkpoints."""
    directory = tmp_path_factory.mktemp("comfyui")
    write_all(directory / "models")
    server = Server(comfyui_checkout, directory)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def native(comfyui, comfyui_checkout):
    """The same server, which now also has a small stand-in of every large model under its published file name."""
    stand_ins.write(comfyui_checkout, comfyui.directory / "models")
    return comfyui


def found_inside(script, checkout, directory):
    """What a script found out in a process of its own with ComfyUI's interpreter."""
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
def findings(comfyui_checkout, tmp_path_factory):
    """What `inside.py` found out."""
    return found_inside("inside.py", comfyui_checkout, tmp_path_factory.mktemp("inside"))


@pytest.fixture(scope="session")
def object_info(comfyui):
    """The schemas of all nodes of the server."""
    return comfyui.get("/object_info")


@pytest.fixture
def tensors(comfyui, object_info, tmp_path):
    """A function that runs a graph in ComfyUI and returns what its probes wrote, by node id.

    Required widgets that the graph leaves out have their defaults.
    """

    def run(graph):
        filled, paths = with_paths(graph, tmp_path)
        comfyui.run(completed(filled, object_info))
        return {name: load_file(path)["tensor"] for name, path in paths.items()}

    return run
