"""Time-to-Move in few steps on the bundled model: the motion error for clocks that count steps.

    python run.py bench few_steps [--steps 4 8] [--photos FOLDER] [--documents FOLDER] [--json FILE] [--limit N] [--shift S]

Each row is a number of steps and a pair of clocks: `1/4 skipped, 3/4 held` begins after a quarter of the steps, and painted
parts are held until three quarters are done. `as for Wan` are the published noise levels, `none` is the model with its first
frame alone, and `warp` a perfect warp of the photo, which shows the accuracy limit of the measurement. Sampling is Euler's
method without guidance, as with a distillation LoRA, with the shift that suits the model, by default 1. `epe` is the error in painted regions, `leakage` the
motion outside them, both medians over the clips in px of the video; rows are printed for each clip as they come.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from tqdm import tqdm

from ..conditioning.image_to_video import first_frame_latents, with_concat_latents
from ..conditioning.reference import latent_strength, reference_video
from ..files import write_json
from ..hosts import Conditions
from ..motion.field.field import MotionField, field_from_document
from ..motion.measure.measure import measure_motion
from ..rendering.warp import warp_image
from ..sampling.noise import SeededNoise
from ..sampling.settings import SamplingSettings
from ..sampling.time_to_move import PRESETS, WAN, Clocks
from .chain import Chain
from .motion_fidelity import documents_of, folder_photos, sample_photos, square_photo

QUARTERS = [Fraction(part, 4) for part in range(4)]
CLOCKS: dict[str, Clocks | None] = {"none": None, "as for Wan": PRESETS[WAN]}
CLOCKS |= {
    f"{skipped} skipped, {held} held": Clocks(float(1 - skipped), float(1 - held), in_steps=True)
    for skipped in QUARTERS[:3]
    for held in QUARTERS
    if held > skipped
}


def steered_video(
    chain: Chain, photo: Tensor, field: MotionField, settings: SamplingSettings, clocks: Clocks | None
) -> Tensor:
    """The model's video [T,H,W,3] of a photo [H,W,3], steered by Time-to-Move with `clocks` or not at all."""
    concat = first_frame_latents(photo[None], None, field.frames, chain.encode)
    prompt = with_concat_latents(chain.prompt, concat)
    model = chain.model
    if clocks is not None:
        reference = reference_video(photo, field)
        latents = chain.encode(reference.frames)
        strength = latent_strength(reference.strength, latents.shape[-2], latents.shape[-1])
        model = chain.host.following_model(model, latents, strength, clocks)
    canvas = {"samples": torch.zeros_like(concat.image)}
    made = chain.host.sample(model, SeededNoise(chain.seed), Conditions(prompt, prompt), canvas, settings)
    return chain.decode(made)


def table_rows(
    chain: Chain, clips: list[tuple[str, Tensor, MotionField]], steps: list[int], shift: float
) -> list[dict[str, Any]]:
    """The rows, one for each number of steps and pair of clocks, with medians over the clips (name, photo, motion)."""
    rows = [(number, name) for number in steps for name in CLOCKS]
    found: dict[tuple[int, str], list[dict[str, Any]]] = {row: [] for row in [*rows, (0, "warp")]}
    bar = tqdm(total=len(clips) * len(rows), unit="row")
    for title, photo, field in clips:
        found[0, "warp"].append(measure_motion(warp_image(photo, field).frames, field, photo).as_dict())
        for number, name in rows:
            settings = SamplingSettings(steps=number, shift=shift)
            video = steered_video(chain, photo, field, settings, CLOCKS[name])
            found[number, name].append(measure_motion(video, field, photo).as_dict())
            bar.update()
            error = found[number, name][-1]["epe_median"]
            text = "-" if error is None else f"{error:.2f} px"
            bar.write(f"{title:28} {number} steps, {name:24} {text}", file=sys.stdout)
    bar.close()
    return [
        {"steps": number, "name": name, "clips": len(reports), **medians(reports)}
        for (number, name), reports in found.items()
    ]


def medians(reports: list[dict[str, Any]]) -> dict[str, float | None]:
    """The medians over the clips of the errors that could be measured."""
    result: dict[str, float | None] = {}
    for name in ("epe_median", "leakage_median", "first_frame_psnr"):
        values = [report[name] for report in reports if report[name] is not None]
        result[name] = round(statistics.median(values), 3) if values else None
    return result


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="few_steps", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--photos", type=Path, help="folder of photos (default: six that scikit carries)")
    parser.add_argument("--documents", type=Path, help="folder of motion documents (default: the examples)")
    parser.add_argument("--steps", type=int, nargs="+", default=[4, 8])
    parser.add_argument("--shift", type=float, default=1.0)
    parser.add_argument("--frames", type=int, default=9)
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--limit", type=int, default=8, help="measure this many pairs, drawn at random")
    parser.add_argument("--json", type=Path, help="also write all rows here")
    options = parser.parse_args(argv)
    photos = folder_photos(options.photos) if options.photos else sample_photos()
    texts = documents_of(options.documents)
    pairs = [(photo, text) for photo in photos for text in texts]
    pairs = random.Random(0).sample(pairs, min(options.limit, len(pairs)))
    clips = [
        (
            f"{photo}, {text}",
            square_photo(photos[photo], options.size),
            field_from_document(texts[text], options.frames, aspect=1.0),
        )
        for photo, text in pairs
    ]
    with torch.inference_mode():
        rows = table_rows(Chain(1, options.seed), clips, options.steps, options.shift)
    print(f"{'':32}{'epe (px)':>12}{'leakage (px)':>14}{'first frame (dB)':>18}")
    for row in rows:
        cells = [row[name] for name in ("epe_median", "leakage_median", "first_frame_psnr")]
        numbers = ["-" if cell is None else f"{cell:.2f}" for cell in cells]
        title = f"{row['steps']} steps, {row['name']}" if row["steps"] else row["name"]
        print(f"{title:32}{numbers[0]:>12}{numbers[1]:>14}{numbers[2]:>18}")
    if options.json:
        write_json(options.json, rows)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
