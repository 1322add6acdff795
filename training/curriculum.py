"""Train all of the bundled model with one command: VAE, transformer at three sizes, text to video and student.

    python -m flowbrush.training.curriculum --out runs/all --minutes 30
    python -m flowbrush.training.curriculum --out runs/dry --dry-run

The stages run one after another, each by the command that trains it alone and with its recipe for a GPU:

1. `vae`: the VAE with its encoder, from the start;
2. `dit_64`, `dit_128`, `dit_256`: the transformer and its text encoder on clips of growing size, each from the weights of the
   stage before;
3. `text`: the transformer that makes clips from text alone;
4. `student`: a student of `dit_256` that samples in few steps.

OUT/NAME is the run folder of a stage, and OUT/models has the files that *Load Model* reads, written after each stage. The
same command, given again, continues where it ended: finished stages are left out, and an interrupted one goes on from its
checkpoint. `--dry-run` takes a hundredth of the steps, small batches and the CPU, to show that everything works.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import json
import math
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch

from ..files import atomic_write, write_json
from . import distill, export
from .engine.settings import default_device

RECIPES = Path(__file__).with_name("recipes")
RESERVE = 0.04  # part of the time that is kept for loading and writing weights
_TALL_AND_WIDE = {
    64: ("17x64x64:0.6", "17x48x80:0.2", "17x80x48:0.2"),
    128: ("17x128x128:0.5", "17x96x176:0.2", "17x176x96:0.2", "33x128x128:0.1"),
    256: ("17x256x256:0.5", "17x128x128:0.2", "1x256x256:0.1", "33x128x128:0.1", "49x128x128:0.1"),
}


@dataclass(frozen=True)
class Stage:
    """A part of the curriculum: the command `training.COMMAND` with RECIPE, for `share` of the time.

    `needs` are settings that name files: {models} is replaced by OUT/models and {out} by OUT. `exported` is the flag of
    training.export that writes its weights; without one, the command writes its result itself. A dry run takes a
    hundredth of `steps`, which is about what one GPU does in the stage's part of 30 minutes, and the settings in `small`.
    """

    name: str
    command: str
    recipe: str
    share: float
    steps: int
    exported: str | None
    needs: dict[str, str] = field(default_factory=dict)
    settings: dict[str, tuple[str, ...]] = field(default_factory=dict)
    small: dict[str, tuple[str, ...]] = field(default_factory=dict)


def transformer_stage(side: int, share: float, steps: int, start: bool) -> Stage:
    """A stage of the transformer on clips of about `side` pixels, from the exported weights if `start`."""
    needs = {"vae": "{models}/flowbrush_vae.safetensors"}
    if start:
        needs |= {
            "start-dit": "{models}/flowbrush_dit.safetensors",
            "start-text": "{models}/flowbrush_text.safetensors",
        }
    small = {"tokens": ("320",), "layers": ("2",), "sheet-minutes": ("0",)}
    settings = {"shapes": _TALL_AND_WIDE[side]}
    return Stage(f"dit_{side}", "dit", "dit_gpu", share, steps, "--dit", needs, settings, small)


STAGES = (
    Stage(
        "vae", "vae", "vae_gpu", 8, 1500, "--vae",
        small={
            "batch": ("8",), "size": ("64",), "pool": ("24",), "lengths": ("5", "9"),
            "sheet-minutes": ("0",),
        },
    ),
    transformer_stage(64, 3, 800, start=False),
    transformer_stage(128, 4, 800, start=True),
    transformer_stage(256, 5, 800, start=True),
    Stage(
        "text", "text_to_video", "text_gpu", 7, 1900, "--text-to-video",
        needs={"vae": "{models}/flowbrush_vae.safetensors"},
        small={
            "clips": ("8",), "fresh": ("8",), "store": ("16",), "text-steps": ("3",), "sheet-minutes": ("0",),
            "precision": ("fp32",),
        },
    ),
    Stage(
        "student", "distill", "distill_gpu", 3, 400, None,
        needs={"vae": "{models}/flowbrush_vae.safetensors", "teacher": "{out}/dit_256"},
        small={"tokens": ("320",), "substeps": ("1",), "sheet-minutes": ("0",)},
    ),
)  # fmt: skip


class Progress:
    """What is finished, and the minutes that were given to each stage, in OUT/curriculum.json."""

    def __init__(self, out: Path, minutes: float):
        self._file, self._total = out / "curriculum.json", minutes
        before = json.loads(self._file.read_text()) if self._file.exists() else {}
        self.finished: list[str] = before.get("finished", [])
        self._minutes: dict[str, float] = before.get("minutes", {})
        self._used: float = before.get("used", 0.0)
        self._mark = time.monotonic()

    def minutes_of(self, stage: Stage, stages: Sequence[Stage]) -> float:
        """The minutes of a stage: its share of what is left when it begins for the first time; later the same again."""
        if stage.name not in self._minutes:
            left = max(0.0, self._total * (1 - RESERVE) - self._used)
            shares = sum(other.share for other in stages if other.name not in self.finished)
            self._minutes[stage.name] = round(left * stage.share / shares, 3)
        self.save()
        return self._minutes[stage.name]

    def finish(self, stage: Stage) -> None:
        """Note that a stage has ended and its weights are written."""
        self.finished.append(stage.name)
        self.save()

    def save(self) -> None:
        """Write the file; the time since the last call counts as used."""
        now = time.monotonic()
        self._used, self._mark = self._used + (now - self._mark) / 60, now
        write_json(
            self._file, {"finished": self.finished, "minutes": self._minutes, "used": round(self._used, 3)}
        )


def arguments(stage: Stage, out: Path, device: str, minutes: float | None) -> list[str]:
    """The command line of a stage; `minutes` None is a dry run."""
    given: dict[str, tuple[str, ...]] = dict(stage.settings)
    for name, path in stage.needs.items():
        given[name] = (path.format(models=out / "models", out=out),)
    if minutes is None:
        given |= stage.small | {"steps": (str(max(2, stage.steps // 100)),), "minutes": ("100000",)}
        given |= {"precision": ("fp32",), "warmup": ("2",)}
    else:
        given["minutes"] = (str(max(minutes, 0.01)),)
    line = ["--config", str(RECIPES / f"{stage.recipe}.toml"), "--run", str(out / stage.name)]
    line += ["--device", device]
    for name, values in given.items():
        line += [f"--{name}", *values]
    if minutes is None:
        line += ["--no-tensorboard", *(["--no-compile"] if stage.command in ("dit", "text_to_video") else [])]
    return line


def train(stage: Stage, out: Path, device: str, minutes: float | None) -> None:
    """Train a stage, and write its weights to OUT/models."""
    importlib.import_module(f"{__package__}.{stage.command}").main(arguments(stage, out, device, minutes))
    models = out / "models"
    models.mkdir(exist_ok=True)
    if stage.exported:
        export.main([stage.exported, str(out / stage.name), "--out", str(models)])
    else:
        with atomic_write(models / distill.FILE) as temporary:
            shutil.copyfile(out / stage.name / distill.FILE, temporary)
    gc.collect()
    if device.startswith("cuda"):
        torch.cuda.empty_cache()


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--out", type=Path, required=True, help="folder; the curriculum continues if it has begun there"
    )
    parser.add_argument("--minutes", type=float, default=30.0, help="time for all stages (default 30)")
    parser.add_argument(
        "--device", default=default_device(), help="cpu, cuda, cuda:1 ... (default: a GPU, if any)"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="a hundredth of the steps, small batches, on the CPU"
    )
    options = parser.parse_args(argv)
    if not (options.minutes > 0 and math.isfinite(options.minutes)):
        parser.error(f"--minutes is {options.minutes}; it must be a positive number")
    out: Path = options.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    progress = Progress(out, options.minutes)
    for stage in STAGES:
        if stage.name in progress.finished:
            print(f"{stage.name}: finished before", flush=True)
            continue
        minutes = None if options.dry_run else progress.minutes_of(stage, STAGES)
        print(f"{stage.name}: {'dry run' if minutes is None else f'{minutes:.1f} minutes'}", flush=True)
        train(stage, out, "cpu" if options.dry_run else options.device, minutes)
        progress.finish(stage)
    print(f"The weights are in {out / 'models'}.", flush=True)


if __name__ == "__main__":
    main()
