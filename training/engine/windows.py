"""Piecewise rectified flow (PeRFlow, arXiv 2405.07510): a student learns the teacher's path as a few straight pieces.

The noise levels are cut into windows, one for each step that the student will take. Within a window the teacher carries
real noisy data along its own ODE; the student learns the constant velocity of the straight line between the two ends.
One Euler step a window then arrives where the teacher arrives with many.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor

from ...sampling.run import sample

Velocity = Callable[[Tensor, Tensor], Tensor]
"""`velocity(x [B,...], sigma [B]) -> [B,...]`: noise - x0 as the network expects it there."""


class Lesson(NamedTuple):
    """What the student is asked: at `x` [B,...] and noise level `sigma` [B] answer `velocity` [B,...]."""

    x: Tensor
    sigma: Tensor
    velocity: Tensor


def column(values: Tensor, like: Tensor) -> Tensor:
    """[B] as [B,1,...], to multiply with `like` [B,...]."""
    return values.view(-1, *([1] * (like.ndim - 1)))


def carried(velocity: Velocity, x: Tensor, start: Tensor, end: Tensor, substeps: int) -> Tensor:
    """x [B,...] carried along dx/dsigma = velocity from the levels `start` to `end` [B], by the midpoint rule.

    `substeps` steps of two calls each; the error falls with their square. The ends themselves are not both asked for:
    at level 0 a network that learned from noisy data knows least.
    """
    step = (end - start) / substeps
    for index in range(substeps):
        sigma = start + index * step
        middle = x + column(step / 2, x) * velocity(x, sigma)
        x = x + column(step, x) * velocity(middle, sigma + step / 2)
    return x


@torch.no_grad()
def lesson(
    teacher: Velocity,
    clean: Tensor,
    levels: Tensor,
    substeps: int,
    at_start: float,
    generator: torch.Generator,
) -> Lesson:
    """A lesson for each of `clean` [B,...], in windows of `levels` [steps+1] (falling) drawn at random.

    A share of `at_start` stands where a window begins, the places that sampling passes; the others along the line, so
    that samplers may take more steps than there are windows.
    """
    device = generator.device

    def uniform() -> Tensor:
        return torch.rand(len(clean), generator=generator, device=device)

    window = torch.randint(0, len(levels) - 1, (len(clean),), generator=generator, device=device)
    start, end = levels[window], levels[window + 1]
    noise = torch.randn(clean.shape, generator=generator, device=device)
    x = (1 - column(start, clean)) * clean + column(start, clean) * noise
    arrived = carried(teacher, x, start, end, substeps)
    along = torch.where(uniform() < at_start, 0.0, uniform())
    straight = (x - arrived) / column(start - end, clean)
    return Lesson(torch.lerp(x, arrived, column(along, clean)), torch.lerp(start, end, along), straight)


@torch.no_grad()
def distances(
    student: Velocity, teacher: Velocity, noise: Tensor, levels: Tensor, substeps: int
) -> dict[str, float]:
    """How far from the teacher's own end, found with many steps, student and teacher end with one step a window.

    Root mean square over all of the samples that begin at `noise` [B,...], in units of the data. `levels` fall from 1.
    """
    x = noise
    for start, end in pairwise(levels):
        x = carried(teacher, x, start.expand(len(x)), end.expand(len(x)), substeps)
    found = {}
    for name, network in (("student", student), ("teacher", teacher)):
        ended = sample(network, noise, levels, solver="euler")
        found[f"{name}_distance"] = float((ended - x).square().mean().sqrt())
    return found
