"""Loops by latent shift (`sampling.latent_shift`) on a native video MODEL, with two of ComfyUI's own hooks.

An OUTER_SAMPLE wrapper checks what is sampled. An APPLY_MODEL wrapper shifts the latents and what the conditions say about each
latent frame before the network runs, and shifts its x0 back.
"""

# pyright: reportMissingImports=false

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from comfy.patcher_extension import WrappersMP
from torch import Tensor

from ...sampling.latent_shift import remark_on_steps, with_shifted_latents
from .. import host
from .network_call import refuse_whole_guides

_KEY = "flowbrush_latent_shift"
_ROTARY = {
    *("WAN21", "WAN22", "WAN21_Camera", "HunyuanVideo", "HunyuanVideo15", "LTXV", "GenmoMochi", "Kandinsky5"),
    "CosmosPredict2",
}
"""Classes in `comfy.model_base` whose networks see only how far frames are apart, and whose latents hold only the frames."""
_INSTEAD = (
    "use ComfyUI's Context Windows (for Wan: Wan Context Windows) with the schedule looped_uniform, `closed_loop` on and a context "
    "shorter than the video instead"
)


def looping_model(model: Any) -> Any:
    """Return a clone of a MODEL that closes loops; see `Host.looping_model`."""
    kind = type(model.model).__name__
    if kind not in _ROTARY:
        raise ValueError(
            f"the latents of {kind} cannot be shifted in time, because it knows the place of a frame in the clip or carries more than "
            f"frames: {_INSTEAD}"
        )
    model = model.clone()
    for wrapped, wrapper in (
        (WrappersMP.OUTER_SAMPLE, _outer_sample),
        (WrappersMP.APPLY_MODEL, _apply_model),
    ):
        model.remove_wrappers_with_key(wrapped, _KEY)
        model.add_wrapper_with_key(wrapped, _KEY, wrapper)
    return model


def _outer_sample(
    executor: Callable,
    noise: Tensor,
    latent_image: Tensor,
    sampler: Any,
    sigmas: Tensor,
    *more: Any,
    **named: Any,
) -> Tensor:
    """Check that latents are video frames which one call of the network sees, and remark on too few steps."""
    if latent_image.ndim != 5 or len(named.get("latent_shapes") or ()) > 1:
        raise ValueError(
            f"the latent to sample has the shape {list(latent_image.shape)}; Close Loop needs the frames of a video alone, "
            "[batch, channels, frames, height, width]: sample without sound"
        )
    if executor.class_obj.model_options.get("context_handler") is not None:
        raise ValueError(
            "the model has context windows, which close a loop themselves: choose their schedule looped_uniform and `closed_loop`, and "
            "remove Close Loop"
        )
    remark = remark_on_steps(len(sigmas) - 1)
    if remark:
        host().notice(remark)
    return executor(noise, latent_image, sampler, sigmas, *more, **named)


def _apply_model(
    executor: Callable,
    x: Tensor,
    t: Tensor,
    c_concat: Tensor | None = None,
    c_crossattn: Tensor | None = None,
    control: Any = None,
    transformer_options: dict | None = None,
    **conditions: Any,
) -> Tensor:
    """Return x0 [B,C,T',h,w] of the network, which sees the clip from another latent frame on."""
    options = transformer_options or {}
    cannot = f"whose place in the clip Close Loop cannot shift: remove one of the two, or {_INSTEAD}"
    refuse_whole_guides(control, conditions, cannot)

    def predict(x: Tensor, sigma: Tensor, c_concat: Tensor | None, **conditions: Any) -> Tensor:
        return executor(x, sigma, c_concat, c_crossattn, control, options, **conditions)

    predict_shifted = with_shifted_latents(predict, options["sample_sigmas"])
    return predict_shifted(x, t, c_concat=c_concat, **conditions)
