"""Classifier-free guidance (arXiv 2207.12598) towards the text and towards the motion, each with its own scale."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

Condition = Mapping[str, Any]
"""Keyword arguments of the network. Tensors have the sample's batch size or 1; other values are passed on unchanged."""

Model = Callable[..., Tensor]
"""`model(x [B,...], sigma [B], **condition) -> prediction [B,...]`."""

STRENGTHS: dict[str, Callable[[float], float]] = {
    "constant": lambda level: 1.0,
    "falling": lambda level: level,
    "rising": lambda level: 1.0 - level,
    "middle": lambda level: math.sin(math.pi * level),
}
"""Guidance schedules: the share of the guidance that applies at a noise level from 1 (only noise) to 0 (clean)."""

BATCHING = ("auto", "batched", "sequential")
_MEMORY_SHARE = 0.8  # of the free memory; the rest is a reserve


@dataclass(frozen=True)
class Guidance:
    """Guidance scales for text and motion, with a schedule over the noise levels.

    A scale of 1 leaves the network's prediction as it is, above 1 exaggerates the condition and 0 ignores it.
    `schedule`, one of `STRENGTHS`, fades both scales towards 1 with the noise level; `motion_schedule`, if given,
    replaces it for the motion. Outside the `interval` of noise levels both scales are 1 (arXiv 2404.07724). Raises
    ValueError for a negative scale, an unknown schedule and an interval that is not within 0..1.
    """

    text_scale: float = 1.0
    motion_scale: float = 1.0
    schedule: str = "constant"
    interval: tuple[float, float] = (0.0, 1.0)
    motion_schedule: str | None = None

    def __post_init__(self) -> None:
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
        """The pair (text scale, motion scale) at a noise level in 0..1, the sigma of a rectified flow."""
        low, high = self.interval
        if not low <= level <= high:
            return 1.0, 1.0
        level = min(max(level, 0.0), 1.0)
        text, motion = STRENGTHS[self.schedule], STRENGTHS[self.motion_schedule or self.schedule]
        return 1.0 + (self.text_scale - 1.0) * text(level), 1.0 + (self.motion_scale - 1.0) * motion(level)

    def check_conditions(self, no_text: object, no_motion: object) -> None:
        """Raise ValueError if a scale other than 1 lacks the condition that it compares with (None)."""
        for name, condition in (("text", no_text), ("motion", no_motion)):
            scale = getattr(self, f"{name}_scale")
            if scale != 1.0 and condition is None:
                raise ValueError(
                    f"`{name}_scale` is {scale}, which compares with `no_{name}`: give `no_{name}`, or set the scale to 1"
                )


def guided_prediction(
    full: Tensor, no_text: Tensor | None, no_motion: Tensor | None, text_scale: float, motion_scale: float
) -> Tensor:
    """The guided prediction full + (text_scale - 1)(full - no_text) + (motion_scale - 1)(full - no_motion), all [B,...].

    The three may be velocities, noise or x0, but all of one kind. If `no_text` or `no_motion` is None, its term is left
    out. With `motion_scale` 1 this is plain classifier-free guidance; with both terms it is the joint guidance of
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
    """A network with guidance that is called like one without: `guided(x [B,...], sigma [B]) -> prediction [B,...]`.

    `full` is the condition with text and motion; `no_text` lacks the text (or has the negative prompt) and `no_motion`
    lacks the motion. Where a scale is 1, the network is not evaluated on the condition that it would compare with.
    `batching` is "batched" (all conditions in one call), "sequential" (one call for each, in the memory of one) or
    "auto". On a GPU, "auto" measures the memory of one call and batches if all conditions fit; elsewhere it is
    sequential, since a CPU gains nothing from batching. After a batched call runs out of memory, calls are sequential.
    `level` converts sigma to the noise level in 0..1 at which the guidance schedule is evaluated.
    """

    model: Model
    full: Condition
    no_text: Condition | None = None
    no_motion: Condition | None = None
    guidance: Guidance = field(default_factory=Guidance)
    batching: str = "auto"
    level: Callable[[float], float] = lambda sigma: sigma

    def __post_init__(self) -> None:
        if self.batching not in BATCHING:
            raise ValueError(f"there is no batching {self.batching!r}; choose one of {', '.join(BATCHING)}")
        self.guidance.check_conditions(self.no_text, self.no_motion)

    def __call__(self, x: Tensor, sigma: Tensor) -> Tensor:
        text_scale, motion_scale = self.guidance.at(self.level(float(sigma.max())))
        conditions = {"full": self.full}
        if text_scale != 1.0 and self.no_text is not None:
            conditions["no_text"] = self.no_text
        if motion_scale != 1.0 and self.no_motion is not None:
            conditions["no_motion"] = self.no_motion
        predictions = dict(zip(conditions, self._predict(x, sigma, list(conditions.values())), strict=True))
        return guided_prediction(
            predictions["full"],
            predictions.get("no_text"),
            predictions.get("no_motion"),
            text_scale,
            motion_scale,
        )

    def _predict(self, x: Tensor, sigma: Tensor, conditions: list[Condition]) -> list[Tensor]:
        """The network's prediction for each of the conditions, computed as `batching` says."""
        if len(conditions) == 1 or self.batching == "sequential" or not _can_be_stacked(conditions):
            return [self.model(x, sigma, **condition) for condition in conditions]
        if self.batching == "auto":
            if x.device.type != "cuda":
                self.batching = "sequential"
                return self._predict(x, sigma, conditions)
            predictions, needed = _predict_and_measure(self.model, x, sigma, conditions)
            free, _ = torch.cuda.mem_get_info(x.device)
            self.batching = "batched" if fits_in_memory(needed, len(conditions), free) else "sequential"
            return predictions
        try:
            return _predict_batched(self.model, x, sigma, conditions)
        except torch.OutOfMemoryError:
            self.batching = "sequential"
        return self._predict(x, sigma, conditions)


def fits_in_memory(needed: int, calls: int, free: int) -> bool:
    """Whether `calls` times `needed` bytes fit in `free` bytes with a reserve of a fifth."""
    return needed * calls <= _MEMORY_SHARE * free


def _predict_and_measure(
    model: Model, x: Tensor, sigma: Tensor, conditions: list[Condition]
) -> tuple[list[Tensor], int]:
    """The predictions, computed one after the other, and the peak memory in bytes that one call added."""
    before = torch.cuda.memory_allocated(x.device)
    torch.cuda.reset_peak_memory_stats(x.device)
    predictions = [model(x, sigma, **condition) for condition in conditions]
    return predictions, torch.cuda.max_memory_allocated(x.device) - before


def _can_be_stacked(conditions: list[Condition]) -> bool:
    """Whether all conditions have the same names, equal values and tensors of the same dtype and shape but for the batch."""
    first = conditions[0]
    for other in conditions[1:]:
        if first.keys() != other.keys():
            return False
        for name, value in first.items():
            if isinstance(value, Tensor) != isinstance(other[name], Tensor):
                return False
            if isinstance(value, Tensor):
                if value.shape[1:] != other[name].shape[1:] or value.dtype != other[name].dtype:
                    return False
            elif value is not other[name] and value != other[name]:
                return False
    return True


def _predict_batched(model: Model, x: Tensor, sigma: Tensor, conditions: list[Condition]) -> list[Tensor]:
    """The predictions [B,...] of one call with all conditions stacked along the batch."""
    count, batch = len(conditions), len(x)
    stacked: dict[str, Any] = {}
    for name, value in conditions[0].items():
        if isinstance(value, Tensor):
            tensors = [condition[name].expand(batch, *value.shape[1:]) for condition in conditions]
            stacked[name] = torch.cat(tensors)
        else:
            stacked[name] = value
    prediction = model(torch.cat([x] * count), torch.cat([sigma] * count), **stacked)
    return list(prediction.chunk(count))
