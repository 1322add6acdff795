"""Many short runs, of which half are cancelled at a random moment of a node; memory and files afterwards.

    python run.py bench soak                 # 200 runs of the main example at 48x48 pixels
    python run.py bench soak --minutes 10    # as many of them as begin within ten minutes

Every run loads the models anew. The nodes take turns in being cancelled, each at a random moment of the time that it needs.
Prints a row for each node in which runs were cancelled: how many, and how long the run went on after the cancel at most;
then memory, files and open files. The process fails if a run ends with an error, if a run goes on for longer than
10 seconds, if partial files are left, or if memory or the number of open files grows steadily.
"""

from __future__ import annotations

import argparse
import gc
import random
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..hosts.headless.host import ROOT, HeadlessHost

WORKFLOW = ROOT / "workflows" / "motion_brush.json"
# Where everything uncovered is kept, nothing is sampled; with "plate" the model samples it.
SMALL = {"width": 48, "height": 48, "length": 5, "steps": 2, "behind": "plate"}
LONGEST_WAIT = 10.0  # seconds
BRIEFEST = 0.002  # seconds; a node that needs less is not cancelled
MOST_GROWTH = 100.0  # megabytes between the second and the last quarter of the runs
MOST_OPENED = 10  # files and sockets that are open after the last run and were not after the first


@dataclass
class Stage:
    """The runs that were cancelled in one node: how many, and the seconds until each of them ended."""

    waits: list[float] = field(default_factory=list)
    finished: int = 0  # the node and the rest of the run were done before the cancel came


@dataclass
class Soak:
    """What happened in all runs.

    memory: megabytes after each run. opened: files and sockets that are open after each run. left: partial files.
    """

    stages: dict[str, Stage] = field(default_factory=dict)
    completed: int = 0
    errors: list[str] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    opened: list[int] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    files: int = 0  # whole files in the output and temp folders at the end

    @property
    def growth(self) -> float:
        """Megabytes by which the memory of the last quarter of the runs exceeds that of the second quarter."""
        quarter = len(self.memory) // 4
        if not quarter:
            return 0.0
        return _median(self.memory[-quarter:]) - _median(self.memory[quarter : 2 * quarter])

    def problems(self) -> list[str]:
        """What must not happen, as sentences."""
        waits = [(wait, name) for name, stage in self.stages.items() for wait in stage.waits]
        slow = [
            f"{name} went on for {wait:.1f} s after a cancel" for wait, name in waits if wait > LONGEST_WAIT
        ]
        grown = [f"memory grew by {self.growth:.0f} MB"] if self.growth > MOST_GROWTH else []
        if self.opened and self.opened[-1] - self.opened[0] > MOST_OPENED:
            grown.append(f"{self.opened[-1] - self.opened[0]} files were left open")
        return [*self.errors, *slow, *grown, *(f"a partial file was left: {name}" for name in self.left)]

    def table(self) -> str:
        """The rows that are printed."""
        lines = [f"{'cancelled in':34} {'runs':>5} {'stopped':>8} {'longest s':>10}"]
        for name, stage in sorted(self.stages.items()):
            longest = max(stage.waits, default=0.0)
            count = len(stage.waits) + stage.finished
            lines.append(f"{name[:34]:34} {count:5} {len(stage.waits):8} {longest:10.2f}")
        memory, opened = self.memory or [0.0], self.opened or [0]
        lines += [
            "",
            f"runs: {len(self.memory)}, of which {self.completed} completed",
            f"memory after the first run, at most, at the end: {memory[0]:.0f}, {max(memory):.0f}, {memory[-1]:.0f} MB",
            f"growth over the second half: {self.growth:.0f} MB",
            f"open files after the first run and at the end: {opened[0]}, {opened[-1]}",
            f"whole files: {self.files}, partial files: {len(self.left)}",
        ]
        return "\n".join(lines)


def soak(
    load_graph: Callable[[], Any], runs: int, seed: int, folder: Path, seconds: float = float("inf")
) -> Soak:
    """Run a graph `runs` times and cancel every other run, in each of its nodes in turn, at a random moment.

    No run begins when `seconds` have passed.
    """
    from ..hosts import use
    from ..hosts.headless.loading import forget_models
    from ..hosts.headless.progress import Cancelled
    from ..hosts.headless.runner import run

    chance, found = random.Random(seed), Soak()
    host = HeadlessHost(output_directory=folder, temp_directory=folder / "temp", show_progress=False)
    use(host)
    end, durations = time.monotonic() + seconds, _Durations()
    for number in range(runs):
        if time.monotonic() > end:
            break
        host.cancelled.clear()
        forget_models()
        graph = load_graph()
        cancel = _Cancel(host, *durations.next_moment(chance)) if number % 2 else None
        try:
            run(graph, cancel.on_node if cancel else durations.on_node)
            found.completed += 1
            if cancel is None:
                durations.end()
            elif cancel.at is not None:
                found.stages.setdefault(cancel.name, Stage()).finished += 1
        except Cancelled:
            assert cancel is not None
            found.stages.setdefault(cancel.name, Stage()).waits.append(cancel.seconds())
        except Exception as error:
            found.errors.append(f"run {number} failed: {type(error).__name__} {str(error)[:200]}")
        finally:
            if cancel:
                cancel.end()
        gc.collect()
        found.memory.append(resident_megabytes())
        found.opened.append(open_files())
    files = [path for path in folder.rglob("*") if path.is_file()]
    found.left = sorted(str(path) for path in files if path.suffix == ".part")
    found.files = len(files) - len(found.left)
    return found


class _Durations:
    """The seconds that each node of the graph needed in the last run that was not cancelled."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._turns: Counter[str] = Counter()
        self._running: tuple[str, float] | None = None

    def on_node(self, node: Any, done: int, total: int) -> None:
        self.end()
        self._running = node.id, time.perf_counter()

    def end(self) -> None:
        """Note how long the node that runs has been running."""
        if self._running is not None:
            self.seconds[self._running[0]] = time.perf_counter() - self._running[1]
        self._running = None

    def next_moment(self, chance: random.Random) -> tuple[str, float]:
        """The id of the node whose turn it is to be cancelled, and the seconds after its beginning."""
        nodes = [name for name, seconds in self.seconds.items() if seconds >= BRIEFEST]
        if not nodes:
            raise RuntimeError(f"No run was completed in which a node needs {BRIEFEST} s.")
        name = min(nodes, key=self._turns.__getitem__)
        self._turns[name] += 1
        return name, chance.random() * self.seconds[name]


class _Cancel:
    """Cancels a run some seconds after one of its nodes has begun."""

    def __init__(self, host: HeadlessHost, target: str, delay: float):
        self.host, self.target, self.delay = host, target, delay
        self.name = ""  # the node that runs; from the cancel on, the node that was cancelled
        self.timer: threading.Timer | None = None
        self.at: float | None = None

    def on_node(self, node: Any, done: int, total: int) -> None:
        if self.at is None:
            self.name = node.class_type
        if node.id == self.target:
            self.timer = threading.Timer(self.delay, self._cancel)
            self.timer.start()

    def _cancel(self) -> None:
        self.at = time.perf_counter()
        self.host.cancelled.set()

    def seconds(self) -> float:
        """Seconds since the cancel."""
        return 0.0 if self.at is None else time.perf_counter() - self.at

    def end(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer.join()


def resident_megabytes() -> float:
    """The memory of this process that is in use now; 0 where the system does not report it."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0.0
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 2**10


def open_files() -> int:
    """The number of files and sockets that this process has open; 0 where the system does not list them."""
    listed = Path("/proc/self/fd")
    return len(list(listed.iterdir())) if listed.exists() else 0


def _median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


def small_graph() -> Any:
    """The main example at a small size."""
    from ..hosts.headless.convert import load
    from ..hosts.headless.graph import Link

    graph = load(WORKFLOW)
    for node in graph.nodes.values():
        for name, value in SMALL.items():
            if name in node.inputs and not isinstance(node.inputs[name], Link):
                node.inputs[name] = value
    return graph


def main() -> None:
    """Print the table; exit with status 1 if something happened that must not."""
    parser = argparse.ArgumentParser(prog="run.py bench soak", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=float("inf"), help="no run begins after this time")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="flowbrush-soak-") as folder:
        found = soak(small_graph, options.runs, options.seed, Path(folder), 60 * options.minutes)
    print(found.table())
    problems = found.problems()
    for problem in problems:
        print(f"Problem: {problem}")
    raise SystemExit(bool(problems))


if __name__ == "__main__":
    main()
