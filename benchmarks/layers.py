"""Layered pictures: how true the completed areas are, and how fast frames are drawn.

    python run.py bench layers [--scenes 50] [--mattes 24] [--network 4] [--rounds 3] [--animate 33 129] [--full]
                                [--json FILE]

Completion: a picture of known pixels loses a part (an ellipse, or a strip along a side), which is filled by patches
(`completion`), smoothly (`smooth`), by OpenCV's Telea (`telea`) and by the bundled model (`network`, on the first few
scenes). PSNR in dB and SSIM are those of the filled part; `energy_ratio` is the gradient energy of the fill divided by
that of the truth, 1 where the fill is as rough as what was there.

Mattes (`matte_5px`, `matte_10px`, `matte_parts_5px`, `matte_parts_10px`): see mattes.py.

A large picture (`completion_4k`): seconds to complete a hole in a 3840x2160 picture, and `cached_seconds` the second time.

Drawing: 81 frames of 480x832 with one and three painted layers, and one layer at 1080p, beside OpenCV's `remap` of the
same frames with the same kernel (`remap`: at 480x832). Seconds are medians over interleaved rounds; `peak_mb` is the largest
array of frames that is held at once.

`--full` lets the bundled model paint all scenes, which takes several seconds each on a CPU.

Animate Picture: clips of 33 and 129 frames of 1280x720 with three moving layers, drawn and encoded, each in a process of its
own, whose peak memory is `peak_mb`: it hardly grows with the length.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor

from ..files import write_json
from ..motion.measure.measure import psnr
from ..rendering.completion import complete_picture, fill_smoothly
from ..rendering.layered_picture import layered_picture
from ..synthetic.draws import Draws
from ..synthetic.textures import pictures_of_seeds
from .animation import LENGTHS, animation_rows
from .layer_scenes import painted_field
from .mattes import matte_rows
from .similarity import ssim

SIZE = 256  # px, sides of the scenes
FRAMES = 81


def scenes(count: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Pictures [H,W,3] in 0..1 and the part of each that is taken away [H,W] bool."""
    for seed in range(count):
        picture = pictures_of_seeds(Draws([7000 + seed]), SIZE)[0].permute(1, 2, 0).contiguous()
        random = np.random.default_rng(seed)
        hole = np.zeros((SIZE, SIZE), np.uint8)
        if seed % 4 == 3:
            hole[:, SIZE - SIZE // 12 :] = 1  # what a camera move shows beyond the border
        else:
            centre = random.integers(SIZE // 3, 2 * SIZE // 3, 2).tolist()
            axes = random.integers(SIZE // 12, SIZE // 6, 2).tolist()
            cv2.ellipse(hole, centre, axes, float(random.uniform(0, 180)), 0, 360, 1, -1)
        yield picture, torch.from_numpy(hole).bool()


def gradient_energy(picture: Tensor, hole: Tensor) -> float:
    """Mean squared difference of neighbouring pixels that both lie in the hole."""
    across = (picture.diff(dim=1).square().mean(-1))[hole[:, 1:] & hole[:, :-1]]
    down = (picture.diff(dim=0).square().mean(-1))[hole[1:] & hole[:-1]]
    return float(torch.cat([across, down]).mean())


def telea(picture: Tensor, hole: Tensor) -> Tensor:
    """The hole filled by OpenCV's Telea (2004)."""
    pixels = (picture * 255).round().byte().numpy()
    return torch.from_numpy(cv2.inpaint(pixels, hole.byte().numpy(), 3, cv2.INPAINT_TELEA)).float() / 255


def network_fill() -> Callable[[Tensor, Tensor], Tensor]:
    """A function that lets the bundled model paint the hole, in a clip of five frames whose rest is known."""
    from .chain import Chain

    chain = Chain(steps=1, seed=0)

    def fill(picture: Tensor, hole: Tensor) -> Tensor:
        smooth = fill_smoothly(picture, hole, torch.zeros_like(hole))
        frames = smooth.expand(5, -1, -1, -1).clone()
        known = (~hole).float().expand(5, -1, -1).clone()
        return chain.sample(*chain.encode_known(frames, known))[-1]

    return fill


def completion_rows(count: int, with_network: int) -> Iterator[dict[str, Any]]:
    """One row for each way of filling, printed as it is measured."""
    ways: dict[str, tuple[int, Callable[[Tensor, Tensor], Tensor]]] = {
        "completion": (count, lambda picture, hole: complete_picture(picture, hole).picture),
        "smooth": (count, lambda picture, hole: fill_smoothly(picture, hole, torch.zeros_like(hole))),
        "telea": (count, telea),
    }
    if with_network:
        ways["network"] = (min(count, with_network), network_fill())
    for name, (number, fill) in ways.items():
        parts = (
            (picture, hole, partial(fill, damaged(picture, hole), hole)) for picture, hole in scenes(number)
        )
        yield fill_row(name, parts)


def damaged(picture: Tensor, hole: Tensor) -> Tensor:
    """The picture [H,W,3] with magenta in its hole [H,W], so that no way of filling can see what was there."""
    return torch.where(hole[..., None], torch.tensor([1.0, 0.0, 1.0]), picture)


def fill_row(name: str, parts: Iterable[tuple[Tensor, Tensor, Callable[[], Tensor]]]) -> dict[str, Any]:
    """The row of one way of filling, from pictures [H,W,3], their holes [H,W], and functions that make the filled picture."""
    similarity, errors, energy, true_energy, seconds = [], [], 0.0, 0.0, []
    for picture, hole, fill in parts:
        start = time.perf_counter()
        filled = torch.where(hole[..., None], fill(), picture)
        seconds.append(time.perf_counter() - start)
        errors.append(psnr(filled[hole], picture[hole]))
        rows, columns = (torch.nonzero(hole.any(axis))[:, 0] for axis in (1, 0))
        box = slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)
        similarity.append(ssim(filled[box], picture[box]))
        energy += gradient_energy(filled, hole)
        true_energy += gradient_energy(picture, hole)
    return {
        "name": name,
        "scenes": len(errors),
        "psnr": round(statistics.fmean(errors), 3),
        "ssim": round(statistics.fmean(similarity), 4),
        "energy_ratio": round(energy / true_energy, 3),
        "seconds": round(statistics.median(seconds), 3),
    }


def large_picture_row(size: tuple[int, int] = (2160, 3840)) -> dict[str, Any]:
    """Seconds to complete a hole of a sixth of the height in a picture of this size, and to do so again."""
    coarse = pictures_of_seeds(Draws([7000]), SIZE)[0].permute(1, 2, 0).contiguous().numpy()
    picture = torch.from_numpy(cv2.resize(coarse, size[::-1], interpolation=cv2.INTER_CUBIC)).clamp(0, 1)
    hole = np.zeros(size, np.uint8)
    cv2.circle(hole, (size[1] // 2, size[0] // 2), size[0] // 6, 1, -1)
    seconds = []
    for _ in range(2):
        start = time.perf_counter()
        complete_picture(picture, torch.from_numpy(hole).bool())
        seconds.append(time.perf_counter() - start)
    return {
        "name": "completion_4k",
        "seconds": round(seconds[0], 3),
        "cached_seconds": round(seconds[1], 3),
    }


def drawing_rows(rounds: int) -> Iterator[dict[str, Any]]:
    """Seconds of drawing all frames, with `remap` of as many frames measured in turn with each; `remap` has a row of its own."""
    remaps = []
    for name, layers, height, width in (
        ("render_1_layer", 1, 480, 832), ("render_3_layers", 3, 480, 832), ("render_1080p", 1, 1080, 1920),
    ):  # fmt: skip
        picture = torch.rand(height, width, 3, generator=torch.Generator().manual_seed(0))
        field = painted_field(layers, FRAMES)
        motion = field.in_layers(height, width)
        assert motion is not None
        start = time.perf_counter()
        ready = layered_picture(picture, motion, field.times, complete=False)
        prepared = time.perf_counter() - start
        array = picture.numpy()
        y, x = (axis.astype(np.float32) for axis in np.mgrid[:height, :width])
        ours, theirs, peak = [], [], 0
        for _ in range(rounds):
            start = time.perf_counter()
            for frames in ready.frames(field.times):
                peak = max(peak, frames.numel() * 4)
            ours.append(time.perf_counter() - start)
            start = time.perf_counter()
            for number in range(FRAMES):
                cv2.remap(array, x + 0.1 * number, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
            theirs.append(time.perf_counter() - start)
        seconds, remap = statistics.median(ours), statistics.median(theirs)
        remaps.append(
            {"name": "remap", "seconds": round(remap, 3), "peak_mb": round(picture.numel() * 4 / 1e6, 1)}
        )
        yield {
            "name": name,
            "seconds": round(seconds, 3),
            "remap_seconds": round(remap, 3),
            "ratio_per_layer": round(seconds / remap / layers, 2),
            "preparation_seconds": round(prepared, 3),
            "peak_mb": round(peak / 1e6, 1),
        }
    yield remaps[0]


def main(argv: Sequence[str] | None = None) -> int:
    """Print each row as it is measured; `--json FILE` writes them all."""
    parser = argparse.ArgumentParser(
        prog="bench layers", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scenes", type=int, default=50, help="pictures to complete (default 50)")
    parser.add_argument(
        "--network", type=int, default=4, help="pictures for the bundled model (default 4; 0: none)"
    )
    parser.add_argument(
        "--rounds", type=int, default=3, help="measured runs of each drawing (default 3; 0: none)"
    )
    parser.add_argument(
        "--animate",
        type=int,
        nargs="*",
        default=LENGTHS,
        metavar="FRAMES",
        help="lengths of the animated clips",
    )
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    parser.add_argument("--mattes", type=int, default=24, help="objects to cut out (default 24; 0: none)")
    parser.add_argument("--full", action="store_true", help="let the bundled model paint all scenes")
    options = parser.parse_args(argv)
    if options.full:
        options.network = options.scenes
    if options.scenes < 1 or min(options.mattes, options.network, options.rounds) < 0:
        parser.error("--scenes must be at least 1, --mattes, --network and --rounds at least 0")
    rows = []
    for part in (
        completion_rows(options.scenes, options.network),
        matte_rows(options.mattes) if options.mattes else (),
        (large_picture_row() for _ in range(min(1, options.rounds))),
        drawing_rows(options.rounds) if options.rounds else (),
        animation_rows(options.animate),
    ):
        for row in part:
            rows.append(row)
            print("  ".join(f"{key} {value}" for key, value in row.items()), flush=True)
    if options.json:
        write_json(options.json, rows)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
