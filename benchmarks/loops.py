"""Presets as loops: their seam, the time that their field takes, and whether they fold the picture.

    python run.py bench loops [--size 176 304] [--frames 48] [--names NAME…] [--json FILE]

`seam_ratio` is that of a picture drawn along the preset (motion/measure/seam.py): up to 1.1 is a loop without a visible
seam. `seam_to_mean` is relative to the mean step, which a swing exceeds where the loop begins. `seconds` is the processor time
of 1,000 frames of the displacement at 480x832, from all frames at every sixteenth row, and `remaps` the same relative to the
processor time of one cubic `cv2.remap` of such a frame, measured in the same run. `folded` is the share of cells with a negative Jacobian, of all frames
and of both copies of a layer that is cross-faded. `ghosting` and `pulsing` are those of a flow: how much of both of its copies
shows at the same place, and how much the contrast of its detail changes over the loop.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor

from ..files import write_json
from ..motion.field.field import MotionField, field_from_document
from ..motion.field.moving_layers import MovingLayers
from ..motion.measure.seam import seam_ratio, seam_to_mean
from ..motion.presets import preset, preset_names
from ..rendering.layered_picture import layered_picture
from ..rendering.picture_layer import blurred_planes
from ..rendering.warp import warp_image
from ..synthetic.pictures.render import render_example

EVALUATED = 480, 832  # px
_MEASURED = 1000  # frames whose evaluation is timed
_ROWS = 16  # of which one is evaluated
_JACOBIAN_SIDE = 128  # cells along the short side
_SOLID = 0.98  # coverage of a flow where it is measured
_DETAIL = 0.012  # fraction of the short side; finer structure counts as detail


def loop_rows(names: Sequence[str], size: tuple[int, int], frames: int) -> Iterator[dict[str, Any]]:
    """Yield one row for each preset."""
    height, width = size
    picture = render_example("boat", height, width)[0]
    for name in names:
        field = field_from_document(preset(name), frames, aspect=width / height)
        drawn = warp_image(picture, field).frames
        ghosting, pulsing = flow_faults(picture, field)
        seconds, remaps = evaluation_time(field)
        yield {
            "name": name,
            "seam_ratio": seam_ratio(drawn),
            "seam_to_mean": seam_to_mean(drawn),
            "seconds": seconds,
            "remaps": remaps,
            "folded": folded_share(field, width / height),
            "ghosting": ghosting,
            "pulsing": pulsing,
        }


def evaluation_time(field: MotionField) -> tuple[float, float]:
    """Processor seconds for 1,000 frames of the displacement, and the time of one frame relative to one `remap`."""
    height, width = EVALUATED
    field = field.at_frames(_MEASURED)
    field.shares(height, width)  # the regions are drawn once for any number of frames
    y, x = torch.meshgrid(torch.arange(0, height, _ROWS) + 0.5, torch.arange(width) + 0.5, indexing="ij")
    points = torch.stack([x, y], -1).reshape(-1, 2)
    start = time.process_time()
    field.displacement_of(points, height, width)
    each = (time.process_time() - start) * height * width / len(points) / _MEASURED
    return 1000 * each, each / remap_time(height, width)


def remap_time(height: int, width: int) -> float:
    """Processor seconds of one cubic `remap` of a picture with three channels: the median of a few."""
    random = np.random.default_rng(0)
    picture = random.random((height, width, 3), dtype=np.float32)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    times = []
    for _ in range(9):
        start = time.process_time()
        cv2.remap(picture, x + np.float32(0.4), y + np.float32(0.3), cv2.INTER_CUBIC)
        times.append(time.process_time() - start)
    return statistics.median(times)


def folded_share(field: MotionField, aspect: float) -> float:
    """The share of cells, inside the layers' covers and over all frames, in which a layer's motion turns the picture over."""
    height, width = round(_JACOBIAN_SIDE * max(1, 1 / aspect)), round(_JACOBIAN_SIDE * max(1, aspect))
    layers = field.in_layers(height, width)
    assert isinstance(layers, MovingLayers)
    y, x = torch.meshgrid(
        (torch.arange(height) + 0.5) / height, (torch.arange(width) + 0.5) / width, indexing="ij"
    )
    places = torch.stack([x, y], -1).reshape(-1, 2)
    folded, cells = 0.0, 0.0
    for layer in layers.layers:
        cover = layer.cover[:-1, :-1] > 0.5
        for index in (layer.index, layer.second):
            if index is not None and not layer.still:
                found = layers.positions(index, layers.times[:: max(1, len(layers.times) // 12)], places)
                area = jacobian(found.reshape(len(found), height, width, 2))
                folded += float(((area < 0) & cover).sum())
                cells += float(cover.sum()) * len(found)
    return folded / cells if cells else 0.0


def flow_faults(picture: Tensor, field: MotionField) -> tuple[float, float]:
    """The ghosting and the pulsing of the flows in a picture [H,W,3]; 0 where there are none.

    Ghosting is the mean distance of a pixel to the nearer of the two copies, divided by that of the copies: 0 where every pixel shows
    one copy, and 0.25 for a linear cross-fade over a round. Pulsing is the range of the detail's root mean square over the loop,
    divided by its mean.
    """
    size = (picture.shape[0], picture.shape[1])
    layers = field.in_layers(*size)
    assert layers is not None
    drawn = layered_picture(picture, layers, layers.times)
    frames = torch.cat([part[:, :3] for part in drawn.frames(layers.times)])
    near = apart = pulsing = 0.0
    for position, part in enumerate(drawn.parts):
        if not part.layer.flows:
            continue
        solid = part.cover > _SOLID
        for frame, at in zip(frames, layers.times, strict=True):
            first, second = (copy[:3, solid] for copy in drawn.copies(position, float(at), size))
            shown = frame[:, solid]
            near += float(torch.minimum((shown - first).norm(dim=0), (shown - second).norm(dim=0)).sum())
            apart += float((first - second).norm(dim=0).sum())
        detail = [
            (frame - blurred_planes(frame, _DETAIL * min(size)))[:, solid].square().mean() for frame in frames
        ]
        strength = torch.stack(detail).sqrt()
        pulsing = max(pulsing, float((strength.max() - strength.min()) / strength.mean()))
    return (near / apart if apart else 0.0), pulsing


def jacobian(places: Tensor) -> Tensor:
    """The signed area [T,H-1,W-1] of the cells between places [T,H,W,2], up to a factor."""
    by_x, by_y = places.diff(dim=2)[:, :-1], places.diff(dim=1)[:, :, :-1]
    return by_x[..., 0] * by_y[..., 1] - by_x[..., 1] * by_y[..., 0]


def main(arguments: list[str] | None = None) -> int:
    """Print the rows as they are measured, and write them to a file if one is given."""
    parser = argparse.ArgumentParser(prog="run.py bench loops")
    parser.add_argument("--size", type=int, nargs=2, default=(176, 304), metavar=("HEIGHT", "WIDTH"))
    parser.add_argument("--frames", type=int, default=48)
    parser.add_argument("--names", nargs="*", default=preset_names())
    parser.add_argument("--json", type=Path)
    given = parser.parse_args(arguments)
    rows = []
    for row in loop_rows(given.names, tuple(given.size), given.frames):
        rows.append(row)
        print(
            f"{row['name']:20} seam {row['seam_ratio']:.2f} of the usual step ({row['seam_to_mean']:.2f} of the mean one), 1,000 frames in {row['seconds']:.1f} s "
            f"({row['remaps']:.1f} remaps a frame), {100 * row['folded']:.2f} % folded, ghosting {row['ghosting']:.3f}, pulsing {row['pulsing']:.2f}",
            flush=True,
        )
        if given.json:
            write_json(given.json, rows)
    print(f"largest seam: {max(row['seam_ratio'] for row in rows):.2f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
