"""The launcher as a module, with an environment folder of its own for each test."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def launcher(tmp_path, monkeypatch):
    monkeypatch.delenv("FLOWBRUSH_TORCH", raising=False)
    spec = importlib.util.spec_from_file_location("flowbrush_launcher", ROOT / "run.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.VENV = tmp_path / "venv"
    return module
