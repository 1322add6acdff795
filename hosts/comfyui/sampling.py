"""Sampling with ComfyUI's own samplers, and this pack's solvers as native SAMPLER objects."""

# pyright: reportMissingImports=false

from collections.abc import Callable
from typing import Any

import comfy.model_sampling
import comfy.sample
import comfy.samplers
import comfy.utils
import latent_preview
import torch
from torch import Tensor

from ...sampling.noise import step_noise
from ...sampling.parameterization import FLOW, VARIANCE_EXPLODING
from ...sampling.settings import SamplingSettings
from ...sampling.solvers import SOLVERS
from .. import Latent, Noise
from ..kept import everything_is_kept
from .guider import MotionGuider
from .running import check_cancel


def is_rectified_flow(model: Any) -> bool:
    """Return whether a MODEL's noising path is x = (1 - sigma) x0 + sigma noise."""
    return isinstance(model.get_model_object("model_sampling"), comfy.model_sampling.CONST)


def check_rectified_flow(model: Any) -> None:
    """Raise ValueError for a MODEL on another noising path, whose noise levels only its own scheduler knows."""
    if not is_rectified_flow(model):
        raise ValueError(
            f"{type(model.model).__name__} is no rectified flow, so only its own scheduler knows its noise "
            "levels: connect `sigmas` from a scheduler"
        )


def integrate(guider: MotionGuider, noise: Noise, latent: Latent, settings: SamplingSettings) -> Tensor:
    """Return the raw latents, float32 on the CPU, that `guider` makes from noise; see `Host.sample`."""
    if "denoise_mask_function" not in guider.model_options and everything_is_kept(latent):
        return latent["samples"].to("cpu", torch.float32)
    model, sigmas = guider.model_patcher, settings.noise_levels()
    ratios = latent.get("downscale_ratio_spacial"), latent.get("downscale_ratio_temporal")
    samples = comfy.sample.fix_empty_latent_channels(model, latent["samples"], *ratios)
    return guider.sample(
        noise.generate_noise({**latent, "samples": samples}),
        samples,
        native_sampler(settings.solver, is_rectified_flow(model)),
        sigmas,
        denoise_mask=latent.get("noise_mask"),
        callback=latent_preview.prepare_callback(model, len(sigmas) - 1),
        disable_pbar=not comfy.utils.PROGRESS_BAR_ENABLED,
        seed=noise.seed,
    ).to("cpu", torch.float32)


def native_sampler(solver: str, rectified_flow: bool = True) -> comfy.samplers.KSAMPLER:
    """Return a SAMPLER that runs one of `sampling.solvers.SOLVERS`."""
    path = FLOW if rectified_flow else VARIANCE_EXPLODING

    def sample_flowbrush(
        model: Callable,
        x: Tensor,
        sigmas: Tensor,
        extra_args: dict,
        callback: Any = None,
        disable: Any = None,
    ) -> Tensor:
        def denoise(x: Tensor, sigma: Tensor) -> Tensor:
            check_cancel()
            return model(x, sigma, **extra_args)

        fresh_noise = step_noise(x, extra_args.get("seed") or 0)
        return SOLVERS[solver](denoise, x, sigmas, path=path, callback=callback, noise=fresh_noise)

    return comfy.samplers.KSAMPLER(sample_flowbrush)
