"""A process of this machine that renders shots with the bundled model, one after the other."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from .places import OnProgress, Place, Rendered, ShotFailed
from .planning import Shot


class LocalPlace(Place):
    """A worker process, which is started with its first shot and again when it has died."""

    def __init__(self, number: int, device: str | None = None):
        self.name = f"worker {number}"
        self.device = device
        self.process: subprocess.Popen[str] | None = None
        self._log: Any = None
        self._starting = threading.Lock()
        self._stopped = False

    def render(self, shot: Shot, folder: Path, on_progress: OnProgress) -> Rendered:
        process = self._running()
        job = {"prompt": shot.graph.prompt, "folder": str(folder), "device": self.device}
        try:
            assert process.stdin is not None and process.stdout is not None
            process.stdin.write(json.dumps(job) + "\n")
            process.stdin.flush()
            for line in process.stdout:
                answer = json.loads(line)
                if "node" in answer:
                    on_progress(answer["node"], answer["share"])
                elif "error" in answer:
                    raise ShotFailed(answer["error"])
                else:
                    return Rendered([folder / name for name in answer["files"]], answer["texts"])
        except OSError:
            pass  # it has died, as it has where its answers end
        status = process.wait()
        self._log.seek(0)
        last = (self._log.read().decode(errors="replace").strip().splitlines() or ["it said nothing"])[-1]
        raise ShotFailed(f"{self.name} died (exit status {status}): {last[:300]}")

    def _running(self) -> subprocess.Popen[str]:
        """The worker process. It is in a session of its own, so that Ctrl-C reaches only the process that leads it."""
        with self._starting:
            if self._stopped:
                raise ShotFailed("The run was stopped.")
            if self.process is None or self.process.poll() is not None:
                self._log = tempfile.TemporaryFile()  # noqa: SIM115  (it is open as long as the process)
                apart: dict[str, Any] = {"start_new_session": True}
                if sys.platform == "win32":
                    apart = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
                self.process = subprocess.Popen(
                    [sys.executable, "-m", f"{__package__}.worker"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=self._log,
                    encoding="utf-8",
                    **apart,
                )
            return self.process

    def stop(self) -> None:
        with self._starting:
            self._stopped = True
            process = self.process
        if process is not None and process.poll() is None:
            process.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
