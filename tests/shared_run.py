"""What the processes of one test run share: a folder, and its ComfyUIs, each of which serves one test at a time.

pytest-xdist runs the tests in several processes. The first process makes the folder before it starts the others, which
inherit its path, and removes it at the end. All processes share one ComfyUI (COMFYUI); for the tests in a browser, each
process has one of its own (`canvas`), so that the two render modes are tested beside each other. A ComfyUI is started by
the first test that needs it, and is ended by the first process, as the others may still use it.
"""

import contextlib
import json
import os
import shutil
import signal
import tempfile
import time
from functools import cache
from pathlib import Path

from filelock import FileLock

VARIABLE = "FLOWBRUSH_TEST_RUN"
COMFYUI = "comfyui"
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


def note_groups(names: dict[str, str]) -> None:
    """Write down which tests belong together in one process: the name of the group by the id of the test.

    Every process has collected the same tests and writes the same.
    """
    file = folder() / "groups.json"
    part = file.with_name(f"{file.name}.{os.getpid()}")
    part.write_text(json.dumps(names), encoding="utf-8")
    part.replace(file)


@cache
def groups() -> dict[str, str]:
    """The name of the group of each test that has one, once a process has collected the tests."""
    return json.loads((folder() / "groups.json").read_text(encoding="utf-8"))


def canvas() -> str:
    """The name of the ComfyUI of the tests in a browser in this process."""
    return "-".join(["canvas", *filter(None, [os.environ.get("PYTEST_XDIST_WORKER")])])


def comfyui_folder(name: str = COMFYUI) -> Path:
    """The base directory of one of this run's ComfyUIs, which has its models, input, output and log."""
    return folder() / name


def note_server(port: int, process: int, name: str = COMFYUI) -> None:
    """Write down where a ComfyUI of this run listens, and its process id."""
    _note(name).write_text(json.dumps({"port": port, "process": process}), encoding="utf-8")


def note_failure(message: str, name: str = COMFYUI) -> None:
    """Write down that a ComfyUI does not start, so that no other test tries again."""
    _note(name).write_text(json.dumps({"failure": message}), encoding="utf-8")


def _note(name: str) -> Path:
    return folder() / f"{name}.server.json"


def server(name: str = COMFYUI) -> dict[str, int] | None:
    """The `port` and `process` of one of this run's ComfyUIs, or None before a test has started it.

    Raises RuntimeError when it did not start.
    """
    note = _note(name)
    if not note.is_file():
        return None
    found = json.loads(note.read_text(encoding="utf-8"))
    if "failure" in found:
        raise RuntimeError(found["failure"])
    return found


def log_since(position: int, name: str = COMFYUI) -> str:
    """The end of what a ComfyUI has written to its log since that byte; empty when there is no log."""
    log = comfyui_folder(name) / "server.log"
    if not log.is_file():
        return ""
    with log.open("rb") as file:
        file.seek(position)
        return file.read().decode(errors="replace")[-4000:]


def log_size(name: str = COMFYUI) -> int:
    """Bytes in the log of one of this run's ComfyUIs."""
    log = comfyui_folder(name) / "server.log"
    return log.stat().st_size if log.is_file() else 0


def end(keep_log: bool) -> list[Path]:
    """End this run's ComfyUIs and remove the folder; returns the paths of the logs that are kept."""
    kept = []
    for name in sorted(note.name.removesuffix(".server.json") for note in folder().glob("*.server.json")):
        with contextlib.suppress(RuntimeError):
            running = server(name)
            if running:
                _end_process(running["process"])
        log = comfyui_folder(name) / "server.log"
        if keep_log and log.is_file():
            handle, copy = tempfile.mkstemp(prefix=f"flowbrush-{name}-", suffix=".log")
            os.close(handle)
            kept.append(Path(shutil.copyfile(log, copy)))
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
