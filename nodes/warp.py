"""Warp Image: a picture carried along a motion, without any model."""

from typing import Any

from comfy_api.latest import io
from torch import Tensor

from ..rendering.warp import warp_image
from .checks import checked_image, checked_motion
from .sockets import CATEGORY, MotionSocket


class WarpImage(io.ComfyNode):
    """The warped frames, what is unknown in them, and where what moves is."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushWarpImage",
            display_name="Flowbrush Warp Image",
            category=CATEGORY,
            description="Carries the pixels of a picture along the motion: a reference video for any model that takes one "
            "(Time-to-Move, VACE, warped noise), with its masks.",
            search_aliases=["reference video", "inpaint mask", "time to move"],
            inputs=[
                io.Image.Input("image", tooltip="One picture: the first frame."),
                MotionSocket.Input("motion", tooltip="Where its points go."),
                io.Boolean.Input(
                    "fill_holes",
                    default=True,
                    tooltip="Fill what comes into view with a smooth guess from around it; otherwise it is black.",
                ),
            ],
            outputs=[
                io.Image.Output("frames", tooltip="The picture along the motion, one image a frame."),
                io.Mask.Output("holes", tooltip="1 where nothing of the picture is: what came into view."),
                io.Mask.Output(
                    "moving",
                    tooltip="1 where a painted region that moves is in each frame; less where its strength is less.",
                ),
            ],
        )

    @classmethod
    def execute(cls, image: Tensor, motion: Any, fill_holes: bool) -> io.NodeOutput:
        """See `rendering.warp.warp_image`."""
        clip = warp_image(checked_image(image, "image", 1)[0], checked_motion(motion))
        return io.NodeOutput(
            clip.frames if fill_holes else clip.raw,
            (1 - clip.coverage).clamp(0, 1),
            clip.moving * clip.strength,
        )
