"""The launcher's commands `render` and `demo`, which run a workflow file and write videos and measurements."""

from __future__ import annotations

import argparse
import io
import sys
import time
from pathlib import Path
from typing import Any

from .. import use
from .demo import HOW_TO_PAINT, WORKFLOW, demo_graph
from .graph import Graph, WorkflowError
from .host import ROOT, HeadlessHost
from .progress import Cancelled


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    top = argparse.ArgumentParser(prog="run.py", description="Run Flowbrush's workflows without ComfyUI.")
    commands = top.add_subparsers(dest="command", required=True)
    render = commands.add_parser("render", help="render a workflow file saved by the canvas or in API format")
    render.add_argument("workflow", type=Path)
    render.add_argument(
        "--set",
        action="append",
        default=[],
        dest="assignments",
        metavar="NODE.input=value",
        help="change an input; NODE is a node's number, class or title; may be given many times",
    )
    render.add_argument(
        "--on",
        metavar="URL",
        help="run it on a ComfyUI that is running, for example http://127.0.0.1:8188, and fetch the results",
    )
    demo = commands.add_parser(
        "demo", help="render workflows/motion_brush.json on an example, or a camera move on your image"
    )
    demo.add_argument("image", type=Path, nargs="?", help="a picture; without it, one that Flowbrush draws")
    for command in (render, demo):
        command.add_argument(
            "--out", type=Path, default=ROOT / "output", help="folder for results (default: output)"
        )
        command.add_argument("--device", help="cpu, cuda, …; by default a GPU where there is one")
    return top


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return the exit status. Errors are printed to stderr as one sentence."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(
            stream, io.TextIOWrapper
        ):  # a terminal without Unicode shows other characters as escapes
            stream.reconfigure(errors="backslashreplace")
    options = parser().parse_args(arguments)
    host = HeadlessHost(output_directory=options.out.expanduser().resolve(), device=options.device)
    use(host)
    try:
        check_device(options.device)
        if options.command == "demo":
            return demo(host, options.image)
        if options.on is not None:
            return render_remotely(options.on, options.workflow, options.assignments, host.output_directory())
        return render(host, options.workflow, options.assignments)
    except (ValueError, RuntimeError, OSError, MemoryError) as error:
        print(f"Error: {str(error)[:2000] or type(error).__name__}", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, Cancelled):
        print("Stopped. No half-written files were left.", file=sys.stderr)
        return 130


def check_device(name: str | None) -> None:
    """Raise ValueError for a device that this machine, or this build of torch, does not have."""
    import torch

    if name is None:
        return
    try:
        torch.zeros(1, device=name).add_(1)
    except (RuntimeError, AssertionError, NotImplementedError, ValueError) as error:
        reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise ValueError(
            f"`--device` is {name[:60]!r}, which does not work here ({reason}): leave it out."
        ) from None


def render(host: HeadlessHost, workflow: Path, assignments: list[str]) -> int:
    """Render a workflow file after changing some inputs, and print the names of the files it wrote."""
    from .assignments import set_inputs
    from .convert import load

    graph = load(workflow)
    set_inputs(graph, assignments)
    result, seconds = timed_run(host, graph)
    for text in result.texts():
        print(text)
    for path in result.files():
        print(path)
    print(f"{workflow.name} took {seconds:.1f} s.")
    return 0


def render_remotely(url: str, workflow: Path, assignments: list[str], folder: Path) -> int:
    """Render a workflow file on a running ComfyUI, fetch its results into `folder`, and print their names."""
    from tqdm import tqdm

    from .assignments import set_inputs
    from .convert import load
    from .remote import RemoteComfyUI, run_remotely
    from .upload import upload_local_files

    server = RemoteComfyUI(url)
    known = server.object_info()
    graph = load(workflow, known)
    set_inputs(graph, assignments, known)
    for sent in upload_local_files(server, graph, known):
        print(f"Sent {sent} to {server.url}.", file=sys.stderr)
    start = time.perf_counter()
    with tqdm(total=1, unit="node", file=sys.stderr, mininterval=0.5, bar_format=BAR) as bar:

        def on_progress(title: str, done: int, total: int, share: float) -> None:
            bar.total, bar.n = total, done
            bar.set_description(f"{title} {share:.0%}" if share else title)

        files, texts = run_remotely(server, graph, folder, on_progress)
        bar.n = bar.total
        bar.set_description("Done")
    for line in (*texts, *files):
        print(line)
    print(f"{workflow.name} took {time.perf_counter() - start:.1f} s on {server.url}.")
    return 0


def demo(host: HeadlessHost, image: Path | None) -> int:
    """Render the motion brush workflow to an MP4 and a contact sheet; print the painted and the measured motion."""
    graph = demo_graph(host, image, WORKFLOW)
    result, seconds = timed_run(host, graph)
    videos = [path for path in result.files() if path.suffix == ".mp4"]
    if not videos:
        raise WorkflowError(f"{WORKFLOW.name} saved no video: it needs a Save Video node.")
    frames = next(value[0].get_components().images for value in result.outputs.values() if is_video(value))
    sheet = save_contact_sheet(frames, videos[0])
    print("Asked:")
    for line in painted_motion(graph):
        print(f"  {line}")
    print("Measured:")
    for line in "\n".join(result.texts()).splitlines():
        print(f"  {line}")
    size = f"{frames.shape[2]}x{frames.shape[1]}, {frames.shape[0]} frames"
    print(f"Video:         {videos[0]}\nContact sheet: {sheet}\nRendered {size} in {seconds:.1f} s.")
    if image is not None:
        print(HOW_TO_PAINT)
    return 0


def painted_motion(graph: Graph) -> list[str]:
    """Describe the motion documents in the graph in words, one line for each layer and camera."""
    from ...motion.document.document import parse
    from .document_text import describe

    documents = [node.inputs.get("document") for node in graph.nodes.values()]
    return [line for text in documents if isinstance(text, str) for line in describe(parse(text))]


def is_video(values: list[Any]) -> bool:
    """Return whether the first value of an output node is a VIDEO."""
    from .api.video import VideoInput

    return bool(values) and isinstance(values[0], VideoInput)


def timed_run(host: HeadlessHost, graph: Graph) -> tuple[Any, float]:
    """Run a graph with a progress bar over its nodes; return the result and the seconds it took."""
    from tqdm import tqdm

    from .runner import run

    start = time.perf_counter()
    with tqdm(total=1, unit="node", file=sys.stderr, mininterval=0.5, bar_format=BAR) as bar:

        def on_node(node: Any, done: int, total: int) -> None:
            host.title = node.title
            bar.total, bar.n = total, done
            bar.set_description(node.title)

        result = run(graph, on_node)
        bar.n = bar.total
        bar.set_description("Done")
    return result, time.perf_counter() - start


BAR = "{desc:<28.28} {bar:24} {n_fmt}/{total_fmt} nodes {elapsed}"


def save_contact_sheet(frames: Any, video: Path, most: int = 9) -> Path:
    """Write a PNG beside the video with up to `most` of its frames [T,H,W,3], and return its path."""
    import torch

    from ...motion.preview.visualization import contact_sheet
    from .pictures import write_image

    chosen = torch.linspace(0, len(frames) - 1, min(most, len(frames))).round().long()
    columns = min(3, len(chosen))
    sheet = contact_sheet(
        frames[chosen], columns=columns, labels=[f"frame {index}" for index in chosen.tolist()]
    )
    path = video.with_name(f"{video.stem.rstrip('_')}_sheet.png")
    write_image(path, sheet)
    return path
