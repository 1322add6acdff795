"""Frame interpolation with the models of ComfyUI's own Load Frame Interpolation Model: RIFE and FILM."""

# pyright: reportMissingImports=false

from __future__ import annotations

from typing import Any

import comfy.model_management
import torch
from comfy.ldm.common_dit import pad_to_patch_size
from torch import Tensor

from ...motion.flow.frame_interpolation import At, Method


def interpolation_method(model: Any) -> Method:
    """Return how an INTERP_MODEL makes pictures between two frames; see `hosts.Host.interpolation_method`."""
    network: Any = getattr(model, "model", None)
    if not hasattr(network, "extract_features") or not hasattr(network, "memory_used_forward"):
        raise ValueError(
            f"`interpolation_model` is a {type(model).__name__}; connect Load Frame Interpolation Model (RIFE or FILM)"
        )
    align = getattr(network, "pad_align", 1)
    device, dtype = model.load_device, model.model_dtype()
    # The second frame of a pair is the first frame of the next one, so its features are kept.
    latest: tuple[Tensor, Tensor, Any] | None = None

    @torch.no_grad()
    def prepare(frame: Tensor) -> tuple[Tensor, Tensor, Any]:
        """Return the frame, its planes [1,3,H,W] padded for the network, and the network's features of it."""
        if latest is not None and latest[0] is frame:
            return latest
        planes = frame.permute(2, 0, 1)[None].to(device=device, dtype=dtype)
        planes = pad_to_patch_size(planes, (align, align), padding_mode="reflect")  # like the stock node
        return frame, planes, network.extract_features(planes)

    def between(a: Tensor, b: Tensor) -> At:
        nonlocal latest
        needed = network.memory_used_forward((1, *a.shape), dtype)
        comfy.model_management.load_models_gpu([model], memory_required=needed)
        first, second = prepare(a), prepare(b)
        latest = second

        @torch.no_grad()
        def at(t: float) -> Tensor:
            time = torch.full((1, 1, *first[1].shape[-2:]), t, device=device, dtype=dtype)
            features = {"img0": first[2], "img1": second[2]}
            planes = network(first[1], second[1], timestep=time, cache=features)
            frame = planes[0, :, : a.shape[0], : a.shape[1]].permute(1, 2, 0)
            return frame.float().clamp(0, 1).to(device=a.device, dtype=a.dtype)

        return at

    return between
