"""`comfy_api.latest.ui`: files and text that a node shows in the interface, and that the runner reports."""

from __future__ import annotations

from typing import Any

import torch

from ..pictures import save_images
from ..saved_files import FolderType, SavedResult


class SavedImages:
    """One or more saved pictures, or one animation."""

    def __init__(self, results: list[SavedResult], is_animated: bool = False):
        self.results = results
        self.is_animated = is_animated

    def as_dict(self) -> dict[str, Any]:
        return {"images": self.results} | ({"animated": (True,)} if self.is_animated else {})


class PreviewImage:
    """Pictures [B,H,W,3] shown on the node: written as PNG files to the temporary folder."""

    def __init__(self, image: torch.Tensor, animated: bool = False, cls: Any = None, **ignored: Any):
        self.values = save_images(image, "preview", FolderType.temp)
        self.animated = animated

    def as_dict(self) -> dict[str, Any]:
        return {"images": self.values, "animated": (self.animated,)}


class PreviewMask(PreviewImage):
    """Masks [B,H,W] shown as grey pictures."""

    def __init__(self, mask: torch.Tensor, animated: bool = False, cls: Any = None, **ignored: Any):
        grey = mask.reshape(-1, *mask.shape[-2:])[..., None].expand(-1, -1, -1, 3)
        super().__init__(grey, animated, cls)


class PreviewVideo:
    """Video files that already exist."""

    def __init__(self, values: list[SavedResult | dict[str, Any]], **ignored: Any):
        self.values = values

    def as_dict(self) -> dict[str, Any]:
        return {"images": self.values, "animated": (True,)}


class PreviewText:
    """Text shown on the node."""

    def __init__(self, value: str, **ignored: Any):
        self.value = value

    def as_dict(self) -> dict[str, Any]:
        return {"text": (self.value,)}
