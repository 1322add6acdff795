"""Where a video departs from the motion field that it should follow, as pictures and as text."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from ...rendering.forward_splat import forward_splat
from ..tracks.grid_points import points_inside

if TYPE_CHECKING:
    from ..field.field import MotionField
    from ..field.layers import LayerShare
    from .comparison import Comparison

# Colours from no error to FULL: dark blue, violet, red, light yellow.
_STOPS = ((0.05, 0.05, 0.20), (0.45, 0.10, 0.45), (0.90, 0.30, 0.20), (1.00, 0.95, 0.60))
_UNMEASURED = 0.35  # grey
# The error of the brightest colour, as a share of the short side.
FULL = 0.04
# Spacing of the arrows, as a share of the short side. Points that move less than _TRAVELS have no arrow.
_SPACING = 1 / 12
_TRAVELS = 0.5  # px
# Columns of the map in text; a character is about twice as high as wide.
_COLUMNS = 24
_BLANK = "\u2007"  # a space as wide as a digit


def error_colours(amount: Tensor) -> Tensor:
    """Colours [...,3] of amounts [...] in 0..1."""
    stops = torch.tensor(_STOPS)
    place = amount.clamp(0, 1)[..., None] * (len(stops) - 1)
    low = place.floor().long().clamp(0, len(stops) - 2)[..., 0]
    return torch.lerp(stops[low], stops[low + 1], place - low[..., None])


def error_picture(error: Tensor, usable: Tensor, full: float) -> Tensor:
    """[1,H,W,3]: the mean error of each point in colour, brightest at `full` px; grey where it is never `usable`.

    error and usable are [T,H,W].
    """
    mean = mean_error(error, usable)
    colours = error_colours((mean / full).nan_to_num())
    return torch.where(mean.isnan()[..., None], torch.tensor(_UNMEASURED), colours)[None]


def mean_error(error: Tensor, usable: Tensor) -> Tensor:
    """Mean over time [H,W] of the error [T,H,W] at times when it is `usable`; NaN where it never is."""
    return (error * usable).sum(0) / usable.sum(0)


@torch.no_grad()
def error_video(frames: Tensor, motion: MotionField, comparison: Comparison) -> Tensor:
    """The video [T,H,W,3] in grey, with the error of every visible point in colour, arrows and a colour scale.

    A white arrow is the requested path of a painted point up to the frame. From its head a line in the colour of the
    error leads to a dot at the measured position. Points that could not be measured stay grey.
    """
    frames = frames.detach().float().cpu()
    count, height, width, _ = frames.shape
    full = FULL * min(height, width)
    error = torch.cat([torch.zeros(1, height, width), comparison.error])
    usable = torch.cat([comparison.measurable[:1], comparison.usable])
    points = _points(motion, comparison)
    out = torch.empty_like(frames)
    for t in range(count):
        amount = (error[t] / full).clamp(0, 1)
        splat, coverage = forward_splat(
            torch.stack([amount * usable[t], usable[t].float()])[None], comparison.measured[t : t + 1]
        )
        known = splat[0, 1]
        amount = splat[0, 0] / known.clamp_min(1e-6)
        grey = frames[t].mean(-1, keepdim=True).expand(-1, -1, 3) * 0.6
        opacity = (known * coverage[0])[..., None] * (0.12 + 0.73 * amount[..., None])
        picture = torch.lerp(grey, error_colours(amount), opacity)
        out[t] = _with_arrows(picture, t, points, comparison, usable, full)
    _draw_bar(out, full)
    return out


def error_summary(motion: MotionField, comparison: Comparison) -> str:
    """The requested and the measured motion of each layer, and the error as a map of digits."""
    mean = mean_error(comparison.error, comparison.usable)
    return "\n".join([*_layer_lines(motion, comparison), *_digits(mean)])


def _layer_lines(motion: MotionField, comparison: Comparison) -> list[str]:
    """One line for each layer, and one for the unpainted part when a camera moves it."""
    height, width = comparison.requested.shape[1:3]
    left = torch.ones(height * width, dtype=torch.bool)
    lines = []
    for number, share in enumerate(motion.shares(height, width)):
        owned = share.exact >= 0.5
        left &= ~owned
        if share.layer.strength == 0:
            continue  # the video is free to ignore this layer
        line = _line(_name(share, number), owned.reshape(height, width), comparison, share.layer.freeze)
        lines += [line] if line else []
    if motion.cameras:
        line = _line("unpainted area, moved by the camera", left.reshape(height, width), comparison, False)
        lines += [line] if line else []
    return lines


def _name(share: LayerShare, number: int) -> str:
    return getattr(share.layer, "name", "") or f"layer {number + 1}"


def _line(name: str, owned: Tensor, comparison: Comparison, frozen: bool) -> str | None:
    """The requested and the measured displacement of a layer, at the time when the requested one is largest."""
    chosen = comparison.usable & owned
    length = torch.linalg.vector_norm(comparison.requested[1:], dim=-1)
    farthest = int((length * owned).flatten(1).sum(1).argmax())
    if frozen:
        farthest = len(length) - 1
    chosen = chosen[farthest]
    if not bool(chosen.any()):
        return f"{name}: could not be measured"
    measured = comparison.measured[1:][farthest][chosen]
    if frozen:
        return f"{name} (frozen): moved {float(torch.linalg.vector_norm(measured, dim=-1).median()):.1f} px"
    requested, length = comparison.requested[1:][farthest][chosen], length[farthest][chosen]
    travels = length > _TRAVELS
    if not bool(travels.any()):
        return None
    along = (measured * requested).sum(-1)[travels] / length[travels]
    far = float(length[travels].median())
    share = 100 * float((along / length[travels]).median())
    went = float(along.median())
    return f"{name}: requested {far:.1f} px, measured {went:.1f} px in that direction ({share:.0f} %)"


def _digits(mean: Tensor) -> list[str]:
    """The error [H,W] as rows of digits, one per cell; a space for a cell in which nothing was measured."""
    height, width = mean.shape
    columns = min(_COLUMNS, width)
    rows = max(1, min(height, round(columns * height / width / 2)))
    row = torch.arange(height) * rows // height
    column = torch.arange(width) * columns // width
    cell = (row[:, None] * columns + column).flatten()
    known = ~mean.isnan().flatten()
    total = torch.zeros(rows * columns).index_add_(0, cell[known], mean.flatten()[known])
    cells = total / torch.zeros(rows * columns).index_add_(0, cell, known.float())
    largest = float(cells.nan_to_num().amax())
    unit = max(1, math.ceil(largest / 9.5))
    unit_text = "px" if unit == 1 else f"times {unit} px"
    text = [_BLANK if math.isnan(value) else str(min(9, round(value / unit))) for value in cells.tolist()]
    lines = ["".join(text[start : start + columns]) for start in range(0, rows * columns, columns)]
    return [f"map of the error in {unit_text} (blank: not measured):", *lines]


def _points(motion: MotionField, comparison: Comparison) -> list[tuple[int, int]]:
    """Pixels (x, y) of an even grid that are painted, move, and can be measured at some time."""
    height, width = comparison.requested.shape[1:3]
    travels = torch.linalg.vector_norm(comparison.requested, dim=-1).amax(0) > _TRAVELS
    region = travels & (motion.painted(height, width) > 0.5) & comparison.usable.any(0)
    points = points_inside(region, max(4.0, min(height, width) * _SPACING))
    return [(int(x), int(y)) for x, y in points.tolist()]


def _with_arrows(
    picture: Tensor,
    t: int,
    points: list[tuple[int, int]],
    comparison: Comparison,
    usable: Tensor,
    full: float,
) -> Tensor:
    """The picture [H,W,3] of frame t with the arrows of `error_video`."""
    import cv2

    canvas = np.ascontiguousarray((picture.clamp(0, 1) * 255).round().to(torch.uint8).numpy())
    thick = max(1, round(min(canvas.shape[:2]) / 240))
    shift, unit = 4, 16

    def place(point: Tensor) -> tuple[int, int]:
        x, y = (max(-(1 << 24), min(1 << 24, round(float(value) * unit))) for value in point)
        return x, y

    for x, y in points:
        start = torch.tensor([x, y])
        way = np.array([place(start + moved) for moved in comparison.requested[: t + 1, y, x]], np.int32)
        cv2.polylines(canvas, [way[:, None]], False, (255, 255, 255), thick, cv2.LINE_AA, shift)
        if not usable[t, y, x]:
            continue
        position = start + comparison.measured[t, y, x]
        away = torch.linalg.vector_norm(comparison.measured[t, y, x] - comparison.requested[t, y, x]) / full
        colour = tuple(int(255 * part) for part in error_colours(away.clamp(0.35, 1)).tolist())
        head = (int(way[-1, 0]), int(way[-1, 1]))
        cv2.line(canvas, head, place(position), colour, thick + 1, cv2.LINE_AA, shift)
        cv2.circle(canvas, place(position), (thick + 1) * unit, colour, -1, cv2.LINE_AA, shift)
    return torch.from_numpy(canvas).float() / 255


def _draw_bar(frames: Tensor, full: float) -> None:
    """Draw the colour scale, labelled in pixels, into the lower left corner of frames [T,H,W,3]."""
    import cv2

    _, height, width, _ = frames.shape
    tall, wide = max(6, height // 28), max(24, width // 4)
    left, top = tall // 2, height - tall - tall // 2
    if top < tall or left + wide > width:
        return  # the picture is too small for text
    frames[:, top : top + tall, left : left + wide] = error_colours(torch.linspace(0, 1, wide))
    strip = np.zeros((tall, wide), np.uint8)
    size = tall / 30
    text = f"{full:.0f} px" if full >= 2 else f"{full:.1f} px"
    (across, up), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, size, 1)
    for label, at in (("0", 2), (text, wide - across - 2)):
        cv2.putText(strip, label, (at, (tall + up) // 2), cv2.FONT_HERSHEY_SIMPLEX, size, 255, 1, cv2.LINE_AA)
    ink = torch.from_numpy(strip).float()[..., None] / 255
    ink_colour = torch.where(torch.arange(wide)[:, None] < wide // 2, torch.tensor(0.9), torch.tensor(0.05))
    part = frames[:, top : top + tall, left : left + wide]
    frames[:, top : top + tall, left : left + wide] = torch.lerp(part, ink_colour.expand(tall, wide, 1), ink)
