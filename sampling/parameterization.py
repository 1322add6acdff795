"""What a network predicts (noise, x0 or velocity), on which noising path, turned into one thing: x0."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

PREDICTIONS = ("velocity", "noise", "x0")

Denoiser = Callable[[Tensor, Tensor], Tensor]
"""`denoise(x [B,...], sigma [B]) -> x0 [B,...]`: the clean sample that is expected behind `x`."""


@dataclass(frozen=True)
class Path:
    """A noising path x = alpha(sigma) x0 + sigma noise.

    `alpha(sigma)` is the part of the signal that is left. `rates(sigma)` is the speed of (alpha, sigma) along the
    path in its own time: a velocity-prediction network predicts alpha' x0 + sigma' noise.
    """

    name: str
    alpha: Callable[[Tensor], Tensor]
    rates: Callable[[Tensor], tuple[Tensor, Tensor]]

    def noised(self, x0: Tensor, noise: Tensor, sigma: Tensor) -> Tensor:
        """x0 [B,...] with `noise` of the same shape up to the level `sigma` [B]."""
        sigma = _per_sample(sigma, x0)
        return self.alpha(sigma) * x0 + sigma * noise


FLOW = Path("flow", lambda s: 1.0 - s, lambda s: (-torch.ones_like(s), torch.ones_like(s)))
"""Rectified flow (arXiv 2209.03003): a straight line from data to noise, velocity = noise - x0."""

VARIANCE_EXPLODING = Path(
    "variance_exploding", torch.ones_like, lambda s: (torch.zeros_like(s), torch.ones_like(s))
)
"""k-diffusion's coordinates (arXiv 2206.00364): the signal is untouched, sigma goes from tens to 0."""

VARIANCE_PRESERVING = Path(
    "variance_preserving",
    lambda s: (1.0 - s * s).clamp_min(0.0).sqrt(),
    lambda s: (-s, (1.0 - s * s).clamp_min(0.0).sqrt()),
)
"""DDPM's coordinates, alpha^2 + sigma^2 = 1; velocity as in arXiv 2202.00512: alpha noise - sigma x0."""

PATHS = {path.name: path for path in (FLOW, VARIANCE_EXPLODING, VARIANCE_PRESERVING)}


def to_x0(prediction: Tensor, x: Tensor, sigma: Tensor, kind: str = "velocity", path: Path = FLOW) -> Tensor:
    """The clean sample [B,...] that a prediction [B,...] at `x` [B,...] and `sigma` [B] stands for.

    With v = alpha' x0 + sigma' noise and x = alpha x0 + sigma noise, eliminating the noise gives
    x0 = (sigma' x - sigma v) / (sigma' alpha - sigma alpha').
    Raises: ValueError for an unknown `kind`, and for a noise prediction where no signal is left (alpha = 0).
    """
    if kind == "x0":
        return prediction
    sigma = _per_sample(sigma, x)
    alpha = path.alpha(sigma)
    if kind == "velocity":
        alpha_rate, sigma_rate = path.rates(sigma)
        return (sigma_rate * x - sigma * prediction) / (sigma_rate * alpha - sigma * alpha_rate)
    if kind == "noise":
        if bool((alpha <= 0).any()):
            raise ValueError(
                f"a noise prediction says nothing about the picture at sigma {float(sigma.max()):.6g}, where only "
                "noise is left: begin the schedule a little lower"
            )
        return (x - sigma * prediction) / alpha
    raise ValueError(f"there is no prediction {kind!r}; choose one of {', '.join(PREDICTIONS)}")


def denoiser(model: Denoiser, kind: str = "velocity", path: Path = FLOW) -> Denoiser:
    """A denoiser in rectified-flow coordinates from any network `model(x [B,...], sigma [B]) -> prediction`.

    A network that was trained on another path is asked at the point of its path with the same signal-to-noise
    ratio: paths differ only by a scale of x. At the very first, all-noise point of the flow a variance-exploding
    network has no such point, and a noise prediction no x0; begin those schedules below 1.
    """
    if kind not in PREDICTIONS:
        raise ValueError(f"there is no prediction {kind!r}; choose one of {', '.join(PREDICTIONS)}")

    def denoise(x: Tensor, sigma: Tensor) -> Tensor:
        scale, own_sigma = _own_point(sigma, path)
        x = x * _per_sample(scale, x)
        return to_x0(model(x, own_sigma), x, own_sigma, kind, path)

    return denoise


def _own_point(sigma: Tensor, path: Path) -> tuple[Tensor, Tensor]:
    """The factor for x and the path's own sigma that belong to the flow's `sigma` [B]."""
    if path is FLOW:
        return torch.ones_like(sigma), sigma
    if path is VARIANCE_PRESERVING:
        length = torch.hypot(1.0 - sigma, sigma)
        return 1.0 / length, sigma / length
    if path is VARIANCE_EXPLODING:
        if bool((sigma >= 1).any()):
            raise ValueError(
                "sigma 1 of the flow is infinite noise for a variance-exploding network: begin below 1"
            )
        return 1.0 / (1.0 - sigma), sigma / (1.0 - sigma)
    raise ValueError(f"the path {path.name!r} cannot be followed; choose one of {', '.join(PATHS)}")


def _per_sample(values: Tensor, x: Tensor) -> Tensor:
    """[B] as [B,1,1,...], to multiply with x [B,...]."""
    return values.reshape(-1, *([1] * (x.ndim - 1)))
