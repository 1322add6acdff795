"""What a few-step student brings with it: the noise levels, and the solver, that it was distilled for.

A student answers well only along the path that its training straightened, so its file says which that is and samplers
go along it. The levels stand at equal distances of the student's own time; other numbers of steps fall between them.
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
"""The name in a checkpoint's facts (`models.checkpoint`)."""


@dataclass(frozen=True)
class FewSteps:
    """How a student is sampled: along `sigmas` (falling from 1 to 0) with `solver`.

    `text_scale` is the guidance that its teacher had while it was distilled: the student answers with it in one call, so
    that sampling needs none. Raises ValueError for levels that no solver can follow and for an unknown solver.
    """

    sigmas: tuple[float, ...]
    solver: str = "euler"
    text_scale: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "sigmas", tuple(float(sigma) for sigma in self.sigmas))
        checked_sigmas(torch.tensor(self.sigmas, dtype=torch.float64))
        if (self.sigmas[0], self.sigmas[-1]) != (1.0, 0.0):
            raise ValueError(
                f"a student's `sigmas` go from {self.sigmas[0]:g} to {self.sigmas[-1]:g}; they must from 1 to 0"
            )
        if self.solver not in SOLVERS:
            raise ValueError(f"a student's `solver` is {self.solver!r}; choose one of {', '.join(SOLVERS)}")

    @property
    def steps(self) -> int:
        return len(self.sigmas) - 1

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> FewSteps | None:
        """What a checkpoint's facts say; None for a network that is no student."""
        return cls(**facts[FACT]) if facts.get(FACT) else None

    def facts(self) -> dict[str, Any]:
        """The entry for a checkpoint's facts."""
        return {FACT: {**asdict(self), "sigmas": list(self.sigmas)}}

    def level(self, time: float) -> float:
        """The noise level at the student's own time, 1 (only noise) to 0: straight between its levels."""
        place = (1.0 - time) * self.steps
        index = min(int(place), self.steps - 1)
        return self.sigmas[index] + (place - index) * (self.sigmas[index + 1] - self.sigmas[index])

    def schedule(self, steps: int, shift: float = 1.0, denoise: float = 1.0, kind: str = "linear") -> Tensor:
        """Noise levels float32 [steps+1] as `rectified_flow_sigmas` gives them, along the student's own path.

        With its own number of steps and nothing else asked for they are exactly its own.
        """
        times = rectified_flow_sigmas(steps, shift, denoise, kind).tolist()
        levels = torch.tensor([self.level(time) for time in times])
        checked_sigmas(levels)
        return levels

    def remark(self, steps: int, solver: str, text_scale: float = 1.0) -> str | None:
        """One sentence for a user whose settings are not those of the training; None where they are."""
        better = []
        if steps != self.steps:
            better.append(f"`steps` {self.steps}")
        if solver != self.solver and steps > 1:
            better.append(f"`solver` {self.solver}")
        if text_scale != 1.0 and self.text_scale != 1.0:
            better.append(f"`cfg` 1 (a guidance of {self.text_scale:g} is part of it)")
        return (
            f"This model was distilled to few steps and is best with {', '.join(better)}." if better else None
        )
