"""The same weights at other sizes, aspect ratios and lengths: accuracy of the first frame and of the motion."""

from __future__ import annotations

import time
from typing import Any

import cv2
import torch
from torch import Tensor

from ..motion.field.field import field_from_document
from ..motion.measure.measure import measure_motion, psnr
from ..rendering.warp import warp_image
from .chain import Chain

# (width, height, frames): from 128 to 384 px, from portrait to wide, from 1 to 49 frames.
SHAPES = ((128, 128, 17), (384, 384, 9), (192, 320, 17), (384, 160, 9), (256, 256, 1), (128, 128, 49))
SHORT_LIST = ((128, 128, 1), (128, 192, 17), (256, 128, 17), (128, 128, 49))


def crop_photo(photo: Any, width: int, height: int) -> Tensor:
    """The centre of a photo uint8 [H,W,3], scaled to [height,width,3] in 0..1."""
    scale = max(width / photo.shape[1], height / photo.shape[0])
    size = max(width, round(photo.shape[1] * scale)), max(height, round(photo.shape[0] * scale))
    small = cv2.resize(photo[..., :3], size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    top, left = (size[1] - height) // 2, (size[0] - width) // 2
    return torch.from_numpy(small[top : top + height, left : left + width].copy()).float() / 255


def size_rows(
    chain: Chain, photo: Any, document: str, shapes: tuple[tuple[int, int, int], ...]
) -> list[dict]:
    """One row for each shape: motion error and floor in px, first frame in dB, and the seconds of making the video."""
    rows = []
    for width, height, frames in shapes:
        picture = crop_photo(photo, width, height)
        start = time.perf_counter()
        field = field_from_document(document, frames, aspect=width / height)
        video = chain.sample(*chain.encode_warped(warp_image(picture, field)))
        row: dict[str, Any] = {
            "name": f"{width}x{height}, {frames} frames",
            "first_frame_psnr": round(psnr(video[0], picture), 4),
            "seconds": round(time.perf_counter() - start, 3),
            "epe_median": None,
            "floor": None,
        }
        if frames > 1:
            report = measure_motion(video, field, picture, floor=True)
            numbers = report.as_dict()
            row |= {"epe_median": numbers["epe_median"], "floor": numbers["floor_epe_median"]}
        rows.append(row)
    return rows
