"""One whole sampling run: noise and a network in, a finished latent out."""

from collections.abc import Callable

import torch
from torch import Tensor

from .grid import Callback
from .noise import StepNoise
from .parameterization import FLOW, Denoiser, Path, denoiser
from .schedule import checked_sigmas
from .solvers import SOLVERS, STOCHASTIC, Solver


@torch.no_grad()
def sample(
    model: Denoiser,
    noise: Tensor,
    sigmas: Tensor,
    *,
    solver: str | Solver = "unipc",
    latent: Tensor | None = None,
    mask: Tensor | None = None,
    steer: Callable[[Denoiser], Denoiser] | None = None,
    prediction: str = "velocity",
    path: Path = FLOW,
    step_noise: StepNoise | None = None,
    callback: Callback | None = None,
) -> Tensor:
    """The sample [B,...] at the level `sigmas[-1]`, 0 for a finished one.

    Args:
        model: `model(x [B,...], sigma [B]) -> prediction`, e.g. a `GuidedModel`, on its own noising `path`.
        noise: unit noise [B,...], from a NOISE.
        sigmas: rectified-flow noise levels [steps + 1], from `rectified_flow_sigmas`.
        solver: a name in `SOLVERS` or a function of that shape.
        latent: where to begin [B,...], in the network's normalised space; zeros when there is none.
        mask: 1 where a new picture is made and 0 where `latent` is kept, of a shape that broadcasts to [B,...].
        steer: wraps the denoiser (`TimeToMove.steered`).
        prediction: "velocity", "noise" or "x0".
        step_noise: needed by the solvers in `STOCHASTIC`.
        callback: gets a `Step` each step; raise in it to cancel.
    Raises: ValueError for shapes that do not match, unknown names, NaN in the noise or in the result.
    """
    if isinstance(solver, str):
        if solver not in SOLVERS:
            raise ValueError(f"there is no solver {solver!r}; choose one of {', '.join(SOLVERS)}")
        if solver in STOCHASTIC and step_noise is None:
            raise ValueError(
                f"the solver {solver!r} adds noise on the way: give it `step_noise`, from a seed"
            )
        solver = SOLVERS[solver]
    if not bool(torch.isfinite(noise).all()):
        raise ValueError("`noise` holds values that are infinite or not numbers")
    start = torch.zeros_like(noise) if latent is None else latent.to(noise)
    if start.shape != noise.shape:
        raise ValueError(
            f"`latent` is {list(start.shape)} and `noise` {list(noise.shape)}; they must be alike"
        )
    denoise = denoiser(model, prediction, path)
    if steer is not None:
        denoise = steer(denoise)
    if mask is not None:
        denoise = _keeping(denoise, start, noise, mask.to(noise))
    first = noise.new_full((len(noise),), checked_sigmas(sigmas)[0])
    x = solver(denoise, FLOW.noised(start, noise, first), sigmas, callback=callback, noise=step_noise)
    if not bool(torch.isfinite(x).all()):
        raise ValueError(
            "sampling ended in values that are not numbers: the weights or their precision do not suit this network"
        )
    return x


def _keeping(denoise: Denoiser, latent: Tensor, noise: Tensor, mask: Tensor) -> Denoiser:
    """A denoiser that sees, and answers, the given latent outside the mask."""

    def masked(x: Tensor, sigma: Tensor) -> Tensor:
        x = mask * x + (1.0 - mask) * FLOW.noised(latent, noise, sigma)
        return mask * denoise(x, sigma) + (1.0 - mask) * latent

    return masked
