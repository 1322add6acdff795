"""One step of training, for whatever is trained: gradients of every stream's batch, the update, the average, the log.

A stream is an endless source of batches with a generator of its own. A step takes one batch of every stream; devices
share the streams. So the same number of streams learns the same on one device (one batch after another) and on several.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar

import torch
from torch import Tensor, nn

from .devices import Devices, whole
from .loop import Run
from .optimizer import Average, Muon
from .settings import RunSettings


class Stream(Protocol):
    """Where batches come from."""

    generator: torch.Generator

    def state(self) -> dict[str, Any]:
        """What a resumed run needs, besides the generator's state, to go on with the same batches."""
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
        beside: nn.Module | None = None,
    ):
        """`stream(generator, state)` makes one stream, from its state where the run is resumed; `facts` of the
        configuration are stored in the checkpoint, and so is `beside`: a network that trains along (its parameters are the
        optimizer's too) and is not what the run is for."""
        self.model, self.optimizer, self.settings, self.devices = model, optimizer, settings, devices
        self.facts, self.beside = facts or {}, beside
        self.average = Average(model, settings.ema)
        self.run = Run(
            settings.run, settings.steps, settings.minutes, settings.lr, settings.warmup, devices,
            settings.tensorboard,
        )  # fmt: skip
        mine = devices.share(settings.streams)
        self.count = settings.streams or devices.count
        generators = [
            torch.Generator(devices.device).manual_seed(settings.seed + 1 + 7919 * number) for number in mine
        ]
        saved = self.run.resume(model, self.average, optimizer, generators[0])
        if saved is not None and beside is not None:
            beside.load_state_dict(saved["beside"])
        states = [None] * self.count if saved is None else _stream_states(saved, self.count)
        for generator, number in zip(generators, mine, strict=True):
            state = states[number]
            if state is not None:
                generator.set_state(state["generator"])
        self.streams = [
            stream(generator, (states[number] or {}).get("state"))
            for generator, number in zip(generators, mine, strict=True)
        ]
        self._saved = self._shown = self.run.seconds

    @property
    def done(self) -> bool:
        return self.run.done

    def step(self, loss_of: Callable[[S], tuple[Tensor, dict[str, float]]]) -> bool:
        """Learn from a batch of every stream; returns whether a checkpoint was written after it.

        `loss_of` takes a stream's next batch and returns its loss and the numbers to log."""
        self.run.set_rate(self.optimizer)
        self.optimizer.zero_grad(set_to_none=True)
        rows = []
        for stream in self.streams:
            loss, values = loss_of(stream)
            # Gradients are averaged at every backward, not at the last one only: DDP looks for unused parameters in
            # that pass alone, and streams differ in what they use.
            (loss / len(self.streams)).backward()
            rows.append({"loss": float(loss.detach()), **values})
        norm = whole(nn.utils.clip_grad_norm_(self.model.parameters(), self.settings.clip))
        if self.beside is not None:  # its gradients are of another size
            nn.utils.clip_grad_norm_(self.beside.parameters(), self.settings.clip)
        self.optimizer.step()
        self.average.update(self.model)
        means = {name: sum(row[name] for row in rows) / len(rows) for name in rows[0]}
        self.run.advance({**self.devices.mean(means), "norm": float(norm)})
        due = self.run.seconds - self._saved > 60 * self.settings.save_minutes or self.done
        if due:
            self.save()
        return due

    @property
    def sheet_due(self) -> bool:
        """Whether it is time for a sheet of samples; true once each time."""
        pause = 60 * self.settings.sheet_minutes
        due = bool(pause) and (self.run.seconds - self._shown > pause or self.done)
        self._shown = self.run.seconds if due else self._shown
        return due

    def save(self) -> None:
        """Write the checkpoint: all processes call this together."""
        mine = [{"generator": s.generator.get_state(), "state": s.state()} for s in self.streams]
        streams = self.devices.gathered(mine)
        beside = {"beside": self.beside.state_dict()} if self.beside is not None else {}
        self.run.save(
            self.model,
            self.average,
            self.optimizer,
            self.streams[0].generator,
            streams=streams,
            **beside,
            **self.facts,
        )
        self._saved = self.run.seconds


def _stream_states(saved: dict[str, Any], count: int) -> list[dict[str, Any] | None]:
    """The state of each stream; those that a run with fewer streams did not have begin anew.

    Checkpoints of before there were streams hold one generator and, for the VAE, one supply.
    """
    old = {"generator": saved["generator"], "state": saved.get("supply")}
    states = list(saved.get("streams", [old]))
    return (states + [None] * count)[:count]
