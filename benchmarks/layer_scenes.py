"""The painted motion that the benchmarks of layers draw."""

from __future__ import annotations

import json

from ..motion.field.field import MotionField, field_from_document


def painted_field(layers: int, frames: int) -> MotionField:
    """A motion of discs that turn and move, over a picture that stays."""
    painted = [
        {
            "region": {"strokes": [{"radius": 0.15, "points": [[0.25 + 0.25 * number, 0.5]]}]},
            "motion": {"horizontal": 0.05, "rotation": 20 - 15 * number},
        }
        for number in range(layers)
    ]
    return field_from_document(json.dumps({"flowbrush": "motion", "version": 2, "layers": painted}), frames)
