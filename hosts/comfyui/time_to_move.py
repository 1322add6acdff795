"""Time-to-Move on any native video MODEL, by two of ComfyUI's own hooks and nothing else.

An OUTER_SAMPLE wrapper lets sampling begin at the weak clock, with the crude video in place of the canvas; a
PREDICT_NOISE wrapper puts the crude video into x0 where it is held. No `noise_mask` is set: models that read it as a
timestep for each token (Wan 2.2 5B, LTX-Video, HunyuanVideo) keep what the user's own mask means, and where that mask
keeps something the user's canvas stays.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import comfy.model_base
import comfy.model_sampling
import torch
from comfy.patcher_extension import WrappersMP
from comfy.utils import pack_latents
from torch import Tensor
from torch.nn import functional

from ...sampling import time_to_move as families
from ...sampling.parameterization import FLOW, VARIANCE_EXPLODING, Path
from ...sampling.time_to_move import Clocks, TimeToMove, begin_at_weak_clock, sigma_of_share, size_mismatch

_KEY = "flowbrush_time_to_move"
_FAMILIES = (
    (comfy.model_base.WAN21, families.WAN),
    (comfy.model_base.CogVideoX, families.COGVIDEOX),
    (comfy.model_base.SVD_img2vid, families.SVD),
    (comfy.model_base.LTXV, families.LTX),
    (comfy.model_base.LTXAV, families.LTX),
    (comfy.model_base.HunyuanVideo, families.HUNYUAN),
)
_SMALL = 512  # Wan networks narrower than this are ours: the published ones have 1536 and more


def family(model: Any) -> str:
    """See `hosts.Host.clock_family`."""
    for kind, name in _FAMILIES:
        if isinstance(model.model, kind):
            ours = name == families.WAN and getattr(model.model.diffusion_model, "dim", _SMALL) < _SMALL
            return families.BUNDLED if ours else name
    raise ValueError(
        f"there are no clocks for {type(model.model).__name__} yet: choose a `preset` or custom clocks"
    )


def patched(model: Any, reference: Tensor, strength: Tensor, clocks: Clocks) -> Any:
    """See `hosts.Host.following_model`. A clone; an earlier Time-to-Move on it is replaced."""
    steering = _Steering(reference, strength, clocks)
    model = model.clone()
    for kind, wrapper in (
        (WrappersMP.OUTER_SAMPLE, steering.outer_sample),
        (WrappersMP.PREDICT_NOISE, steering.predict_noise),
    ):
        model.remove_wrappers_with_key(kind, _KEY)
        model.add_wrapper_with_key(kind, _KEY, wrapper)
    return model


class _Steering:
    """The two wrappers. It holds nothing of a run, so that a patched MODEL can be used in several places."""

    def __init__(self, reference: Tensor, strength: Tensor, clocks: Clocks) -> None:
        self.reference, self.clocks = reference, clocks
        # [T',h,w] as it goes with video latents [B,C,T',h,w], or with SVD's [T,C,h,w]
        self.strength = strength[None, None] if reference.ndim == 5 else strength[:, None]

    def outer_sample(
        self,
        executor: Callable,
        noise: Tensor,
        latent_image: Tensor,
        sampler: Any,
        sigmas: Tensor,
        denoise_mask: Tensor | None = None,
        *more: Any,
        **named: Any,
    ) -> Tensor:
        """A run that adds noise and begins above the strong clock begins with the reference, at the weak clock.

        One without noise continues an earlier run (the second of two KSampler Advanced), and one that begins lower is
        a refinement of what it is given: both keep their canvas.
        """
        path = _path(executor.class_obj.model_patcher.get_model_object("model_sampling"))
        strong = float(sigma_of_share(torch.tensor(self.clocks.strong), path))
        if _falls(sigmas) and float(sigmas[0]) > strong and bool(noise.any()):
            sigmas = begin_at_weak_clock(sigmas, self.clocks, path)
            asked = self._laid_out(latent_image, named.get("latent_shapes"), path)
            replaced = torch.ones_like(asked.strength) if asked.known is None else asked.known
            if denoise_mask is not None:
                replaced = replaced * denoise_mask.to(replaced)
            latent_image = torch.lerp(latent_image.to(asked.reference), asked.reference, replaced)
        return executor(noise, latent_image, sampler, sigmas, denoise_mask, *more, **named)

    def predict_noise(
        self,
        executor: Callable,
        x: Tensor,
        timestep: Tensor,
        model_options: dict | None = None,
        seed: int | None = None,
    ) -> Tensor:
        """x0 [B,…] with the reference where it is held; where all of it is, the network is not asked."""
        options = model_options or {}
        sigmas = options.get("transformer_options", {}).get("sample_sigmas")
        if sigmas is None or not _falls(sigmas):
            return executor(x, timestep, options, seed)
        network = executor.class_obj.inner_model
        asked = self._laid_out(x, network.latent_shapes, _path(network.model_sampling))
        held = asked.reference_weight(float(timestep.max()), sigmas).to(x)
        if not bool(held.any()):
            return executor(x, timestep, options, seed)
        reference = network.process_latent_in(asked.reference).to(x)
        if bool((held == 1).all()):
            return reference.expand_as(x).clone()
        after = options.get("sampler_post_cfg_function", [])
        if after:
            options = {
                **options,
                "sampler_post_cfg_function": [_shown_held(function, reference, held) for function in after],
            }
        return torch.lerp(executor(x, timestep, options, seed), reference, held)

    def _laid_out(self, canvas: Tensor, shapes: list | None, path: Path) -> TimeToMove:
        """Reference and strength as they lie on a canvas: with more frames behind (keyframe guides), or packed with the
        sound that an audio-video model makes along. Raises ValueError for another size or length."""
        shape = tuple(canvas.shape if shapes is None else shapes[0])
        own = tuple(self.reference.shape)
        fits = shape[1:] == own[1:] and (len(own) == 5 or shape[0] == own[0])
        longer = (
            len(own) == len(shape) == 5 and shape[1] == own[1] and shape[3:] == own[3:] and shape[2] > own[2]
        )
        if not (fits or longer):
            raise ValueError(size_mismatch(shape, own))
        reference, strength = self.reference.to(canvas.device), self.strength.to(canvas.device)
        others = shapes[1:] if shapes else []
        if fits and not others:
            return TimeToMove(reference, strength, self.clocks, path)
        known, behind = torch.ones_like(strength), (0, 0, 0, 0, 0, shape[2] - own[2])
        parts = [functional.pad(part, behind) for part in (reference, strength, known)]
        if others:
            rest = [canvas.new_zeros(1, *other[1:]) for other in others]
            parts = [pack_latents([part.expand_as(parts[0]), *rest])[0] for part in parts]
        reference, strength, known = parts
        return TimeToMove(reference, strength, self.clocks, path, known)


def _shown_held(function: Callable, reference: Tensor, held: Tensor) -> Callable:
    """A post-CFG function that finds the reference in the unguided x0 too: samplers of the kind CFG++ take their
    direction from it."""

    def shown(given: dict[str, Any]) -> Tensor:
        unguided = given["uncond_denoised"]
        if unguided is None:
            return function(given)
        return function({**given, "uncond_denoised": torch.lerp(unguided, reference, held)})

    return shown


def _path(model_sampling: Any) -> Path:
    return FLOW if isinstance(model_sampling, comfy.model_sampling.CONST) else VARIANCE_EXPLODING


def _falls(sigmas: Tensor) -> bool:
    return len(sigmas) > 1 and float(sigmas[0]) > float(sigmas[-1])
