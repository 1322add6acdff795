"""Write the tables in MODEL_CARD.md from the bundled files and from the stored measurement.

    python run.py bench model_card [--evaluation FILE] [--pictures]

This command writes the text between `<!-- NAME -->` and `<!-- end -->`, from the headers of the bundled files and from the
numbers of `python run.py bench evaluation --json FILE`, which are stored in docs/model_card/evaluation.json. The rest of the
card is written by hand. With --pictures, the pictures of failures are drawn again.
"""

from __future__ import annotations

import argparse
import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..files import write_json, write_text
from ..models.bundled import bundled_path
from ..models.checkpoint import read, read_header
from .failures import write_failures
from .page import cell

ROOT = Path(__file__).parents[1]
CARD, KEPT = ROOT / "MODEL_CARD.md", ROOT / "docs" / "model_card"
NUMBERS = KEPT / "evaluation.json"
NAMES = {
    "vae": "VAE", "dit": "video transformer", "text": "text encoder", "interpolator": "interpolation network",
    "text_to_video": "text-to-video transformer", "text_to_video_text": "its text encoder",
}  # fmt: skip
_BLOCK = re.compile(r"<!-- (?P<name>\w+) -->\n.*?<!-- end -->", re.DOTALL)


def runs_of(facts: dict[str, Any]) -> list[dict[str, Any]]:
    """The training runs behind some weights, first to last; a header stores the run that it continued as `before`."""
    before = facts.get("before")
    return [*(runs_of(before) if before else ()), facts]


def markdown(heads: list[str], rows: list[list[str]]) -> str:
    """A Markdown table; all columns except the first are right-aligned."""
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def files_table() -> str:
    """The table of the bundled files with sizes, training time and checksums."""
    rows = []
    for kind, name in NAMES.items():
        path = bundled_path(kind)
        state, header = read(path)
        runs = runs_of(header["facts"])
        parameters = sum(math.prod(value.shape) for value in state.values())
        minutes = sum(run["minutes"] for run in runs)
        rows.append([
            f"{name} (`{path.name}`)", f"{parameters / 1e6:.2f} M", f"{path.stat().st_size / 1e6:.1f} MB",
            " + ".join(str(run["steps"]) for run in runs), f"{minutes / 60:.2f}", f"`{header['sha256'][:12]}`",
        ])  # fmt: skip
    return markdown(["file", "parameters", "size", "steps", "hours", "weights (SHA-256)"], rows)


def training_table() -> str:
    """The table of the training runs with their settings and last logged losses."""
    rows = []
    for kind, name in NAMES.items():
        for run in runs_of(read_header(bundled_path(kind))["facts"]):
            if kind in ("text", "text_to_video_text"):  # trained in the transformer's run
                continue
            settings = ", ".join(f"{key} {_exact(value)}" for key, value in run["settings"].items())
            losses = ", ".join(
                f"{key} {value:.4g}" for key, value in run["log"].items() if key not in ("step", "minutes")
            )
            rows.append([name, str(run["steps"]), f"{run['minutes']:g}", settings, losses])
    return markdown(["network", "steps", "minutes", "settings", "last losses"], rows)


def _exact(value: Any) -> str:
    """A setting with all its digits: rounding to three decimals would turn 6e-4 into 0.001."""
    return f"{value:g}" if isinstance(value, float) else cell(value)


def data_lines() -> str:
    """The data and licences named in the headers, each once."""
    facts = [run for kind in NAMES for run in runs_of(read_header(bundled_path(kind))["facts"])]
    data, licences = ({run[key] for run in facts} for key in ("data", "licence"))
    return "\n".join(
        [f"- Data: {text}." for text in sorted(data)] + [f"- Licence: {text}." for text in sorted(licences)]
    )


def _rows(part: str, columns: dict[str, str]) -> Callable[[dict[str, Any]], str]:
    def table(numbers: dict[str, Any]) -> str:
        rows = [[cell(row.get(key)) for key in columns] for row in numbers.get(part, ())]
        return markdown(list(columns.values()), rows)

    return table


def measured_line(numbers: dict[str, Any]) -> str:
    """The conditions of the measurement."""
    settings = numbers["settings"]
    pairs = numbers["motion"][0]["clips"] if numbers.get("motion") else 0
    return (
        f"{pairs} pairs of photo and document at {settings['size']} px, {settings['held_out']} rendered clips at "
        f"{settings['held_out_size']} px, {settings['frames']} frames, {settings['prompts']} prompts, {settings['steps']} "
        f"sampling step, seed {settings['seed']}."
    )


TABLES: dict[str, Callable[[dict[str, Any]], str]] = {
    "measured": measured_line,
    "motion": _rows("motion", {
        "name": "row", "epe_median": "error inside, px", "leakage_median": "leakage, px", "frozen_median": "frozen, px",
        "first_frame_psnr": "first frame, dB",
    }),
    "held_out": _rows("held_out", {
        "name": "row", "psnr": "PSNR, dB", "ssim": "SSIM", "epe_median": "motion error, px", "hole_energy": "energy in holes",
        "frechet": "Fréchet distance", "temporal_flicker": "temporal flicker", "dynamic_degree": "dynamic degree",
    }),
    "still": _rows("still", {
        "name": "row", "temporal_flicker": "temporal flicker", "dynamic_degree": "dynamic degree",
    }),
    "sizes": _rows("sizes", {
        "name": "clip", "first_frame_psnr": "first frame, dB", "epe_median": "error inside, px", "floor": "floor, px",
    }),
    "prompts": _rows("prompts", {
        "name": "row", "clips": "clips", "colour": "colour", "shape": "shape", "direction": "direction", "all": "all three",
    }),
    "gates": _rows("gates", {
        "name": "gate", "measured": "measured", "low": "at least", "high": "at most", "holds": "holds",
    }),
}  # fmt: skip


def updated_card(card: str, numbers: dict[str, Any]) -> str:
    """The card with every marked block replaced by its present text. Raises KeyError for an unknown block."""
    blocks = {"files": files_table, "training": training_table, "data": data_lines}

    def block(found: re.Match[str]) -> str:
        name = found["name"]
        text = blocks[name]() if name in blocks else TABLES[name](numbers)
        return f"<!-- {name} -->\n{text}\n<!-- end -->"

    return _BLOCK.sub(block, card)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="bench model_card", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--evaluation", type=Path, help="numbers that `bench evaluation --json FILE` wrote")
    parser.add_argument("--pictures", action="store_true", help="draw the pictures of failures again")
    arguments = parser.parse_args(argv)
    if arguments.evaluation:
        write_json(NUMBERS, json.loads(arguments.evaluation.read_text("utf-8")))
    if arguments.pictures:
        write_failures(KEPT)
    write_text(CARD, updated_card(CARD.read_text("utf-8"), json.loads(NUMBERS.read_text("utf-8"))))
    print(CARD)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
