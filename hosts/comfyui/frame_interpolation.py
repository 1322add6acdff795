"""Frames between frames by the models of ComfyUI's own "Load Frame Interpolation Model": RIFE and FILM."""

from __future__ import annotations

from typing import Any

import comfy.model_management
import torch
from comfy.ldm.common_dit import pad_to_patch_size
from torch import Tensor

from ...motion.flow.frame_interpolation import At, Method


def method_of(model: Any) -> Method:
    """See `hosts.Host.between_frames`."""
    network = getattr(model, "model", None)
    if not hasattr(network, "extract_features") or not hasattr(network, "memory_used_forward"):
        raise ValueError(
            f"`interpolation_model` is a {type(model).__name__}; connect Load Frame Interpolation Model (RIFE or FILM)"
        )
    align = getattr(network, "pad_align", 1)
    device, dtype = model.load_device, model.model_dtype()
    latest: tuple[Tensor, Tensor, Any] | None = None  # the frame that the next pair begins with

    @torch.no_grad()
    def prepared(frame: Tensor) -> tuple[Tensor, Tensor, Any]:
        """(the frame, its planes [1,3,H,W] padded for the network, the network's features of it)."""
        if latest is not None and latest[0] is frame:
            return latest
        planes = frame.permute(2, 0, 1)[None].to(device=device, dtype=dtype)
        planes = pad_to_patch_size(planes, (align, align), padding_mode="reflect")  # as the stock node does
        return frame, planes, network.extract_features(planes)

    def between(a: Tensor, b: Tensor) -> At:
        nonlocal latest
        needed = network.memory_used_forward((1, *a.shape), dtype)
        comfy.model_management.load_models_gpu([model], memory_required=needed)
        first, second = prepared(a), prepared(b)
        latest = second

        @torch.no_grad()
        def at(t: float) -> Tensor:
            when = torch.full((1, 1, *first[1].shape[-2:]), t, device=device, dtype=dtype)
            features = {"img0": first[2], "img1": second[2]}
            made = network(first[1], second[1], timestep=when, cache=features)
            made = made[0, :, : a.shape[0], : a.shape[1]].permute(1, 2, 0)
            return made.float().clamp(0, 1).to(device=a.device, dtype=a.dtype)

        return at

    return between
