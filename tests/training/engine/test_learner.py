"""Training steps on one device and on several, and runs that continue exactly after an interruption."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from . import learner_worker

WORKER = Path(learner_worker.__file__)


def checkpoint(folder):
    return torch.load(folder / "checkpoint.pt", weights_only=True)


def distance(one, other):
    """Root of the summed squared differences of two states. Single entries are no measure: a bias whose gradient is
    rounding noise, as that of keys is, takes steps of the full learning rate in Adam."""
    assert one.keys() == other.keys()
    return sum(float((one[name] - other[name]).square().sum()) for name in one) ** 0.5


def start():
    """The weights before the first step."""
    return learner_worker.network().state_dict()


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """Folder of a run of four steps in one process, with the losses of each batch."""
    folder = tmp_path_factory.mktemp("alone")
    (folder / "losses.json").write_text(json.dumps(learner_worker.train(folder, 4)))
    return folder


@pytest.fixture(scope="module")
def together(tmp_path_factory):
    """Folder of runs of the same four steps by two processes that share the streams."""
    folder = tmp_path_factory.mktemp("together")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    environment = os.environ | {
        "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "WORLD_SIZE": "2", "OMP_NUM_THREADS": "1", "LOCAL_WORLD_SIZE": "2",
    }  # fmt: skip
    workers = [
        subprocess.Popen(
            [sys.executable, str(WORKER), str(folder)],
            env=environment | {"RANK": str(rank), "LOCAL_RANK": str(rank)},
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]
    try:
        said = [worker.communicate(timeout=240)[1] for worker in workers]
    finally:
        for worker in workers:
            worker.kill()
    assert [worker.returncode for worker in workers] == [0, 0], "\n".join(said)[-4000:]
    return folder


# Sharding sums gradients in another order; Muon's iteration in bfloat16 makes more of the last bit than Adam does.
@pytest.mark.parametrize(("kind", "rounding"), [("ddp", 1e-6), ("fsdp", 0.05)])
def test_two_processes_learn_what_one_learns(alone, together, kind, rounding):
    one, two = checkpoint(alone), checkpoint(together / kind)
    moved = distance(one["model"], start())
    assert distance(one["model"], two["model"]) < rounding * moved
    assert distance(one["average"], two["average"]) < rounding * moved
    assert [s["state"] for s in two["streams"]] == [{"turn": 4}, {"turn": 4}]
    for ours, theirs in zip(one["streams"], two["streams"], strict=True):
        assert torch.equal(ours["generator"], theirs["generator"])


def test_a_sharded_run_goes_on_where_it_stopped(together):
    whole, half = checkpoint(together / "fsdp"), checkpoint(together / "half")
    assert half["step"] == 4 and distance(whole["model"], half["model"]) == 0
    assert len(json.loads((together / "losses_0.json").read_text())) == 2  # the steps after the stop


def test_one_process_goes_on_exactly(alone, tmp_path):
    losses = json.loads((alone / "losses.json").read_text())
    first = learner_worker.train(tmp_path, 4, until=2)
    assert first + learner_worker.train(tmp_path, 4) == losses
    whole, halves = checkpoint(alone), checkpoint(tmp_path)
    assert distance(whole["model"], halves["model"]) == 0
    assert distance(whole["average"], halves["average"]) == 0


def test_recomputing_blocks_changes_nothing_but_memory(alone, tmp_path):
    losses = json.loads((alone / "losses.json").read_text())
    assert learner_worker.train(tmp_path, 4, recompute=True) == pytest.approx(losses, rel=1e-5)


def test_streams_that_devices_cannot_share_are_refused():
    devices = learner_worker.Devices("cpu", alone=True)
    devices.count = 2
    with pytest.raises(ValueError, match="3 streams cannot be divided among 2"):
        devices.share(3)
    assert list(devices.share(0)) == [0] and list(devices.share(4)) == [0, 2]
