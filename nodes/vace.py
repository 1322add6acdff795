"""VACE Control: the picture warped along the motion, and masks of what the model has to paint."""

from typing import Any

from comfy_api.latest import io
from torch import Tensor

from ..conditioning.behind import BEHIND, GREYED, PLATE
from ..conditioning.guide_video import control_video
from ..hosts import host
from .checks import (
    check_choice,
    check_length,
    checked_first_image,
    checked_last_image,
    checked_motion,
    checked_plate,
)
from .node import Node
from .sockets import ADVANCED, CATEGORY, FREE, STILL, MotionSocket, behind_input, plate_input, unpainted_input


class VACEControl(Node):
    """Makes the control video and masks that the stock WanVaceToVideo and other video inpainting nodes read."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushVACEControl",
            display_name="Flowbrush VACE Control",
            category=CATEGORY,
            description="Makes a control video for VACE: the picture warped along the motion with a completed background, and "
            "masks of the areas that the model has to paint. Connect both to Wan VACE to Video.",
            search_aliases=["vace", "wan vace", "video inpainting", "control video", "void"],
            inputs=[
                io.Image.Input("first_image", tooltip="The first frame, at the size of the video."),
                MotionSocket.Input("motion", tooltip="The painted motion, as long as the video."),
                io.Image.Input(
                    "last_image",
                    optional=True,
                    tooltip="The last frame, of the same size, if the video has to end in a certain way.",
                ),
                unpainted_input(
                    STILL,
                    "What happens outside the painted regions: still keeps them as they are, free lets the model repaint them "
                    "after the first frame. A camera move covers the whole picture.",
                ),
                io.Int.Input(
                    "grow",
                    default=4,
                    min=0,
                    max=256,
                    extra_dict=ADVANCED,
                    tooltip="Widens the holes by so many pixels, so that no seam of the moving object is left at their edges.",
                ),
                behind_input(
                    BEHIND,
                    PLATE,
                    "What the control video shows in areas that come into view. The model paints them in any case. Plate: the "
                    "completed picture, as a suggestion. Smooth: a soft fill. Grey: nothing.",
                    before=GREYED,
                ),
                plate_input(),
            ],
            outputs=[
                io.Image.Output("control_video", tooltip="For `control_video` of Wan VACE to Video."),
                io.Mask.Output(
                    "control_masks",
                    tooltip="For `control_masks` of Wan VACE to Video: 1 where the model has to paint.",
                ),
                io.Int.Output("length", tooltip="The number of frames, for `length` of Wan VACE to Video."),
            ],
        )

    @classmethod
    def execute(
        cls,
        first_image: Tensor,
        motion: Any,
        unpainted: str,
        grow: int,
        last_image: Tensor | None = None,
        behind: str = GREYED,
        plate: Any = None,
    ) -> io.NodeOutput:
        """Raises ValueError for sizes and lengths that Wan cannot process."""
        first, motion = checked_first_image(first_image), checked_motion(motion)
        check_length(motion.frames, "motion")
        last = checked_last_image(last_image, first)
        last = None if last is None else last[0]
        check_choice(behind, "behind", BEHIND)
        plate = checked_plate(plate, first, "first_image")
        frames, holes = control_video(
            first[0],
            motion,
            unpainted == FREE,
            grow,
            last,
            behind,
            plate,
            host().notice,
            host().check_cancel,
        )
        return io.NodeOutput(frames, holes, motion.frames)
