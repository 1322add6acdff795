import subprocess
import sys

import pytest
import torch
from flowbrush.hosts import host
from flowbrush.hosts.tiles import in_smaller_tiles


def test_importing_hosts_does_not_import_torch():
    code = "import sys, flowbrush.hosts; print('torch' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"


def test_errors_about_memory_are_distinguished_from_others():
    for error in (
        MemoryError(),
        torch.OutOfMemoryError(),
        RuntimeError("DefaultCPUAllocator: not enough memory"),
    ):
        assert host().is_out_of_memory(error)
    assert not host().is_out_of_memory(RuntimeError("sizes differ"))
    assert not host().is_out_of_memory(ValueError("not enough memory"))


def test_a_tile_as_large_as_the_frame_is_skipped(capsys):
    sides = []

    def work(side):
        sides.append(side)
        if side == 0 or side > 128:
            raise torch.OutOfMemoryError
        return torch.zeros(1)

    in_smaller_tiles(work, 0, "decoding", host(), picture=500)
    assert sides == [0, 256, 128]
    assert "continuing in tiles of 256 px" in capsys.readouterr().err


def test_the_error_of_the_smallest_tile_is_raised():
    def work(side):
        raise torch.OutOfMemoryError(f"side {side}")

    with pytest.raises(torch.OutOfMemoryError, match="side 128"):
        in_smaller_tiles(work, 512, "decoding", host())
