"""Times that an artist waits for: the pack's import in ComfyUI, and the editor's preview after a change.

    python run.py bench response [--json FILE] [--rounds N]

`import` is measured in new processes of ComfyUI's interpreter, from the import of the package to the schemas of all nodes,
after a first one that is not counted (it writes the bytecode). `preview` is the answer of the field route for ten layers of
thirty strokes: the first one, and one after the motion of a layer has changed. Medians; absolute times depend on the machine.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ..files import write_json
from ..motion.preview.field_preview import field_preview_bytes
from .comfyui_server import ROOT, comfyui_folder, comfyui_python, environment
from .contenders import Timing, time_call
from .speed import Row, row

LAYERS, STROKES, FRAMES = 10, 30, 49


def import_row(folder: Path, rounds: int) -> Row:
    """The median time of the pack's import in a ComfyUI at `folder`, over so many new processes."""
    worker = Path(__file__).with_name("import_worker.py")
    found = []
    variables = {name: value for name, value in environment().items() if name != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryDirectory() as packs:
        (Path(packs) / "flowbrush").symlink_to(ROOT, target_is_directory=True)
        command = [comfyui_python(folder), str(worker), str(folder), packs]
        for _ in range(rounds + 1):
            done = subprocess.run(command, cwd=packs, env=variables, capture_output=True, text=True)
            if done.returncode:
                raise RuntimeError(f"The import of the pack in ComfyUI failed: {done.stderr[-2000:]}")
            found.append(json.loads(done.stdout.splitlines()[-1]))
    timings = [Timing(each["seconds"], each["cpu_seconds"]) for each in found[1:]]
    return row("import", "ours", timings) | {"nodes": found[0]["nodes"]}


def ten_layers() -> list[dict[str, Any]]:
    """Layers of thirty strokes each at random places, which turn and move."""
    draw = np.random.default_rng(0)
    layers = []
    for number in range(LAYERS):
        centre = draw.random(2)
        strokes = [
            {"radius": 0.04, "points": (centre + draw.uniform(-0.15, 0.15, (12, 2))).round(4).tolist()}
            for _ in range(STROKES)
        ]
        motion = {"rotation": 3 * number + 1, "horizontal": 0.1}
        layers.append({"region": {"strokes": strokes}, "motion": motion, "order": number % 3 - 1})
    return layers


def preview_rows(rounds: int) -> list[Row]:
    """The times of the first answer of the field route, and of those after a change of one layer's motion."""
    layers, have = ten_layers(), []
    timings = []
    for turn in range(rounds + 1):
        layers[turn % LAYERS]["motion"]["rotation"] += 1
        document = {
            "flowbrush": "motion",
            "version": 2,
            "layers": layers,
            "camera": {"keyframes": [{"time": 1, "pan": 4, "dolly": 0.1}]},
        }
        asked = {"document": json.dumps(document), "length": FRAMES, "aspect": 16 / 9, "have": have}
        timing, answer = time_call(partial(field_preview_bytes, asked), "cpu")
        timings.append(timing)
        header = json.loads(answer[8 : 8 + int.from_bytes(answer[4:8], "little")])
        have = [layer["mask"]["hash"] for layer in header["layers"]]
    return [
        row("preview, first", "ours", timings[:1]),
        row("preview, one motion changed", "ours", timings[1:]),
    ]


def show(found: Row) -> None:
    """Print a row."""
    print(f"{found['name']:30} {found['seconds']:8.3f} s {found['cpu_seconds']:8.3f} CPU s", flush=True)


def main(argv: Sequence[str] | None = None) -> int:
    """Print each row as it is measured; `--json FILE` also writes the rows."""
    parser = argparse.ArgumentParser(prog="bench response", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    parser.add_argument("--rounds", type=int, default=5, help="measured runs of each (default 5)")
    options = parser.parse_args(argv)
    if options.rounds < 1:
        parser.error(f"--rounds is {options.rounds}; it must be at least 1")
    rows = preview_rows(options.rounds)
    for found in rows:
        show(found)
    folder = comfyui_folder()
    if folder is None:
        print("import: no ComfyUI found; set COMFYUI_PATH to its folder to measure it there")
    else:
        rows.append(import_row(folder, options.rounds))
        show(rows[-1])
    if options.json:
        write_json(options.json, rows)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
