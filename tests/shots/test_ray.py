"""Lists that are rendered on a Ray cluster of this machine."""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .conftest import assert_one_motion
from .test_local import modified, start, until

pytest.importorskip("ray", reason="needs Ray: pip install ray")
pytestmark = pytest.mark.slow


def test_a_local_cluster_renders_a_list_once(three, rendered):
    status, results = rendered(three, "--ray", "local", "--workers", "2")
    assert status == 0
    assert {result["place"] for result in results.values()} == {"ray"}
    assert all((rendered.out / result["folder"] / "shot_00001_.mp4").is_file() for result in results.values())
    before = modified(rendered.out)
    assert rendered(three)[0] == 0  # the same shots, on this machine
    assert modified(rendered.out) == before


def test_a_cluster_without_what_a_shot_needs_is_one_sentence(three, rendered, capsys):
    assert rendered(three, "--ray", "local", "--workers", "1", "--gpus", "3")[0] == 1
    assert "Error: A shot needs 3 GPU and the Ray cluster has 0: lower --gpus." in capsys.readouterr().err


def workers(driver):
    """The processes of Ray below a driver that are rendering, by what Ray calls them."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdecimal() and b"ray::render_task" in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue
    return [process for process in found if driver.pid in ancestors(process)]


def runs(process):
    """Whether a process has not ended."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def ancestors(process):
    """The processes that started a process, from near to far."""
    found = []
    while process > 1:
        try:
            text = Path(f"/proc/{process}/stat").read_text()
        except OSError:
            break
        process = int(text.rpartition(")")[2].split()[1])
        found.append(process)
    return found


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="finds Ray's workers in /proc")
def test_a_worker_and_then_the_driver_are_killed(three, rendered):
    out = rendered.out
    driver = start(three, out, "--ray", "local", "--workers", "1")
    until(lambda: workers(driver), driver)
    os.kill(workers(driver)[0], signal.SIGKILL)
    until(lambda: modified(out) and workers(driver), driver)
    rendering = workers(driver)
    driver.kill()
    errors = driver.communicate(timeout=60)[1]
    assert "failed and is tried again: ray: WorkerCrashedError" in errors
    # What still renders goes on until Ray ends it, and would finish a shot after those that are counted.
    deadline = time.monotonic() + 60
    while any(map(runs, rendering)):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    before = modified(out)
    assert 1 <= len(before) <= 2
    status, results = rendered(three, "--ray", "local", "--workers", "1")
    assert status == 0 and {result["state"] for result in results.values()} == {"done"}
    after = modified(out)
    assert len(after) == 3 and before.items() <= after.items()
    assert json.loads((out / "results.json").read_text())["list"] == "list.csv"


def test_a_driver_that_is_killed_between_a_shot_and_its_continuation_loses_nothing(chain, folder, rendered):
    out, film = rendered.out, folder / "film.mp4"
    driver = start(chain, out, "--ray", "local", "--workers", "1")
    until(lambda: len(modified(out)) == 1, driver)
    driver.kill()
    driver.communicate(timeout=60)
    time.sleep(1)
    before = modified(out)
    assert 1 <= len(before) < 4
    status, results = rendered(chain, "--ray", "local", "--workers", "2", "--join", str(film))
    assert status == 0 and [result["state"] for result in results.values()] == ["done"] * 4
    after = modified(out)
    assert len(after) == 4 and before.items() <= after.items()
    assert_one_motion(film)


@pytest.fixture
def cluster(tmp_path, monkeypatch):
    """The address of a Ray cluster that runs by itself on this machine, as one of several machines would.

    It takes orders only from processes that have the token in their environment, as Ray's clusters do.
    """
    monkeypatch.setenv("RAY_AUTH_MODE", "token")
    monkeypatch.setenv("RAY_AUTH_TOKEN", secrets.token_hex(16))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "ray.scripts.scripts", "start", "--head", "--block", f"--port={port}"]
    more = ["--num-cpus=2", "--include-dashboard=false", "--disable-usage-stats"]
    log = (tmp_path / "head.txt").open("w+")
    head = subprocess.Popen([*command, *more], stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        until(lambda: "Ray runtime started" in (tmp_path / "head.txt").read_text(), head)
        yield f"127.0.0.1:{port}"
    finally:
        head.terminate()
        head.wait(60)
        log.close()


def test_a_cluster_at_an_address_renders_a_list_and_goes_on_running(three, rendered, cluster):
    written = []
    for _ in range(2):  # the cluster is still there the second time, and nothing is rendered twice
        driver = start(three, rendered.out, "--ray", cluster)
        errors = driver.communicate(timeout=300)[1]
        assert driver.returncode == 0, errors
        results = json.loads((rendered.out / "results.json").read_text())["shots"]
        assert {result["place"] for result in results} == {"ray"}
        written.append(modified(rendered.out))
    assert len(written[0]) == 3 and written[0] == written[1]
