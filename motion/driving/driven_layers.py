"""A motion whose painted layers are driven: by a curve of values, or by points that carry pins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from ..document.document import Motion, Path, Pin
from ..field.field import MotionField
from ..field.layers import BrushLayer

MOST_PINS = 64
_LIMITS = -4.0, 5.0  # of a path in a document


def drive_curve(values: np.ndarray) -> tuple[tuple[float, float], ...]:
    """The curve of a document's `drive` through values [N], N at least 2, that are spread evenly over the clip."""
    if len(values) < 2:
        raise ValueError(f"there are {len(values)} values; a curve needs at least 2")
    times = np.linspace(0, 1, len(values))
    return tuple((float(t), float(v)) for t, v in zip(times, np.clip(values, -2, 3), strict=True))


def driven_field(field: MotionField, values: np.ndarray, name: str = "") -> MotionField:
    """The field with its painted layers, or those with this name, driven by values [N] over the clip (motion/field/drive.py)."""
    curve = drive_curve(values)
    return _with_motions(field, name, lambda motion: replace(motion, drive=curve))


def carried_field(
    field: MotionField, places: np.ndarray, bones: Sequence[tuple[int, int]] = (), name: str = ""
) -> MotionField:
    """The field with its painted layers, or those with this name, carried by points at `places` [N,T,2], in fractions of the picture.

    Each point is a pin that goes along its way, in place of the layer's own paths and pins; bones connect them by their numbers.
    """
    places = np.clip(places, *_LIMITS)
    if not len(places):
        raise ValueError("there are no points that could carry the motion")
    if places.shape[1] < 2:
        raise ValueError(f"the points are known at {places.shape[1]} time; at least 2 are needed")
    chosen = np.unique(np.linspace(0, len(places) - 1, min(MOST_PINS, len(places))).round().astype(int))
    times = tuple(np.linspace(0, 1, places.shape[1]).tolist())
    pins = tuple(
        Pin(at=_pair(places[k, 0]), path=Path(points=tuple(map(_pair, places[k])), times=times))
        for k in chosen
    )
    kept = tuple(bones) if len(chosen) == len(places) else ()

    def carried(motion: Motion) -> Motion:
        return replace(
            motion,
            paths=(),
            horizontal=0.0,
            vertical=0.0,
            pins=pins,
            bones=kept,
            fit="elastic",
            ease="linear",
            start=0.0,
            end=1.0,
            drive=None,
        )

    return _with_motions(field, name, carried)


def _pair(place: np.ndarray) -> tuple[float, float]:
    return float(place[0]), float(place[1])


def _with_motions(field: MotionField, name: str, changed: Callable[[Motion], Motion]) -> MotionField:
    """The field with other motions in its painted layers, or in those with this name, and in hidden ones that carry them."""
    painted = [layer for layer in field.layers if isinstance(layer, BrushLayer) and not layer.freeze]
    if not painted:
        raise ValueError("the motion has no painted layer that could be driven; paint one in Motion Brush")
    made: dict[int, BrushLayer] = {}
    met: set[str] = set()

    def made_of(layer: BrushLayer) -> BrushLayer:
        if id(layer) not in made:
            others = {key: made_of(other) for key, other in layer.others.items()}
            met.add(layer.layer.name)
            content = layer.layer
            if not name or content.name == name:
                content = replace(content, motion=changed(content.motion))
            made[id(layer)] = BrushLayer(content, layer.mask, layer.seamless, others)
        return made[id(layer)]

    layers = [made_of(layer) if isinstance(layer, BrushLayer) else layer for layer in field.layers]
    if name and name not in met:
        known = ", ".join(repr(each) for each in sorted(met) if each) or "none with a name"
        raise ValueError(f"there is no layer {name!r}; the motion has {known}")
    return MotionField(field.frames, layers, field.cameras, field.aspect, field.loops)
