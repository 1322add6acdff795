"""Where the bundled weights are."""

import pytest
from flowbrush.hosts import BUNDLED_CHOICES
from flowbrush.models import bundled
from flowbrush.models.checkpoint import load_dit, load_text


def test_bundled_files_are_beside_the_module_under_their_names(tmp_path, monkeypatch):
    monkeypatch.setattr(bundled, "FOLDER", tmp_path)
    with pytest.raises(FileNotFoundError, match=r"flowbrush_vae\.safetensors are missing"):
        bundled.bundled_path("vae")
    (tmp_path / "flowbrush_vae.safetensors").touch()
    assert bundled.bundled_path("vae") == tmp_path / "flowbrush_vae.safetensors"
    with pytest.raises(ValueError, match="choose one of dit, vae, text, interpolator"):
        bundled.bundled_path("lora")


def test_every_name_in_load_model_has_a_file():
    for choices in BUNDLED_CHOICES.values():
        assert all(bundled.bundled_path(kind).is_file() for kind in choices.values())


def test_the_text_to_video_files_belong_together():
    dit = load_dit(bundled.bundled_path("text_to_video"))
    text = load_text(bundled.bundled_path("text_to_video_text"))
    assert dit.config.in_dim == dit.config.out_dim == 16  # no conditioning
    assert (dit.config.text_dim, dit.config.text_len) == (text.config.dim, text.config.max_bytes)
