"""Measure Motion: what was asked, compared with what came out."""

import math
from typing import Any

from comfy_api.latest import io, ui
from torch import Tensor

from ..motion.measure.comparison import compare_motion
from ..motion.measure.error_map import error_summary, error_video
from ..motion.measure.measure import measure_motion
from .checks import checked_image, checked_motion, checked_video
from .sockets import CATEGORY, MotionSocket

_NUMBERS = {
    "epe_median": "Distance in pixels between where points were asked to be and where they are, median.",
    "epe_mean": "The same, mean: a few points that were lost weigh more.",
    "leakage_median": "Motion in pixels of what was not painted, median.",
    "frozen_median": "Motion in pixels of what was frozen, median.",
    "first_frame_psnr": "How like the given picture the first frame is, in dB. 30 and more is close.",
    "flicker": "Change of brightness from frame to frame along the motion, in steps of 255.",
    "dynamic_degree": "Speed of the fastest twentieth of the picture in pixels a frame, at a short side of 256.",
}


class MeasureMotion(io.ComfyNode):
    """A report, its numbers, and two maps of the error."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushMeasureMotion",
            display_name="Flowbrush Measure Motion",
            category=CATEGORY,
            description="Follows the points of the first frame through the video (DIS flow) and compares with the motion that was "
            "asked for. A number that cannot be measured is not a number (NaN).",
            search_aliases=["endpoint error", "evaluate", "epe"],
            inputs=[
                io.Image.Input("frames", tooltip="The finished video."),
                MotionSocket.Input("motion", tooltip="The motion that was asked for."),
                io.Image.Input(
                    "image", optional=True, tooltip="The picture that the video was to begin with."
                ),
                io.Boolean.Input(
                    "with_floor",
                    default=False,
                    tooltip="Also measure a perfect warp of `image`: what this meter reads when nothing is wrong.",
                ),
            ],
            outputs=[
                io.String.Output("report", tooltip="All numbers as text."),
                *(io.Float.Output(name, tooltip=tooltip) for name, tooltip in _NUMBERS.items()),
                io.Image.Output(
                    "error_map",
                    tooltip="Mean error of each point of the first frame: dark is none, light is much, grey was not measured.",
                ),
                io.Image.Output(
                    "heat_map",
                    tooltip="The video with the error in colour, and arrows from where points were asked to be to where they are.",
                ),
            ],
            is_output_node=True,
        )

    @classmethod
    def execute(
        cls, frames: Tensor, motion: Any, with_floor: bool, image: Tensor | None = None
    ) -> io.NodeOutput:
        """See `motion.measure.measure.measure_motion`. Raises ValueError for another length or size."""
        frames = checked_video(frames, "frames")
        motion = checked_motion(motion, frames=len(frames), of="`frames`")
        first = None if image is None else checked_image(image, "image", 1)
        if first is None and with_floor:
            raise ValueError("`with_floor` is on, which measures a warp of `image`: connect it")
        comparison = compare_motion(frames, motion)
        report = measure_motion(frames, motion, first, with_floor, comparison)
        text = f"{report.text()}\n{error_summary(motion, comparison)}"
        numbers = report.as_dict()
        values = [math.nan if numbers[name] is None else numbers[name] for name in _NUMBERS]
        return io.NodeOutput(
            text, *values, report.error_map, error_video(frames, motion, comparison), ui=ui.PreviewText(text)
        )
