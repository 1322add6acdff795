"""One real ComfyUI for all tests of this folder; a visible skip where there is none."""

import pytest

from .server import Server, comfyui_folder


@pytest.fixture(scope="session")
def comfyui(tmp_path_factory):
    folder = comfyui_folder()
    if folder is None:
        pytest.skip("no ComfyUI found: set COMFYUI_PATH, or install one with `comfy install`")
    server = Server(folder, tmp_path_factory.mktemp("comfyui"))
    yield server
    server.stop()
