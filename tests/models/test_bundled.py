"""Where the bundled weights are."""

import pytest
from flowbrush.models import bundled


def test_bundled_files_are_beside_the_module_under_their_names(tmp_path, monkeypatch):
    monkeypatch.setattr(bundled, "FOLDER", tmp_path)
    with pytest.raises(FileNotFoundError, match=r"flowbrush_vae\.safetensors are missing"):
        bundled.bundled_path("vae")
    (tmp_path / "flowbrush_vae.safetensors").touch()
    assert bundled.bundled_path("vae") == tmp_path / "flowbrush_vae.safetensors"
    with pytest.raises(ValueError, match="choose one of dit, vae, text, interpolator"):
        bundled.bundled_path("lora")
