"""A complete evaluation of the bundled model, as a page of tables and pictures.

    python run.py bench evaluation [--quick] [--photos FOLDER] [--clips FOLDER] [--json FILE] [--out FOLDER]

Parts: motion on photos (motion_fidelity.py), stillness (temporal flicker without motion), held-out rendered clips (held_out.py),
sizes and lengths (sizes.py), prompts (grammar.py), the videos of a folder (real_clips.py), and the gates that the model must
pass (gates.py). The page, its pictures and all numbers are written to output/evaluation. With --quick, fewer and smaller
clips are measured, in less than five minutes on two cores.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..files import write_json
from ..models.bundled import bundled_path
from ..models.checkpoint import read_header
from ..motion.document.examples import documents
from ..motion.field.field import empty_field
from ..rendering.warp import warp_image
from . import grammar, held_out, real_clips, sizes
from .chain import Chain
from .gates import gates
from .motion_fidelity import folder_photos, motion_table, sample_photos, square_photo
from .page import Section, Sheets, text_table, write_page
from .vbench import is_dynamic, temporal_flicker

PARTS = ("motion", "still", "held_out", "sizes", "prompts", "clips")


@dataclass(frozen=True)
class Amount:
    """The number and size of the clips that are measured."""

    pairs: int  # of a photo and a document
    size: int  # px of the photos
    frames: int
    held_out: int  # rendered clips
    held_out_size: int
    shapes: tuple[tuple[int, int, int], ...]
    prompts: int
    classifier_clips: int  # rendered clips on which the classifier of prompts is trained
    classifier_steps: int
    classifier_test_clips: int  # held-out rendered clips on which it is tested
    files: int  # videos of the folder --clips, at most


FULL = Amount(24, 256, 17, 24, 128, sizes.SHAPES, 64, 6400, 1200, 512, 50)
QUICK = Amount(4, 192, 17, 5, 96, sizes.SHORT_LIST, 20, 2048, 500, 192, 3)


class Evaluation:
    """The parts of the evaluation; each returns its rows and adds a section to the page."""

    def __init__(self, amount: Amount, chain: Chain, photos: dict[str, Any], clips: Path | None, out: Path):
        self.amount, self.chain, self.photos, self.clips, self.out = amount, chain, photos, clips, out
        self.sections: list[Section] = []

    def motion(self) -> list[dict]:
        """Requested and measured motion, for pairs of photos and documents."""
        sheets = Sheets(self.out, ("conditioned", "composited", "unconditioned", "warp"))
        rows = motion_table(
            self.chain, self.photos, documents(), self.amount.frames, self.amount.size, self.amount.pairs,
            lambda photo, document, row, video: sheets.add(f"{photo}, {document}", row, video),
        )  # fmt: skip
        columns = {
            "name": "row", "epe_median": "error inside, px", "leakage_median": "leakage, px", "frozen_median": "frozen, px",
            "first_frame_psnr": "first frame, dB", "dynamic_degree": "fastest, px a frame", "seconds": "seconds",
        }  # fmt: skip
        self._add("Motion on photos", motion_fidelity_text(rows[0]), rows, columns, sheets.write("motion"))
        return rows

    def still(self) -> list[dict]:
        """Temporal flicker and dynamic degree with a motion that keeps the whole picture still, and without a motion."""
        videos: dict[str, list[Tensor]] = {"held still": [], "first frame only": []}
        for photo in list(self.photos.values())[: max(2, self.amount.pairs // 4)]:
            picture = square_photo(photo, self.amount.size)
            clip = warp_image(picture, empty_field(self.amount.frames))
            videos["held still"].append(self.chain.sample(*self.chain.encode_warped(clip)))
            videos["first frame only"].append(self.chain.from_first_frame(picture, self.amount.frames))
        rows = [
            {
                "name": name,
                "clips": len(made),
                "temporal_flicker": round(sum(map(temporal_flicker, made)) / len(made), 5),
                "dynamic_degree": sum(map(is_dynamic, made)) / len(made),
            }
            for name, made in videos.items()
        ]
        text = (
            "Temporal flickering (1 is none) and dynamic degree (share of clips that move) by VBench's definitions, with our "
            "own optical flow in place of RAFT, at 8 frames a second."
        )
        self._add("Stillness", text, rows, {"name": "row", "clips": "clips", "temporal_flicker": "temporal flicker",
                                            "dynamic_degree": "dynamic degree"})  # fmt: skip
        return rows

    def held_out(self) -> list[dict]:
        """Held-out rendered clips, compared with the truth."""
        sheets = Sheets(self.out, ("rendered", "painted", "partial", "conditioning"))
        rows = held_out.held_out_rows(
            self.chain, self.amount.held_out, self.amount.frames, self.amount.held_out_size,
            show=lambda clip, row, video: sheets.add(f"rendered clip {clip}", row, video),
        )  # fmt: skip
        columns = {
            "name": "row", "psnr": "PSNR, dB", "ssim": "SSIM", "epe_median": "motion error, px", "hole_psnr": "holes, dB",
            "hole_energy": "energy in holes", "frechet": "Fréchet distance", "temporal_flicker": "temporal flicker",
            "dynamic_degree": "dynamic degree",
        }  # fmt: skip
        text = (
            f"{rows[0]['clips']} clips of {self.amount.frames} frames at {self.amount.held_out_size} px. The energy in holes is "
            "the sum of squared gradients in uncovered areas, relative to that of the truth. The Fréchet distance to the "
            "rendered clips uses fixed features (colour, edges and change over time in windows of 32 px and 5 frames)."
        )
        self._add("Held-out rendered clips, with truth", text, rows, columns, sheets.write("held_out"))
        return rows

    def sizes(self) -> list[dict]:
        """Other sizes, aspect ratios and lengths with the same weights."""
        name, photo = next(iter(self.photos.items()))
        document = next(iter(documents()))
        rows = sizes.size_rows(self.chain, photo, documents()[document], self.amount.shapes)
        columns = {
            "name": "clip", "first_frame_psnr": "first frame, dB", "epe_median": "error inside, px",
            "floor": "the meter's floor, px", "seconds": "seconds",
        }  # fmt: skip
        self._add(
            "Sizes and lengths", f"All clips use the photo {name} and the document {document}.", rows, columns
        )
        return rows

    def prompts(self) -> list[dict]:
        """Text to video: does the clip show what the prompt says?"""
        amount = self.amount
        device = self.chain.model.device
        classifier = grammar.trained_classifier(
            amount.classifier_clips, amount.classifier_steps, device=device, cache=self.out / "cache"
        )
        sheets = Sheets(self.out, ("from text",))

        def make(text: str) -> Tensor:
            video = self.chain.from_text(text, 17, 64, 64)
            sheets.add(text, "from text", video)
            return video

        rows = grammar.prompt_rows(
            classifier,
            make,
            grammar.prompts(amount.prompts, held_out.SEED),
            amount.classifier_test_clips,
            held_out.SEED,
        )
        columns = {"name": "row", "clips": "clips", "directions": "with a direction"}
        columns |= {word: word for word in (*grammar.WORDS, "all")}
        text = (
            "The numbers are shares of clips in which a small classifier, trained on rendered clips and their captions, finds "
            "the word of the prompt. Its accuracy on held-out rendered clips is the highest value that can be reached; there, a "
            "direction counts only if the camera is still and the sprite moves 1.4 times as far along it as across it."
        )
        self._add("Prompts", text, rows, columns, sheets.write("prompt"))
        return rows

    def clips_of_folder(self) -> list[dict]:
        """The videos of the folder --clips; no rows without one."""
        if self.clips is None:
            return []
        sheets = Sheets(self.out, real_clips.ROWS[:1] + real_clips.ROWS[-1:])
        files = real_clips.video_files(self.clips)[: self.amount.files]
        rows = real_clips.clip_rows(
            self.chain, files, self.amount.frames, self.amount.held_out_size, sheets.add
        )
        columns = {
            "name": "row", "clips": "clips", "psnr": "PSNR, dB", "ssim": "SSIM", "epe_median": "motion error, px",
            "first_frame_psnr": "first frame, dB", "frechet": "Fréchet distance", "temporal_flicker": "temporal flicker",
            "dynamic_degree": "dynamic degree",
        }  # fmt: skip
        text = f"{len(files)} files, without those that have a scene cut or are shorter than a clip."
        self._add("Real clips, first frame and motion given", text, rows, columns, sheets.write("clip"))
        return rows

    def _add(
        self, title: str, text: str, rows: list[dict], columns: dict[str, str], pictures: Any = ()
    ) -> None:
        self.sections.append(Section(title, text, rows, columns, pictures))
        print(f"\n{title}\n{text_table(self.sections[-1])}", flush=True)


def motion_fidelity_text(row: dict) -> str:
    """The text above the motion table."""
    settings = row["settings"]
    return (
        f"{row['clips']} pairs of {len(settings['photos'])} photos and {len(settings['documents'])} motion documents at "
        f"{settings['size']} px, {settings['frames']} frames, {settings['steps']} step(s). Each number is the median over clips "
        "of each clip's median; warp is a perfect warp, which shows the accuracy limit of the measurement."
    )


def weights_facts() -> dict[str, dict[str, Any]]:
    """Checksum, steps and minutes of each bundled file that makes videos, from its header."""
    kinds = ("vae", "dit", "text", "text_to_video", "text_to_video_text")
    headers = {kind: read_header(bundled_path(kind)) for kind in kinds}
    return {
        kind: {
            "sha256": header["sha256"],
            "steps": header["facts"].get("steps"),
            "minutes": header["facts"].get("minutes"),
        }
        for kind, header in headers.items()
    }


def evaluate(evaluation: Evaluation, parts: tuple[str, ...]) -> dict[str, Any]:
    """Run the parts and write the page; returns all numbers as one dictionary."""
    makers: dict[str, Callable[[], list[dict]]] = {
        "motion": evaluation.motion, "still": evaluation.still, "held_out": evaluation.held_out,
        "sizes": evaluation.sizes, "prompts": evaluation.prompts, "clips": evaluation.clips_of_folder,
    }  # fmt: skip
    found: dict[str, list[dict]] = {}
    seconds: dict[str, float] = {}
    for part in parts:
        start = time.perf_counter()
        found[part] = makers[part]()
        seconds[part] = round(time.perf_counter() - start, 1)

    def named(part: str) -> dict[str, dict]:
        return {row["name"]: row for row in found.get(part, ())}

    passed = gates(named("motion"), named("held_out"), found.get("sizes", []), named("prompts"))
    columns = {"name": "gate", "measured": "measured", "low": "at least", "high": "at most", "holds": "holds"}
    evaluation._add(
        "Gates", "What the model must reach before sampling with it is the default.", passed, columns
    )
    weights = weights_facts()
    facts = [
        f"{kind}: {row['steps']} steps in {row['minutes']} minutes, weights {row['sha256'][:12]}"
        for kind, row in weights.items()
    ]
    facts.append(f"{evaluation.chain.steps} sampling step(s), seed {evaluation.chain.seed}, {torch.get_num_threads()} threads, "
                 f"{evaluation.chain.model.device}")  # fmt: skip
    page = write_page(
        evaluation.out,
        "The bundled model, measured",
        facts,
        [evaluation.sections[-1], *evaluation.sections[:-1]],
    )
    print(f"\n{page}", flush=True)
    settings = asdict(evaluation.amount) | {"steps": evaluation.chain.steps, "seed": evaluation.chain.seed,
                                            "hold_known": evaluation.chain.hold, "photos": sorted(evaluation.photos)}  # fmt: skip
    return {"weights": weights, "settings": settings, "seconds": seconds, **found, "gates": passed}


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="bench evaluation", description=(__doc__ or "").split("\n")[0])
    parser.add_argument(
        "--quick", action="store_true", help="fewer and smaller clips: under five minutes on two cores"
    )
    parser.add_argument(
        "--photos", type=Path, help="folder of photos (default: six that scikit-learn and -image carry)"
    )
    parser.add_argument("--clips", type=Path, help="folder of videos to measure on as well")
    parser.add_argument("--json", type=Path, help="also write all numbers here")
    parser.add_argument("--out", type=Path, default=Path("output/evaluation"), help="folder of the page")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="parts to measure")
    parser.add_argument("--steps", type=int, default=1, help="sampling steps (default 1)")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args(argv)
    photos = folder_photos(arguments.photos) if arguments.photos else sample_photos()
    if arguments.clips:
        real_clips.video_files(arguments.clips)  # reports a wrong folder before anything is measured
    chain = Chain(arguments.steps, arguments.seed)
    evaluation = Evaluation(QUICK if arguments.quick else FULL, chain, photos, arguments.clips, arguments.out)
    numbers = evaluate(evaluation, tuple(part for part in PARTS if part in arguments.only))
    for path in filter(None, (arguments.json, arguments.out / "evaluation.json")):
        write_json(path, numbers)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
