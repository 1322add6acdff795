"""The launcher's command `shots`, which renders a list of shots."""

from __future__ import annotations

import argparse
import contextlib
import copy
import io
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from .places import Place
from .shot_list import Row, read_list
from .status import Status
from .store import Store


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    top = argparse.ArgumentParser(
        prog="run.py shots",
        description="Render a list of shots. Run it again at any time: what is finished is kept. docs/shots.md describes the list.",
    )
    top.add_argument(
        "list", type=Path, help="a .csv, .json or .otio file with the columns id, workflow and NODE.input"
    )
    top.add_argument(
        "--out", type=Path, required=True, help="folder for the shots and their page, index.html"
    )
    where = top.add_mutually_exclusive_group()
    where.add_argument("--on", metavar="URL,URL", help="render on ComfyUI servers that are running")
    where.add_argument("--ray", metavar="ADDRESS", help="render on a Ray cluster; `local` starts one here")
    top.add_argument(
        "--workers", type=_count, help="shots at a time on this machine (default: 1), also with --ray local"
    )
    top.add_argument("--device", help="cpu, cuda, … of local workers; by default a GPU where there is one")
    top.add_argument(
        "--cpus", type=_amount, default=1.0, help="processors that Ray gives each shot (default: 1)"
    )
    top.add_argument("--gpus", type=_amount, default=0.0, help="GPUs that Ray gives each shot (default: 0)")
    top.add_argument(
        "--tries", type=_count, default=2, help="how often a shot is tried before it has failed (default: 2)"
    )
    top.add_argument(
        "--redo-below",
        type=_percent,
        metavar="PERCENT",
        help="draw new seeds for shots that follow the motion less closely than this, where the workflow measures it",
    )
    top.add_argument(
        "--join",
        type=Path,
        metavar="FILE",
        help="also write all shots as one video with their transitions and sounds",
    )
    top.add_argument(
        "--sound", type=Path, metavar="FILE", help="the sound of the joined video, from a sound or video file"
    )
    top.add_argument("--redraws", type=_count, default=2, help="how often new seeds are drawn (default: 2)")
    return top


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"it is {text!r}; it must be a whole number, at least 1")
    return int(text)


def _amount(text: str) -> float:
    with contextlib.suppress(ValueError):
        if 0 <= float(text) < 10_000:
            return float(text)
    raise argparse.ArgumentTypeError(f"it is {text!r}; it must be a number, 0 or more")


def _percent(text: str) -> float:
    with contextlib.suppress(ValueError):
        if 0 < float(text.rstrip(" %")) <= 100:
            return float(text.rstrip(" %"))
    raise argparse.ArgumentTypeError(
        f"it is {text!r}; it must be a number of percent, above 0 and at most 100"
    )


def main(arguments: list[str] | None = None) -> int:
    """Render a list of shots and return the exit status: 0 if all are finished, 1 if some failed, 130 if stopped."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(
            stream, io.TextIOWrapper
        ):  # a terminal without Unicode shows other characters as escapes
            stream.reconfigure(errors="backslashreplace")
    options = parser().parse_args(arguments)
    try:
        return render_list(options)
    except (ValueError, RuntimeError, OSError, MemoryError) as error:
        for line in (str(error)[:8000] or type(error).__name__).splitlines():
            print(f"Error: {line}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. The finished shots are kept: run the same command again to go on.", file=sys.stderr)
        return 130


def render_list(options: argparse.Namespace) -> int:
    """Render the shots of a list as the options say, write their page, and return the exit status."""
    from ..hosts import use
    from ..hosts.headless import HeadlessHost, install
    from .planning import planned
    from .production import Production

    install()
    use(HeadlessHost(device=options.device))
    started = time.time()
    if options.sound is not None and options.join is None:
        raise ValueError("`--sound` is the sound of the joined video; name that video with `--join`.")
    rows = read_list(options.list)
    store = Store(options.out.expanduser().resolve())
    with store.locked():
        store.clear()
        with _engine(options, store) as (engine, known):
            shots = planned(rows, known, here=options.on is None)
            _check(engine, shots)
            status = Status()
            production = Production(shots, store, known, options.tries, status)
            try:
                production.run(engine, options.redo_below, options.redraws)
            finally:
                status.end()
                store.clear()
                results = production.results()
                page = _written(store.folder, options.list.name, results, time.time() - started)
    print(page)
    finished = all(result["state"] == "done" for result in results)
    if finished and options.join is not None:
        _join(options, rows, results, store)
    return 0 if finished else 1


def _join(options: argparse.Namespace, rows: list[Row], results: list[dict[str, Any]], store: Store) -> None:
    """Write the joined video, and beside it the timeline of the shots."""
    from .joined_video import takes, write_joined, write_timeline

    video = options.join.expanduser().resolve()
    found = takes(rows, results, store.folder)
    frames = write_joined(video, found, options.sound)
    timeline = video.with_suffix(".otio")
    write_timeline(timeline, options.list.stem, found)
    print(
        f"{video}: {frames} frames, {frames / float(found[0].rate):.2f} s; {timeline.name} is the same cut for editing programs"
    )


def _written(folder: Path, title: str, results: list[dict[str, Any]], seconds: float) -> Path:
    from .page import summary, write_results

    print(summary(results, seconds), file=sys.stderr)
    return write_results(folder, title, results, seconds)


@contextlib.contextmanager
def _engine(options: argparse.Namespace, store: Store) -> Iterator[tuple[Any, dict[str, Any]]]:
    """What renders, a list of places or a Ray cluster, with the schemas of the nodes that it has."""
    from ..hosts.headless.registry import object_info

    if options.ray is not None:
        from .ray_engine import RayEngine

        cluster = RayEngine(options.ray, options.cpus, options.gpus, options.workers)
        try:
            yield cluster, object_info()
        finally:
            cluster.close()
        return
    places: Sequence[Place]
    if options.on is not None:
        from .server_place import ServerPlace

        servers = [ServerPlace(url, store) for url in dict.fromkeys(_addresses(options.on))]
        yield servers, servers[0].known
        return
    from .local_place import LocalPlace

    places = [LocalPlace(number + 1, options.device) for number in range(options.workers or 1)]
    try:
        yield places, object_info()
    finally:
        for place in places:
            place.stop()


def _addresses(text: str) -> list[str]:
    found = [url.strip() for url in text.split(",") if url.strip()]
    if not found:
        raise ValueError(
            "`--on` names no server; give addresses such as http://127.0.0.1:8188,http://127.0.0.1:8189."
        )
    return found


def _check(engine: Any, shots: list[Any]) -> None:
    """Raise ValueError for what the shots need and is not there."""
    from .server_place import ServerPlace, check_servers

    if isinstance(engine, list) and isinstance(engine[0], ServerPlace):
        check_servers(engine, shots)
        return
    from ..hosts.headless.runner import checked
    from .problems import ListError

    problems = []
    for shot in shots:
        try:
            checked(copy.deepcopy(shot.graph))
        except ValueError as error:
            problems.append(f"{shot.row.place} ({shot.row.id}): {error}")
    if problems:
        raise ListError(problems)
