"""A process that renders shots without ComfyUI: `python -m flowbrush.shots.worker`.

It reads jobs as lines of JSON from its input, `{"prompt": graph in API format, "folder": where files go}`, and answers
each with lines `{"node", "share"}` and then `{"files", "texts"}` or `{"error"}`. It ends when its input is closed, also in
the middle of a job, so it never outlives the process that started it.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..files import remove_temporary_folders


def render(
    prompt: dict[str, Any],
    folder: Path,
    device: str | None,
    on_node: Callable[[str, float], None] | None = None,
) -> dict[str, Any]:
    """Render a graph in API format into a folder; returns `{"files": names in the folder, "texts"}` or `{"error"}`."""
    from ..hosts import use
    from ..hosts.headless import HeadlessHost, install
    from ..hosts.headless.graph import parse
    from ..hosts.headless.runner import run

    install()
    use(HeadlessHost(output_directory=folder, device=device, show_progress=False))

    def starting(node: Any, done: int, total: int) -> None:
        if on_node is not None:
            on_node(node.title, done / total)

    try:
        result = run(parse(prompt), starting)
    except (ValueError, RuntimeError, OSError, MemoryError) as error:
        return {"error": str(error)[:2000] or type(error).__name__}
    files = [path.relative_to(folder).as_posix() for path in result.files()]
    return {"files": files, "texts": result.texts()}


def main() -> None:
    """Answer jobs until the input is closed. What libraries print goes to stderr."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    jobs: queue.Queue[str] = queue.Queue()

    def listen() -> None:
        for line in sys.stdin:
            jobs.put(line)
        remove_temporary_folders()
        os._exit(0)  # the process that started this one has ended, or wants this one to end

    threading.Thread(target=listen, daemon=True).start()

    def answer(message: dict[str, Any]) -> None:
        answers.write(json.dumps(message) + "\n")
        answers.flush()

    while True:
        job = json.loads(jobs.get())
        answer(
            render(
                job["prompt"],
                Path(job["folder"]),
                job["device"],
                lambda node, share: answer({"node": node, "share": share}),
            )
        )


if __name__ == "__main__":
    main()
