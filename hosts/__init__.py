"""Hosts: the environments in which nodes run. A host loads models, samples, reports progress and knows folders.

`hosts.comfyui.ComfyUIHost` works inside a running ComfyUI, `hosts.headless.HeadlessHost` runs a workflow file without
ComfyUI. Both implement `Host`, so a node is written once:

    from ..hosts import host

    latents = host().encode_video(vae, frames)

This module imports nothing heavy: a host's package is imported when it is first needed.
"""

import importlib
import sys

from .base import (
    BUNDLED,
    BUNDLED_CHOICES,
    BUNDLED_TEXT_TO_VIDEO,
    Conditioning,
    Conditions,
    Host,
    Kind,
    Latent,
    LatentFormat,
    Noise,
    Progress,
)

__all__ = [
    "BUNDLED",
    "BUNDLED_CHOICES",
    "BUNDLED_TEXT_TO_VIDEO",
    "Conditioning",
    "Conditions",
    "Host",
    "Kind",
    "Latent",
    "LatentFormat",
    "Noise",
    "Progress",
    "host",
    "use",
]

_CLASSES = {"comfyui": "ComfyUIHost", "headless": "HeadlessHost"}

_current: Host | None = None


def use(chosen: Host | str) -> Host:
    """Make `chosen` (a host, or "comfyui" or "headless" for a new one) the host of this process, and return it."""
    global _current
    if isinstance(chosen, str):
        if chosen not in _CLASSES:
            raise ValueError(f'host is {chosen!r}; it is "comfyui" or "headless"')
        package = importlib.import_module(f".{chosen}", __package__)
        return use(getattr(package, _CLASSES[chosen])())
    _current = chosen
    return chosen


def host() -> Host:
    """Return the host of this process: the one given to `use`, else ComfyUI's inside a running ComfyUI, else headless."""
    if _current is not None:
        return _current
    return use("comfyui" if _inside_comfyui() else "headless")


def _inside_comfyui() -> bool:
    # ComfyUI's server imports its node registry before any pack. A test that imports only comfy.ldm does not.
    nodes = sys.modules.get("nodes")
    return "comfy.model_management" in sys.modules and hasattr(nodes, "NODE_CLASS_MAPPINGS")
