"""Rendering shots on a Ray cluster. Ray decides which of its workers renders what, and on which machine.

A task is sent the graph and the bytes of the files that it names, and sends the bytes of its results back, so the
machines need no common disk. They do need this package, and torch, in the Python of their Ray.
"""

from __future__ import annotations

import signal
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ..hosts.headless.upload import local_file
from .cells import declared, takes_file
from .places import Rendered, ShotFailed
from .planning import Shot


def render_task(prompt: dict[str, Any], files: list[tuple[str, str, str, bytes]]) -> dict[str, Any]:
    """Render a graph in a Ray worker. `files` are (node, input, name, bytes) of the files that inputs name.

    Returns `{"files": [(name, bytes)], "texts"}` or `{"error"}`.
    """
    from .worker import render

    with tempfile.TemporaryDirectory(prefix="flowbrush-shot-") as scratch:
        given, results = Path(scratch, "given"), Path(scratch, "results")
        results.mkdir()
        for number, (node, name, file, data) in enumerate(files):
            path = given / str(number) / file
            path.parent.mkdir(parents=True)
            path.write_bytes(data)
            prompt[node]["inputs"][name] = str(path)
        answer = render(prompt, results, None)
        if "error" not in answer:
            answer["files"] = [(name, (results / name).read_bytes()) for name in answer["files"]]
        return answer


def files_of(shot: Shot, known: dict[str, Any]) -> list[tuple[str, str, str, bytes]]:
    """The files of this machine that a shot's inputs name, as `render_task` takes them."""
    found = []
    for node in shot.graph.nodes.values():
        for name, value in node.values().items():
            path = None
            if isinstance(value, str) and takes_file(declared(known, node.class_type, name)[1]):
                path = local_file(value)
            if path is not None:
                found.append((node.id, name, path.name, path.read_bytes()))
    return found


class RayEngine:
    """A connection to a cluster, or to one that is started on this machine for `local`."""

    def __init__(self, address: str, cpus: float, gpus: float, workers: int | None = None):
        """cpus, gpus: what a shot needs. workers: the size of a local cluster, in shots at a time."""
        try:
            import ray  # pyright: ignore[reportMissingImports]
        except ImportError:
            raise ValueError(
                "`--ray` needs Ray: `pip install ray`, or `pip install -e .[shots]` in Flowbrush's folder."
            ) from None
        self._ray: Any = ray
        options: dict[str, Any] = {
            "log_to_driver": False,
            "include_dashboard": False,
            "logging_level": "warning",
        }
        if address == "local":
            options |= {"address": "local", "num_cpus": cpus * workers if workers else None}
        else:
            options = {"address": address, "log_to_driver": False, "logging_level": "warning"}
        signals = {name: signal.getsignal(name) for name in (signal.SIGINT, signal.SIGTERM)}
        try:
            ray.init(**options)
        except (ConnectionError, RuntimeError, ValueError) as error:
            raise ValueError(f"There is no Ray cluster at {address}: {str(error)[:300]}") from None
        for name, handler in signals.items():
            signal.signal(name, handler)  # Ray sets its own
        have = ray.cluster_resources()
        for kind, needed in (("CPU", cpus), ("GPU", gpus)):
            if needed > have.get(kind, 0):
                ray.shutdown()
                raise ValueError(
                    f"A shot needs {needed:g} {kind} and the Ray cluster has {have.get(kind, 0):g}: lower --{kind.lower()}s."
                )
        self._task = ray.remote(num_cpus=cpus, num_gpus=gpus, max_retries=0)(render_task)

    def run(
        self,
        shots: Sequence[Shot],
        known: dict[str, Any],
        finish: Callable[[Shot, Callable[[Path], Rendered], str], None],
        on_failure: Callable[[Shot, bool], None],
        tries: int,
    ) -> None:
        """Give all shots to Ray, and `finish` each with what writes its results; see `Dispatch` for failures."""
        running = {self._submit(shot, known): shot for shot in shots}
        try:
            while running:
                done, _ = self._ray.wait(list(running), timeout=1.0)
                for task in done:
                    shot = running.pop(task)
                    try:
                        answer = self._answer(task)
                        finish(shot, lambda folder, answer=answer: _written(answer, folder), "ray")
                    except ShotFailed as error:
                        shot.errors.append(f"ray: {error}")
                        again = len(shot.errors) < tries
                        on_failure(shot, not again)
                        if again:
                            running[self._submit(shot, known)] = shot
        finally:
            for task in running:
                self._ray.cancel(task, force=True)

    def _submit(self, shot: Shot, known: dict[str, Any]) -> Any:
        return self._task.remote(shot.graph.prompt, files_of(shot, known))

    def _answer(self, task: Any) -> dict[str, Any]:
        """What a task returned. Raises ShotFailed for one that failed, or whose worker or machine died."""
        try:
            answer = self._ray.get(task)
        except self._ray.exceptions.RayError as error:
            first = (str(error).strip().splitlines() or [type(error).__name__])[0]
            raise ShotFailed(f"{type(error).__name__}: {first[:300]}") from error
        if "error" in answer:
            raise ShotFailed(answer["error"])
        return answer

    def close(self) -> None:
        """Leave the cluster; a local one ends."""
        self._ray.shutdown()


def _written(answer: dict[str, Any], folder: Path) -> Rendered:
    """Write the files of a task's answer into a folder."""
    rendered = Rendered(texts=answer["texts"])
    for name, data in answer["files"]:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        rendered.files.append(path)
    return rendered
