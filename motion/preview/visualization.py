"""Pictures of motion: the flow colour wheel, paths over an image, animations and contact sheets."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor

from ...rendering.warp import warp_image
from ..tracks.grid_points import points_inside
from ..tracks.tracks import tracks_from_field

if TYPE_CHECKING:
    from ..field.field import MotionField

STYLES = ("animated warp", "arrows", "flow wheel")
# Spacing of the arrows, as a share of the short side.
_SPACING = 1 / 14
# A point whose path is shorter than this share of the short side is drawn as a dot.
_STILL = 0.004


def flow_wheel(displacement: Tensor, full: float | None = None) -> Tensor:
    """Displacement [H,W,2] as colours [H,W,3]: the hue shows the direction, and white is no motion.

    full: the displacement in pixels of the strongest colour (default: the largest displacement). Raises ValueError for
    another shape and NaN.
    """
    if displacement.ndim != 3 or displacement.shape[-1] != 2:
        raise ValueError(f"The colour wheel needs a displacement [H,W,2], got {list(displacement.shape)}.")
    if not bool(torch.isfinite(displacement.sum())):
        raise ValueError("The displacement to show contains NaN or infinite values.")
    length = torch.linalg.vector_norm(displacement, dim=-1)
    full = float(length.amax()) if full is None else full
    strength = (length / max(full, 1e-6)).clamp(0, 1)[..., None]
    return 1 - strength * (1 - _hue(torch.atan2(displacement[..., 1], displacement[..., 0])))


def draw_paths(
    image: Tensor, path: Tensor, visible: Tensor | None = None, until: int | None = None
) -> Tensor:
    """`image` [H,W,3] with the paths [T,N,2] (pixels) drawn up to frame `until` and a dot at their end.

    visible: [T,N] bool; invisible parts are not drawn. Raises ValueError for wrong shapes and a frame out of range.
    """
    picture = _one_image(image)
    if path.ndim != 3 or path.shape[-1] != 2:
        raise ValueError(f"The paths have shape {list(path.shape)}; they must be [T,N,2].")
    until = len(path) - 1 if until is None else until
    if not 0 <= until < len(path):
        raise ValueError(f"`until` is {until}, but the paths have frames 0 to {len(path) - 1}.")
    visible = torch.ones(path.shape[:2], dtype=torch.bool) if visible is None else visible
    canvas = _Canvas(picture)
    for n in range(path.shape[1]):
        canvas.path(path[: until + 1, n], visible[: until + 1, n])
    return canvas.picture()


def preview_frames(image: Tensor, field: MotionField, style: str = "animated warp") -> Tensor:
    """The motion of a field as an animation [T,H,W,3] over `image` [H,W,3].

    style: animated warp, arrows or flow wheel. Raises ValueError for another style and a wrong image.
    """
    if style not in STYLES:
        raise ValueError(f"The style {style!r} is unknown; choose one of {', '.join(STYLES)}.")
    picture = _one_image(image)
    if style == "animated warp":
        return warp_image(picture, field).frames
    height, width = picture.shape[:2]
    if style == "flow wheel":
        displacement = field.displacement(height, width).to(picture.device)
        full = float(torch.linalg.vector_norm(displacement, dim=-1).amax())
        grey = picture.mean(-1, keepdim=True) * 0.5 + 0.5
        return torch.stack([grey * flow_wheel(frame, full) for frame in displacement])
    tracks = _painted_tracks(field, height, width)
    if tracks is None:
        return picture.expand(field.frames, -1, -1, -1).clone()
    path, visible = tracks
    return torch.stack([draw_paths(picture * 0.8, path, visible, t) for t in range(field.frames)])


def contact_sheet(
    frames: Tensor, columns: int = 3, labels: Sequence[str] | None = None, gap: int = 6
) -> Tensor:
    """One picture [h,w,3] of frames [T,H,W,3] in rows of `columns`, each with its label below.

    Raises ValueError for another shape, no column, or a wrong number of labels.
    """
    if frames.ndim != 4 or frames.shape[-1] != 3 or len(frames) == 0:
        raise ValueError(f"A contact sheet needs frames [T,H,W,3], got {list(frames.shape)}.")
    if columns < 1:
        raise ValueError(f"columns is {columns}; it must be at least 1.")
    if labels is not None and len(labels) != len(frames):
        raise ValueError(
            f"There are {len(labels)} labels for {len(frames)} frames; the numbers must be equal."
        )
    count, height, width, _ = frames.shape
    columns = min(columns, count)
    rows = math.ceil(count / columns)
    band = 0 if labels is None else max(16, round(width / 14))
    sheet = torch.full((gap + rows * (height + band + gap), gap + columns * (width + gap), 3), 0.09)
    for index, frame in enumerate(frames.detach().float().cpu()):
        top = gap + (index // columns) * (height + band + gap)
        left = gap + (index % columns) * (width + gap)
        sheet[top : top + height, left : left + width] = frame.clamp(0, 1)
        if labels is not None:
            sheet[top + height : top + height + band, left : left + width] = _label(
                labels[index], band, width
            )
    return sheet


class _Canvas:
    """Draws anti-aliased lines and dots over a picture, at twice its size."""

    _SCALE, _SHIFT = 2, 4

    def __init__(self, picture: Tensor) -> None:
        planes = picture.detach().float().cpu().permute(2, 0, 1)[None].clamp(0, 1)
        planes = F.interpolate(planes, scale_factor=self._SCALE, mode="nearest")
        self._pixels = (planes[0].permute(1, 2, 0) * 255).round().to(torch.uint8).contiguous().numpy()
        self._short = min(picture.shape[:2])
        self._thick = max(1.0, self._short / 230) * self._SCALE

    def path(self, points: Tensor, visible: Tensor) -> None:
        """Draw one path [T,2] in pixels with a dot at its end; invisible parts are left out."""
        drawn = points[visible].tolist()
        if not drawn:
            return
        whole = points[-1] - points[0]
        length = float(torch.linalg.vector_norm(points.diff(dim=0), dim=-1).sum())
        if length < _STILL * self._short:
            self._dot(drawn[-1], (235, 235, 235), 1.0)
            return
        colour = tuple(int(255 * c) for c in _hue(torch.atan2(whole[1], whole[0])).tolist())
        for tone, extra in (((20, 20, 20), 1.6), (colour, 0.0)):
            for a, b, is_visible in zip(
                points[:-1].tolist(), points[1:].tolist(), visible[1:].tolist(), strict=True
            ):
                if is_visible:
                    self._line(a, b, tone, extra)
        self._dot(drawn[-1], colour, 1.5)

    def picture(self) -> Tensor:
        """The drawing [H,W,3] at the picture's size."""
        planes = torch.from_numpy(self._pixels).permute(2, 0, 1)[None].float() / 255
        return F.avg_pool2d(planes, self._SCALE)[0].permute(1, 2, 0).contiguous()

    def _line(self, a: list[float], b: list[float], colour: tuple[int, ...], extra: float) -> None:
        import cv2

        thickness = max(1, round(self._thick + extra * self._SCALE))
        cv2.line(self._pixels, self._place(a), self._place(b), colour, thickness, cv2.LINE_AA, self._SHIFT)

    def _dot(self, at: list[float], colour: tuple[int, ...], size: float) -> None:
        import cv2

        for tone, extra in (((20, 20, 20), 1.0), (colour, 0.0)):
            radius = round((self._thick * size + extra * self._SCALE) * 2**self._SHIFT)
            cv2.circle(self._pixels, self._place(at), radius, tone, -1, cv2.LINE_AA, self._SHIFT)

    def _place(self, point: list[float]) -> tuple[int, int]:
        """A point in pixels (the centre of the first is 0.5) as OpenCV's fixed-point coordinates."""
        unit = 2**self._SHIFT
        limit = 1 << 24
        x, y = (round((value * self._SCALE - 0.5) * unit) for value in point)
        return max(-limit, min(limit, x)), max(-limit, min(limit, y))


def _painted_tracks(field: MotionField, height: int, width: int) -> tuple[Tensor, Tensor] | None:
    """Path [T,N,2] and visibility [T,N] of an even grid of painted points, or None when there is no such point."""
    if field.is_empty:
        return None
    points = points_inside(field.painted(height, width) >= 0.5, max(4.0, min(height, width) * _SPACING))
    if not len(points):
        return None
    tracks = tracks_from_field(field, height, width, points=points)
    return tracks["track_path"], tracks["track_visibility"]


def _one_image(image: Tensor) -> Tensor:
    picture = image[0] if image.ndim == 4 and len(image) == 1 else image
    if picture.ndim != 3 or picture.shape[-1] != 3:
        raise ValueError(f"Drawing needs one image [H,W,3], got {list(image.shape)}.")
    if not bool(torch.isfinite(picture.sum())):
        raise ValueError("The image to draw on contains NaN or infinite values.")
    return picture.float()


def _hue(angle: Tensor) -> Tensor:
    """Saturated colours [...,3] of angles: right is red, down yellow-green, left cyan, up violet."""
    offsets = torch.tensor([0.0, 2 * math.pi / 3, 4 * math.pi / 3], device=angle.device)
    wave = 0.5 + 0.75 * torch.cos(angle[..., None] - offsets)
    return wave.clamp(0, 1) * 0.92 + 0.04


def _label(text: str, height: int, width: int) -> Tensor:
    """A dark band [height,width,3] with centred light text, in a smaller size if it would not fit."""
    import cv2
    import numpy as np

    band = np.full((height * 2, width * 2, 3), 23, np.uint8)
    font, scale = cv2.FONT_HERSHEY_SIMPLEX, height * 2 / 44
    (wide, tall), _ = cv2.getTextSize(text, font, scale, 1)
    scale *= min(1.0, width * 1.9 / max(1, wide))
    (wide, tall), _ = cv2.getTextSize(text, font, scale, 1)
    place = ((width * 2 - wide) // 2, (height * 2 + tall) // 2)
    cv2.putText(band, text, place, font, scale, (225, 225, 225), max(1, round(scale * 1.6)), cv2.LINE_AA)
    small = F.avg_pool2d(torch.from_numpy(band).permute(2, 0, 1)[None].float() / 255, 2)
    return small[0].permute(1, 2, 0)
