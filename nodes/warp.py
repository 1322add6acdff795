"""Warp Image: a picture warped along a motion, without a model."""

from typing import Any

from comfy_api.latest import io
from torch import Tensor

from ..hosts import host
from ..rendering.warp import BEHIND, PLATE, warp_image
from .checks import check_choice, checked_image, checked_motion, checked_plate
from .node import Node
from .sockets import CATEGORY, MotionSocket, plate_input


class WarpImage(Node):
    """Makes the warped frames, masks of their holes, and masks of the moving regions."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushWarpImage",
            display_name="Flowbrush Warp Image",
            category=CATEGORY,
            description="Warps a picture along the motion: a reference video, with masks, for any model that reads one (VACE, "
            "warped noise and others).",
            search_aliases=["reference video", "inpaint mask", "time to move"],
            inputs=[
                io.Image.Input("image", tooltip="The picture to warp: one image, the first frame."),
                MotionSocket.Input("motion", tooltip="The motion to follow."),
                io.Boolean.Input(
                    "fill_holes",
                    default=True,
                    tooltip="Fill the areas that come into view, as `behind` says. Otherwise they are black.",
                ),
                io.Combo.Input(
                    "behind",
                    options=list(BEHIND),
                    default=PLATE,
                    optional=True,
                    tooltip="What fills the areas that come into view. Plate: the completed picture, or the connected `plate`. Smooth: "
                    "the colours around them.",
                ),
                plate_input(),
            ],
            outputs=[
                io.Image.Output("frames", tooltip="The warped picture, one image for each frame."),
                io.Mask.Output(
                    "holes", tooltip="1 in the areas that came into view and are not in the picture."
                ),
                io.Mask.Output(
                    "moving",
                    tooltip="1 where moving regions are in each frame, or the strength of their layer if that is less.",
                ),
            ],
        )

    @classmethod
    def execute(
        cls,
        image: Tensor,
        motion: Any,
        fill_holes: bool,
        behind: str = PLATE,
        plate: Any = None,
    ) -> io.NodeOutput:
        """See `rendering.warp.warp_image`."""
        picture = checked_image(image, "image", 1)
        check_choice(behind, "behind", BEHIND)
        plate = checked_plate(plate, picture, "image")
        clip = warp_image(
            picture[0], checked_motion(motion), behind=behind, plate=plate, check_cancel=host().check_cancel
        )
        if clip.snap_remark:
            host().notice(clip.snap_remark)
        return io.NodeOutput(
            clip.frames if fill_holes else clip.raw,
            (1 - clip.coverage).clamp(0, 1),
            clip.moving * clip.strength,
        )
