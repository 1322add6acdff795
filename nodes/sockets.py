"""Definitions that several nodes share: the socket type for motions, and common inputs."""

from collections.abc import Sequence

from comfy_api.latest import io

CATEGORY = "Flowbrush"
MAX_SIDE = 4096  # px
MAX_LENGTH = 1025  # frames

# ComfyUI shows such a widget when "Show advanced inputs" of its node is pressed. ComfyUI 0.3.60 does not know the keyword
# `advanced` of an input, and takes it so.
ADVANCED = {"advanced": True}

STILL, FREE = "still", "free"  # what happens outside the painted regions

MotionSocket = io.Custom("FLOWBRUSH_MOTION")
"""A `motion.field.field.MotionField`: the position of every point of the first frame at every time."""


def length_input(default: int = 17, tooltip: str | None = None, step: int = 4, **more) -> io.Int.Input:
    """The number of frames of a clip; in steps of 4 where only models with 4k+1 frames are meant."""
    tooltip = tooltip or (
        "Number of frames in the clip. Most video models need 4k+1 (17, 33, 49, 81), LTX 8k+1, MiniMax-H3 17k+5 (124)."
    )
    return io.Int.Input("length", default=default, min=1, max=MAX_LENGTH, step=step, tooltip=tooltip, **more)


def source_length_input(source: str) -> io.Int.Input:
    """The number of frames of a motion that is made from a `source` with a length of its own."""
    tooltip = f"Number of frames of the motion, over which all {source} are spread; 0 keeps their number."
    return io.Int.Input("length", default=0, min=0, max=MAX_LENGTH, tooltip=tooltip)


def size_inputs(what: str, step: int = 16, default: int = 256) -> list[io.Int.Input]:
    """The width and height in pixels of `what`."""
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
    """What happens outside the painted regions. The default comes first in the list."""
    other = FREE if default == STILL else STILL
    return io.Combo.Input("unpainted", options=[default, other], default=default, tooltip=tooltip)


def behind_input(
    options: Sequence[str], default: str, tooltip: str, before: str | None = None
) -> io.Combo.Input:
    """What a model is shown where the motion uncovers something: an advanced widget.

    `before` is what the node did when it did not have this choice, if that is not the default: workflows of that time
    keep it in the canvas and in the headless host. It must also be the default of the node's `execute`.
    """
    return io.Combo.Input(
        "behind",
        options=list(options),
        default=default,
        optional=True,
        tooltip=tooltip,
        extra_dict=ADVANCED | ({} if before is None else {"flowbrush_before": before}),
    )


def beginning_input() -> io.Image.Input:
    """The picture with which a long shot began."""
    return io.Image.Input(
        "beginning",
        optional=True,
        tooltip="The picture with which the whole shot began, if the motion comes from Extend Shot. Its pixels are carried along the "
        "whole motion, so that outlines and what is behind them stay the same in every part. Without it, each part takes its first "
        "picture apart anew.",
    )


def plate_input() -> io.MultiType.Input:
    """The artist's own picture of the scene without what moves, or the layers of the picture."""
    return io.MultiType.Input(
        "plate",
        [io.Image, io.Layers],
        optional=True,
        tooltip="The same picture without what moves, for example from Clean Plate and corrected by hand; it is what one sees "
        "behind moving regions. Or the LAYERS of the picture, each of which is whole where others hide it. Without it the "
        "picture is completed automatically.",
    )
