"""Edit Clip: a thing in a video is removed, moved along a painted motion, or held still."""

from typing import Any

import torch
from comfy_api.latest import io
from torch import Tensor

from ..hosts import host
from ..motion.clip_edit import ACTIONS, MOVE, REMOVE, edited_clip, over_all, own_motion
from ..motion.field.field import MotionField
from ..rendering.snapped_motion import moving_cover, snap_remark, snapped_motion
from .checks import check_choice, check_same_size, checked_mask, checked_motion, checked_video
from .node import Node
from .sockets import CATEGORY, MotionSocket


class EditClip(Node):
    """Changes one thing in a clip and keeps everything else as it is."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushEditClip",
            display_name="Flowbrush Edit Clip",
            category=CATEGORY,
            description="Removes a thing from a video, moves it along a painted motion, or holds it still. What it hid is taken from other "
            "frames that show it; everything else stays as it is.",
            search_aliases=["video inpaint", "remove object", "stabilize", "clean plate", "video to video"],
            inputs=[
                io.Image.Input(
                    "frames", tooltip="The clip, for example from Get Video Components or Decode Video."
                ),
                io.Combo.Input(
                    "action",
                    options=list(ACTIONS),
                    default=REMOVE,
                    tooltip="Remove: the thing disappears. Move: the painted motion is added to its own. Hold still: it stays where it is in "
                    "the painted frame, or follows only the painted motion.",
                ),
                io.Int.Input(
                    "frame",
                    default=0,
                    min=0,
                    max=100_000,
                    tooltip="The number of the frame on which the thing was painted or masked; 0 is the first. A painted motion begins there.",
                ),
                MotionSocket.Input(
                    "motion",
                    optional=True,
                    tooltip="The motion that was painted on that frame. Its moving regions are the thing.",
                ),
                io.Mask.Input(
                    "mask",
                    optional=True,
                    tooltip="The thing in that frame, in place of the regions of the motion: white is the thing.",
                ),
            ],
            outputs=[
                io.Image.Output("frames", tooltip="The changed clip."),
                io.Mask.Output("changed", tooltip="What differs from the clip that came in."),
                io.Mask.Output(
                    "made",
                    tooltip="What no frame of the clip shows and was completed with patches: the mask for an inpainting or VACE model.",
                ),
            ],
        )

    @classmethod
    def execute(
        cls, frames: Tensor, action: str, frame: int, motion: Any = None, mask: Tensor | None = None
    ) -> io.NodeOutput:
        """Raises ValueError for a frame that the clip does not have, and where nothing says which thing is meant."""
        frames = checked_video(frames, "frames")
        check_choice(action, "action", ACTIONS)
        if frame >= len(frames):
            raise ValueError(
                f"`frame` is {frame}, but `frames` has {len(frames)} frames; choose at most {len(frames) - 1}"
            )
        if motion is None and (mask is None or action == MOVE):
            raise ValueError(
                "`action` is 'move', which needs a painted `motion`: connect Motion Brush"
                if action == MOVE
                else "nothing is connected that says which thing is meant: connect `motion`, `mask`, or both"
            )
        field = None if motion is None else checked_motion(motion)
        region = _region(frames[frame], field, mask)
        painted, (height, width) = None, region.shape
        if field is not None and action != REMOVE:
            displacement = field.at_frames(len(frames) - frame).displacement(height, width)
            painted = over_all(displacement, field.moving(height, width))
        progress = host().progress(2 * len(frames) + 1)

        def on_frame(number: int) -> None:
            host().check_cancel()
            if number >= 0:
                progress.update()

        with torch.no_grad():
            own = own_motion(frames, region, frame, on_frame)
            edited = edited_clip(frames, region, own, action, painted, on_frame)
        return io.NodeOutput(edited.frames, edited.changed, edited.made)


def _region(picture: Tensor, field: MotionField | None, mask: Tensor | None) -> Tensor:
    """The thing [H,W] in 0..1 in a picture [H,W,3]: the mask, else what the motion moves, with regions snapped to its edges.

    Raises ValueError for a mask of another size and for a motion without regions.
    """
    if mask is not None:
        area = checked_mask(mask, "mask")
        check_same_size(area[..., None], "mask", picture[None], "frames")
        return area[0]
    assert field is not None
    layers = field.in_layers(*picture.shape[:2])
    if layers is None:
        raise ValueError(
            "`motion` was measured in a video and has no regions: connect `mask`, or paint the thing"
        )
    snapped = snapped_motion(layers, picture)
    if snapped.unsnapped:
        host().notice(snap_remark(len(snapped.unsnapped)))
    return moving_cover(snapped)
