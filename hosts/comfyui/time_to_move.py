"""Time-to-Move (`sampling.time_to_move`) on any native video MODEL, with two of ComfyUI's own hooks.

An OUTER_SAMPLE wrapper makes sampling start at the weak clock, with the reference video in place of the canvas. A
PREDICT_NOISE wrapper replaces x0 by the reference where the clocks require it. The module sets no `noise_mask`, because
some models (Wan 2.2 5B, LTX-Video, HunyuanVideo) read it as a timestep for each token. The user's own mask keeps its
meaning: where it is 0, the user's canvas stays.
"""

# pyright: reportMissingImports=false

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
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
from ...sampling.time_to_move import (
    AS_IN_PAPER,
    AS_RELEASED,
    Clocks,
    TimeToMove,
    begin_at_weak_clock,
    share_of_sigma,
    sigma_of_share,
    size_mismatch,
)

_KEY = "flowbrush_time_to_move"
_NOISE = "flowbrush_noise"
_FAMILIES = (
    ("WAN21", families.WAN),
    ("MiniMaxH3", families.MINIMAX_H3),
    ("LTXV", families.LTX),
    ("LTXAV", families.LTX),
    ("HunyuanVideo", families.HUNYUAN),
    ("Kandinsky5", families.KANDINSKY5),
    ("CosmosPredict2", families.COSMOS),
    ("CogVideoX", families.COGVIDEOX),
    ("SVD_img2vid", families.SVD),
)
"""The names of classes in `comfy.model_base`, of which older versions lack some, and their families in `PRESETS`."""
_BUNDLED_WIDTH = 512
"""Wan networks narrower than this are bundled ones; the published networks are at least 1536 wide."""


def clock_family(model: Any) -> str:
    """Return the name of a MODEL's family in `PRESETS`; see `hosts.Host.clock_family`."""
    for kind, name in _FAMILIES:
        if isinstance(model.model, getattr(comfy.model_base, kind, ())):
            width = getattr(model.model.diffusion_model, "dim", _BUNDLED_WIDTH)
            return families.BUNDLED if name == families.WAN and width < _BUNDLED_WIDTH else name
    raise ValueError(
        f"there are no clocks for {type(model.model).__name__} yet: choose a `preset` or custom clocks"
    )


def following_model(
    model: Any,
    reference: Tensor,
    strength: Tensor,
    clocks: Clocks,
    in_front: int = 0,
    hold: str = AS_IN_PAPER,
) -> Any:
    """Return a clone of a MODEL that follows `reference`, in place of any earlier one; see `Host.following_model`."""
    steering = _Steering(reference, strength, clocks, in_front, hold)
    model = model.clone()
    for kind, wrapper in (
        (WrappersMP.OUTER_SAMPLE, steering.outer_sample),
        (WrappersMP.PREDICT_NOISE, steering.predict_noise),
    ):
        model.remove_wrappers_with_key(kind, _KEY)
        model.add_wrapper_with_key(kind, _KEY, wrapper)
    return model


class _Steering:
    """The two wrappers. They keep no state of a run, so one MODEL can be used in several places of a graph."""

    def __init__(
        self, reference: Tensor, strength: Tensor, clocks: Clocks, in_front: int = 0, hold: str = AS_IN_PAPER
    ) -> None:
        self.reference, self.clocks, self.in_front, self.hold = reference, clocks, in_front, hold
        # Broadcast [T',h,w] to video latents [B,C,T',h,w], or to SVD's [T,C,h,w].
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
        """Start a run that adds noise above the strong clock from the reference, at the weak clock.

        Two kinds of run keep their canvas: one without noise continues an earlier run (the second of two KSampler
        Advanced), and one that starts below the strong clock refines its canvas.
        """
        guider = executor.class_obj
        model_sampling = guider.model_patcher.get_model_object("model_sampling")
        path, clocks = _path(model_sampling), _noise_clocks(self.clocks, model_sampling)
        strong = float(sigma_of_share(torch.tensor(clocks.strong), path))
        if _falls(sigmas) and float(sigmas[0]) > strong and bool(noise.any()):
            sigmas = begin_at_weak_clock(sigmas, clocks, path)
            target = self._on_canvas(latent_image, named.get("latent_shapes"), model_sampling, guider)
            weight = torch.ones_like(target.strength) if target.known is None else target.known
            if denoise_mask is not None:
                weight = weight * denoise_mask.to(weight)
            latent_image = torch.lerp(latent_image.to(target.reference), target.reference, weight)
            guider.model_options[_NOISE] = noise  # this is the guider's copy for one run
        return executor(noise, latent_image, sampler, sigmas, denoise_mask, *more, **named)

    def predict_noise(
        self,
        executor: Callable,
        x: Tensor,
        timestep: Tensor,
        model_options: dict | None = None,
        seed: int | None = None,
    ) -> Tensor:
        """Return x0 [B,…] with the reference mixed in.

        The network does not run if the reference covers all of it. It does run where there are post-CFG functions (CFG++
        samplers add one, and take their direction from what it receives), and in an autoregressive sampler, which counts
        on it to fill its caches.
        """
        options = model_options or {}
        sigmas = options.get("transformer_options", {}).get("sample_sigmas")
        if sigmas is None or not _falls(sigmas) or float(timestep.max()) <= 0:
            return executor(x, timestep, options, seed)
        network = executor.class_obj.inner_model
        sigma = float(timestep.max())
        target = self._on_canvas(x, network.latent_shapes, network.model_sampling, executor.class_obj)
        target = _of_block(target, options, x)
        if self.hold == AS_RELEASED:
            x = self._overwritten(x, timestep, target, network, options)
            return executor(x, timestep, options, seed)
        weight = target.reference_weight(sigma, sigmas).to(x)
        if not bool(weight.any()):
            return executor(x, timestep, options, seed)
        reference = network.process_latent_in(target.reference).to(x)
        functions = options.get("sampler_post_cfg_function", [])
        autoregressive = "ar_state" in options["transformer_options"]
        if not functions and not autoregressive and bool((weight == 1).all()):
            return reference.expand_as(x).clone()
        if functions:
            mixing = [_with_reference(function, reference, weight) for function in functions]
            options = {**options, "sampler_post_cfg_function": mixing}
        return torch.lerp(executor(x, timestep, options, seed), reference, weight)

    def _overwritten(
        self, x: Tensor, timestep: Tensor, target: TimeToMove, network: Any, options: dict
    ) -> Tensor:
        """Return x with the noised reference in all parts above their clock, as the released code for Wan does."""
        sigma = float(timestep.max())
        if sigma < float(sigma_of_share(torch.tensor(target.clocks.strong), target.path)) * (1 - 1e-5):
            return x
        if _NOISE not in options:
            raise ValueError(
                "this run adds no noise of its own, which `hold` as released for Wan needs down to the strong clock: sample "
                "from the start to below that clock in one run, or choose `hold` as in the paper"
            )
        reference = network.process_latent_in(target.reference).to(x)
        noisy = network.model_sampling.noise_scaling(timestep, options[_NOISE].to(x), reference)
        return target.overwritten(x, noisy, sigma)

    def _on_canvas(
        self, canvas: Tensor, shapes: list | None, model_sampling: Any, guider: Any = None
    ) -> TimeToMove:
        """Return reference and strength in the shape of a canvas.

        A canvas may have `in_front` more frames at its beginning (VACE, Animate) and more frames at its end (keyframe
        guides), or be packed together with the sound of an audio-video model, in which case `shapes` lists the shapes of
        its parts. Raises ValueError for another size or length.
        """
        path, clocks = _path(model_sampling), _noise_clocks(self.clocks, model_sampling)
        shape = tuple(canvas.shape if shapes is None else shapes[0])
        own = tuple(self.reference.shape)
        fits = shape[1:] == own[1:] and (len(own) == 5 or shape[0] == own[0]) and not self.in_front
        if not fits:
            self._check_longer(shape, own, _guide_frames(guider, shape))
        reference, strength = self.reference.to(canvas.device), self.strength.to(canvas.device)
        others = shapes[1:] if shapes else []
        if fits and not others:
            return TimeToMove(reference, strength, clocks, path, hold=self.hold)
        known = torch.ones_like(strength)
        more_frames = (0, 0, 0, 0, self.in_front, shape[2] - own[2] - self.in_front)
        parts = [functional.pad(part, more_frames) for part in (reference, strength, known)]
        if others:
            rest = [canvas.new_zeros(1, *other[1:]) for other in others]
            parts = [pack_latents([part.expand_as(parts[0]), *rest])[0] for part in parts]
        reference, strength, known = parts
        return TimeToMove(reference, strength, clocks, path, known, self.hold)

    def _check_longer(self, shape: tuple[int, ...], own: tuple[int, ...], guides: int) -> None:
        """Raise ValueError unless a canvas is the reference with `in_front` frames before it and `guides` behind it."""
        if len(own) != 5 or len(shape) != 5 or (shape[1], *shape[3:]) != (own[1], *own[3:]):
            raise ValueError(size_mismatch(shape, own))
        wanted = own[2] + self.in_front + guides
        if shape[2] != wanted:
            raise ValueError(
                f"the latent to sample has {shape[2]} latent frames, but the motion fills {own[2]}"
                + (f" with {self.in_front} in front of it (`trim_latent`)" if self.in_front else "")
                + (f" and {guides} guide frames behind it" if guides else "")
                + ": give the motion the length of the video, and connect `trim_latent` if the node that makes the latent "
                "has such an output"
            )


def _of_block(target: TimeToMove, options: dict, x: Tensor) -> TimeToMove:
    """Return the part of a target for the frames of x, where an autoregressive sampler makes a video block by block."""
    block = options.get("transformer_options", {}).get("ar_state")
    if block is None:
        return target
    frames = slice(block["start_frame"], block["start_frame"] + x.shape[2])
    parts = {name: getattr(target, name) for name in ("reference", "strength", "known")}
    return replace(target, **{name: part[:, :, frames] for name, part in parts.items() if part is not None})


def _guide_frames(guider: Any, shape: tuple[int, ...]) -> int:
    """Return how many latent frames of keyframe guides LTX nodes have put behind the video, by the conditions of a run."""
    counts = [0]
    for conditions in getattr(guider, "conds", {}).values():
        for condition in conditions or ():
            places = condition.get("keyframe_idxs")  # [B,axis,token,…]
            if places is not None:
                each = shape[3] * shape[4]  # LTX has a token for each cell
                whole = places.shape[2] % each == 0
                counts.append(
                    places.shape[2] // each if whole else len(places[0, 0].flatten(1)[:, 0].unique())
                )
    return max(counts)


def _with_reference(function: Callable, reference: Tensor, weight: Tensor) -> Callable:
    """Wrap a post-CFG function so that the unguided x0 it receives has the reference mixed in as well.

    CFG++ samplers take their direction from the unguided x0.
    """

    def post_cfg(arguments: dict[str, Any]) -> Tensor:
        unguided = arguments["uncond_denoised"]
        if unguided is None:
            return function(arguments)
        return function({**arguments, "uncond_denoised": torch.lerp(unguided, reference, weight)})

    return post_cfg


def _path(model_sampling: Any) -> Path:
    return FLOW if isinstance(model_sampling, comfy.model_sampling.CONST) else VARIANCE_EXPLODING


def _noise_clocks(clocks: Clocks, model_sampling: Any) -> Clocks:
    """Return clocks as shares of noise: those in steps by the model's own schedule, which its shift determines."""
    path = _path(model_sampling)
    return clocks.noise_clocks(
        lambda left: share_of_sigma(float(model_sampling.percent_to_sigma(1.0 - left)), path)
    )


def _falls(sigmas: Tensor) -> bool:
    return len(sigmas) > 1 and float(sigmas[0]) > float(sigmas[-1])
