"""Motion from Masks: a tracked object, one mask for each frame, as a moving region."""

import math

from comfy_api.latest import io
from torch import Tensor

from ..hosts import host
from ..motion.tracks.mask_tracking import track_shape
from ..motion.tracks.tracked_layer import field_from_masks
from .checks import checked_mask
from .node import Node
from .sockets import ADVANCED, CATEGORY, MotionSocket, source_length_input

_WHOLE = 0.99  # the smallest value of a mask that covers a pixel wholly
_POOR_OVERLAP = 0.5


class MotionFromMasks(Node):
    """Finds the motion that moves the first mask onto each of the others."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushMotionFromMasks",
            display_name="Flowbrush Motion from Masks",
            category=CATEGORY,
            description="Follows an object through a clip by its masks, for example from SAM: where it goes and how it grows and "
            "turns. The first mask becomes a region that moves in the same way.",
            search_aliases=["sam", "segment", "rotoscope", "object tracking", "mask motion"],
            inputs=[
                io.Mask.Input(
                    "masks",
                    tooltip="The masks of one object, one for each frame, for example from Track to Mask of SAM 3.",
                ),
                source_length_input("masks"),
                io.Boolean.Input(
                    "turns",
                    default=True,
                    extra_dict=ADVANCED,
                    tooltip="Let the region rotate. A round shape, whose rotation cannot be seen, never rotates.",
                ),
                io.Boolean.Input(
                    "grows",
                    default=True,
                    extra_dict=ADVANCED,
                    tooltip="Let the region change its size, as an object does that approaches or recedes.",
                ),
            ],
            outputs=[
                MotionSocket.Output(
                    "motion",
                    tooltip="The motion of the object, for Combine Motion and every node that takes a motion.",
                ),
                io.Float.Output(
                    "overlap",
                    tooltip="Overlap of the moved first mask with the mask that it matches worst: 1 is exact; below 0.5 the shape changes "
                    "too much for a single motion.",
                ),
            ],
        )

    @classmethod
    def execute(cls, masks: Tensor, length: int, turns: bool, grows: bool) -> io.NodeOutput:
        """Raises ValueError for a single mask, and where the first mask is empty or covers everything."""
        masks = checked_mask(masks, "masks")
        if tuple(masks.shape[1:]) == (64, 64) and not bool(masks.any()):
            raise ValueError(
                "`masks` is empty; Load Image gives an empty mask of 64x64 pixels for a picture without transparency: "
                "connect the masks of the object"
            )
        if len(masks) < 2:
            raise ValueError("`masks` holds 1 mask; connect the masks of a whole clip, one for each frame")
        peak = float(masks.amax())
        if 0 < peak < _WHOLE:
            host().notice(f"`masks` nowhere exceeds {peak:.2f}; this value is taken for the whole object.")
            masks = masks / peak
        progress = host().progress((2 + turns) * (len(masks) - 1))

        def on_frame(_: int) -> None:
            host().check_cancel()
            progress.update()

        track = track_shape(masks, turns, grows, on_frame)
        worst = float(track.overlap[track.visible].min())
        if worst < _POOR_OVERLAP:
            host().notice(
                f"The moved first mask matches one of the others by only {100 * worst:.0f} %: the shape changes too much to be "
                "described by one motion."
            )
        if track.unseen is not None:
            host().notice(
                f"The outline in `masks` shows no movement {_direction(*track.unseen)}, because it is straight and the picture "
                "cuts it off; movement in that direction is taken to be 0."
            )
        motion = field_from_masks(masks, track)
        return io.NodeOutput(motion.at_frames(length or motion.frames), worst)


def _direction(x: float, y: float) -> str:
    """The direction (x, y), or its opposite, in words."""
    angle = math.degrees(math.atan2(-y, x)) % 180
    if min(angle, 180 - angle) < 10:
        return "to the left or right"
    if abs(angle - 90) < 10:
        return "up or down"
    return f"along the slope of {angle if angle < 90 else 180 - angle:.0f} degrees"
