"""The noise levels and the solver that a few-step student was distilled for.

Distillation straightens the sampling path between these noise levels only, so a student's checkpoint stores them and
samplers follow them. For other numbers of steps, the levels are interpolated linearly, as a function of a time that falls
from 1 to 0 in equal steps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor

from .schedule import checked_sigmas, rectified_flow_sigmas
from .solvers import SOLVERS

FACT = "few_steps"
"""The key of this entry in a checkpoint's facts (`models.checkpoint`)."""


@dataclass(frozen=True)
class FewSteps:
    """The sampling settings of a student: it takes `steps` steps along `sigmas` (falling from 1 to 0) with `solver`.

    `text_scale` is the guidance scale that its teacher was sampled with: the student reproduces that guidance in one
    network call, so it is sampled with a scale of 1. Raises ValueError for `sigmas` that do not fall from 1 to 0 and for
    an unknown solver.
    """

    sigmas: tuple[float, ...]
    solver: str = "euler"
    text_scale: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "sigmas", tuple(float(sigma) for sigma in self.sigmas))
        checked_sigmas(torch.tensor(self.sigmas, dtype=torch.float64))
        if (self.sigmas[0], self.sigmas[-1]) != (1.0, 0.0):
            raise ValueError(
                f"a student's `sigmas` go from {self.sigmas[0]:g} to {self.sigmas[-1]:g}; they must go from 1 to 0"
            )
        if self.solver not in SOLVERS:
            raise ValueError(f"a student's `solver` is {self.solver!r}; choose one of {', '.join(SOLVERS)}")

    @property
    def steps(self) -> int:
        return len(self.sigmas) - 1

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> FewSteps | None:
        """The settings that a checkpoint's facts hold, or None if the network is not a student.

        Raises ValueError for an entry of another form.
        """
        if not facts.get(FACT):
            return None
        try:
            return cls(**facts[FACT])
        except (TypeError, IndexError, OverflowError) as error:
            raise ValueError(f"the entry {FACT!r} of the header is damaged: {str(error)[:200]}") from None

    def facts(self) -> dict[str, Any]:
        """The entry to store in a checkpoint's facts."""
        return {FACT: {**asdict(self), "sigmas": list(self.sigmas)}}

    def sigma_at(self, time: float) -> float:
        """The noise level at `time`, from 1 (only noise) to 0 (clean), interpolated linearly between `sigmas`."""
        place = (1.0 - time) * self.steps
        index = min(int(place), self.steps - 1)
        return self.sigmas[index] + (place - index) * (self.sigmas[index + 1] - self.sigmas[index])

    def schedule(self, steps: int, shift: float = 1.0, denoise: float = 1.0, kind: str = "linear") -> Tensor:
        """Noise levels float32 [steps + 1]: `rectified_flow_sigmas`, read as times and mapped to the student's levels.

        With the student's own number of steps and the other settings left at their defaults, these are `sigmas`.
        """
        times = rectified_flow_sigmas(steps, shift, denoise, kind).tolist()
        levels = torch.tensor([self.sigma_at(time) for time in times])
        checked_sigmas(levels)
        return levels

    def settings_advice(self, steps: int, solver: str, text_scale: float = 1.0) -> str | None:
        """One sentence that names the better values of these settings, or None if they suit the student."""
        better = []
        if steps != self.steps:
            better.append(f"`steps` {self.steps}")
        if solver != self.solver and steps > 1:
            better.append(f"`solver` {self.solver}")
        if text_scale != 1.0 and self.text_scale != 1.0:
            better.append(f"`cfg` 1 (it was trained with a guidance scale of {self.text_scale:g} built in)")
        if not better:
            return None
        return f"This model was distilled to few steps and is best with {', '.join(better)}."
