import pytest
import torch
from flowbrush.training import latents
from flowbrush.training.latents import Shards, write_shard

ROW = (
    torch.ones(2, 16, 1, 4, 4),
    torch.zeros(2, 16, 1, 4, 4),
    torch.ones(2, 4, 1, 4, 4),
    ["a", "b"],
    ["x", "y"],
)


def test_a_shard_comes_back(tmp_path):
    write_shard(tmp_path / "made" / "a.safetensors", [ROW, ROW])
    shards = Shards(tmp_path / "made", 8, torch.Generator().manual_seed(0), whole_captions=True)
    target, shown, known, captions = next(shards)
    assert target.shape == shown.shape == (2, 16, 1, 4, 4) and known.shape == (2, 4, 1, 4, 4)
    assert float(target.mean()) == 1 and float(shown.mean()) == 0 and float(known.mean()) == 1
    assert set(captions) <= {"a", "b", ""}


def test_half_a_shard_is_not_read(tmp_path, monkeypatch):
    write_shard(tmp_path / "a.safetensors", [ROW])

    def half(tensors, path, header):
        path.write_bytes(b"half")
        assert len(Shards(tmp_path, 8, torch.Generator()).shards) == 1
        raise OSError("disk full")

    monkeypatch.setattr(latents, "save_file", half)
    with pytest.raises(OSError, match="disk full"):
        write_shard(tmp_path / "b.safetensors", [ROW])
    assert [path.name for path in tmp_path.iterdir()] == ["a.safetensors"]
