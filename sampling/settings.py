"""The settings of one sampling run: its noise levels, its solver and its guidance."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from .guidance import Guidance
from .schedule import checked_sigmas, rectified_flow_sigmas
from .solvers import SOLVERS


@dataclass(frozen=True, eq=False)
class SamplingSettings:
    """The settings of one sampling run, checked when they are made.

    `steps`, `shift`, `denoise` and `schedule` give the noise levels of a rectified flow (`rectified_flow_sigmas`).
    `sigmas` [steps+1], falling, replaces all four. `solver` is a name in `solvers.SOLVERS`. `text_scale`,
    `motion_scale` and `scale_schedule` are those of `guidance.Guidance`.
    Raises ValueError for an unknown solver or schedule, and for values out of range.
    """

    steps: int = 1
    shift: float = 1.0
    denoise: float = 1.0
    schedule: str = "linear"
    solver: str = "euler"
    text_scale: float = 1.0
    motion_scale: float = 1.0
    scale_schedule: str = "constant"
    sigmas: Tensor | None = None

    def __post_init__(self) -> None:
        if self.solver not in SOLVERS:
            raise ValueError(f"there is no solver {self.solver!r}; choose one of {', '.join(SOLVERS)}")
        checked_sigmas(self.noise_levels())
        _ = self.guidance  # raises ValueError for a wrong scale or schedule

    @property
    def guidance(self) -> Guidance:
        """The scales of classifier-free guidance and their schedule over the noise levels."""
        return Guidance(self.text_scale, self.motion_scale, self.scale_schedule)

    def noise_levels(self) -> Tensor:
        """Return the falling noise levels [steps+1] of the run."""
        if self.sigmas is not None:
            return self.sigmas
        return rectified_flow_sigmas(self.steps, self.shift, self.denoise, self.schedule)
