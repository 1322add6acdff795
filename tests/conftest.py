"""All tests outside `comfyui/` run in the headless host, whose `comfy_api` stands in for ComfyUI's."""

import os
from pathlib import Path

import pytest
import torch
from flowbrush.hosts import headless, host, use

headless.install()
use("headless")
# The tensors of these tests are small: a second thread costs more than it brings, a lot more on a busy machine.
torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def same_host():
    """A test that uses another host, or cancels its run, does not change the next test."""
    usual = host()
    yield
    usual.cancelled.clear()
    use(usual)


@pytest.fixture
def usual_umask():
    """The mask 022, under which a new file has the mode 0644."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture(scope="session")
def comfyui_path():
    """A ComfyUI checkout: $COMFYUI_PATH, else where comfy-cli installs it; a visible skip where there is none."""
    path = Path(os.environ.get("COMFYUI_PATH") or Path.home() / "comfy" / "ComfyUI")
    if not (path / "comfy" / "ldm").is_dir():
        pytest.skip(f"no ComfyUI in {path}: set COMFYUI_PATH, or install one with `comfy install`")
    return path


@pytest.fixture(scope="session")
def comfyui_python(comfyui_path):
    """The interpreter of that ComfyUI: $COMFYUI_PYTHON, else the environment beside it; a visible skip without one."""
    beside = comfyui_path.parent / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    python = Path(os.environ.get("COMFYUI_PYTHON") or beside)
    if not python.is_file():
        pytest.skip(f"no interpreter for ComfyUI in {python}: set COMFYUI_PYTHON")
    return python


def pytest_collection_modifyitems(items):
    """The tests in `browser/` come last: Playwright's event loop, once started there, stays."""
    items.sort(key=lambda item: item.path.parent.name == "browser")
