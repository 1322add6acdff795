"""Classifier-free guidance (arXiv 2207.12598) towards the text and towards the motion, each with its own scale."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

Condition = Mapping[str, Any]
"""Keyword arguments of the network. Tensors have a batch of 1 or of the sample; the rest goes through as it is."""

Model = Callable[..., Tensor]
"""`model(x [B,...], sigma [B], **condition) -> prediction [B,...]`."""

STRENGTHS: dict[str, Callable[[float], float]] = {
    "constant": lambda level: 1.0,
    "falling": lambda level: level,
    "rising": lambda level: 1.0 - level,
    "middle": lambda level: math.sin(math.pi * level),
}
"""How much of the guidance applies at a noise level, from 1 (only noise) to 0 (clean)."""

BATCHING = ("auto", "batched", "sequential")


@dataclass(frozen=True)
class Guidance:
    """Scales as artists know them: 1 is the network as it is, above 1 exaggerates, 0 ignores.

    `schedule` (one of `STRENGTHS`) lets the exaggeration come and go with the noise level; `motion_schedule` is that of
    the motion, where it is another one. Outside `interval` of noise levels there is none (arXiv 2404.07724). Raises
    ValueError for values that cannot be meant.
    """

    text_scale: float = 1.0
    motion_scale: float = 1.0
    schedule: str = "constant"
    interval: tuple[float, float] = (0.0, 1.0)
    motion_schedule: str | None = None

    def __post_init__(self):
        for name in ("text_scale", "motion_scale"):
            scale = getattr(self, name)
            if not (math.isfinite(scale) and scale >= 0.0):
                raise ValueError(f"`{name}` is {scale}; it must be 0 or more, and 1 means no guidance")
        for schedule in (self.schedule, self.motion_schedule or self.schedule):
            if schedule not in STRENGTHS:
                raise ValueError(
                    f"there is no guidance schedule {schedule!r}; choose one of {', '.join(STRENGTHS)}"
                )
        low, high = self.interval
        if not 0.0 <= low <= high <= 1.0:
            raise ValueError(
                f"`interval` is {self.interval}; it must be two noise levels in 0..1, the lower one first"
            )

    def at(self, level: float) -> tuple[float, float]:
        """(text scale, motion scale) at the noise level `level`, the flow's sigma in 0..1."""
        low, high = self.interval
        if not low <= level <= high:
            return 1.0, 1.0
        level = min(max(level, 0.0), 1.0)
        text, motion = STRENGTHS[self.schedule], STRENGTHS[self.motion_schedule or self.schedule]
        return 1.0 + (self.text_scale - 1.0) * text(level), 1.0 + (self.motion_scale - 1.0) * motion(level)

    def check_conditions(self, no_text: object, no_motion: object) -> None:
        """Raise ValueError where a scale other than 1 has no condition to compare with (None)."""
        for name, condition in (("text", no_text), ("motion", no_motion)):
            scale = getattr(self, f"{name}_scale")
            if scale != 1.0 and condition is None:
                raise ValueError(
                    f"`{name}_scale` is {scale}, which needs `no_{name}` to compare with; none was given"
                )


def combine(
    full: Tensor, no_text: Tensor | None, no_motion: Tensor | None, text_scale: float, motion_scale: float
) -> Tensor:
    """full + (text_scale - 1)(full - no_text) + (motion_scale - 1)(full - no_motion), all [B,...].

    Any prediction will do (velocity, noise, x0), as long as the three are alike. With one of them None its scale does
    nothing; with `motion_scale` 1 this is plain classifier-free guidance. Both at once is the joint guidance of
    MotionStream (arXiv 2511.01266), with scales counted from 1 instead of from its weighted base.
    """
    guided = full
    if no_text is not None and text_scale != 1.0:
        guided = guided + (text_scale - 1.0) * (full - no_text)
    if no_motion is not None and motion_scale != 1.0:
        guided = guided + (motion_scale - 1.0) * (full - no_motion)
    return guided


@dataclass
class GuidedModel:
    """A network with up to three conditions behind one call: `guided(x [B,...], sigma [B]) -> prediction`.

    `full` has text and motion; `no_text` lacks the text (or has the negative prompt), `no_motion` the motion. A
    condition whose scale is 1 at that noise level is not asked for.
    `batching`: "batched" asks for all in one call, "sequential" for one after the other with the memory of one.
    "auto" measures on a GPU what one call needs and batches when all fit in what is free; elsewhere it is sequential,
    since a CPU gains nothing from batching. If a batched call runs out of memory the rest is sequential.
    `level` turns sigma into the noise level in 0..1 that the schedule of the guidance is read at.
    """

    model: Model
    full: Condition
    no_text: Condition | None = None
    no_motion: Condition | None = None
    guidance: Guidance = field(default_factory=Guidance)
    batching: str = "auto"
    level: Callable[[float], float] = lambda sigma: sigma

    def __post_init__(self):
        if self.batching not in BATCHING:
            raise ValueError(f"there is no batching {self.batching!r}; choose one of {', '.join(BATCHING)}")
        self.guidance.check_conditions(self.no_text, self.no_motion)

    def __call__(self, x: Tensor, sigma: Tensor) -> Tensor:
        text_scale, motion_scale = self.guidance.at(self.level(float(sigma.max())))
        wanted = {"full": self.full}
        if text_scale != 1.0 and self.no_text is not None:
            wanted["no_text"] = self.no_text
        if motion_scale != 1.0 and self.no_motion is not None:
            wanted["no_motion"] = self.no_motion
        got = dict(zip(wanted, self._ask(x, sigma, list(wanted.values())), strict=True))
        return combine(got["full"], got.get("no_text"), got.get("no_motion"), text_scale, motion_scale)

    def _ask(self, x: Tensor, sigma: Tensor, conditions: list[Condition]) -> list[Tensor]:
        if len(conditions) == 1 or self.batching == "sequential" or not _alike(conditions):
            return [self.model(x, sigma, **condition) for condition in conditions]
        if self.batching == "auto":
            if x.device.type != "cuda":
                self.batching = "sequential"
                return self._ask(x, sigma, conditions)
            predictions, needed = _measured(self.model, x, sigma, conditions)
            free, _ = torch.cuda.mem_get_info(x.device)
            self.batching = "batched" if fits(needed, len(conditions), free) else "sequential"
            return predictions
        try:
            return _ask_together(self.model, x, sigma, conditions)
        except torch.OutOfMemoryError:
            self.batching = "sequential"
        return self._ask(x, sigma, conditions)


def fits(needed: int, calls: int, free: int) -> bool:
    """Whether `calls` samples at `needed` bytes each fit in `free` bytes, with a fifth kept in reserve."""
    return needed * calls <= 0.8 * free


def _measured(
    model: Model, x: Tensor, sigma: Tensor, conditions: list[Condition]
) -> tuple[list[Tensor], int]:
    """The predictions one after the other, and the most bytes that one of the calls needed."""
    before = torch.cuda.memory_allocated(x.device)
    torch.cuda.reset_peak_memory_stats(x.device)
    predictions = [model(x, sigma, **condition) for condition in conditions]
    return predictions, torch.cuda.max_memory_allocated(x.device) - before


def _alike(conditions: list[Condition]) -> bool:
    """Whether the conditions can be stacked: the same names, and tensors of the same shape apart from the batch."""
    first = conditions[0]
    for other in conditions[1:]:
        if first.keys() != other.keys():
            return False
        for name, value in first.items():
            theirs = other[name]
            if isinstance(value, Tensor) != isinstance(theirs, Tensor):
                return False
            if isinstance(value, Tensor):
                if value.shape[1:] != theirs.shape[1:] or value.dtype != theirs.dtype:
                    return False
            elif value is not theirs and value != theirs:
                return False
    return True


def _ask_together(model: Model, x: Tensor, sigma: Tensor, conditions: list[Condition]) -> list[Tensor]:
    count, batch = len(conditions), len(x)
    stacked: dict[str, Any] = {}
    for name, value in conditions[0].items():
        if isinstance(value, Tensor):
            tensors = [condition[name].expand(batch, *value.shape[1:]) for condition in conditions]
            stacked[name] = torch.cat(tensors)
        else:
            stacked[name] = value
    answer = model(torch.cat([x] * count), torch.cat([sigma] * count), **stacked)
    return list(answer.chunk(count))
