"""Time-to-Move (arXiv 2511.08633): dual-clock denoising, which makes any image-to-video model follow a crude video.

The paper's loop runs on noise levels sigma_0 > … > sigma_N, with the clocks weak <= strong as indices into them. It
begins at sigma_weak with the reference z, noised by eps. After each step i < strong it overwrites the masked part with
z, noised by the same eps to sigma_{i+1}. From sigma_strong on it is ordinary sampling (Section 3.2;
`pipelines/wan_pipeline.py`).

Here the prediction of x0 is replaced by z instead of x by the noised z. While x0 is z, every solver of
dx/dsigma = (x - x0) / sigma stays on the straight line z + sigma (eps - z). So for Euler's method the two are equal, the
noise need not be stored, and the other solvers work unchanged. Three things are added to the paper: clocks are noise
levels instead of indices, so they mean the same for any number of steps and any shift; a clock may lie between two
steps; and the strength may be fractional, with a clock of its own between the weak and the strong one.

The released code for Wan samples with UniPC. Its corrector repeats each step from the sample before it, with the
network's answer at the end of the step, so that of the overwritten x only this answer remains. `AS_RELEASED` does the
same with any solver: the network sees the overwritten x, and the solver keeps its own. UniPC then computes what the
released code computes, and parts that were painted leave the reference sooner.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from .parameterization import FLOW, Denoiser, Path

AS_IN_PAPER, AS_RELEASED = HOLDS = ("as in the paper", "as released for Wan")
"""How parts follow the reference: the solver stays on it, or only the network sees it."""

# Noise levels that differ by less than this share count as equal.
_TOLERANCE = 1e-5
# A first step shorter than this share of the schedule's own step is merged with the next one, because multistep solvers
# divide by its length.
_SHORTEST = 0.25


@dataclass(frozen=True)
class Clocks:
    """The noise levels down to which sampling follows the reference, as shares of noise: 1 is only noise, 0 is none.

    Sampling begins at `weak`, which is the clock of the parts that were not painted; `strong` is that of the painted
    ones. The share of noise is sigma for a rectified flow and sigma / (1 + sigma) in k-diffusion's coordinates, so equal
    shares have equal signal-to-noise ratios. With `in_steps` the numbers are shares of the steps that are still to do
    instead, so that clocks keep their meaning in few steps; `noise_clocks` gives their noise levels. Raises ValueError
    unless 0 <= strong <= weak <= 1.
    """

    weak: float
    strong: float
    in_steps: bool = False

    def __post_init__(self):
        for name in ("weak", "strong"):
            value = getattr(self, name)
            if not (math.isfinite(value) and 0.0 <= value <= 1.0):
                raise ValueError(f"the {name} clock is {value}; it must be a share of noise from 0 to 1")
        if self.strong > self.weak:
            raise ValueError(
                f"the strong clock is {self.strong} and the weak one {self.weak}; painted parts follow the reference "
                "longer, so the strong clock must be the smaller number"
            )

    def noise_clocks(self, noise_left: Callable[[float], float]) -> Clocks:
        """These clocks as shares of noise; `noise_left(share)` is the share of noise when this share of steps is left."""
        return Clocks(noise_left(self.weak), noise_left(self.strong)) if self.in_steps else self

    def at_strength(self, strength: Tensor) -> Tensor:
        """The clock of parts with this `strength` in 0..1, as a share of noise: from `weak` (0) to `strong` (1)."""
        return torch.lerp(strength.new_tensor(self.weak), strength.new_tensor(self.strong), strength)


@dataclass(frozen=True)
class TimeToMove:
    """The reference that sampling follows, and down to which noise level each part of it does.

    `reference` [B,C,T',h,w] (or [T,C,h,w]) are the latents of the crude video, as the network sees them. `strength` in
    0..1 and `known` in 0..1 broadcast to it. A part with strength 1 follows the reference down to the strong clock, one
    with strength 0 down to the weak clock, and where `known` is 0 there is no reference to follow. `path` is the
    network's noising path, FLOW or VARIANCE_EXPLODING. `hold` is one of `HOLDS`.
    """

    reference: Tensor
    strength: Tensor
    clocks: Clocks
    path: Path = FLOW
    known: Tensor | None = None
    hold: str = AS_IN_PAPER

    def reference_weight(self, sigma: float, sigmas: Tensor) -> Tensor:
        """The weight of the reference in x0 for the step from `sigma` to the next lower of `sigmas`; shaped like `strength`.

        It is 1 above a part's clock and 0 below it. A step from a to b that crosses a clock c follows the reference to c
        and then the network's x0 to b; the equivalent weight for the whole step is 1 - (1 - b/c) / (1 - b/a).
        """
        after = next_lower(sigma, sigmas)
        clock = sigma_of_share(self.clocks.at_strength(self.strength), self.path)
        free = (1.0 - after / clock.clamp_min(1e-30)) / (1.0 - after / sigma)
        weight = torch.where(clock <= after, 1.0, (1.0 - free).clamp(0.0, 1.0))
        return weight if self.known is None else weight * self.known

    def steer(self, x0: Tensor, sigma: float, sigmas: Tensor) -> Tensor:
        """x0 [B,…] blended with the reference by `reference_weight`."""
        return torch.lerp(x0, self.reference.to(x0), self.reference_weight(sigma, sigmas).to(x0))

    def overwritten(self, x: Tensor, noisy_reference: Tensor, sigma: float) -> Tensor:
        """x [B,…] at the noise level `sigma`, with the reference at this level in all parts whose clock is not above it."""
        clock = sigma_of_share(self.clocks.at_strength(self.strength), self.path)
        weight = (clock <= sigma * (1.0 + _TOLERANCE)).to(x)
        weight = weight if self.known is None else weight * self.known.to(x)
        return torch.lerp(x, noisy_reference.to(x), weight)

    def start_run(
        self, sigmas: Tensor, canvas: Tensor, noise: Tensor, mask: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Callable[[Denoiser], Denoiser]]:
        """The noise levels, the clean latent to begin with and the wrapper of the denoiser, for a run that adds `noise`.

        A run that begins below the strong clock refines its `canvas` [B,C,T',h,w], which is left unchanged; others begin
        with the reference, except where the noise `mask` is 0. Raises ValueError for a canvas of another size.
        """
        if self.clocks.in_steps:
            clocks = self.clocks.noise_clocks(
                lambda left: share_of_sigma(sigma_left(left, sigmas), self.path)
            )
            return replace(self, clocks=clocks).start_run(sigmas, canvas, noise, mask)
        if self.reference.shape[1:] != canvas.shape[1:]:
            raise ValueError(size_mismatch(canvas.shape, self.reference.shape))
        if float(sigmas[0]) > float(sigma_of_share(torch.tensor(self.clocks.strong), self.path)):
            sigmas = begin_at_weak_clock(sigmas, self.clocks, self.path)
            replaced = torch.ones_like(canvas) if mask is None else mask.to(canvas).expand_as(canvas)
            canvas = torch.lerp(canvas, self.reference.to(canvas), replaced)

        def steered_denoiser(denoise: Denoiser) -> Denoiser:
            return lambda x, sigma: self.steer(denoise(x, sigma), float(sigma.max()), sigmas)

        def denoiser_that_sees_the_reference(denoise: Denoiser) -> Denoiser:
            def denoise_overwritten(x: Tensor, sigma: Tensor) -> Tensor:
                level = sigma.max().reshape(1)
                noisy = self.path.noisy_sample(self.reference.to(x), noise.to(x), level.to(x))
                return denoise(self.overwritten(x, noisy, float(level)), sigma)

            return denoise_overwritten

        return (
            sigmas,
            canvas,
            denoiser_that_sees_the_reference if self.hold == AS_RELEASED else steered_denoiser,
        )


def size_mismatch(canvas: Sequence[int], reference: Sequence[int]) -> str:
    """The error message for different shapes [B,C,T',h,w] of the latent to sample and of the reference."""
    return (
        f"the latent to sample has the shape {list(canvas[1:])} (channels, frames, height, width), but that of Time-to-Move "
        f"has {list(reference[1:])}: give both the size of `first_image` and the length of `motion`"
    )


def sigma_of_share(share: Tensor, path: Path) -> Tensor:
    """The sigma of a path (FLOW or VARIANCE_EXPLODING) at a share of noise."""
    return share if path is FLOW else share / (1.0 - share)


def share_of_sigma(sigma: float, path: Path) -> float:
    """The share of noise at the level sigma of a path (FLOW or VARIANCE_EXPLODING); the inverse of `sigma_of_share`."""
    return min(1.0, sigma) if path is FLOW else sigma / (1.0 + sigma)


def sigma_left(left: float, sigmas: Tensor) -> float:
    """The noise level of a falling schedule when the share `left` of its steps is to do, linear between two levels."""
    place = (1.0 - left) * (len(sigmas) - 1)
    index = min(int(place), len(sigmas) - 2)
    return float(torch.lerp(sigmas[index], sigmas[index + 1], place - index))


def next_lower(sigma: float, sigmas: Tensor) -> float:
    """The highest of the falling noise levels `sigmas` below `sigma`, or 0 if there is none."""
    lower = sigmas[sigmas < sigma * (1.0 - _TOLERANCE)]
    return float(lower.max()) if len(lower) else 0.0


def begin_at_weak_clock(sigmas: Tensor, clocks: Clocks, path: Path = FLOW) -> Tensor:
    """The part of a falling schedule below the weak clock, with the clock as its first level.

    Of a schedule that ends above the clock, the last step is returned, which follows the reference throughout. A schedule
    that begins below the clock, or that rises, is returned unchanged.
    """
    start = float(sigma_of_share(torch.tensor(clocks.weak, dtype=torch.float64), path))
    if len(sigmas) < 2 or float(sigmas[0]) <= start * (1.0 + _TOLERANCE):
        return sigmas
    above = int((sigmas > start * (1.0 + _TOLERANCE)).sum())
    if above == len(sigmas):
        return sigmas[-2:]
    rest = sigmas[above:]
    if float(rest[0]) >= start * (1.0 - _TOLERANCE):
        return rest
    step = float(sigmas[above - 1] - rest[0])
    if len(rest) > 1 and start - float(rest[0]) < _SHORTEST * step:
        rest = rest[1:]
    return torch.cat([rest.new_tensor([start]), rest])


# The authors of Time-to-Move publish clocks as indices into 50 steps. The following functions return the noise levels of
# those steps.


def _flow_clocks(weak: int, strong: int, shift: float, steps: int = 50) -> Clocks:
    """Clocks of a rectified flow in diffusers' spacing: u = 0.999 (1 - i/steps), sigma = s u / (1 + (s - 1) u)."""
    shares = [shift * u / (1 + (shift - 1) * u) for u in (0.999 * (1 - i / steps) for i in (weak, strong))]
    first, second = (round(share, 4) for share in shares)
    return Clocks(first, second)


def _karras_clocks(weak: int, strong: int, highest: float, lowest: float, steps: int = 50) -> Clocks:
    """Clocks of the schedule of arXiv 2206.00364, Equation 5, with rho = 7."""
    high, low = highest ** (1 / 7), lowest ** (1 / 7)
    levels = [(high + i / (steps - 1) * (low - high)) ** 7 for i in (weak, strong)]
    return Clocks(*(round(level / (1 + level), 4) for level in levels))


def _ddpm_clocks(
    weak: int, strong: int, first: float, last: float, steps: int = 50, trained: int = 1000
) -> Clocks:
    """Clocks of DDPM with scaled-linear betas, rescaled to zero terminal SNR (arXiv 2305.08891), and trailing spacing."""
    betas = [(first**0.5 + i / (trained - 1) * (last**0.5 - first**0.5)) ** 2 for i in range(trained)]
    alphas, product = [], 1.0
    for beta in betas:
        product *= 1 - beta
        alphas.append(product**0.5)
    shares = []
    for index in (weak, strong):
        alpha = alphas[trained - 1 - index * trained // steps] - alphas[-1]
        alpha *= alphas[0] / (alphas[0] - alphas[-1])
        sigma = math.sqrt(1 - alpha**2) / alpha
        shares.append(round(sigma / (1 + sigma), 4))
    return Clocks(*shares)


WAN, WAN_CAMERA, COGVIDEOX, SVD = "Wan", "Wan camera", "CogVideoX", "SVD"
LTX, HUNYUAN, BUNDLED = "LTX-Video", "HunyuanVideo", "bundled"
MINIMAX_H3, KANDINSKY5, COSMOS = "MiniMax-H3", "Kandinsky5", "Cosmos Predict2"
FEW_STEPS = "few steps"

PRESETS: dict[str, Clocks] = {
    # The authors published these. Those for Wan assume the shift of the Wan 2.2 A14B pipeline, which the authors use.
    WAN: _flow_clocks(3, 7, shift=3.0),
    WAN_CAMERA: _flow_clocks(2, 5, shift=3.0),
    COGVIDEOX: _ddpm_clocks(4, 9, 0.00085, 0.012),
    SVD: _karras_clocks(16, 21, 700.0, 0.002),
    # These are derived from the steps for Wan, with the shift of LTX for 4096 tokens, exp(2.05), and the others' own.
    LTX: _flow_clocks(3, 7, shift=7.77),
    HUNYUAN: _flow_clocks(3, 7, shift=7.0),
    MINIMAX_H3: _flow_clocks(3, 7, shift=12.0),
    KANDINSKY5: _flow_clocks(3, 7, shift=10.0),
    COSMOS: _karras_clocks(3, 7, 80.0, 0.002),
    # These were measured with Euler's method, 8 steps, shift 3, on eight clips of 9 frames at 128 px. The median endpoint
    # error is 4.5 px, against 7.2 px without a reference and 2.5 px for the autoencoder alone. With higher clocks this
    # small network hardly follows the reference (7.4 px with those of Wan).
    BUNDLED: Clocks(0.6, 0.2),
    # For LoRAs of 4 to 8 steps without guidance, whose first steps settle the motion: no step is skipped, and half of the
    # steps are held. This was measured on the bundled model, see `benchmarks/few_steps.py`.
    FEW_STEPS: Clocks(1.0, 0.5, in_steps=True),
}
"""Clocks by model family, published, derived or measured as the comments say, and one by the number of steps."""
