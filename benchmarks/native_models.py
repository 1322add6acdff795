"""Fidelity and cost of every way in which the motion reaches the bundled model, in a real ComfyUI.

    python run.py bench native_models [--photos FOLDER] [--json FILE] [--limit N] [--minutes N] [--steps N]

In every row, the stock KSampler samples the natively loaded model with the same photo, document and seed. Rows: `no control`
(first frame only), the modes of Motion Conditioning (`latent copy`, `soft copy`, `warped video`, and its default `warped video,
held`, which keeps known pixels), `time-to-move` at several clocks (weak/strong), and without the model, `floor` (a perfect
warp of the photo, which shows the accuracy limit of the measurement) and `static`. `epe` is the error in painted regions,
`leakage` the motion outside them, and `frozen` the motion in frozen regions, all in px. Seconds (elapsed and of processor
time) and peak memory in MB are medians over clips of the amount that a row adds to `no control`. A second table times the
pack's Wan-Move and ATI nodes and ComfyUI's own. Each row is printed for each clip when it is done, and the tables at the end;
when the minutes are over, no further clip is begun, and after twice these minutes no further row.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from tqdm import tqdm

from ..files import write_json
from ..motion.field.field import MotionField, field_from_document
from ..motion.measure.measure import MotionReport, measure_motion
from ..rendering.warp import warp_image
from ..sampling.time_to_move import BUNDLED, PRESETS
from .budget import Budget
from .comfyui_server import ROOT, Server, comfyui_folder, comfyui_python, environment
from .motion_fidelity import documents_of, folder_photos, sample_photos, square_photo

MODES = ("latent copy", "soft copy", "warped video")
OWN = PRESETS[BUNDLED]
CLOCKS = {
    f"time-to-move {OWN.weak:g}/{OWN.strong:g} (preset)": (OWN.weak, OWN.strong),
    "time-to-move 0.98/0.9": (0.98, 0.9),
    "time-to-move 0.9/0.5": (0.9, 0.5),
    "time-to-move 0.8/0.4": (0.8, 0.4),
    "time-to-move 0.9/0.9 (one clock)": (0.9, 0.9),
}
SHIFT = 1.0  # the default of the pack's Sampler, which suits the bundled model
MEGABYTE = 1e6


def node(kind: str, **inputs: Any) -> dict[str, Any]:
    """One node of a graph in API format."""
    return {"class_type": kind, "inputs": inputs}


class Graphs:
    """The graphs of all rows, for one size and length of the clips."""

    def __init__(self, defaults: dict[str, Any], frames: int, size: int, steps: int, seed: int) -> None:
        self.defaults, self.frames, self.size = defaults, frames, size
        self.steps, self.seed = steps, seed

    def of(self, row: str, photo: str, document: str) -> dict[str, Any]:
        """The graph of a row in API format; its node "saved" saves the frames."""
        model, clip, vae = (["load", slot] for slot in range(3))
        text = {"positive": ["positive", 0], "negative": ["negative", 0]}
        graph = {
            "load": node("FlowbrushLoadModel"),
            "positive": node("CLIPTextEncode", clip=clip, text=""),
            "negative": node("CLIPTextEncode", clip=clip, text=""),
            "photo": node("LoadImage", image=photo),
            "brush": node("FlowbrushMotionBrush", image=["photo", 0], length=self.frames, document=document),
            "condition": node(
                "FlowbrushMotionConditioning",
                **text,
                vae=vae,
                first_image=["photo", 0],
                length=self.frames,
                hold_known=False,
            ),
            "shift": node("ModelSamplingSD3", model=model, shift=SHIFT),
        }
        canvas, model = ["condition", 3], ["shift", 0]
        mode = row.removesuffix(", held")
        if mode in MODES:
            graph["condition"]["inputs"] |= {"mode": mode, "motion": ["brush", 0], "hold_known": mode != row}
        elif row in CLOCKS:
            weak, strong = CLOCKS[row]
            clocks = {"preset": "custom", "weak_clock": weak, "strong_clock": strong}
            links = {"model": model, "vae": vae, "first_image": ["photo", 0], "motion": ["brush", 0]}
            graph["steered"] = node("FlowbrushTimeToMove", **links, **clocks)
            model, canvas = ["steered", 0], ["steered", 1]
        settings = {"seed": self.seed, "steps": self.steps, "cfg": 1.0}
        settings |= {"sampler_name": "euler", "scheduler": "simple"}
        conditions = {"positive": ["condition", 0], "negative": ["condition", 1]}
        graph["sampled"] = node("KSampler", model=model, latent_image=canvas, **conditions, **settings)
        graph["decoded"] = node("VAEDecode", samples=["sampled", 0], vae=vae)
        graph["saved"] = node("SaveImage", images=["decoded", 0], filename_prefix="frame")
        return {name: self._complete_node(entry) for name, entry in graph.items()}

    def _complete_node(self, entry: dict[str, Any]) -> dict[str, Any]:
        """The node, with default values for the required widgets that it does not set."""
        found = {}
        for name, (kind, *options) in self.defaults[entry["class_type"]]["input"]["required"].items():
            settings = options[0] if options else {}
            choices = kind if isinstance(kind, list) else settings.get("options")
            if "default" in settings or choices:
                found[name] = settings.get("default", choices[0] if choices else None)
        return {**entry, "inputs": {**found, **entry["inputs"]}}


def frames_of(server: Server, outputs: dict[str, Any]) -> Tensor:
    """The frames [T,H,W,3] that a graph saved; their files are deleted."""
    import numpy as np
    from PIL import Image

    frames = []
    for item in outputs["saved"]["images"]:
        path = server.directory / item["type"] / item["subfolder"] / item["filename"]
        frames.append(torch.from_numpy(np.asarray(Image.open(path).convert("RGB")).copy()))
        path.unlink()
    return torch.stack(frames).float() / 255


COSTS = ("seconds", "cpu_seconds", "megabytes")


def run(server: Server, graph: dict[str, Any]) -> tuple[Tensor, dict[str, float]]:
    """The frames of a graph, and those of its `COSTS` that the system reports."""
    server.forget_peak()
    before = server.cpu_seconds()
    entry = server.history_entry(graph)
    after, peak = server.cpu_seconds(), server.peak_memory()
    at = {kind: what["timestamp"] / 1000 for kind, what in entry["status"]["messages"]}
    costs = {"seconds": at["execution_success"] - at["execution_start"]}
    if before is not None and after is not None:
        costs["cpu_seconds"] = after - before
    if peak is not None:
        costs["megabytes"] = peak / MEGABYTE
    return frames_of(server, entry["outputs"]), costs


def fidelity(
    server: Server,
    clips: list[tuple[str, Tensor, str, MotionField]],
    graphs: Graphs,
    budget: Budget,
    end: Budget,
) -> tuple[list[dict[str, Any]], int]:
    """The rows of the first table, and the number of clips: at least one, and further ones while the budget lasts.

    When the time of `end` is over, no further row is begun: the first clip stands for those rows that were measured, and
    a later one is left out.
    """
    rows = ["no control", *MODES, "warped video, held", *CLOCKS]
    reports: dict[str, list[MotionReport]] = {row: [] for row in [*rows, "floor", "static"]}
    costs: dict[str, list[dict[str, float]]] = {row: [] for row in reports}
    run(
        server, graphs.of("no control", clips[0][0], clips[0][2])
    )  # a first run, so that no row pays for imports
    bar = tqdm(total=len(clips) * len(rows), unit="row")
    for number, (name, photo, document, field) in enumerate(clips):
        if number and budget.is_spent:
            break
        measured = {}
        for row in rows:
            if measured and end.is_spent:
                break
            frames, spent = run(server, graphs.of(row, name, document))
            measured[row] = measure_motion(frames, field, photo), spent
            bar.update()
            bar.write(described(number, name, row, *measured[row]), file=sys.stdout)
        if number and len(measured) < len(rows):
            break
        for row, (report, spent) in measured.items():
            reports[row].append(report)
            costs[row].append(spent)
        reports["floor"].append(measure_motion(warp_image(photo, field).frames, field, photo))
        still = photo.expand(graphs.frames, -1, -1, -1)
        reports["static"].append(measure_motion(still, field, photo))
    bar.close()
    table_rows = [
        {
            "name": row,
            **medians(reports[row]),
            **{cost: added_cost(cost, costs[row], costs["no control"], row) for cost in COSTS},
        }
        for row in reports
    ]
    return table_rows, len(reports["static"])


def described(number: int, name: str, row: str, report: MotionReport, spent: dict[str, float]) -> str:
    """What is printed when a row of one clip is done."""
    numbers = {key: report.as_dict()[f"{key}_median"] for key in ("epe", "leakage", "frozen")}
    text = ", ".join("-" if value is None else f"{key} {value:.2f} px" for key, value in numbers.items())
    return f"{number + 1}  {name:20} {row:36} {text}, {spent['seconds']:.1f} s"


def medians(reports: list[MotionReport]) -> dict[str, float | None]:
    """Medians over the clips of each clip's numbers, without those that could not be measured."""
    found = {}
    for name in ("epe_median", "leakage_median", "frozen_median", "first_frame_psnr"):
        values = [value for report in reports if (value := report.as_dict()[name]) is not None]
        found[name] = round(statistics.median(values), 3) if values else None
    return found


def added_cost(
    cost: str, spent: list[dict[str, float]], plain: list[dict[str, float]], row: str
) -> float | None:
    """The median of the cost that a row adds to the same clips without control; for `no control` itself, the whole cost."""
    if not spent or any(cost not in one for one in [*spent, *plain]):
        return None
    base = [0.0] * len(plain) if row == "no control" else [one[cost] for one in plain]
    return round(statistics.median(one[cost] - before for one, before in zip(spent, base, strict=True)), 2)


def node_times(folder: Path, rounds: int) -> dict[str, Any]:
    """The rows and settings that `native_nodes_worker.py` prints, each row also here. Raises SystemExit if it fails."""
    with tempfile.TemporaryDirectory() as packs:
        (Path(packs) / "flowbrush").symlink_to(ROOT, target_is_directory=True)
        worker = Path(__file__).with_name("native_nodes_worker.py")
        command = [comfyui_python(folder), str(worker), str(folder), packs, str(rounds)]
        log = Path(packs) / "log"
        with (
            log.open("w") as errors,
            subprocess.Popen(
                command, env=environment(), stdout=subprocess.PIPE, stderr=errors, text=True
            ) as process,
        ):
            answers = []
            for line in process.stdout or ():
                answers.append(json.loads(line))
                if "name" in answers[-1]:
                    print(f"{answers[-1]['name']:36} {answers[-1]['median_seconds']:.3f} s", flush=True)
        if process.returncode or not answers:
            raise SystemExit(f"Timing the nodes in ComfyUI failed:\n{log.read_text()[-2000:]}")
    return answers[-1]


def table(rows: list[dict[str, Any]], units: dict[str, str]) -> str:
    """The rows as text; `units` are the columns after the name, with their units."""
    lines = [f"{'':36}" + "".join(f"{f'{name} ({unit})':>24}" for name, unit in units.items())]
    for row in rows:
        cells = ("-" if row[name] is None else f"{row[name]:.3f}" for name in units)
        lines.append(f"{row['name']:36}" + "".join(f"{cell:>24}" for cell in cells))
    return "\n".join(lines)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="native_models", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--photos", type=Path, help="folder of photos (default: six that scikit carries)")
    parser.add_argument("--documents", type=Path, help="folder of motion documents (default: the examples)")
    parser.add_argument("--json", type=Path, help="also write all rows here")
    parser.add_argument("--frames", type=int, default=17)
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--limit", type=int, default=6, help="measure this many clips, drawn evenly")
    parser.add_argument("--rounds", type=int, default=2, help="how often each node is timed")
    parser.add_argument(
        "--minutes",
        type=float,
        default=4.0,
        help="begin no further clip after this time, and no further row after twice this time (default 4; on two cores all "
        "ends within 10)",
    )
    arguments = parser.parse_args(argv)
    folder = comfyui_folder()
    if folder is None:
        raise SystemExit("No ComfyUI found: set COMFYUI_PATH, or install one with `comfy install`.")

    photos = folder_photos(arguments.photos) if arguments.photos else sample_photos()
    texts = documents_of(arguments.documents)
    chosen = [(photo, text) for photo in photos for text in texts]
    chosen = random.Random(0).sample(chosen, min(arguments.limit, len(chosen)))
    with tempfile.TemporaryDirectory() as name:
        # Without ComfyUI's cache, every row does all of its work.
        server = Server(folder, Path(name), ["--cache-none"], cpu=not torch.cuda.is_available())
        try:
            graphs = Graphs(
                server.get("/object_info"),
                arguments.frames,
                arguments.size,
                arguments.steps,
                arguments.seed,
            )
            clips = [
                prepare_clip(server, photo, photos[photo], texts[text], arguments) for photo, text in chosen
            ]
            budget, end = (Budget(times * arguments.minutes * 60, 1) for times in (1, 2))
            rows, count = fidelity(server, clips, graphs, budget, end)
            device = server.get("/system_stats")["devices"][0]["name"]
        finally:
            server.stop()
    times = node_times(folder, arguments.rounds)

    print(table(rows, {"epe_median": "px", "leakage_median": "px", "frozen_median": "px", "first_frame_psnr": "dB", "seconds": "s", "cpu_seconds": "s", "megabytes": "MB"}))  # fmt: skip
    print(
        f"{count} clips of {arguments.frames} frames at {arguments.size}x{arguments.size}, "
        f"{arguments.steps} Euler steps on {device}; costs: whole of `no control`, added by the others\n"
    )
    print(table(times["rows"], {"median_seconds": "s", "fastest_seconds": "s"}))
    print(", ".join(f"{name} {value}" for name, value in times["settings"].items()) + ", without the VAE")
    if arguments.json:
        settings = {**vars(arguments), "photos": sorted(photos), "documents": sorted(texts)}
        settings = {name: value for name, value in settings.items() if name != "json"} | {"device": device}
        write_json(arguments.json, {"settings": settings, "mechanisms": rows, "nodes": times})
    return 0


def prepare_clip(
    server: Server, name: str, photo: Any, document: str, arguments: argparse.Namespace
) -> tuple[str, Tensor, str, MotionField]:
    """(file name, picture [H,W,3], document, motion field) of a clip; its photo is stored in the server's input folder."""
    from PIL import Image

    pixels = (square_photo(photo, arguments.size).clamp(0, 1) * 255).round().byte()
    Image.fromarray(pixels.numpy()).save(server.directory / "input" / f"{name}.png")
    field = field_from_document(document, arguments.frames, aspect=1.0)
    return f"{name}.png", pixels.float() / 255, document, field


if __name__ == "__main__":
    sys.exit(main())
