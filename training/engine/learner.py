"""The training step that all commands share: gradients, the optimizer's update, the averaged weights and the log.

A stream is an endless source of batches with its own random generator. Each step takes one batch from every stream, and
the streams are divided among the devices. So a run with a given number of streams learns the same on one device, which
computes one batch after another, as on several.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar

import torch
from torch import Tensor, nn

from ...models.muon import Muon
from ...models.sharding import whole
from .average import Average
from .devices import Devices
from .loop import Run
from .settings import RunSettings


class Stream(Protocol):
    """An endless source of batches."""

    generator: torch.Generator

    def state(self) -> dict[str, Any]:
        """The state, besides that of the generator, from which a resumed run continues with the same batches."""
        ...


S = TypeVar("S", bound=Stream)


class Learner(Generic[S]):
    """A model with its optimizer, average, streams and run folder."""

    def __init__(
        self,
        model: nn.Module,
        optimizer: Muon,
        settings: RunSettings,
        devices: Devices,
        stream: Callable[[torch.Generator, dict[str, Any] | None], S],
        facts: dict[str, Any] | None = None,
        auxiliary: nn.Module | None = None,
    ):
        """`stream(generator, state)` creates one stream, from its saved state if the run is resumed. `facts` about the
        configuration are stored in the checkpoint. `auxiliary` is a second network, such as a critic, which the same
        optimizer trains; its weights are checkpointed but neither averaged nor exported."""
        self.model, self.optimizer, self.settings, self.devices = model, optimizer, settings, devices
        self.facts, self.auxiliary = facts or {}, auxiliary
        self.average = Average(model, settings.ema)
        self.run = Run(
            settings.run, settings.steps, settings.minutes, settings.lr, settings.warmup, devices,
            settings.tensorboard, settings.decay_from,
        )  # fmt: skip
        mine = devices.share(settings.streams)
        self.count = settings.streams or devices.count
        generators = [
            torch.Generator(devices.device).manual_seed(settings.seed + 1 + 7919 * number) for number in mine
        ]
        saved = self.run.resume(model, self.average, optimizer, generators[0])
        if saved is not None and auxiliary is not None:
            auxiliary.load_state_dict(saved["beside"])
        states = [None] * self.count if saved is None else _stream_states(saved, self.count)
        for generator, number in zip(generators, mine, strict=True):
            state = states[number]
            if state is not None:
                generator.set_state(state["generator"])
        self.streams = [
            stream(generator, (states[number] or {}).get("state"))
            for generator, number in zip(generators, mine, strict=True)
        ]
        self._last_save = self._last_sheet = self.run.seconds

    @property
    def done(self) -> bool:
        """Whether the run is over."""
        return self.run.done

    def step(self, loss_of: Callable[[S], tuple[Tensor, dict[str, float]]]) -> bool:
        """Learn from one batch of every stream; returns whether a checkpoint was written after the step.

        `loss_of` takes the next batch of a stream and returns its loss and the numbers to log."""
        self.run.set_rate(self.optimizer)
        self.optimizer.zero_grad(set_to_none=True)
        rows = []
        for stream in self.streams:
            loss, values = loss_of(stream)
            # DDP averages the gradients in every backward pass. Deferring that to the last pass would be wrong, because
            # DDP searches for unused parameters in that pass only, and streams differ in the parameters they use.
            (loss / len(self.streams)).backward()
            rows.append({"loss": float(loss.detach()), **values})
        norm = whole(nn.utils.clip_grad_norm_(self.model.parameters(), self.settings.clip))
        if self.auxiliary is not None:  # clipped apart, because its gradients have another scale
            nn.utils.clip_grad_norm_(self.auxiliary.parameters(), self.settings.clip)
        self.optimizer.step()
        self.average.update(self.model)
        means = {name: sum(row[name] for row in rows) / len(rows) for name in rows[0]}
        self.run.advance({**self.devices.mean(means), "norm": float(norm)})
        due = self.run.seconds - self._last_save > 60 * self.settings.save_minutes or self.done
        if due:
            self.save()
        return due

    @property
    def sheet_due(self) -> bool:
        """Whether `sheet_minutes` have passed since the last sheet of samples; reading it restarts the interval."""
        interval = 60 * self.settings.sheet_minutes
        due = bool(interval) and (self.run.seconds - self._last_sheet > interval or self.done)
        self._last_sheet = self.run.seconds if due else self._last_sheet
        return due

    def save(self) -> None:
        """Write the checkpoint. All processes must call this together."""
        mine = [{"generator": s.generator.get_state(), "state": s.state()} for s in self.streams]
        streams = self.devices.gather(mine)
        auxiliary = {"beside": self.auxiliary.state_dict()} if self.auxiliary is not None else {}
        self.run.save(
            self.model,
            self.average,
            self.optimizer,
            self.streams[0].generator,
            streams=streams,
            **auxiliary,
            **self.facts,
        )
        self._last_save = self.run.seconds


def _stream_states(saved: dict[str, Any], count: int) -> list[dict[str, Any] | None]:
    """The saved state of each of `count` streams, None for streams that the saved run did not have.

    Checkpoints from before streams existed hold one generator and, for the VAE, the state of its one supply.
    """
    old = {"generator": saved["generator"], "state": saved.get("supply")}
    states = list(saved.get("streams", [old]))
    return (states + [None] * count)[:count]
