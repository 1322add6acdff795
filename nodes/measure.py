"""Measure Motion: the painted motion compared with the motion in the finished video."""

import math
from typing import Any

from comfy_api.latest import io, ui
from torch import Tensor

from ..motion.measure.comparison import compare_motion
from ..motion.measure.error_map import error_summary, error_video
from ..motion.measure.measure import measure_motion
from .checks import checked_image, checked_motion, checked_video
from .node import Node
from .sockets import CATEGORY, MotionSocket

_NUMBERS = {
    "epe_median": "Endpoint error: median distance in pixels between where points should be and where they are.",
    "epe_mean": "Mean endpoint error in pixels; unlike the median, it reveals a few points with a large error.",
    "leakage_median": "Median motion outside the painted regions, in pixels.",
    "frozen_median": "Median motion in frozen regions, in pixels.",
    "first_frame_psnr": "Similarity of the first frame to `image`, as PSNR in dB. 30 and more is close.",
    "flicker": "Change of brightness from frame to frame along the motion, on a scale of 255.",
    "dynamic_degree": "Speed of the fastest 5 % of the picture, in pixels per frame at a short side of 256.",
}


class MeasureMotion(Node):
    """Measures the motion of a video and reports it as text, numbers and two error maps."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushMeasureMotion",
            display_name="Flowbrush Measure Motion",
            category=CATEGORY,
            description="Follows the points of the first frame through the video by optical flow and compares their paths with "
            "the painted motion. Numbers that cannot be measured are NaN.",
            search_aliases=["endpoint error", "evaluate", "epe"],
            inputs=[
                io.Image.Input("frames", tooltip="The finished video."),
                MotionSocket.Input("motion", tooltip="The painted motion."),
                io.Image.Input(
                    "image", optional=True, tooltip="The picture with which the video should begin."
                ),
                io.Boolean.Input(
                    "with_floor",
                    default=False,
                    tooltip="Also measure a perfect warp of `image`: the error that the measurement itself makes.",
                ),
            ],
            outputs=[
                io.String.Output("report", tooltip="All numbers as text."),
                *(io.Float.Output(name, tooltip=tooltip) for name, tooltip in _NUMBERS.items()),
                io.Image.Output(
                    "error_map",
                    tooltip="Mean error of each point of the first frame: dark is small, light is large, grey was not measured.",
                ),
                io.Image.Output(
                    "heat_map",
                    tooltip="The video with the error as colour, and arrows from where points should be to where they are.",
                ),
            ],
            is_output_node=True,
        )

    @classmethod
    def execute(
        cls, frames: Tensor, motion: Any, with_floor: bool, image: Tensor | None = None
    ) -> io.NodeOutput:
        """See `motion.measure.measure.measure_motion`. Raises ValueError where lengths or sizes differ."""
        frames = checked_video(frames, "frames")
        motion = checked_motion(motion, frames=len(frames), of="`frames`")
        first = None if image is None else checked_image(image, "image", 1)
        if first is None and with_floor:
            raise ValueError(
                "`with_floor` is on, which measures a warp of `image`: connect `image`, or turn it off"
            )
        comparison = compare_motion(frames, motion)
        report = measure_motion(frames, motion, first, with_floor, comparison)
        text = f"{report.text()}\n{error_summary(motion, comparison)}"
        numbers = report.as_dict()
        values = [math.nan if numbers[name] is None else numbers[name] for name in _NUMBERS]
        return io.NodeOutput(
            text, *values, report.error_map, error_video(frames, motion, comparison), ui=ui.PreviewText(text)
        )
