"""A real ComfyUI as a child process with the pack installed, and the requests that tests and benchmarks send to it."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 600  # a process that ends is noticed at once; this is for machines that are busy
RUN_SECONDS = 600


def comfyui_folder() -> Path | None:
    """The ComfyUI checkout: $COMFYUI_PATH, or the folder in which comfy-cli installs it; None if there is none."""
    given = os.environ.get("COMFYUI_PATH")
    folder = Path(given) if given else Path.home() / "comfy" / "ComfyUI"
    return folder if (folder / "main.py").is_file() else None


def comfyui_python(folder: Path) -> str:
    """ComfyUI's interpreter: $COMFYUI_PYTHON, or that of the environment beside ComfyUI, or this one."""
    given = os.environ.get("COMFYUI_PYTHON")
    if given:
        return given
    beside = folder.parent / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    return str(beside) if beside.is_file() else sys.executable


def environment() -> dict[str, str]:
    """The environment variables of the child process, with this process's number of threads."""
    threads = os.environ.get("OMP_NUM_THREADS", str(os.cpu_count() or 1))
    return {**os.environ, "OMP_NUM_THREADS": threads, "MKL_NUM_THREADS": threads, "PYTHONUNBUFFERED": "1"}


def free_port() -> int:
    """A TCP port that no program uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class GraphError(Exception):
    """ComfyUI refused a graph, or a node raised an error; `details` is ComfyUI's answer."""

    def __init__(self, message: str, details: Any) -> None:
        super().__init__(f"{message}: {json.dumps(details)[:2000]}")
        self.details = details


class Connection:
    """Requests to a ComfyUI that runs on `port` of this machine with its models, input and output under `directory`."""

    def __init__(self, port: int, directory: Path) -> None:
        self.port = port
        self.directory = directory
        self.log = directory / "server.log"

    def url(self, path: str) -> str:
        """The address of a route."""
        return f"http://127.0.0.1:{self.port}{path}"

    def get(self, path: str) -> Any:
        """The JSON at a route."""
        with urllib.request.urlopen(self.url(path), timeout=30) as answer:
            return json.loads(answer.read())

    def post(self, path: str, body: Any) -> Any:
        """The answer of a route to a JSON body. Raises GraphError with ComfyUI's answer if it refuses."""
        request = urllib.request.Request(
            self.url(path), json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise GraphError(f"{path} answered {error.code}", json.loads(error.read() or b"null")) from error
        return json.loads(text) if text else None

    def run(self, graph: dict[str, Any], seconds: float = RUN_SECONDS) -> dict[str, Any]:
        """Run a graph in API format and return its outputs by node id. Raises GraphError if it fails."""
        return self.history_entry(graph, seconds)["outputs"]

    def history_entry(self, graph: dict[str, Any], seconds: float = RUN_SECONDS) -> dict[str, Any]:
        """Run a graph in API format and return its entry in the history. Raises GraphError if it fails."""
        prompt = self.post("/prompt", {"prompt": graph, "client_id": str(uuid.uuid4())})["prompt_id"]
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            entry = self.get(f"/history/{prompt}").get(prompt)
            if entry and entry["status"]["status_str"] == "error":
                failed = [what for kind, what in entry["status"]["messages"] if kind == "execution_error"]
                raise GraphError("a node failed", failed)
            if entry and entry["status"]["completed"]:
                return entry
            time.sleep(0.1)
        raise TimeoutError(f"the graph did not finish within {seconds} s")

    def output_file(self, outputs: dict[str, Any], node: str) -> Path:
        """The first file that a node wrote, from the outputs of a finished graph."""
        found = [item for items in outputs[node].values() for item in items if isinstance(item, dict)]
        return self.directory / found[0]["type"] / found[0]["subfolder"] / found[0]["filename"]


class Server(Connection):
    """A running ComfyUI on `port`, with models, input and output under `directory`; `options` are arguments of main.py.

    `packs` are further folders of nodes; `cpu` is off where a GPU shall compute.
    """

    def __init__(
        self,
        folder: Path,
        directory: Path,
        options: Sequence[str] = (),
        packs: Sequence[Path] = (),
        cpu: bool = True,
    ) -> None:
        super().__init__(free_port(), directory)
        for name in ("custom_nodes", "input", "output", "temp", "user", "models"):
            (directory / name).mkdir(parents=True, exist_ok=True)
        (directory / "custom_nodes" / "flowbrush").symlink_to(ROOT, target_is_directory=True)
        for pack in packs:
            (directory / "custom_nodes" / pack.name).symlink_to(pack, target_is_directory=True)
        command = [comfyui_python(folder), "main.py", "--port", str(self.port), *(["--cpu"] if cpu else [])]
        command += ["--base-directory", str(directory), "--preview-method", "latent2rgb"]
        command += ["--database-url", "sqlite:///:memory:", "--disable-api-nodes", *options]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command, cwd=folder, env=environment(), stdout=log, stderr=subprocess.STDOUT
            )
        self._wait_until_up()

    def _wait_until_up(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                self.get("/system_stats")
                return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.25)
        self.stop()
        raise RuntimeError(f"ComfyUI did not start:\n{self.log.read_text(errors='replace')[-4000:]}")

    def stop(self) -> None:
        """End the child process."""
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def peak_memory(self) -> int | None:
        """Peak memory of the process in bytes since `forget_peak`; None if the system does not report it."""
        try:
            status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        except OSError:
            return None
        (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024

    def cpu_seconds(self) -> float | None:
        """Processor time of the process so far, over all threads; None if the system does not report it.

        On a busy machine differences of it say more than the clock.
        """
        try:
            fields = (
                Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
            )
        except OSError:
            return None
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def forget_peak(self) -> None:
        """Restart the measurement of `peak_memory`, if the system supports it."""
        with contextlib.suppress(OSError):
            Path(f"/proc/{self.process.pid}/clear_refs").write_text("5", encoding="ascii")
