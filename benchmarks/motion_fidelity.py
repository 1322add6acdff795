"""Motion fidelity of the bundled model: requested and measured motion, for pairs of photos and motion documents.

    python run.py bench motion_fidelity [--photos FOLDER] [--documents FOLDER] [--json FILE] [--limit N]

Rows: `conditioned` (the model with the painted motion), `unconditioned` (the model with only the first frame), `composited`
(`conditioned` with the source's own pixels where they are known), `conditioning_only` (the conditioning, decoded without the
model), `warp` (a perfect warp of the photo, which shows the accuracy limit of the measurement) and `static` (the photo,
repeated). Errors are in pixels of the measured video; motion/measure/measure.py says which points are left out.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from tqdm import tqdm

from ..files import write_json
from ..models.bundled import bundled_path
from ..models.checkpoint import read_header
from ..motion.document.examples import documents
from ..motion.field.field import MotionField, field_from_document
from ..motion.measure.measure import MotionReport, measure_motion
from ..rendering.compositing import composite_known
from ..rendering.warp import warp_image
from .chain import Chain

ROWS = ("conditioned", "unconditioned", "composited", "conditioning_only", "warp", "static")
PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".bmp")


def sample_photos() -> dict[str, Any]:
    """The photos in the packages scikit-learn and scikit-image, uint8 [H,W,3]. The pack itself contains no photos."""
    try:
        from skimage import data
        from sklearn.datasets import load_sample_image
    except ImportError as error:
        raise SystemExit(
            f"The default photos need scikit-image and scikit-learn ({error}); install the dev extra or give --photos."
        ) from error
    photos = {name: load_sample_image(f"{name}.jpg") for name in ("china", "flower")}
    return photos | {name: getattr(data, name)() for name in ("astronaut", "coffee", "chelsea", "rocket")}


def folder_photos(folder: Path) -> dict[str, Any]:
    """All pictures in a folder, uint8 [H,W,3]. Raises SystemExit if there are none."""
    import numpy as np
    from PIL import Image

    paths = (
        sorted(path for path in folder.iterdir() if path.suffix.lower() in PICTURES)
        if folder.is_dir()
        else []
    )
    if not paths:
        raise SystemExit(f"--photos is {folder}, which contains no pictures ({', '.join(PICTURES)}).")
    return {path.stem: np.asarray(Image.open(path).convert("RGB")) for path in paths}


def square_photo(photo: Any, size: int) -> Tensor:
    """The central square of a photo, scaled to [size,size,3] in 0..1."""
    import cv2

    side = min(photo.shape[:2])
    top, left = (photo.shape[0] - side) // 2, (photo.shape[1] - side) // 2
    square = photo[top : top + side, left : left + side, :3]
    small = cv2.resize(
        square, (size, size), interpolation=cv2.INTER_AREA if side >= size else cv2.INTER_CUBIC
    )
    return torch.from_numpy(small).float() / 255


def documents_of(folder: Path | None) -> dict[str, str]:
    """The ten example documents, or all JSON files in a folder. Raises SystemExit if there are none."""
    if folder is None:
        return documents()
    paths = sorted(folder.glob("*.json")) if folder.is_dir() else []
    if not paths:
        raise SystemExit(f"--documents is {folder}, which contains no .json files.")
    return {path.stem: path.read_text(encoding="utf-8") for path in paths}


def motion_videos(chain: Chain, photo: Tensor, field: MotionField) -> Iterator[tuple[str, Tensor, float]]:
    """(row, video [T,H,W,3], seconds) for every row that depends on the motion."""
    start = time.perf_counter()
    clip = warp_image(photo, field)
    image, mask = chain.encode_warped(clip)
    given = time.perf_counter() - start
    video = chain.sample(image, mask)
    spent = time.perf_counter() - start
    yield "conditioned", video, spent
    yield "composited", composite_known(video, clip), spent
    start = time.perf_counter()
    only = chain.decode(image)
    yield "conditioning_only", only, given + time.perf_counter() - start
    yield "warp", clip.frames, given


Shown = Callable[[str, str, str, Tensor], None]


def motion_table(
    chain: Chain,
    photos: Mapping[str, Any],
    texts: Mapping[str, str],
    frames: int,
    size: int,
    limit: int | None = None,
    show: Shown | None = None,
) -> list[dict[str, Any]]:
    """The rows of the table. `show(photo, document, row, video)` is called with every video."""
    clips = [(photo, text) for photo in photos for text in texts]
    if limit and limit < len(clips):
        clips = random.Random(0).sample(clips, limit)
    facts = read_header(bundled_path("dit"))["facts"]
    settings = {
        "frames": frames, "size": size, "steps": chain.steps, "seed": chain.seed, "hold_known": chain.hold,
        "photos": sorted(photos), "documents": sorted(texts), "clips": len(clips), "threads": torch.get_num_threads(),
        "model": {"steps": facts.get("steps"), "minutes": facts.get("minutes")},
    }  # fmt: skip
    reports: dict[str, list[MotionReport]] = {row: [] for row in ROWS}
    seconds: dict[str, list[float]] = {row: [] for row in ROWS}
    free: dict[str, tuple[Tensor, float]] = {}
    for photo_name, document_name in tqdm(clips, unit="clip"):
        photo = square_photo(photos[photo_name], size)
        field = field_from_document(texts[document_name], frames, aspect=1.0)
        if photo_name not in free:
            start = time.perf_counter()
            free[photo_name] = (chain.from_first_frame(photo, frames), time.perf_counter() - start)
        videos = list(motion_videos(chain, photo, field))
        videos.append(("unconditioned", *free[photo_name]))
        videos.append(("static", photo.expand(frames, -1, -1, -1), 0.0))
        for row, video, spent in videos:
            reports[row].append(measure_motion(video, field, photo))
            seconds[row].append(spent)
            if show is not None:
                show(photo_name, document_name, row, video)
    return [summary(row, reports[row], seconds[row], settings) for row in ROWS]


def summary(
    name: str, reports: list[MotionReport], seconds: list[float], settings: dict[str, Any]
) -> dict[str, Any]:
    """One row of the table: medians, and one mean, over the clips of each clip's numbers."""

    def values(attribute: str) -> list[float]:
        numbers = (report.as_dict()[attribute] for report in reports)
        return [number for number in numbers if number is not None]

    def middle(attribute: str) -> float | None:
        numbers = values(attribute)
        return round(statistics.median(numbers), 4) if numbers else None

    means = values("epe_mean")
    return {
        "name": name,
        "epe_median": middle("epe_median"),
        "epe_mean": round(statistics.fmean(means), 4) if means else None,
        "leakage_median": middle("leakage_median"),
        "frozen_median": middle("frozen_median"),
        "first_frame_psnr": middle("first_frame_psnr"),
        "flicker": middle("flicker"),
        "dynamic_degree": middle("dynamic_degree"),
        "share_measured": middle("share_measured"),
        "seconds": round(statistics.median(seconds), 3) if seconds else None,
        "clips": len(reports),
        "settings": settings,
    }


def table(rows: list[dict[str, Any]]) -> str:
    """The rows as text; errors are in px."""
    columns = (
        "name",
        "epe_median",
        "epe_mean",
        "leakage_median",
        "frozen_median",
        "first_frame_psnr",
        "seconds",
    )
    lines = ["".join(f"{column:>18}" for column in columns)]
    for row in rows:
        cells = (
            "-" if row[c] is None else row[c] if isinstance(row[c], str) else f"{row[c]:.3f}" for c in columns
        )
        lines.append("".join(f"{cell:>18}" for cell in cells))
    return "\n".join(lines)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="motion_fidelity", description=(__doc__ or "").split("\n")[0])
    parser.add_argument(
        "--photos", type=Path, help="folder of photos (default: six that scikit-learn and -image carry)"
    )
    parser.add_argument(
        "--documents", type=Path, help="folder of motion documents (default: the ten examples)"
    )
    parser.add_argument("--json", type=Path, help="also write the rows here")
    parser.add_argument("--frames", type=int, default=17)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--steps", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--limit", type=int, help="measure this many clips only, drawn evenly")
    parser.add_argument("--free", action="store_true", help="let the network redraw what is known as well")
    arguments = parser.parse_args(argv)

    photos = folder_photos(arguments.photos) if arguments.photos else sample_photos()
    texts = documents_of(arguments.documents)
    chain = Chain(arguments.steps, arguments.seed, not arguments.free)
    rows = motion_table(chain, photos, texts, arguments.frames, arguments.size, arguments.limit)
    print(table(rows))
    print(f"{rows[0]['clips']} clips of {arguments.frames} frames at {arguments.size}x{arguments.size}; errors in pixels, "
          "medians over clips of each clip's median (epe_mean: mean over clips of each clip's mean)")  # fmt: skip
    if arguments.json:
        write_json(arguments.json, rows)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
