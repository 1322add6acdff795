"""The part of ComfyUI's `comfy_api.latest` that this pack's nodes use.

It follows the public interface, so the nodes run without ComfyUI unchanged. `flowbrush.hosts.headless.install` registers
this package as `comfy_api.latest`; a ComfyUI process uses the real one and never imports this one. It covers only what
the nodes and the example graphs use. A schema made with it equals the one that ComfyUI makes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch

from . import io, ui
from .video import VideoCodec, VideoComponents, VideoContainer, VideoFromComponents, VideoFromFile, VideoInput


class ComfyExtension(ABC):
    """The object that a pack's `comfy_entrypoint` returns."""

    async def on_load(self) -> None:
        """Prepare the pack. Called once, before `get_node_list`."""

    @abstractmethod
    async def get_node_list(self) -> list[type[io.ComfyNode]]:
        """Return the pack's node classes."""


class Input:
    """Types of a node's input values, for annotations."""

    Image = torch.Tensor
    Mask = torch.Tensor
    Latent = dict
    Audio = dict
    Video = VideoInput


class InputImpl:
    """Classes that make a VIDEO."""

    VideoFromComponents = VideoFromComponents
    VideoFromFile = VideoFromFile


class Types:
    """Types of the parts of other values."""

    VideoComponents = VideoComponents
    VideoContainer = VideoContainer
    VideoCodec = VideoCodec


IO = io
UI = ui

__all__ = ["IO", "UI", "ComfyExtension", "Input", "InputImpl", "Types", "io", "ui"]
