"""Gentle camera moves that take the place of a preset's layers where the picture shows nothing that moves like them.

A camera bends nothing, so it looks right on any picture: on a face, on fur, and on a building. Each move recalls its preset: smoke
rises, so the camera sinks; clouds drift to the right, so it travels to the left.
"""

from __future__ import annotations

import math

from ..document.document import Camera, Document, Keyframe
from ..proposal.gentle_move import FIELD_OF_VIEW

ABOUT = "The picture shows nothing that this would suit: the camera moves gently instead."

# Travel to the right and up (widths of the view at unit depth), towards the subject (shares of its distance), roll (degrees).
_MOVES = {
    "waterfall": (0.0, 0.03, 0.07, 0.0),
    "river": (0.0, 0.0, 0.12, 0.0),
    "smoke": (0.0, -0.03, 0.07, 0.0),
    "fire": (0.012, -0.02, 0.09, 0.0),
    "clouds_and_sea": (-0.035, 0.0, 0.06, 0.0),
    "water_ripples": (0.015, 0.015, 0.06, 0.7),
    "heat_haze": (0.0, 0.015, 0.05, 0.0),
    "leaves": (0.03, 0.012, 0.06, -0.7),
    "hair_in_wind": (-0.03, 0.01, 0.09, 0.0),
    "flag": (0.035, 0.0, 0.08, -0.5),
    "candle": (0.0, 0.0, 0.08, 0.0),
    "bobbing": (0.0, -0.025, 0.05, 1.0),
}
_ASPECT = 1.5  # of the picture whose height `tilt` supposes


def gentle_preset(name: str, document: Document) -> Document:
    """A preset's document whose layers are replaced by its gentle camera move, which looks at the subject. Loops as the preset does."""
    truck, pedestal, dolly, roll = _MOVES[name]
    view = 2 * math.tan(math.radians(FIELD_OF_VIEW / 2))  # its width at unit depth
    pan, tilt = (-round(math.degrees(math.atan(way)), 2) for way in (truck * view, pedestal * view / _ASPECT))
    end = Keyframe(time=1, pan=pan, tilt=tilt, truck=truck, pedestal=pedestal, dolly=dolly, roll=roll)
    return Document(camera=Camera(keyframes=(end,), field_of_view=FIELD_OF_VIEW), loop=document.loop)
