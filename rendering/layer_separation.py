"""A picture taken apart into the layers of a motion, each with clean edge colours and whole where others hide it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from torch import Tensor

from ..interruption import check_interruption
from .layer_contents import MotionWithLayers
from .layer_stack import Plate, StackLayer, matched_to
from .layered_motion import LayeredMotion
from .layered_picture import layered_picture
from .picture_layer import BLUE, MATTE, RED


def separated_layers(
    picture: Tensor,
    motion: LayeredMotion,
    names: Callable[[int], str],
    plate: Plate | None = None,
    seed: int = 0,
    check_cancel: Callable[[], None] = check_interruption,
) -> tuple[list[StackLayer], str]:
    """The layers, back to front, of a picture [H,W,3] under a motion, and how hidden areas were completed.

    Put together, they give the picture again. `names` gives each layer's name by its index; `plate` and the second result
    are as in `layered_picture`. A frozen layer is taken out like a moving one.
    """
    apart = MotionWithLayers(motion, [replace(layer, still=False) for layer in motion.layers])  # type: ignore[type-var]
    found = layered_picture(picture.cpu(), apart, [0.0], plate, seed=seed, check_cancel=check_cancel)
    layers = [
        StackLayer(
            names(layer.index),
            layer.planes[RED : BLUE + 1].permute(1, 2, 0).clamp(0, 1),
            layer.planes[MATTE].clamp(0, 1),
        )
        for layer in found.layers
    ]
    return matched_to(picture.cpu(), layers), found.completed_by
