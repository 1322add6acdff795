"""What the processes of one test run share: a folder, and at most one ComfyUI, which serves one test at a time.

pytest-xdist runs the tests in several processes. The first process makes the folder before it starts the others, which
inherit its path, and removes it at the end. A ComfyUI is started by the first test that needs one, in whichever process
that test runs, and is ended by the first process, as the others may still use it.
"""

import contextlib
import json
import os
import shutil
import signal
import tempfile
import time
from pathlib import Path

from filelock import FileLock

VARIABLE = "FLOWBRUSH_TEST_RUN"
STOP_SECONDS = 20


def start() -> None:
    """Make the folder of this run, which processes started from now on share."""
    os.environ[VARIABLE] = tempfile.mkdtemp(prefix="flowbrush-tests-")


def folder() -> Path:
    """The folder of this run."""
    return Path(os.environ[VARIABLE])


def lock(name: str) -> FileLock:
    """A lock that one process of this run holds at a time; it is released when its process ends, however it ends."""
    return FileLock(folder() / f"{name}.lock")


def comfyui_folder() -> Path:
    """The base directory of this run's ComfyUI, which has its models, input, output and log."""
    return folder() / "comfyui"


def note_server(port: int, process: int) -> None:
    """Write down where this run's ComfyUI listens, and its process id."""
    (folder() / "server.json").write_text(json.dumps({"port": port, "process": process}), encoding="utf-8")


def note_failure(message: str) -> None:
    """Write down that ComfyUI does not start, so that no other test tries again."""
    (folder() / "server.json").write_text(json.dumps({"failure": message}), encoding="utf-8")


def server() -> dict[str, int] | None:
    """The `port` and `process` of this run's ComfyUI, or None before a test has started it.

    Raises RuntimeError when it did not start.
    """
    note = folder() / "server.json"
    if not note.is_file():
        return None
    found = json.loads(note.read_text(encoding="utf-8"))
    if "failure" in found:
        raise RuntimeError(found["failure"])
    return found


def log_since(position: int) -> str:
    """The end of what this run's ComfyUI has written to its log since that byte; empty when there is no log."""
    log = comfyui_folder() / "server.log"
    if not log.is_file():
        return ""
    with log.open("rb") as file:
        file.seek(position)
        return file.read().decode(errors="replace")[-4000:]


def log_size() -> int:
    """Bytes in the log of this run's ComfyUI."""
    log = comfyui_folder() / "server.log"
    return log.stat().st_size if log.is_file() else 0


def end(keep_log: bool) -> Path | None:
    """End this run's ComfyUI and remove the folder; returns the path of the log when it is kept."""
    with contextlib.suppress(RuntimeError):
        running = server()
        if running:
            _end_process(running["process"])
    kept = None
    log = comfyui_folder() / "server.log"
    if keep_log and log.is_file():
        handle, name = tempfile.mkstemp(prefix="flowbrush-comfyui-", suffix=".log")
        os.close(handle)
        kept = Path(shutil.copyfile(log, name))
    shutil.rmtree(os.environ.pop(VARIABLE), ignore_errors=True)
    return kept


def _end_process(process: int) -> None:
    """Ask a process to stop, and kill it if it has not done so in time."""
    with contextlib.suppress(OSError):  # it has ended already
        os.kill(process, signal.SIGTERM)
        if os.name == "nt":
            return  # Windows ends a process at once
        deadline = time.monotonic() + STOP_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(ChildProcessError):  # another process of this run started it
                os.waitpid(process, os.WNOHANG)
            os.kill(process, 0)
            time.sleep(0.1)
        os.kill(process, signal.SIGKILL)
