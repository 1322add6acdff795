"""Materials in a picture, found without a network by their colour, roughness and place.

The masks are estimates for a gentle motion with wide soft edges, which an artist can correct. They are made at a bounded size.
Each asks for evidence of its material, because what flows or sways by mistake is often an animal's face: fur and skin are warm in
colour (CIELAB b* above 0), which water, foam, smoke and clouds are not; a sky spans the picture; a fire is overexposed in its
middle and brighter than what is around it.
"""

from __future__ import annotations

import numpy as np
import torch

from ..document.document import Polygon, Region
from .gentle_move import straight_lines

_SIDE = 192  # px; short side at which pictures are examined
_LEAST, _MOST = 0.02, 0.9  # smallest and largest share of the picture that a material may cover
_MOST_SHAPES, _SMALLEST_SHAPE = 8, 0.004
_SPECK = 0.012  # share of the picture; smaller parts do not flow
_SMOOTH = 0.04  # mean gradient below which a part of a picture has no distinct edge
_STILL = 0.012  # mean gradient below which nothing is seen of a motion
_WARM = 4.0  # CIELAB b* above which a part is fur, skin, wood or sand
_LEAFY = 0.03  # least mean gradient of foliage
_STREAKS, _TALL = 1.15, 0.2  # gradient across falling water over that along it; its least share of the height
_RIGID = 3  # long straight lines of a picture that must not be bent
_SKY_SPAN = 0.6  # share of the width that a sky reaches along the upper border
_WATER_SPAN = 0.4  # least share of the width that water spans
_RIM = 3  # px, side of the square by which a mask is eroded
_DRY_SPAN = 0.6  # share of the width that dry grass spans
_CORE = 0.97, 0.1  # value of the overexposed part of a fire, and its least share of the fire
_FLAME = 0.002  # least share of the picture that a single flame covers
_AROUND_FIRE = 0.6  # most mean value around a fire
_DETAIL = 8  # px; finer structure counts as detail
_LEAST_DETAIL = 0.01  # mean contrast of detail that can be seen to move


def _small(image: np.ndarray, side: int) -> np.ndarray:
    """The picture [H,W,3] in 0..1 as uint8 with a short side of at most `side` px."""
    import cv2

    height, width = image.shape[:2]
    scale = min(1.0, side / min(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return cv2.resize((image.clip(0, 1) * 255).astype(np.uint8), size, interpolation=cv2.INTER_AREA)


def _hsv(small: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Hue in degrees, saturation and value in 0..1, each [h,w]."""
    import cv2

    hue, saturation, value = cv2.split(cv2.cvtColor(small, cv2.COLOR_RGB2HSV).astype(np.float32))
    return hue * 2, saturation / 255, value / 255


def _between(value: np.ndarray, low: float, high: float) -> np.ndarray:
    return (value >= low) & (value <= high)


def _joined(mask: np.ndarray, open_by: int = 3, close_by: int = 7) -> np.ndarray:
    """The mask [h,w] without specks and small gaps."""
    import cv2

    def disc(size: int) -> np.ndarray:
        return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))

    opened = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, disc(open_by))
    return cv2.morphologyEx(opened, cv2.MORPH_CLOSE, disc(close_by)) > 0


def _touching(mask: np.ndarray, rows: slice) -> np.ndarray:
    """The connected parts of the mask [h,w] that reach into `rows`."""
    import cv2

    _, labels = cv2.connectedComponents(mask.astype(np.uint8))
    reaching = np.unique(labels[rows])
    return mask & np.isin(labels, reaching[reaching > 0])


def _roughness(small: np.ndarray) -> np.ndarray:
    """Mean gradient of the brightness [h,w], in 0..1 per px, over about a twentieth of the short side."""
    import cv2

    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    gradient = np.hypot(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)) / 4
    return cv2.blur(gradient, (9, 9))


def _warmth(small: np.ndarray) -> np.ndarray:
    """CIELAB b* [h,w]: yellow above 0, blue below."""
    import cv2

    return cv2.cvtColor(small, cv2.COLOR_RGB2LAB)[..., 2].astype(np.float32) - 128


def _parts(mask: np.ndarray) -> list[np.ndarray]:
    """The connected parts of a mask [h,w], each a bool mask."""
    import cv2

    count, labels = cv2.connectedComponents(mask.astype(np.uint8))
    return [labels == label for label in range(1, count)]


def _union(parts: list[np.ndarray], shape: tuple[int, ...]) -> np.ndarray:
    return np.any(parts, 0) if parts else np.zeros(shape, bool)


def _sky(small: np.ndarray) -> np.ndarray:
    hue, saturation, value = _hsv(small)
    blue = _between(hue, 170, 260) & (value > 0.35)
    pale = (saturation < 0.25) & (value > 0.6)
    evening = (hue < 50) & (value > 0.55) & (saturation < 0.75)
    smooth = _roughness(small) < 0.06
    height = len(small)
    upper = slice(0, max(1, height // 12))
    found = _touching(_joined((blue | pale | evening) & smooth), upper)
    if found[upper].any(0).mean() < _SKY_SPAN:
        return np.zeros_like(found)
    clouds = [part for part in _parts(~found) if _lies_within(part) and (pale | blue)[part].mean() > 0.7]
    return found | _union(clouds, found.shape)


def _lies_within(part: np.ndarray) -> bool:
    """Whether a part [h,w] touches no border of the picture but the upper one."""
    return not (part[-1].any() or part[:, 0].any() or part[:, -1].any())


def _water(small: np.ndarray) -> np.ndarray:
    hue, saturation, value = _hsv(small)
    cool = _between(hue, 150, 255) & (saturation > 0.12) & (value > 0.08)
    below = np.zeros(small.shape[:2], bool)
    below[int(0.3 * len(small)) :] = True
    backdrop = _union(
        [part for part in _parts(cool) if _is_backdrop(part, _roughness(small))], cool.shape
    )  # such as a sky at night
    found = _joined(cool & below & ~_sky(small) & ~backdrop, 5, 11)
    return _touching(found, slice(int(0.75 * len(small)), None))


def _is_backdrop(part: np.ndarray, roughness: np.ndarray) -> bool:
    """Whether a part [h,w] reaches along the upper border and shows nothing."""
    upper = part[: max(1, len(part) // 12)]
    return bool(upper.any(0).mean() >= _SKY_SPAN and np.median(roughness[part]) < _STILL)


def _plants(small: np.ndarray) -> np.ndarray:
    hue, saturation, value = _hsv(small)
    green = _between(hue, 55, 165) & (saturation > 0.18) & (value > 0.1)
    dry = _between(hue, 35, 55) & (saturation > 0.3) & (value > 0.2) & (_roughness(small) > 0.03)
    fields = [part for part in _parts(_joined(dry, 3, 9)) if part.any(0).mean() >= _DRY_SPAN]
    return _without_specks(_joined(green | _union(fields, green.shape), 3, 9))


def _fire(small: np.ndarray) -> np.ndarray:
    import cv2

    hue, saturation, value = _hsv(small)
    warm = _joined(((hue < 55) | (hue > 345)) & (saturation > 0.45) & (value > 0.75), 3, 7)

    def burns(part: np.ndarray) -> bool:
        around = (cv2.dilate(part.astype(np.uint8), np.ones((25, 25), np.uint8)) > 0) & ~part
        least, share = _CORE
        return bool((value[part] > least).mean() >= share and value[around].mean() <= _AROUND_FIRE)

    return _union([part for part in _parts(warm) if burns(part)], warm.shape)


MATERIALS = {"water": _water, "sky": _sky, "plants": _plants, "fire": _fire}


def _smoke(small: np.ndarray) -> np.ndarray:
    return _pale(small) & (_roughness(small) < 2 * _SMOOTH)


def _pale(small: np.ndarray) -> np.ndarray:
    _, saturation, value = _hsv(small)
    return (saturation < 0.28) & (value > 0.4) & (_warmth(small) <= _WARM)


def _falls(small: np.ndarray) -> np.ndarray:
    """Falling water: pale or cool, tall, and streaked from top to bottom."""
    import cv2

    hue, saturation, value = _hsv(small)
    cool = _between(hue, 150, 255) & (saturation > 0.12) & (value > 0.15)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    across, down = np.abs(cv2.Sobel(grey, cv2.CV_32F, 1, 0)), np.abs(cv2.Sobel(grey, cv2.CV_32F, 0, 1))

    def falls(part: np.ndarray) -> bool:
        inside = cv2.erode(part.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
        streaked = inside.any() and across[inside].mean() > _STREAKS * down[inside].mean()
        return bool(streaked and part.any(1).mean() >= _TALL)

    wet = _joined((_pale(small) | cool) & (_roughness(small) > _STILL) & ~_sky(small), 7, 5)
    return _union([part for part in _parts(wet) if falls(part)], wet.shape)


def _leaves(small: np.ndarray) -> np.ndarray:
    return _eroded(_plants(small) & (_roughness(small) > _LEAFY))


def _wide_water(small: np.ndarray) -> np.ndarray:
    wide = [part for part in _parts(_water(small)) if part.any(0).mean() >= _WATER_SPAN]
    return _eroded(_union(wide, small.shape[:2]))


def _eroded(mask: np.ndarray) -> np.ndarray:
    """The mask [h,w] without its rim, where what is in front of the material may be taken for it."""
    import cv2

    return cv2.erode(mask.astype(np.uint8), np.ones((_RIM, _RIM), np.uint8), borderValue=1) > 0


MOVING = {
    "falls": _falls,
    "river": _wide_water,
    "smoke": _smoke,
    "clouds": _sky,
    "fire": _fire,
    "leaves": _leaves,
    "water": _wide_water,
}


def moving_mask(image: np.ndarray, name: str) -> np.ndarray:
    """Where the picture [H,W,3] in 0..1 may show what flows or sways: a bool mask [h,w], False where its motion would not be seen.

    name: one of `MOVING`, of which `falls` is falling water.
    """
    small = _small(image, _SIDE)
    found = _without_specks(_joined(MOVING[name](small), 5, 5))
    return found & (name == "fire" or _has_detail(small, found))


def _has_detail(small: np.ndarray, mask: np.ndarray) -> bool:
    """Whether a motion of a part [h,w] would be seen, away from its edge."""
    import cv2

    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    inside = cv2.erode(mask.astype(np.uint8), np.ones((2 * _DETAIL - 1, 2 * _DETAIL - 1), np.uint8)) > 0
    inside = inside if inside.any() else mask
    detail = np.abs(grey - cv2.GaussianBlur(grey, (0, 0), _DETAIL))
    return bool(inside.any() and detail[inside].mean() >= _LEAST_DETAIL)


def _without_specks(mask: np.ndarray) -> np.ndarray:
    """The connected parts of a mask [h,w] that are no specks."""
    return _union([part for part in _parts(mask) if part.mean() >= _SPECK], mask.shape)


def material_mask(image: np.ndarray, name: str) -> np.ndarray | None:
    """Where the picture [H,W,3] in 0..1 shows a material of `MATERIALS`: a bool mask [h,w], or None if nowhere."""
    mask = MATERIALS[name](_small(image, _SIDE))
    share = float(mask.mean())
    return mask if _LEAST <= share <= _MOST else None


def is_furry(image: np.ndarray) -> bool:
    """Whether the middle of the picture [H,W,3] in 0..1 is mostly warm in colour and rough, as an animal's face is."""
    small = _small(image, _SIDE)
    hue, saturation, _ = _hsv(small)
    y, x = ((np.arange(size) + 0.5) / size for size in small.shape[:2])
    middle = ((x[None] - 0.5) / 0.3) ** 2 + ((y[:, None] - 0.45) / 0.35) ** 2 < 1
    warm = middle & (hue < 45) & _between(saturation, 0.12, 0.68) & (_warmth(small) > _WARM)
    return bool(warm.sum() > 0.5 * middle.sum() and np.median(_roughness(small)[warm]) > _SMOOTH)


def is_rigid(image: np.ndarray) -> bool:
    """Whether the picture [H,W,3] in 0..1 has long straight lines, which it would be seen to bend."""
    return len(straight_lines(torch.from_numpy(image))) >= _RIGID


def fire_box(image: np.ndarray) -> tuple[float, float, float, float] | None:
    """The box (left, top, right, bottom in 0..1) of the largest fire in a picture [H,W,3] in 0..1, or None if it shows none."""
    parts = [part for part in _parts(_fire(_small(image, _SIDE))) if part.mean() >= _FLAME]
    if not parts:
        return None
    rows, columns = np.nonzero(max(parts, key=np.count_nonzero))
    height, width = parts[0].shape
    return (
        columns.min() / width,
        rows.min() / height,
        (columns.max() + 1) / width,
        (rows.max() + 1) / height,
    )


def outline(mask: np.ndarray, feather: float) -> Region:
    """A region of a document inside the outline of a bool mask [h,w], so that its soft edge ends at the outline.

    feather: as in `Region`. Holes are erased polygons. Shapes that touch the picture's border go on beyond it.
    """
    import cv2

    height, width = mask.shape
    padded = np.pad(mask.astype(np.uint8), max(2, min(height, width) // 8), mode="edge")
    margin = (padded.shape[0] - height) // 2
    contours, levels = cv2.findContours(padded, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    shapes = []
    for contour, level in zip(contours, levels[0] if levels is not None else (), strict=True):
        share = cv2.contourArea(contour) / mask.size
        points = cv2.approxPolyDP(contour, 0.004 * min(height, width), True)[:, 0]
        if share >= _SMALLEST_SHAPE and len(points) >= 3:
            shapes.append((level[3] >= 0, share, points))
    shapes.sort(key=lambda shape: (shape[0], -shape[1]))
    polygons = []
    for hole, _, points in shapes[:_MOST_SHAPES]:
        places = (points + 0.5 - margin) / (width, height)
        xy = tuple((round(float(x), 4), round(float(y), 4)) for x, y in places.clip(-1, 2))
        polygons.append(Polygon(points=xy, mode="erase" if hole else "paint"))
    return Region(polygons=tuple(polygons), feather=feather, grow=-feather / 2)
