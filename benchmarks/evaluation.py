"""All that can be said of the bundled model in numbers and pictures, as a page.

    python run.py bench evaluation [--quick] [--photos FOLDER] [--clips FOLDER] [--json FILE] [--out FOLDER]

Parts: the motion table on photos (motion_fidelity.py), stillness (temporal flicker where nothing is asked to move), held-out
rendered clips with truth (held_out.py), sizes and lengths (sizes.py), prompts (grammar.py), the videos of a folder
(real_clips.py), and the gates that the model must pass (gates.py). The page, its pictures and the numbers are written to
output/evaluation; --quick measures fewer and smaller clips, in under five minutes on two cores.
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
from .motion_fidelity import fitted, folder_photos, motion_table, sample_photos
from .page import Section, Sheets, text_table, written_page
from .vbench import is_dynamic, temporal_flicker

PARTS = ("motion", "still", "held_out", "sizes", "prompts", "clips")


@dataclass(frozen=True)
class Amount:
    """How much is measured."""

    pairs: int  # photo and document
    size: int  # px of the photos
    frames: int
    held_out: int  # rendered clips
    held_out_size: int
    shapes: tuple[tuple[int, int, int], ...]
    prompts: int
    classifier_clips: int  # that the classifier of prompts is trained on
    classifier_steps: int
    classifier_test_clips: int  # held-out rendered clips that it is tested on
    files: int  # of the folder of videos


FULL = Amount(24, 256, 17, 24, 128, sizes.SHAPES, 60, 6400, 1200, 512, 50)
QUICK = Amount(4, 192, 17, 5, 96, sizes.SHORT_LIST, 20, 2048, 500, 192, 3)


class Evaluation:
    """The parts, each of which returns its rows and fills a section of the page."""

    def __init__(self, amount: Amount, chain: Chain, photos: dict[str, Any], clips: Path | None, out: Path):
        self.amount, self.chain, self.photos, self.clips, self.out = amount, chain, photos, clips, out
        self.sections: list[Section] = []

    def motion(self) -> list[dict]:
        """Asked against measured motion, photos times documents."""
        sheets = Sheets(self.out, ("conditioned", "composited", "unconditioned", "warp"))
        rows = motion_table(
            self.chain, self.photos, documents(), self.amount.frames, self.amount.size, self.amount.pairs,
            lambda photo, document, row, video: sheets.show(f"{photo}, {document}", row, video),
        )  # fmt: skip
        columns = {
            "name": "row", "epe_median": "error inside, px", "leakage_median": "leakage, px", "frozen_median": "frozen, px",
            "first_frame_psnr": "first frame, dB", "dynamic_degree": "fastest, px a frame", "seconds": "seconds",
        }  # fmt: skip
        self._add("Motion on photos", motion_fidelity_text(rows[0]), rows, columns, sheets.written("motion"))
        return rows

    def still(self) -> list[dict]:
        """Temporal flicker and dynamic degree where the whole picture is asked to stay, and of the first frame alone."""
        videos: dict[str, list[Tensor]] = {"held still": [], "first frame only": []}
        for photo in list(self.photos.values())[: max(2, self.amount.pairs // 4)]:
            picture = fitted(photo, self.amount.size)
            clip = warp_image(picture, empty_field(self.amount.frames))
            videos["held still"].append(self.chain.sampled(*self.chain.warped(clip)))
            videos["first frame only"].append(self.chain.unconditioned(picture, self.amount.frames))
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
        """Rendered clips with truth."""
        sheets = Sheets(self.out, ("rendered", "painted", "partial", "conditioning"))
        rows = held_out.measured(
            self.chain, self.amount.held_out, self.amount.frames, self.amount.held_out_size,
            show=lambda clip, row, video: sheets.show(f"rendered clip {clip}", row, video),
        )  # fmt: skip
        columns = {
            "name": "row", "psnr": "PSNR, dB", "ssim": "SSIM", "epe_median": "motion error, px", "hole_psnr": "holes, dB",
            "hole_energy": "energy in holes", "frechet": "Fréchet distance", "temporal_flicker": "temporal flicker",
            "dynamic_degree": "dynamic degree",
        }  # fmt: skip
        text = (
            f"{rows[0]['clips']} clips of {self.amount.frames} frames at {self.amount.held_out_size} px. Energy in holes: "
            "squared gradients where the motion uncovers something, as a share of the truth's. Fréchet distance: on fixed "
            "features of our own (colour, edges, change over time in windows of 32 px and 5 frames), to the rendered clips."
        )
        self._add("Held-out rendered clips, with truth", text, rows, columns, sheets.written("held_out"))
        return rows

    def sizes(self) -> list[dict]:
        """Other sizes, shapes and lengths on the same weights."""
        name, photo = next(iter(self.photos.items()))
        document = next(iter(documents()))
        rows = sizes.size_rows(self.chain, photo, documents()[document], self.amount.shapes)
        columns = {
            "name": "clip", "first_frame_psnr": "first frame, dB", "epe_median": "error inside, px",
            "floor": "the meter's floor, px", "seconds": "seconds",
        }  # fmt: skip
        self._add("Sizes and lengths", f"The photo {name} with the document {document}.", rows, columns)
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
            video = self.chain.from_text(text, amount.frames, 128, 128)
            sheets.show(text, "from text", video)
            return video

        rows = grammar.prompt_rows(
            classifier,
            make,
            grammar.prompts(amount.prompts, held_out.SEED),
            amount.classifier_test_clips,
            held_out.SEED,
        )
        columns = {"name": "row", "clips": "clips", "directions": "with a direction"}
        columns |= {word: word for word in grammar.WORDS}
        text = (
            "Share of clips on which a small classifier, trained on rendered clips and their captions, reads the word of "
            "the prompt. What it reads of held-out rendered clips is the ceiling; of these a direction counts where the camera "
            "is still and the sprite goes 1.4 times as far along it as across."
        )
        self._add("Prompts", text, rows, columns, sheets.written("prompt"))
        return rows

    def clips_of_folder(self) -> list[dict]:
        """The videos of --clips."""
        if self.clips is None:
            return []
        sheets = Sheets(self.out, real_clips.ROWS[:1] + real_clips.ROWS[-1:])
        files = real_clips.video_files(self.clips)[: self.amount.files]
        rows = real_clips.clip_rows(
            self.chain, files, self.amount.frames, self.amount.held_out_size, sheets.show
        )
        columns = {
            "name": "row", "clips": "clips", "psnr": "PSNR, dB", "ssim": "SSIM", "epe_median": "motion error, px",
            "first_frame_psnr": "first frame, dB", "frechet": "Fréchet distance", "temporal_flicker": "temporal flicker",
            "dynamic_degree": "dynamic degree",
        }  # fmt: skip
        text = f"{len(files)} files; those that cut to another scene or are shorter than a clip are left out."
        self._add("Real clips, first frame and motion given", text, rows, columns, sheets.written("clip"))
        return rows

    def _add(
        self, title: str, text: str, rows: list[dict], columns: dict[str, str], pictures: Any = ()
    ) -> None:
        self.sections.append(Section(title, text, rows, columns, pictures))
        print(f"\n{title}\n{text_table(self.sections[-1])}", flush=True)


def motion_fidelity_text(row: dict) -> str:
    """What the motion table counts."""
    settings = row["settings"]
    return (
        f"{row['clips']} pairs of {len(settings['photos'])} photos and {len(settings['documents'])} motion documents at "
        f"{settings['size']} px, {settings['frames']} frames, {settings['steps']} step(s). Medians over clips of each clip's "
        "median; warp is the meter's floor."
    )


def weights_facts() -> dict[str, dict[str, Any]]:
    """Checksum, steps and minutes of each bundled file that makes videos, as its header says."""
    headers = {kind: read_header(bundled_path(kind)) for kind in ("vae", "dit", "text")}
    return {
        kind: {
            "sha256": header["sha256"],
            "steps": header["facts"].get("steps"),
            "minutes": header["facts"].get("minutes"),
        }
        for kind, header in headers.items()
    }


def evaluated(evaluation: Evaluation, parts: tuple[str, ...]) -> dict[str, Any]:
    """Run the parts and write the page; all numbers as one dictionary."""
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
    page = written_page(
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
        real_clips.video_files(arguments.clips)  # a wrong folder is told before anything is measured
    chain = Chain(arguments.steps, arguments.seed)
    evaluation = Evaluation(QUICK if arguments.quick else FULL, chain, photos, arguments.clips, arguments.out)
    numbers = evaluated(evaluation, tuple(part for part in PARTS if part in arguments.only))
    for path in filter(None, (arguments.json, arguments.out / "evaluation.json")):
        write_json(path, numbers)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
