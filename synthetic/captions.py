"""Captions in a closed grammar: what is in a clip, how each thing moves, and what the camera and the light do.

    a red circle moves left and turns clockwise, a blue star stays, the camera pans up and zooms in

Parts are separated by ", ". The part for a thing is "a COLOUR SHAPE VERBS" (or "an"), with verbs joined by " and ".
"""

from __future__ import annotations

from torch import Tensor

from .movement import Movement

# Motion below these thresholds is not mentioned; in view units, radians, logarithms of scale, view units and shares.
_MOVES, _TURNS, _GROWS, _CAMERA, _LIGHT = 0.08, 0.15, 0.1, 0.08, 0.08


def compass(vector: Tensor) -> str:
    """The word for the main direction of a vector [2] on the screen (y down)."""
    x, y = vector.tolist()
    if abs(x) >= abs(y):
        return "right" if x > 0 else "left"
    return "down" if y > 0 else "up"


def _article(name: str) -> str:
    return "an" if name[0] in "aeiou" else "a"


def _thing(movement: Movement, clip: int, k: int) -> str:
    verbs = []
    if float(movement.speed[clip, k]) > _MOVES:
        verbs.append("moves " + compass(movement.along[clip, k]))
    turn, grow = float(movement.turn[clip, k]), float(movement.grow[clip, k])
    if abs(turn) > _TURNS:
        verbs.append("turns clockwise" if turn > 0 else "turns counterclockwise")
    if abs(grow) > _GROWS:
        verbs.append("grows" if grow > 0 else "shrinks")
    if bool(movement.wave[clip, k, :2].any()):
        verbs.append("bends")
    return " and ".join(verbs) if verbs else "stays"


def _camera(movement: Movement, clip: int) -> str:
    verbs = []
    if float(movement.pan[clip].norm()) > _CAMERA:
        verbs.append(
            "pans " + compass(-movement.pan[clip])
        )  # the picture moves in the direction opposite to the camera
    zoom = float(movement.zoom[clip])
    if abs(zoom) > _CAMERA:
        verbs.append("zooms in" if zoom > 0 else "zooms out")
    if abs(float(movement.roll[clip])) > _CAMERA:
        verbs.append("rolls")
    if float(movement.shake[clip]) > 0:
        verbs.append("shakes")
    return " and ".join(verbs) if verbs else "is still"


def caption(movement: Movement, clip: int, things: dict[int, str], brightening: float) -> str:
    """The caption of one clip of a batch.

    `things` are the colours and shapes, such as "red circle", of the sprites that the clip has, by layer index;
    `brightening` is the relative change of the light over the clip.
    """
    parts = [f"{_article(name)} {name} {_thing(movement, clip, k)}" for k, name in things.items()]
    if bool(movement.wave[clip, 0, :2].any()):
        parts.append("the background ripples")
    parts.append("the camera " + _camera(movement, clip))
    if abs(brightening) > _LIGHT:
        parts.append("the light " + ("grows" if brightening > 0 else "fades"))
    return ", ".join(parts)
