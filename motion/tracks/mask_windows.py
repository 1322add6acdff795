"""Windows of masks around the object that is tracked, so that a small object has as many cells as a large one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

LONG_SIDE = 128  # most cells along the long side of a window
_FEWEST_CELLS = 32  # along the long side, for objects of a few pixels
_MARGIN = 0.75  # on either side of the object, as a share of its size
_SMALLEST = 24  # px, the least margin
# Values below this are the soft rim of a mask or noise.
_FAINT = 0.1
_FEWEST_PIXELS = 4.0
# Below this share of the first mask's area, a mask is taken to be noise of the segmenter.
_FADED = 0.005
_CUT = 0.25  # a mask that is larger than this at the border is cut off by it


@dataclass(frozen=True)
class MaskWindows:
    """Windows of equal size on masks, inside the picture.

    cells: [T,1,h,w], the masks on the windows' grid. offset: [T,2], (x, y) of each window's corner in units (the short
    side of the picture is 1). size: (x, y) of a window in units. extent: (x, y) of the picture. sides: [T,4] bool, True
    where the mask is cut off by the picture's left, right, top or bottom border.
    """

    cells: Tensor
    offset: np.ndarray
    size: tuple[float, float]
    extent: tuple[float, float]
    sides: np.ndarray

    @property
    def cell(self) -> float:
        """The size of a cell in units, the larger of its two sides."""
        return max(self.size[0] / self.cells.shape[3], self.size[1] / self.cells.shape[2])

    @property
    def long_side(self) -> int:
        """The number of cells along the long side."""
        return max(self.cells.shape[2:])


def visible_frames(masks: Tensor) -> np.ndarray:
    """For masks [T,H,W], [T] bool: False where a mask is empty, or so small beside the first that it is noise."""
    amounts = torch.stack([(mask * (mask > _FAINT)).sum(dtype=torch.float64) for mask in masks])
    return (amounts >= max(_FEWEST_PIXELS, _FADED * float(amounts[0]))).numpy()


def mask_windows(masks: Tensor, visible: np.ndarray) -> MaskWindows:
    """The windows on masks [T,H,W] in 0..1; those of invisible frames are at the first frame's place."""
    height, width = masks.shape[1:]
    boxes = [_box(masks[t] if visible[t] else masks[0]) for t in range(len(masks))]
    columns = _window_length([(box[0], box[1]) for box in boxes], width)
    rows = _window_length([(box[2], box[3]) for box in boxes], height)
    corners, crops, sides = [], [], []
    cells = _grid_size(rows, columns)
    for t, (left, right, top, bottom) in enumerate(boxes):
        x = _start(left, right, columns, width)
        y = _start(top, bottom, rows, height)
        mask = masks[t] if visible[t] else torch.zeros_like(masks[t])
        corners.append((x, y))
        crops.append(_resize(mask[y : y + rows, x : x + columns], cells))
        edges = (mask[:, 0], mask[:, -1], mask[0], mask[-1])
        sides.append([bool(edge.amax() > _CUT) for edge in edges])
    unit = min(height, width)
    return MaskWindows(
        torch.stack(crops)[:, None],
        np.array(corners) / unit,
        (columns / unit, rows / unit),
        (width / unit, height / unit),
        np.array(sides),
    )


def _box(mask: Tensor) -> tuple[int, int, int, int]:
    """First and last column, first and last row of what is not faint in a mask [H,W]."""
    inside = mask > _FAINT
    columns, rows = inside.any(0).nonzero().flatten(), inside.any(1).nonzero().flatten()
    return int(columns[0]), int(columns[-1]), int(rows[0]), int(rows[-1])


def _window_length(spans: list[tuple[int, int]], full: int) -> int:
    """The length of a window in px that holds each span with its margins, at most `full`."""
    longest = max(last - first + 1 for first, last in spans)
    wanted = longest + 2 * max(round(_MARGIN * longest), _SMALLEST)
    return full if wanted > 0.75 * full else wanted


def _start(first: int, last: int, length: int, full: int) -> int:
    """The first pixel of a window around a span, inside the picture."""
    return min(max((first + last + 1 - length) // 2, 0), full - length)


def _grid_size(rows: int, columns: int) -> tuple[int, int]:
    long_side = max(rows, columns)
    scale = min(max(long_side, _FEWEST_CELLS), LONG_SIDE) / long_side
    return max(8, round(rows * scale)), max(8, round(columns * scale))


def _resize(mask: Tensor, cells: tuple[int, int]) -> Tensor:
    """The mask [h,w] on a grid of cells: the mean over each cell, or bilinear on a finer grid."""
    if mask.shape[0] >= cells[0] and mask.shape[1] >= cells[1]:
        return F.interpolate(mask[None, None], size=cells, mode="area")[0, 0]
    return F.interpolate(mask[None, None], size=cells, mode="bilinear", align_corners=False)[0, 0]
