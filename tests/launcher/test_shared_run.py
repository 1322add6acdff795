"""What the processes of a test run share: notes of its ComfyUIs, their end, and a lock."""

import os
import subprocess
import sys

import pytest

from .. import shared_run

NAMES = (shared_run.COMFYUI, "canvas-gw1")


@pytest.fixture
def run(tmp_path, monkeypatch):
    """The folder of a run of its own."""
    folder = tmp_path / "run"
    for name in NAMES:
        (folder / name).mkdir(parents=True)
    monkeypatch.setenv(shared_run.VARIABLE, str(folder))
    return folder


@pytest.mark.parametrize("name", NAMES)
def test_the_end_of_a_run_ends_its_servers_and_keeps_the_logs(run, name):
    assert shared_run.server(name) is None
    server = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    shared_run.note_server(8188, server.pid, name)
    assert shared_run.server(name) == {"port": 8188, "process": server.pid}
    (other,) = set(NAMES) - {name}
    assert shared_run.server(other) is None
    (run / name / "server.log").write_text("a line of the log", encoding="utf-8")
    (kept,) = shared_run.end(keep_log=True)
    assert kept.read_text(encoding="utf-8") == "a line of the log"
    kept.unlink()
    assert not run.exists()
    server.wait(10)
    if os.name != "nt":
        with pytest.raises(ProcessLookupError):
            os.kill(server.pid, 0)


def test_a_server_that_does_not_start_is_not_tried_again(run):
    shared_run.note_failure("ComfyUI did not start: a module is missing")
    with pytest.raises(RuntimeError, match="a module is missing"):
        shared_run.server()
    assert shared_run.end(keep_log=False) == [] and not run.exists()


def test_a_report_shows_what_the_server_logged_during_a_test(run):
    log = run / "comfyui" / "server.log"
    assert (shared_run.log_size(), shared_run.log_since(0)) == (0, "")
    log.write_text("before\n", encoding="utf-8")
    position = shared_run.log_size()
    with log.open("a", encoding="utf-8") as file:
        file.write("during\n")
    assert shared_run.log_since(position) == "during\n"


def test_one_process_at_a_time_holds_a_lock(run):
    code = (
        "import sys, filelock\n"
        "with filelock.FileLock(sys.argv[1]):\n    print('locked', flush=True); sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", code, str(run / "comfyui.lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "locked\n"
        with pytest.raises(TimeoutError):
            shared_run.lock("comfyui").acquire(timeout=0.1)
        other.kill()
        other.wait()
        with shared_run.lock("comfyui"):
            pass


def test_each_process_has_a_comfyui_for_its_browser(monkeypatch):
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    alone = shared_run.canvas()
    names = []
    for worker in ("gw0", "gw1"):
        monkeypatch.setenv("PYTEST_XDIST_WORKER", worker)
        names.append(shared_run.canvas())
    assert len({alone, *names, shared_run.COMFYUI}) == 4


def test_tests_of_a_group_are_told_from_those_of_a_file(run):
    shared_run.groups.cache_clear()
    shared_run.note_groups({"tests/browser/test_widget.py::test_one": "canvas"})
    shared_run.note_groups({"tests/browser/test_widget.py::test_one": "canvas"})  # as each process does
    assert shared_run.groups() == {"tests/browser/test_widget.py::test_one": "canvas"}
    assert [path.name for path in run.glob("groups*")] == ["groups.json"]
    shared_run.groups.cache_clear()
