"""What the bundled network adds to a completed picture in the areas that a motion uncovers.

    python run.py bench plates [--scenes 12] [--json FILE]

Each scene of `bench layers` loses a part, which is filled in these ways: completed with patches (`plate`); the plate encoded
and decoded (`plate, codec`); the plate repainted by the network from a low noise level (`refined 0.2` and so on, where 1 is
pure noise with the plate as a hint); and painted by the network without the plate (`network`). PSNR in dB and SSIM are those of
the filled part; `energy_ratio` is the gradient energy of the fill divided by that of the truth.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..files import write_json
from ..rendering.completion import complete_picture, fill_smoothly
from .chain import Chain
from .layers import damaged, fill_row, scenes

FRAMES = 5  # the shortest clip in which the network paints
LEVELS = (0.1, 0.2, 0.35, 0.5, 1.0)

Fill = Callable[[Tensor, Tensor, Tensor], Tensor]
"""Fills the hole [H,W] of a picture [H,W,3] of which a completed one [H,W,3] is known, too."""


def fills(chain: Chain) -> dict[str, Fill]:
    """The ways of filling, by name."""

    def painted(picture: Tensor, hole: Tensor, shown: Tensor, level: float) -> Tensor:
        frames = shown.expand(FRAMES, -1, -1, -1).clone()
        known = (~hole).float().expand(FRAMES, -1, -1).clone()
        return chain.sample(*chain.encode_known(frames, known), denoise=level)[-1]

    def codec(picture: Tensor, hole: Tensor, plate: Tensor) -> Tensor:
        return chain.decode(chain.encode(plate.expand(FRAMES, -1, -1, -1)))[-1]

    def network(picture: Tensor, hole: Tensor, plate: Tensor) -> Tensor:
        return painted(picture, hole, fill_smoothly(picture, hole, torch.zeros_like(hole)), 1.0)

    def refined(level: float) -> Fill:
        return lambda picture, hole, plate: painted(picture, hole, plate, level)

    return {
        "plate": lambda picture, hole, plate: plate,
        "plate, codec": codec,
        **{f"refined {level:g}": refined(level) for level in LEVELS},
        "network": network,
    }


@torch.no_grad()
def rows(count: int, ways: dict[str, Fill]) -> Iterator[dict[str, Any]]:
    """One row for each way of filling."""
    material = []
    for picture, hole in scenes(count):
        broken = damaged(picture, hole)
        material.append((picture, hole, broken, complete_picture(broken, hole).picture))
    for name, fill in ways.items():
        yield fill_row(
            name,
            (
                (picture, hole, partial(fill, broken, hole, plate))
                for picture, hole, broken, plate in material
            ),
        )


def main(argv: Sequence[str] | None = None) -> int:
    """Print each row as it is measured; `--json FILE` writes them all."""
    parser = argparse.ArgumentParser(
        prog="bench plates", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scenes", type=int, default=12, help="pictures with a hole (default 12)")
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    options = parser.parse_args(argv)
    if options.scenes < 1:
        parser.error("--scenes must be at least 1")
    measured = []
    for row in rows(options.scenes, fills(Chain(steps=1, seed=0))):
        measured.append(row)
        print("  ".join(f"{key} {value}" for key, value in row.items()), flush=True)
    if options.json:
        write_json(options.json, measured)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
