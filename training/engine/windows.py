"""Piecewise rectified flow (PeRFlow, arXiv 2405.07510): the student learns the teacher's path as a few straight lines.

The noise levels are divided into windows, one for each of the student's sampling steps. Within a window, the teacher
integrates its ODE from noisy real data, and the student learns the constant velocity of the straight line from the start
to the end of that path. One Euler step per window then ends where the teacher ends with many steps.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor

from ...sampling.run import sample

Velocity = Callable[[Tensor, Tensor], Tensor]
"""`velocity(x [B,...], sigma [B]) -> [B,...]`: the network's estimate of noise - x0 at noise level sigma."""


class Lesson(NamedTuple):
    """One training example: at `x` [B,...] and noise level `sigma` [B], the student should predict `velocity` [B,...]."""

    x: Tensor
    sigma: Tensor
    velocity: Tensor


def column(values: Tensor, like: Tensor) -> Tensor:
    """Values [B] as [B,1,...], which broadcast against `like` [B,...]."""
    return values.view(-1, *([1] * (like.ndim - 1)))


def integrate(velocity: Velocity, x: Tensor, start: Tensor, end: Tensor, substeps: int) -> Tensor:
    """The solution of dx/dsigma = velocity at the levels `end` [B], from x [B,...] at the levels `start` [B].

    The midpoint rule takes `substeps` steps of two calls each; its error falls with the square of their number. It never
    evaluates the network at `end`, which matters at level 0, where a network trained on noisy data is least accurate.
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
    """One lesson for each clip of `clean` [B,...], in a random window of the falling `levels` [steps+1].

    The share `at_start` of the lessons lies at the start of its window, where sampling evaluates the student. The others
    lie anywhere on the line, so that samplers may take more steps than there are windows.
    """
    device = generator.device

    def uniform() -> Tensor:
        return torch.rand(len(clean), generator=generator, device=device)

    window = torch.randint(0, len(levels) - 1, (len(clean),), generator=generator, device=device)
    start, end = levels[window], levels[window + 1]
    noise = torch.randn(clean.shape, generator=generator, device=device)
    x = (1 - column(start, clean)) * clean + column(start, clean) * noise
    endpoint = integrate(teacher, x, start, end, substeps)
    along = torch.where(uniform() < at_start, 0.0, uniform())
    straight = (x - endpoint) / column(start - end, clean)
    return Lesson(torch.lerp(x, endpoint, column(along, clean)), torch.lerp(start, end, along), straight)


@torch.no_grad()
def distances(
    student: Velocity, teacher: Velocity, noise: Tensor, levels: Tensor, substeps: int
) -> dict[str, float]:
    """Distances of student and teacher, with one step per window, from the end of the teacher's path in many steps.

    Each is the root mean square over all samples that start at `noise` [B,...], in units of the data. The `levels` fall
    from 1.
    """
    x = noise
    for start, end in pairwise(levels):
        x = integrate(teacher, x, start.expand(len(x)), end.expand(len(x)), substeps)
    found = {}
    for name, network in (("student", student), ("teacher", teacher)):
        endpoint = sample(network, noise, levels, solver="euler")
        found[f"{name}_distance"] = float((endpoint - x).square().mean().sqrt())
    return found
