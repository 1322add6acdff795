"""One sampling run with the library's own networks and solvers."""

from __future__ import annotations

from typing import Any

from torch import Tensor
from torch.nn import functional

from ...sampling import run
from ...sampling.guidance import Guidance, GuidedModel
from ...sampling.latent_shift import remark_on_steps, with_shifted_latents
from ...sampling.noise import step_noise
from ...sampling.settings import SamplingSettings
from ...sampling.tiles import with_tiles
from .. import Conditions, Host, Latent, Noise
from ..kept import everything_is_kept
from .native import Model, WanLatents


def integrate(
    host: Host,
    model: Model,
    noise: Noise,
    conditions: Conditions,
    latent: Latent,
    settings: SamplingSettings,
    guidance: Guidance | None = None,
) -> Tensor:
    """Return the raw latents that a model makes from noise; see `Host.sample`.

    `guidance` replaces that of the settings.
    """
    if model.following is None and everything_is_kept(latent):
        return latent["samples"].float().cpu()
    latent_format, sigmas = host.latent_format(model), settings.noise_levels()
    start = latent["samples"].to(model.device).float()
    if bool(start.any()):  # zeros mean an empty canvas, not a grey picture
        start = latent_format.process_in(start)
    unit_noise = noise.generate_noise(latent).to(model.device).float()
    noise_mask = latent.get("noise_mask")
    mask = None if noise_mask is None else _latent_mask(noise_mask, start)
    steer = None
    if model.following is not None:
        sigmas, start, steer = model.following.start_run(sigmas, start, unit_noise, mask)
    if model.loops:
        remark = remark_on_steps(len(sigmas) - 1)
        if remark:
            host.notice(remark)
    guided = _guided_model(model, conditions, guidance or settings.guidance, start, sigmas)
    bar = host.progress(len(sigmas) - 1)

    def on_step(step: Any) -> None:
        host.check_cancel()
        bar.update(1)

    samples = run.sample(
        guided,
        unit_noise,
        sigmas.to(model.device),
        solver=settings.solver,
        latent=start,
        mask=mask,
        steer=steer,
        step_noise=step_noise(unit_noise, noise.seed),
        callback=on_step,
    )
    return latent_format.process_out(samples).float().cpu()


def _guided_model(
    model: Model, conditions: Conditions, guidance: Guidance, like: Tensor, sigmas: Tensor
) -> GuidedModel:
    """Return the network with the conditions that its guidance compares, for latents like [B,16,T',h,w] and a run over `sigmas`."""
    no_text = no_motion = None
    if guidance.text_scale != 1.0:
        no_text = model.condition(conditions.negative, like)
    if guidance.motion_scale != 1.0 and conditions.no_motion is not None:
        no_motion = model.condition(conditions.no_motion, like)
    full = model.condition(conditions.positive, like)
    velocity = model.velocity
    if model.tiling is not None:
        velocity = with_tiles(velocity, model.tiling, WanLatents.spacial_downscale_ratio)
    if model.loops:
        velocity = with_shifted_latents(velocity, sigmas)
    return GuidedModel(velocity, full, no_text, no_motion, guidance)


def _latent_mask(mask: Tensor, like: Tensor) -> Tensor:
    """Resize a `noise_mask` to latents [B,16,T',h,w]; ValueError if it would have to be resized in time."""
    mask = mask.to(like)
    if mask.ndim < 5:
        mask = mask.reshape(-1, 1, 1, *mask.shape[-2:])
    if mask.shape[2] not in (1, like.shape[2]):
        raise ValueError(
            f"the noise mask has {mask.shape[2]} frames, and the latents have {like.shape[2]}: make them equal."
        )
    return functional.interpolate(
        mask, size=(mask.shape[2], *like.shape[3:]), mode="trilinear", align_corners=False
    )
