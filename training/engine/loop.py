"""One run of a training command: its learning-rate schedule, its limit of steps and time, its log and its checkpoints."""

from __future__ import annotations

import json
import math
import sys
import time
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from tqdm import tqdm

from ...files import atomic_write, write_json
from ...models.muon import Muon
from ...models.sharding import sharded_like, whole
from .average import Average
from .devices import Devices


class Run:
    """Steps and time of one training run, which may be interrupted and continued.

    The learning rate warms up over `warmup` steps, stays constant until the part `decay_from` of the run, and then follows
    a cosine down to a twentieth of `lr`. The position in the run is step / steps or elapsed time / `minutes`, whichever is
    larger. If several processes train together
    (`devices`), the clock of the main process decides, and only the main process writes files: `log.jsonl`, and event
    files if `tensorboard` is on. In a terminal, a bar shows the progress and the time left.
    """

    def __init__(
        self,
        folder: Path,
        steps: int,
        minutes: float | None,
        lr: float,
        warmup: int = 100,
        devices: Devices | None = None,
        tensorboard: bool = False,
        decay_from: float = 0.0,
    ):
        self.folder, self.steps, self.minutes, self.lr, self.warmup = folder, steps, minutes, lr, warmup
        self.decay_from = decay_from
        self.devices = devices or Devices("cpu", alone=True)
        self.step, self.seconds = 0, 0.0
        self._mark, self._losses = time.monotonic(), []
        self._tensorboard, self._board = tensorboard, None
        self._bar: tqdm | None = None
        folder.mkdir(parents=True, exist_ok=True)

    def write_settings(self, settings: dict[str, Any], before: dict[str, Any] | None = None) -> None:
        """Write the run's settings to settings.json, without paths and device, and to before.json the facts of the
        weights that the run started from."""
        if not self.devices.main:
            return
        if before:
            write_json(self.folder / "before.json", before)
        kept = {
            key: value
            for key, value in settings.items()
            if isinstance(value, int | float | str) and key != "device"
        }
        write_json(self.folder / "settings.json", kept)

    @property
    def position(self) -> float:
        """The part of the run that is over, from 0 to 1."""
        elapsed = self.seconds / 60 / self.minutes if self.minutes else 0.0
        return min(1.0, max(self.step / self.steps, elapsed))

    @property
    def done(self) -> bool:
        """Whether the run has reached its number of steps or its time."""
        return self.position >= 1.0

    @property
    def seconds_left(self) -> float:
        """Estimate of the remaining time from the speed so far; infinite before the first step."""
        return self.seconds / self.position - self.seconds if self.position else math.inf

    def set_rate(self, optimizer: torch.optim.Optimizer) -> None:
        """Set the scheduled learning rate in all parameter groups, times the group's factor `times` if it has one."""
        late = max(0.0, self.position - self.decay_from) / (1 - self.decay_from)
        cosine = 0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * late))
        rate = self.lr * min(1.0, (self.step + 1) / self.warmup) * cosine
        for group in optimizer.param_groups:
            group["lr"] = rate * group.get("times", 1.0)

    def advance(self, losses: dict[str, float], every: int = 25) -> None:
        """Count one step; log the mean losses of the last `every` steps, and of the remaining steps at the end."""
        now = time.monotonic()
        self.seconds, self._mark = self.devices.main_value(self.seconds + now - self._mark), now
        self.step += 1
        self._losses.append(losses)
        if self.step % every == 0 or self.done:
            # Not every step has every term: the critic, for one, begins late in the run.
            rows = {key: [row[key] for row in self._losses if key in row] for key in losses}
            means = {key: sum(values) / len(values) for key, values in rows.items()}
            self._losses = []
            if self.devices.main:
                self._log(means)
        self._show_progress(losses)

    def _log(self, means: dict[str, float]) -> None:
        row = {
            "step": self.step,
            "minutes": round(self.seconds / 60, 2),
            **{k: round(v, 5) for k, v in means.items()},
        }
        if self._bar is None or self._bar.disable:
            print(f"{row}  {self.seconds_left / 60:.1f} min left", flush=True)
        with (self.folder / "log.jsonl").open("a") as log:
            log.write(json.dumps(row) + "\n")
        if self.board is not None:
            for name, value in means.items():
                self.board.add_scalar(name, value, self.step)

    def _show_progress(self, losses: dict[str, float]) -> None:
        if self._bar is None:
            quiet = not self.devices.main or not sys.stderr.isatty()
            self._bar = tqdm(total=1.0, bar_format="{percentage:3.0f}%|{bar}|{postfix}", disable=quiet)
        left = tqdm.format_interval(round(self.seconds_left))
        text = ", ".join(f"{name} {value:.4g}" for name, value in list(losses.items())[:3])
        self._bar.n = self.position
        self._bar.set_postfix_str(f"step {self.step}, {left} left, {text}")
        if self.done:
            self._bar.close()

    @property
    def board(self) -> Any:
        """The TensorBoard writer, created at first use; None if `tensorboard` is off."""
        if self._board is None and self._tensorboard and self.devices.main:
            try:
                from torch.utils.tensorboard import SummaryWriter
            except ImportError as error:
                raise ImportError(
                    "`tensorboard` is on, but the package is missing: `pip install tensorboard`"
                ) from error
            # TensorBoard hides the events that an interrupted run wrote after its last checkpoint.
            self._board = SummaryWriter(str(self.folder / "tensorboard"), purge_step=self.step)
        return self._board

    def save_sheet(self, name: str, sheet: Tensor) -> None:
        """Write a picture [H,W,3] in 0..1 to sheets/NAME_STEP.jpg, and to TensorBoard if that is on."""
        if not self.devices.main:
            return
        from PIL import Image

        path = self.folder / "sheets" / f"{name}_{self.step:07d}.jpg"
        pixels = (sheet.detach().float().clamp(0, 1) * 255).round().to("cpu", torch.uint8).numpy()
        with atomic_write(path) as temporary:
            Image.fromarray(pixels).save(temporary, "JPEG", quality=90)
        if self.board is not None:
            self.board.add_image(name, pixels, self.step, dataformats="HWC")

    def save(
        self, model: nn.Module, average: Average, optimizer: Muon, generator: torch.Generator, **more: Any
    ) -> None:
        """Write all that the next step depends on to checkpoint.pt. All processes call this; the main one writes."""
        state = {
            "model": whole(model.state_dict()), "average": whole(average.shadow), "average_count": average.count,
            "optimizer": whole(optimizer.state_dict()), "generator": generator.get_state(),
            "step": self.step, "seconds": self.seconds, **more,
        }  # fmt: skip
        if self.devices.main:
            with atomic_write(self.folder / "checkpoint.pt") as temporary:
                torch.save(state, temporary)
            if self._board is not None:
                self._board.flush()
        self.devices.wait()

    def resume(
        self, model: nn.Module, average: Average, optimizer: Muon, generator: torch.Generator
    ) -> dict[str, Any] | None:
        """Restore the state of the folder's checkpoint exactly and return it; None if there is no checkpoint."""
        path = self.folder / "checkpoint.pt"
        if not path.exists():
            return None
        here = self.devices.device if self.devices.count > 1 else None
        # Generator states are always on the CPU; other tensors were saved from a GPU that may not be this process's.
        state = torch.load(path, weights_only=True, map_location=here and _moved_to(here))
        model.load_state_dict(
            {n: sharded_like(state["model"][n], like) for n, like in model.state_dict().items()}
        )
        average.shadow = {n: sharded_like(state["average"][n], like) for n, like in average.shadow.items()}
        average.count = state["average_count"]
        optimizer.load_state_dict(_placed_state(state["optimizer"], optimizer))
        generator.set_state(state["generator"])
        self.step, self.seconds, self._mark = state["step"], state["seconds"], time.monotonic()
        return state


def _moved_to(device: torch.device) -> Any:
    """A `map_location` for `torch.load` that moves the storages of any GPU to `device`."""
    return lambda storage, location: (
        storage if location == "cpu" else torch.serialization.default_restore_location(storage, str(device))
    )


def _placed_state(state: dict[str, Any], optimizer: torch.optim.Optimizer) -> dict[str, Any]:
    """An optimizer's saved state with each tensor on its parameter's device, and sharded like the parameter."""
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]

    def one(key: Any, values: dict[str, Any]) -> dict[str, Any]:
        like = parameters[int(key)]
        return {k: sharded_like(v, like) if isinstance(v, Tensor) else v for k, v in values.items()}

    return {**state, "state": {key: one(key, values) for key, values in state["state"].items()}}
