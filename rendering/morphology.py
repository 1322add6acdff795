"""Dilation by a disc, and its window."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from torch import Tensor


def disc(radius: int) -> np.ndarray:
    """A round window [2r+1,2r+1] for OpenCV's dilate and erode."""
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))


def grown(mask: Tensor, radius: int) -> Tensor:
    """A mask [h,w] bool grown by a disc."""
    return torch.from_numpy(cv2.dilate(mask.numpy().astype(np.uint8), disc(radius)) > 0)
