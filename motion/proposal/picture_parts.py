"""Materials in a picture, found without a network by their colour, roughness and place.

The masks are estimates for a gentle motion with wide soft edges, which an artist can correct. They are made at a bounded size.
"""

from __future__ import annotations

import numpy as np

from ..document.document import Polygon, Region

_SIDE = 192  # px; short side at which pictures are examined
_LEAST, _MOST = 0.02, 0.9  # smallest and largest share of the picture that a material may cover
_MOST_SHAPES, _SMALLEST_SHAPE = 8, 0.004
_SPECK = 0.012  # share of the picture; smaller parts do not flow
_SMOOTH = 0.04  # mean gradient below which a part of a picture has no distinct edge


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


def _sky(small: np.ndarray) -> np.ndarray:
    hue, saturation, value = _hsv(small)
    blue = _between(hue, 170, 260) & (value > 0.35)
    pale = (saturation < 0.25) & (value > 0.6)
    evening = (hue < 50) & (value > 0.55) & (saturation < 0.75)
    smooth = _roughness(small) < 0.06
    height = len(small)
    found = _joined((blue | pale | evening) & smooth)
    return _touching(found, slice(0, max(1, height // 12)))


def _water(small: np.ndarray) -> np.ndarray:
    hue, saturation, value = _hsv(small)
    cool = _between(hue, 150, 255) & (saturation > 0.12) & (value > 0.08)
    below = np.zeros(small.shape[:2], bool)
    below[int(0.3 * len(small)) :] = True
    found = _joined(cool & below & ~_sky(small), 5, 11)
    return _touching(found, slice(int(0.75 * len(small)), None))


def _plants(small: np.ndarray) -> np.ndarray:
    hue, saturation, value = _hsv(small)
    green = _between(hue, 55, 165) & (saturation > 0.18) & (value > 0.1)
    dry = _between(hue, 35, 55) & (saturation > 0.3) & (value > 0.2) & (_roughness(small) > 0.03)
    return _joined(green | dry, 3, 9)


def _fire(small: np.ndarray) -> np.ndarray:
    hue, saturation, value = _hsv(small)
    return _joined(((hue < 55) | (hue > 345)) & (saturation > 0.45) & (value > 0.75), 3, 7)


MATERIALS = {"water": _water, "sky": _sky, "plants": _plants, "fire": _fire}


def _flows(small: np.ndarray, name: str) -> np.ndarray:
    hue, saturation, value = _hsv(small)
    smooth = _roughness(small) < _SMOOTH
    pale = (saturation < 0.28) & (value > 0.4)
    cool = _between(hue, 150, 255) & (saturation > 0.12) & (value > 0.15)
    if name == "fire":
        return _fire(small)
    if name == "smoke":
        return (pale & (_roughness(small) < 2 * _SMOOTH)) | smooth
    if name == "clouds":
        sky = _sky(small)
        return sky if sky.any() else smooth
    water = _water(small) if name == "river" else pale | cool
    return water | smooth | (pale | cool if name == "river" else False)


def flowing_mask(image: np.ndarray, name: str) -> np.ndarray:
    """Where the picture [H,W,3] in 0..1 may show what flows, or is so smooth that a flow tears nothing: a bool mask [h,w].

    name: `falls` (falling water), `river`, `smoke`, `clouds` or `fire`.
    """
    return _without_specks(_joined(_flows(_small(image, _SIDE), name), 5, 5))


def _without_specks(mask: np.ndarray) -> np.ndarray:
    """The connected parts of a mask [h,w] that are no specks."""
    import cv2

    _, labels = cv2.connectedComponents(mask.astype(np.uint8))
    areas = np.bincount(labels.ravel())
    large = np.flatnonzero(areas >= _SPECK * mask.size)
    return np.isin(labels, large[large > 0])


def material_mask(image: np.ndarray, name: str) -> np.ndarray | None:
    """Where the picture [H,W,3] in 0..1 shows a material of `MATERIALS`: a bool mask [h,w], or None if nowhere."""
    mask = MATERIALS[name](_small(image, _SIDE))
    share = float(mask.mean())
    return mask if _LEAST <= share <= _MOST else None


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
