"""What several nodes share: the one socket type of our own, and the inputs for size and length."""

from comfy_api.latest import io

CATEGORY = "Flowbrush"
MAX_SIDE = 4096  # px
MAX_LENGTH = 1025  # frames

STILL, FREE = "still", "free"  # what becomes of unpainted parts

MotionSocket = io.Custom("FLOWBRUSH_MOTION")
"""A `motion.field.field.MotionField`: where every point of the first frame is at every time."""


def length_input(default: int = 17, tooltip: str | None = None, **more) -> io.Int.Input:
    """Frames of a clip: 4k+1, as causal video VAEs need them."""
    tooltip = tooltip or "Frames in the clip. Video models need 4k+1: 17, 33, 49, 81 and so on."
    return io.Int.Input("length", default=default, min=1, max=MAX_LENGTH, step=4, tooltip=tooltip, **more)


def own_length_input(of: str) -> io.Int.Input:
    """Frames of a motion that is read from something with a length of its own; 0 keeps that."""
    tooltip = f"Frames of the motion; 0 keeps those of the {of}. The whole motion is spread over them."
    return io.Int.Input("length", default=0, min=0, max=MAX_LENGTH, tooltip=tooltip)


def size_inputs(what: str, step: int = 16, default: int = 256) -> list[io.Int.Input]:
    """Width and height in pixels; `what` says of which picture."""
    return [
        io.Int.Input(
            side,
            default=default,
            min=step,
            max=MAX_SIDE,
            step=step,
            tooltip=f"{side.capitalize()} of {what} in pixels.",
        )
        for side in ("width", "height")
    ]


def unpainted_input(default: str, tooltip: str) -> io.Combo.Input:
    """What becomes of the unpainted parts of the picture. The default stands first in the list."""
    other = FREE if default == STILL else STILL
    return io.Combo.Input("unpainted", options=[default, other], default=default, tooltip=tooltip)
