import os
import stat

import pytest
import torch
from flowbrush.training.engine.lora import save_lora
from safetensors.torch import load_file, save_file

STATE = {
    "adapters.blocks/0/ffn/0.lora_A": torch.ones(2, 8),
    "adapters.blocks/0/ffn/0.lora_B": torch.ones(12, 2),
}


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")
def test_others_may_read_a_fresh_lora(tmp_path, usual_umask):
    path = tmp_path / "run" / "lora.safetensors"
    save_lora(path, STATE, 4.0, {})
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert load_file(path)["diffusion_model.blocks.0.ffn.0.alpha"] == 4.0


def test_a_lora_that_cannot_be_written_leaves_the_last_one(tmp_path, monkeypatch):
    path = tmp_path / "lora.safetensors"
    save_lora(path, STATE, 4.0, {})
    before = path.read_bytes()

    def half(tensors, aside, header):
        save_file(tensors, aside, header)
        raise OSError("disk full")

    monkeypatch.setattr("safetensors.torch.save_file", half)
    with pytest.raises(OSError, match="disk full"):
        save_lora(path, STATE, 8.0, {})
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(ValueError, match="NaN"):
        save_lora(path, {"adapters.a.lora_A": torch.tensor([torch.nan])}, 4.0, {})
    assert list(tmp_path.iterdir()) == [path]
