"""The seams of the example graph long_shot: how much changes from frame to frame where two parts were joined, against inside.

    python run.py bench long_shot [--video FILE] [--sheet FILE] [--json FILE]

Renders workflows/long_shot.json without ComfyUI, or reads a video of it. `motion`, `colour` and `sharpness` are those of
motion/continuation/joint.py: the largest step at a joint over the largest inside the parts; up to 1.2 nobody sees a joint.
The sheet shows every frame.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from torch import Tensor

from ..files import atomic_write, write_json
from ..motion.continuation.joint import joint_ratios

LIMIT = 1.2
PARTS, LENGTH, OVERLAP = 5, 29, 5  # of the example graph
WHOLE = LENGTH + (PARTS - 1) * (LENGTH - OVERLAP)
_COLUMNS = 16
_WORKFLOW = Path(__file__).parents[1] / "workflows" / "long_shot.json"


def joints() -> list[tuple[int, int]]:
    """The first and the last frame of each overlap."""
    firsts = [number * (LENGTH - OVERLAP) for number in range(1, PARTS)]
    return [(first, first + OVERLAP - 1) for first in firsts]


def seam_row(frames: Tensor) -> dict[str, Any]:
    """The three ratios of a rendered long_shot [125,H,W,3]. Raises ValueError for a clip of another length."""
    if len(frames) != WHOLE:
        raise ValueError(f"the video has {len(frames)} frames; one of long_shot has {WHOLE}")
    ratios = joint_ratios(frames, joints())
    return {
        "frames": len(frames),
        "joints": PARTS - 1,
        "motion": ratios.motion,
        "colour": ratios.colour,
        "sharpness": ratios.sharpness,
        "worst": ratios.worst,
    }


def rendered(workflow: Path = _WORKFLOW) -> Tensor:
    """The frames of the video of the example graph, rendered on this machine."""
    from ..hosts import use
    from ..hosts.headless import HeadlessHost, runner
    from ..hosts.headless.convert import load

    with TemporaryDirectory() as folder:
        use(HeadlessHost(output_directory=Path(folder)))
        result = runner.run(load(workflow))
        return read(next(file for file in result.files() if file.suffix == ".mp4"))


def read(video: Path) -> Tensor:
    """The frames [T,H,W,3] of a video file."""
    from ..hosts.headless.videos import read_video

    return read_video(video)[0]


def write_sheet(path: Path, frames: Tensor) -> None:
    """Write all frames as one picture."""
    from PIL import Image

    from ..motion.preview.visualization import contact_sheet

    pixels = (contact_sheet(frames, columns=_COLUMNS, gap=2).clamp(0, 1) * 255).round().byte().numpy()
    with atomic_write(path) as temporary:
        Image.fromarray(pixels).save(temporary, "PNG")


def main(arguments: list[str] | None = None) -> int:
    """Print the ratios; the exit status is 1 if one is above the limit."""
    parser = argparse.ArgumentParser(prog="run.py bench long_shot")
    parser.add_argument("--video", type=Path, help="a video that was rendered before")
    parser.add_argument("--sheet", type=Path)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args(arguments)
    frames = rendered() if given.video is None else read(given.video)
    row = seam_row(frames)
    print(
        f"{row['frames']} frames, {row['joints']} joints against the inside of the parts: motion {row['motion']:.2f}, "
        f"colour {row['colour']:.2f}, sharpness {row['sharpness']:.2f} (at most {LIMIT})"
    )
    if given.sheet:
        write_sheet(given.sheet, frames)
    if given.json:
        write_json(given.json, row)
    return 0 if row["worst"] <= LIMIT else 1


if __name__ == "__main__":
    raise SystemExit(main())
