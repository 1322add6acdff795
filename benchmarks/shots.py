"""How `run.py shots` scales with the number of workers on this machine.

    python run.py bench shots [--shots 6] [--workers 1 2] [--steps 1] [--ray] [--json FILE]

Each shot is image to video with the bundled model, 17 frames at 128x128, with a seed of its own. A row gives the seconds of the whole
command, from its start to the page, and how many times as fast as the first row it is. With --ray the workers are those of a local
Ray cluster.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ..files import write_json

_WORKFLOW = Path(__file__).parents[1] / "workflows" / "image_to_video.json"
_COLUMNS = {
    "FlowbrushFirstFrame.width": 128,
    "FlowbrushFirstFrame.height": 128,
    "FlowbrushFirstFrame.length": 17,
}


def scaling_rows(shots: int, workers: Sequence[int], steps: int, ray: bool) -> Iterator[dict[str, Any]]:
    """Yield a row for each number of workers. Raises RuntimeError where a run fails."""
    first = None
    for count in workers:
        with TemporaryDirectory() as folder:
            path = _list(Path(folder), shots, steps)
            where = ["--ray", "local"] if ray else []
            command = [sys.executable, "-m", "flowbrush.shots", str(path), "--out", str(Path(folder, "out"))]
            started = time.perf_counter()
            done = subprocess.run(
                [*command, *where, "--workers", str(count)], capture_output=True, text=True, check=False
            )
            seconds = time.perf_counter() - started
            if done.returncode:
                raise RuntimeError(f"the run with {count} workers failed: {done.stderr.strip()[-500:]}")
            results = json.loads(Path(folder, "out", "results.json").read_text(encoding="utf-8"))["shots"]
        first = first or seconds
        yield {
            "workers": count,
            "shots": len(results),
            "seconds": seconds,
            "seconds_a_shot": seconds / len(results),
            "times_as_fast": first / seconds,
        }


def _list(folder: Path, shots: int, steps: int) -> Path:
    """A list of shots with different seeds."""
    path = folder / "list.csv"
    columns = {**_COLUMNS, "FlowbrushSampler.steps": steps}
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["id", "workflow", "FlowbrushLatentNoise.seed", *columns])
        for number in range(shots):
            table.writerow([f"shot_{number + 1}", _WORKFLOW, number + 1, *columns.values()])
    return path


def main(arguments: list[str] | None = None) -> int:
    """Print the table, and write it to a file if one is given."""
    parser = argparse.ArgumentParser(prog="run.py bench shots")
    parser.add_argument("--shots", type=int, default=6)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--steps", type=int, default=1)
    parser.add_argument("--ray", action="store_true", help="workers of a local Ray cluster")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args(arguments)
    print(f"{'workers':>7} {'shots':>6} {'seconds':>8} {'s a shot':>9} {'times as fast':>14}")
    rows = []
    for row in scaling_rows(given.shots, given.workers, given.steps, given.ray):
        rows.append(row)
        print(
            f"{row['workers']:7} {row['shots']:6} {row['seconds']:8.1f} {row['seconds_a_shot']:9.2f} {row['times_as_fast']:14.2f}",
            flush=True,
        )
    if given.json:
        write_json(given.json, rows)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
