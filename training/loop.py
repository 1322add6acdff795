"""What every training loop shares: the schedule, the budget, the log line, and checkpoints that resume exactly."""

from __future__ import annotations

import json
import math
import os
import time
from pathlib import Path
from typing import Any

import torch
from torch import nn

from .optimizer import Average, Muon


class Run:
    """Counts steps and time of one training run that may be interrupted and continued.

    The learning rate warms up over ``warmup`` steps and follows a cosine to a twentieth; the position on it is
    ``step / steps``, or the time used over ``minutes`` where that is further.
    """

    def __init__(self, folder: Path, steps: int, minutes: float | None, lr: float, warmup: int = 100):
        self.folder, self.steps, self.minutes, self.lr, self.warmup = folder, steps, minutes, lr, warmup
        self.step, self.seconds = 0, 0.0
        self._mark, self._losses = time.monotonic(), []
        folder.mkdir(parents=True, exist_ok=True)

    def note(self, settings: dict[str, Any], before: dict[str, Any] | None = None) -> None:
        """Keep the run's settings beside its log, and the facts of the weights that it began from.

        Paths and devices are not part of them.
        """
        if before:
            (self.folder / "before.json").write_text(json.dumps(before))
        kept = {
            key: value
            for key, value in settings.items()
            if isinstance(value, int | float | str) and key != "device"
        }
        (self.folder / "settings.json").write_text(json.dumps(kept))

    @property
    def position(self) -> float:
        spent = self.seconds / 60 / self.minutes if self.minutes else 0.0
        return min(1.0, max(self.step / self.steps, spent))

    @property
    def done(self) -> bool:
        return self.position >= 1.0

    def set_rate(self, optimizer: torch.optim.Optimizer) -> None:
        cosine = 0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * self.position))
        rate = self.lr * min(1.0, (self.step + 1) / self.warmup) * cosine
        for group in optimizer.param_groups:
            group["lr"] = rate

    def advance(self, losses: dict[str, float], every: int = 25) -> None:
        """Count one step; print and store the mean of the last ``every`` steps' losses."""
        now = time.monotonic()
        self.seconds, self._mark = self.seconds + now - self._mark, now
        self.step += 1
        self._losses.append(losses)
        if self.step % every == 0:
            means = {key: sum(row[key] for row in self._losses) / len(self._losses) for key in losses}
            self._losses = []
            left = self.seconds / self.position - self.seconds
            row = {
                "step": self.step,
                "minutes": round(self.seconds / 60, 2),
                **{k: round(v, 5) for k, v in means.items()},
            }
            print(f"{row}  {left / 60:.1f} min left", flush=True)
            with (self.folder / "log.jsonl").open("a") as log:
                log.write(json.dumps(row) + "\n")

    def save(
        self, model: nn.Module, average: Average, optimizer: Muon, generator: torch.Generator, **more: Any
    ) -> None:
        """Write everything that the next step depends on, aside and renamed."""
        state = {
            "model": model.state_dict(), "average": average.shadow, "average_count": average.count,
            "optimizer": optimizer.state_dict(), "generator": generator.get_state(),
            "step": self.step, "seconds": self.seconds, **more,
        }  # fmt: skip
        path = self.folder / "checkpoint.pt"
        torch.save(state, path.with_suffix(".part"))
        os.replace(path.with_suffix(".part"), path)

    def resume(
        self, model: nn.Module, average: Average, optimizer: Muon, generator: torch.Generator
    ) -> dict[str, Any] | None:
        """Continue from the folder's checkpoint where there is one, exactly; returns its state."""
        path = self.folder / "checkpoint.pt"
        if not path.exists():
            return None
        state = torch.load(path, weights_only=True)
        model.load_state_dict(state["model"])
        average.shadow, average.count = state["average"], state["average_count"]
        optimizer.load_state_dict(state["optimizer"])
        generator.set_state(state["generator"])
        self.step, self.seconds, self._mark = state["step"], state["seconds"], time.monotonic()
        return state
