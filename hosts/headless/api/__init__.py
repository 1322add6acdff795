"""The part of ComfyUI's `comfy_api.latest` that this pack's nodes are written against.

Written from the public interface so that the nodes run, unchanged, without ComfyUI. `flowbrush.hosts.headless.install`
registers this package as `comfy_api.latest`; in a ComfyUI process the real one is used and this one is never imported.
Only what the nodes and the example graphs use is here: a schema made with it equals the one ComfyUI makes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch

from . import io, ui
from .video import VideoCodec, VideoComponents, VideoContainer, VideoFromComponents, VideoFromFile, VideoInput


class ComfyExtension(ABC):
    """What a pack's `comfy_entrypoint` returns."""

    async def on_load(self) -> None:
        """Called once, before the node list is asked for."""

    @abstractmethod
    async def get_node_list(self) -> list[type[io.ComfyNode]]:
        """The pack's node classes."""


class Input:
    """Types of values that arrive at a node, for annotations."""

    Image = torch.Tensor
    Mask = torch.Tensor
    Latent = dict
    Audio = dict
    Video = VideoInput


class InputImpl:
    """Ways to make a VIDEO."""

    VideoFromComponents = VideoFromComponents
    VideoFromFile = VideoFromFile


class Types:
    """Value types that travel inside other values."""

    VideoComponents = VideoComponents
    VideoContainer = VideoContainer
    VideoCodec = VideoCodec


IO = io
UI = ui

__all__ = ["IO", "UI", "ComfyExtension", "Input", "InputImpl", "Types", "io", "ui"]
