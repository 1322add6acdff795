"""How the editor mixes the two copies of each flow: with the weights of the renderer, which depend on the picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from ...rendering.copy_blending import FADE, LEVEL
from ...rendering.layer_contents import MotionWithLayers
from ...rendering.layered_picture import layered_picture
from ...rendering.snapped_motion import snapped_motion
from ..field.field import MotionField
from .snapping import SeenPicture

MIXING_SIDE = 320  # px, the longer side of the picture in which copies are compared


class Mixing(NamedTuple):
    """How both copies of a flow are mixed, see `rendering.copy_blending.CopyBlend`: its `times` as uint8 [h,w], and its correlation."""

    times: np.ndarray
    correlation: float

    def entry(self, mask: Mapping[str, Any]) -> dict[str, Any]:
        """The header's entry, whose times were added to the payload as `mask`."""
        return {"times": mask, "change": FADE, "level": LEVEL, "correlation": round(self.correlation, 4)}


def mixings(field: MotionField, seen: SeenPicture, check_cancel: Callable[[], None]) -> dict[int, Mixing]:
    """How the copies of each flow of a field are mixed over a picture, by the layer's index; other layers are left out."""
    motion = field.in_layers(*seen.pixels.shape[:2])
    if motion is None or not any(layer.flows for layer in motion.layers):
        return {}
    motion = snapped_motion(motion, seen.pixels)
    whole = MotionWithLayers(motion, motion.layers)
    whole.depths = None  # the editor draws each layer as one piece
    drawn = layered_picture(
        seen.pixels, whole, field.times, complete=False, check_cancel=check_cancel, beyond=(0, 0)
    )
    return {
        part.layer.index: Mixing((blend.times * 255).round().byte().numpy(), blend.correlation)
        for part, blend in zip(drawn.parts, drawn.blends, strict=True)
        if part.layer.flows
    }
