"""VACE Control: the picture along the motion, with grey holes and their masks."""

from typing import Any

from comfy_api.latest import io
from torch import Tensor

from ..conditioning.guide_video import control_video
from .checks import check_length, checked_first_image, checked_last_image, checked_motion
from .sockets import CATEGORY, FREE, STILL, MotionSocket, unpainted_input


class VACEControl(io.ComfyNode):
    """What stock WanVaceToVideo and other video inpainting nodes read."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushVACEControl",
            display_name="Flowbrush VACE Control",
            category=CATEGORY,
            description="The motion for VACE: the picture carried along, grey where the model is to paint, and masks of that. "
            "Connect both to Wan VACE to Video.",
            search_aliases=["vace", "wan vace", "video inpainting", "control video", "void"],
            inputs=[
                io.Image.Input("first_image", tooltip="How the video begins, at the size of the video."),
                MotionSocket.Input("motion", tooltip="Where everything goes, over the length of the video."),
                io.Image.Input("last_image", optional=True, tooltip="How the video ends, of the same size."),
                unpainted_input(
                    STILL,
                    "What is not painted: still keeps it as it is, free has the model paint it anew after the first "
                    "frame. A camera move asks for everything.",
                ),
                io.Int.Input(
                    "grow",
                    default=4,
                    min=0,
                    max=256,
                    tooltip="Pixels by which holes are widened, so that no rim of the old picture is left in them.",
                ),
            ],
            outputs=[
                io.Image.Output("control_video", tooltip="For `control_video` of Wan VACE to Video."),
                io.Mask.Output(
                    "control_masks",
                    tooltip="For `control_masks` of Wan VACE to Video: 1 where the model paints.",
                ),
                io.Int.Output("length", tooltip="Frames, for `length` of Wan VACE to Video."),
            ],
        )

    @classmethod
    def execute(
        cls, first_image: Tensor, motion: Any, unpainted: str, grow: int, last_image: Tensor | None = None
    ) -> io.NodeOutput:
        """Raises ValueError for sizes and lengths that Wan cannot take."""
        first, motion = checked_first_image(first_image), checked_motion(motion)
        check_length(motion.frames, "motion")
        last = checked_last_image(last_image, first)
        last = None if last is None else last[0]
        frames, holes = control_video(first[0], motion, unpainted == FREE, grow, last)
        return io.NodeOutput(frames, holes, motion.frames)
