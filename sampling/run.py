"""One sampling run: from unit noise and a network to a finished latent."""

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
    """Sample [B,...] from `noise`: the result is at the noise level `sigmas[-1]`, 0 for a finished sample.

    Args:
        model: `model(x [B,...], sigma [B]) -> prediction`, for example a `GuidedModel`.
        noise: unit Gaussian noise [B,...], for example from `SeededNoise`.
        sigmas: rectified-flow noise levels [steps + 1], from `rectified_flow_sigmas`.
        solver: a name in `SOLVERS`, or a function with the signature of `Solver`.
        latent: the clean latent [B,...] to begin with, as the network sees it; zeros if it is None.
        mask: 1 where a new picture is made and 0 where `latent` is kept, broadcast to [B,...].
        steer: a function that wraps the denoiser, for example that of `TimeToMove.start_run`.
        prediction: what `model` predicts: "velocity", "noise" or "x0".
        path: the noising path that `model` was trained on.
        step_noise: new noise for each step; required by the solvers in `STOCHASTIC`.
        callback: called with a `Step` at each step; an exception that it raises cancels the run.
    Raises ValueError for shapes that do not match, unknown names, and NaN or infinity in the noise or the result.
    """
    if isinstance(solver, str):
        if solver not in SOLVERS:
            raise ValueError(f"there is no solver {solver!r}; choose one of {', '.join(SOLVERS)}")
        if solver in STOCHASTIC and step_noise is None:
            raise ValueError(
                f"the solver {solver!r} adds noise at each step: give `step_noise`, for example step_noise(noise, seed)"
            )
        solver = SOLVERS[solver]
    if not bool(torch.isfinite(noise).all()):
        raise ValueError("`noise` contains NaN or infinity; it must be finite")
    start = torch.zeros_like(noise) if latent is None else latent.to(noise)
    if start.shape != noise.shape:
        raise ValueError(
            f"`latent` has shape {list(start.shape)} and `noise` {list(noise.shape)}; they must be equal"
        )
    denoise = denoiser(model, prediction, path)
    if steer is not None:
        denoise = steer(denoise)
    if mask is not None:
        denoise = _masked_denoiser(denoise, start, noise, mask.to(noise))
    first = noise.new_full((len(noise),), checked_sigmas(sigmas)[0])
    x = solver(denoise, FLOW.noisy_sample(start, noise, first), sigmas, callback=callback, noise=step_noise)
    if not bool(torch.isfinite(x).all()):
        raise ValueError(
            "sampling ended in NaN or infinity: the weights, or the number format that they are computed in, do not "
            "suit this network"
        )
    return x


def _masked_denoiser(denoise: Denoiser, latent: Tensor, noise: Tensor, mask: Tensor) -> Denoiser:
    """A denoiser for inpainting: where `mask` is 0, its input is `latent` with noise and its result is `latent`."""

    def masked_denoise(x: Tensor, sigma: Tensor) -> Tensor:
        x = mask * x + (1.0 - mask) * FLOW.noisy_sample(latent, noise, sigma)
        return mask * denoise(x, sigma) + (1.0 - mask) * latent

    return masked_denoise
