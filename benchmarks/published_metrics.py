"""VBench and the Fréchet video distance of a folder of videos, by their authors' packages and with weights that are already there.

    python run.py bench published_metrics VIDEOS --vbench PYTHON [--dimensions NAME ...] [--json FILE]
    python run.py bench published_metrics VIDEOS --fvd PYTHON --real FOLDER --weights FILE [--json FILE]

`vbench` (Huang et al. 2024) and `cd-fvd` (Ge et al. 2024) need other versions of numpy and transformers than ComfyUI. So each
runs in an environment of its own, whose interpreter is given by PYTHON: `pip install vbench` or `pip install cd-fvd` there.
VBench reads its weights from VBENCH_CACHE_DIR (default ~/.cache/vbench). Both packages would download missing weights; this
command names the missing file instead.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..files import write_json
from .real_clips import opening, video_files

Row = dict[str, Any]

WEIGHTS: dict[str, tuple[str, ...]] = {
    "temporal_flickering": (),
    "motion_smoothness": ("amt_model/amt-s.pth",),
    "dynamic_degree": ("raft_model/models/raft-things.pth",),
    "subject_consistency": (
        "dino_model/facebookresearch_dino_main",
        "dino_model/dino_vitbase16_pretrain.pth",
    ),
    "background_consistency": ("clip_model/ViT-B-32.pt",),
    "aesthetic_quality": ("clip_model/ViT-L-14.pt", "aesthetic_model/emb_reader/sa_0_4_vit_l_14_linear.pth"),
    "imaging_quality": ("pyiqa_model/musiq_spaq_ckpt-358bb6af.pth",),
    "overall_consistency": ("ViCLIP/ViClip-InternVid-10M-FLT.pth",),
    "temporal_style": ("ViCLIP/ViClip-InternVid-10M-FLT.pth",),
    "human_action": ("umt_model/l16_ptk710_ftk710_ftk400_f16_res224.pth",),
}
"""Dimensions that VBench measures on one's own videos, and the files under its folder of weights that each needs."""

FRAMES, SIDE = 16, 224  # of the clips from which the Fréchet distance is measured
_WORKER = Path(__file__).with_name("published_metrics_worker.py")


def missing_weights(dimensions: Sequence[str], folder: Path) -> list[Path]:
    """The files that VBench would download for these dimensions."""
    needed = dict.fromkeys(name for dimension in dimensions for name in WEIGHTS[dimension])
    return [folder / name for name in needed if not (folder / name).exists()]


def vbench_folder() -> Path:
    """The folder in which VBench looks for its weights."""
    return Path(os.environ.get("VBENCH_CACHE_DIR") or Path.home() / ".cache" / "vbench")


def vbench_rows(python: str, videos: Path, dimensions: Sequence[str], device: str) -> list[Row]:
    """A row for each dimension: VBench's mean over the videos of a folder. Raises SystemExit if weights are missing."""
    video_files(videos)
    if missing := missing_weights(dimensions, vbench_folder()):
        raise SystemExit(f"VBench needs {missing[0]}, which does not exist; this command downloads nothing.")
    with tempfile.TemporaryDirectory() as out:
        asked = {
            "videos": str(videos.resolve()),
            "dimensions": list(dimensions),
            "device": device,
            "out": out,
        }
        found = answer(python, "vbench", asked)
    return [{"name": name, "value": value} for name, value in found.items()]


def clips_of(folder: Path) -> np.ndarray:
    """The first 16 frames of each video of a folder as uint8 [N,16,224,224,3], without videos that are shorter or have a cut."""
    clips = []
    for file in video_files(folder):
        found = opening(file, FRAMES, SIDE)
        if found is not None:
            video = found[0]
            top, left = ((side - SIDE) // 2 for side in video.shape[1:3])
            clip = video[:, top : top + SIDE, left : left + SIDE]
            clips.append((clip * 255).round().byte().numpy())
    if len(clips) < 2:
        raise SystemExit(
            f"{folder} has {len(clips)} usable video(s): a Fréchet distance needs at least 2 of {FRAMES} frames without a cut."
        )
    return np.stack(clips)


def frechet_row(python: str, videos: Path, real: Path, model: str, weights: Path, device: str) -> Row:
    """The Fréchet video distance between two folders, on the features of `model` (i3d or videomae) with local weights."""
    if not weights.is_file():
        raise SystemExit(f"--weights is {weights}, which does not exist; this command downloads nothing.")
    with tempfile.TemporaryDirectory() as name:
        paths = {}
        for key, folder in (("made", videos), ("real", real)):
            paths[key] = str(Path(name) / f"{key}.npy")
            np.save(paths[key], clips_of(folder))
        asked = {**paths, "model": model, "weights": str(weights.resolve()), "device": device}
        found = answer(python, "fvd", asked)
    return {"name": f"Fréchet video distance, {model}", "value": found["distance"]}


def answer(python: str, task: str, asked: dict[str, Any]) -> dict[str, float]:
    """What the worker prints as its last line, run by the interpreter `python`. Raises SystemExit with its error."""
    try:
        done = subprocess.run(
            [python, str(_WORKER), task, json.dumps(asked)], capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise SystemExit(f"{python} could not be run: {error.strerror or error}.") from None
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it printed nothing"])[-1]
        raise SystemExit(f"The measurement in {python} failed: {last[:200]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def main(argv: Sequence[str] | None = None) -> int:
    """Print each row as it is measured; `--json FILE` also writes the rows."""
    parser = argparse.ArgumentParser(
        prog="bench published_metrics",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("videos", type=Path, help="folder of videos")
    parser.add_argument("--vbench", metavar="PYTHON", help="interpreter of an environment with vbench")
    parser.add_argument(
        "--dimensions", nargs="+", choices=list(WEIGHTS), metavar="NAME", default=["temporal_flickering"],
        help=f"VBench's dimensions: {', '.join(WEIGHTS)} (default temporal_flickering, which needs no weights)",
    )  # fmt: skip
    parser.add_argument("--fvd", metavar="PYTHON", help="interpreter of an environment with cd-fvd")
    parser.add_argument("--real", type=Path, help="folder of the videos to compare with")
    parser.add_argument(
        "--model", choices=("i3d", "videomae"), default="i3d", help="features of the distance"
    )
    parser.add_argument("--weights", type=Path, help="file of that model's weights")
    parser.add_argument("--device", default="cpu", help="device of both packages (default cpu)")
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    options = parser.parse_args(argv)
    if not options.vbench and not options.fvd:
        parser.error("give --vbench PYTHON, --fvd PYTHON, or both")
    if options.fvd and not (options.real and options.weights):
        parser.error("--fvd needs --real FOLDER and --weights FILE")
    rows: list[Row] = []
    if options.vbench:
        rows += vbench_rows(options.vbench, options.videos, options.dimensions, options.device)
        show(rows)
    if options.fvd:
        rows.append(
            frechet_row(
                options.fvd, options.videos, options.real, options.model, options.weights, options.device
            )
        )
        show(rows[-1:])
    if options.json:
        write_json(options.json, rows)
    return 0


def show(rows: Sequence[Row]) -> None:
    """Print rows."""
    for row in rows:
        print(f"{row['name']:40} {row['value']:10.5f}", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
