"""Time-to-Move (arXiv 2511.08633): dual-clock denoising, which makes any image-to-video model follow a crude video.

The paper's loop, on noise levels sigma_0 > … > sigma_N with the clocks weak <= strong as indices into them: begin at
sigma_weak with the reference z noised by eps; after each step i < strong overwrite the masked part with z noised by
the same eps to sigma_{i+1}; from sigma_strong on everything is free (section 3.2; `pipelines/wan_pipeline.py`).

Here the same is said of x0, what the network expects behind the noise: where a part is held, x0 is the reference.
Every solver of dx/dsigma = (x - x0) / sigma stays on the straight line z + sigma (eps - z) while x0 is z, so for Euler
both are equal, no noise has to be kept, and the other solvers need no change. What is new: clocks are noise levels, not
indices, so they mean the same with any number of steps and any shift; a clock may fall between two steps; and a part
that is asked for with half the strength is released half way between the clocks.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from .parameterization import FLOW, Denoiser, Path

# Noise levels that differ by less than this part are one.
_SAME = 1e-5
# A first step shorter than this part of the schedule's own is joined with the next one: multistep solvers divide by it.
_SHORTEST = 0.25


@dataclass(frozen=True)
class Clocks:
    """When a part of the picture is released, as the share of noise in it: 1 is only noise, 0 a finished picture.

    `weak` is for what was not painted, and where sampling begins; `strong` for what was. The share is sigma for a
    rectified flow and sigma / (1 + sigma) for a network in k-diffusion's coordinates, the same signal-to-noise ratio.
    Raises ValueError unless 0 <= strong <= weak <= 1.
    """

    weak: float
    strong: float

    def __post_init__(self):
        for name in ("weak", "strong"):
            value = getattr(self, name)
            if not (math.isfinite(value) and 0.0 <= value <= 1.0):
                raise ValueError(f"the {name} clock is {value}; it is a share of noise from 0 to 1")
        if self.strong > self.weak:
            raise ValueError(
                f"the strong clock is {self.strong} and the weak one {self.weak}; painted parts are held longer, "
                "so the strong clock must be the smaller number"
            )

    def released(self, strength: Tensor) -> Tensor:
        """The share of noise at which parts of `strength` 0..1 are released: a third clock between the two."""
        return torch.lerp(strength.new_tensor(self.weak), strength.new_tensor(self.strong), strength)


@dataclass(frozen=True)
class TimeToMove:
    """What is held and until when.

    `reference` [B,C,T',h,w] (or [T,C,h,w]) are the crude video's latents as the network sees them, `strength` in 0..1
    broadcasts to it: 1 is held until the strong clock, 0 until the weak one. `path` is the network's noising path,
    FLOW or VARIANCE_EXPLODING. `known` (broadcasts too) is 0 where there is no reference: that is never held.
    """

    reference: Tensor
    strength: Tensor
    clocks: Clocks
    path: Path = FLOW
    known: Tensor | None = None

    def held(self, sigma: float, sigmas: Tensor) -> Tensor:
        """The share [like strength] of the reference in x0 for the step from `sigma` to the next of `sigmas`.

        1 until a part's clock, 0 after it. A step from a to b over a clock c is two in one: along the reference to c,
        then freely to b with the answer that the network gave at a. That is this share of the reference at once:
        1 - (1 - b/c) / (1 - b/a).
        """
        after = following(sigma, sigmas)
        clock = noise_level(self.clocks.released(self.strength), self.path)
        free = (1.0 - after / clock.clamp_min(1e-30)) / (1.0 - after / sigma)
        held = torch.where(clock <= after, 1.0, (1.0 - free).clamp(0.0, 1.0))
        return held if self.known is None else held * self.known

    def steer(self, x0: Tensor, sigma: float, sigmas: Tensor) -> Tensor:
        """x0 [B,…] with the reference where it is held."""
        return torch.lerp(x0, self.reference.to(x0), self.held(sigma, sigmas).to(x0))

    def begun(
        self, sigmas: Tensor, canvas: Tensor, mask: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Callable[[Denoiser], Denoiser]]:
        """How a run that adds noise goes: its schedule, what it begins with, and the wrapper of its denoiser.

        A run that begins below the strong clock is a refinement of its `canvas` [B,C,T',h,w] and stays as it is. Where a
        noise `mask` is 0 the canvas is kept. Raises ValueError for a canvas of another size.
        """
        if self.reference.shape[1:] != canvas.shape[1:]:
            raise ValueError(other_size(canvas.shape, self.reference.shape))
        if float(sigmas[0]) > float(noise_level(torch.tensor(self.clocks.strong), self.path)):
            sigmas = from_weak_clock(sigmas, self.clocks, self.path)
            replaced = torch.ones_like(canvas) if mask is None else mask.to(canvas).expand_as(canvas)
            canvas = torch.lerp(canvas, self.reference.to(canvas), replaced)

        def steered(denoise: Denoiser) -> Denoiser:
            return lambda x, sigma: self.steer(denoise(x, sigma), float(sigma.max()), sigmas)

        return sigmas, canvas, steered


def other_size(canvas: Sequence[int], reference: Sequence[int]) -> str:
    """What to say when shapes [B,C,T',h,w] of the latent to sample and of the reference differ."""
    return (
        f"the latent to sample is {list(canvas[1:])} (channels, frames, height, width) and the one of Time-to-Move "
        f"{list(reference[1:])}: use the size and length of `first_image` and `motion` for both"
    )


def noise_level(share: Tensor, path: Path) -> Tensor:
    """The sigma of a path (FLOW or VARIANCE_EXPLODING) that is this share of noise."""
    return share if path is FLOW else share / (1.0 - share)


def following(sigma: float, sigmas: Tensor) -> float:
    """The next lower level of a falling schedule after `sigma`, which need not be one of it; 0 when there is none."""
    lower = sigmas[sigmas < sigma * (1.0 - _SAME)]
    return float(lower.max()) if len(lower) else 0.0


def from_weak_clock(sigmas: Tensor, clocks: Clocks, path: Path = FLOW) -> Tensor:
    """A falling schedule that begins at the weak clock exactly: what is above it is not sampled, only noised.

    A schedule that ends above the clock keeps its last step, in which everything is held; one that begins below it, or
    rises, stays as it is.
    """
    start = float(noise_level(torch.tensor(clocks.weak, dtype=torch.float64), path))
    if len(sigmas) < 2 or float(sigmas[0]) <= start * (1.0 + _SAME):
        return sigmas
    above = int((sigmas > start * (1.0 + _SAME)).sum())
    if above == len(sigmas):
        return sigmas[-2:]
    rest = sigmas[above:]
    if float(rest[0]) >= start * (1.0 - _SAME):
        return rest
    step = float(sigmas[above - 1] - rest[0])
    if len(rest) > 1 and start - float(rest[0]) < _SHORTEST * step:
        rest = rest[1:]
    return torch.cat([rest.new_tensor([start]), rest])


# Clocks by family. Time-to-Move publishes indices into 50 steps; these are the noise levels of those steps.


def _of_flow(weak: int, strong: int, shift: float, steps: int = 50) -> Clocks:
    """Levels of a rectified flow: u = 0.999 (1 - i/steps), sigma = s u / (1 + (s - 1) u), as diffusers spaces them."""
    shares = [shift * u / (1 + (shift - 1) * u) for u in (0.999 * (1 - i / steps) for i in (weak, strong))]
    return Clocks(*(round(share, 4) for share in shares))


def _of_karras(weak: int, strong: int, highest: float, lowest: float, steps: int = 50) -> Clocks:
    """Levels of arXiv 2206.00364, equation 5, with rho 7."""
    high, low = highest ** (1 / 7), lowest ** (1 / 7)
    levels = [(high + i / (steps - 1) * (low - high)) ** 7 for i in (weak, strong)]
    return Clocks(*(round(level / (1 + level), 4) for level in levels))


def _of_ddpm(
    weak: int, strong: int, first: float, last: float, steps: int = 50, trained: int = 1000
) -> Clocks:
    """Levels of DDPM with scaled-linear betas, zero signal at the end (arXiv 2305.08891) and trailing spacing."""
    betas = [(first**0.5 + i / (trained - 1) * (last**0.5 - first**0.5)) ** 2 for i in range(trained)]
    kept, product = [], 1.0
    for beta in betas:
        product *= 1 - beta
        kept.append(product**0.5)
    shares = []
    for index in (weak, strong):
        alpha = (kept[trained - 1 - index * trained // steps] - kept[-1]) * kept[0] / (kept[0] - kept[-1])
        sigma = math.sqrt(1 - alpha**2) / alpha
        shares.append(round(sigma / (1 + sigma), 4))
    return Clocks(*shares)


WAN, WAN_CAMERA, COGVIDEOX, SVD = "Wan", "Wan camera", "CogVideoX", "SVD"
LTX, HUNYUAN, BUNDLED = "LTX-Video", "HunyuanVideo", "bundled"

PRESETS: dict[str, Clocks] = {
    WAN: _of_flow(
        3, 7, shift=3.0
    ),  # published, with the shift of the Wan 2.2 A14B pipeline that it was run in
    WAN_CAMERA: _of_flow(2, 5, shift=3.0),  # published for camera moves
    COGVIDEOX: _of_ddpm(4, 9, 0.00085, 0.012),  # published
    SVD: _of_karras(16, 21, 700.0, 0.002),  # published
    LTX: _of_flow(3, 7, shift=7.77),  # derived: Wan's steps on LTX's shift for 4096 tokens, exp(2.05)
    HUNYUAN: _of_flow(3, 7, shift=7.0),  # derived: Wan's steps on HunyuanVideo's shift
    # measured, 8 steps of Euler at shift 3, eight clips of 9 frames at 128 px: median error 4.5 px instead of 7.2 without
    # control, 2.5 is the autoencoder's; higher clocks hardly move this small network (7.4 with those of Wan)
    BUNDLED: Clocks(0.6, 0.2),
}
"""Clocks by model family: published ones, and where it says so derived or measured by us."""
