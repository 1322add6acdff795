"""CogVideoX under stock samplers.

ComfyUI's CogVideoX hands the network x as it is and reads x0 out of it as of a variance-preserving path
(x = sqrt(a) x0 + sqrt(1-a) noise), while its samplers go along a variance-exploding one (x = x0 + sigma noise): of
the stock samplers only VOID's own runs the model as it was trained. The same network as ordinary v-prediction, which
divides x by sqrt(1 + sigma^2) first, is right in all the others; for Euler the two are one and the same.
"""

from __future__ import annotations

from typing import Any

import comfy.model_base
import comfy.model_sampling


class _VPrediction(comfy.model_sampling.ModelSamplingDiscrete, comfy.model_sampling.V_PREDICTION):
    """V-prediction over discrete noise levels."""


def for_stock_samplers(model: Any) -> Any:
    """See `hosts.Host.for_stock_samplers`."""
    if not isinstance(model.model, comfy.model_base.CogVideoX):
        raise ValueError(f"`model` is a {type(model.model).__name__}; connect a CogVideoX")
    given = model.get_model_object("model_sampling")
    model = model.clone()
    if isinstance(given, comfy.model_sampling.V_PREDICTION_DDPM):
        sampling = _VPrediction(model.model.model_config)
        sampling.set_sigmas(given.sigmas)
        model.add_object_patch("model_sampling", sampling)
    return model
