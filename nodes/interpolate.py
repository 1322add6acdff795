"""Interpolate Frames: additional frames between those of a clip."""

from typing import Any

import torch
from comfy_api.latest import io
from torch import Tensor

from ..hosts import host
from ..motion.flow.frame_interpolation import (
    SCENE_THRESHOLD,
    Method,
    by_agreement,
    interpolate,
    positions_at_rate,
)
from .checks import check_choice, check_fps, checked_video
from .node import Node
from .sockets import ADVANCED, CATEGORY

NETWORK, FLOW = "network", "optical flow"

InterpolationModelSocket = io.Custom("INTERP_MODEL")
"""A RIFE or FILM model, from the stock node Load Frame Interpolation Model."""


class InterpolateFrames(Node):
    """Makes a smoother clip and reports its frame rate."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushInterpolateFrames",
            display_name="Flowbrush Interpolate Frames",
            category=CATEGORY,
            description="Adds frames between those of a clip, by optical flow, by the bundled network, or by a RIFE or FILM model. "
            "Scene cuts are detected and not blended. Nothing is downloaded.",
            search_aliases=["rife", "film", "slow motion", "fps", "frame interpolation"],
            inputs=[
                io.Image.Input("frames", tooltip="The clip, at least two frames."),
                io.Float.Input(
                    "fps",
                    default=12.0,
                    min=0.1,
                    max=1000.0,
                    step=0.5,
                    round=0.001,
                    tooltip="Frame rate of the clip, in frames per second.",
                ),
                io.Int.Input(
                    "multiplier",
                    default=2,
                    min=2,
                    max=16,
                    tooltip="By how much the number of frames grows: n frames become (n - 1) times this number, plus 1.",
                ),
                io.Float.Input(
                    "target_fps",
                    default=0.0,
                    min=0.0,
                    max=1000.0,
                    step=0.5,
                    round=0.001,
                    tooltip="Frame rate to reach, in frames per second, higher or lower than `fps`; 0 uses `multiplier` instead.",
                ),
                io.Float.Input(
                    "scene_threshold",
                    default=SCENE_THRESHOLD,
                    min=0.0,
                    max=1.0,
                    step=0.01,
                    round=0.001,
                    display_mode=io.NumberDisplay.slider,
                    extra_dict=ADVANCED,
                    tooltip="How different two frames must be to count as a scene cut; 1 finds none. At a cut, frames are repeated.",
                ),
                io.Combo.Input(
                    "method",
                    options=[FLOW, NETWORK],
                    default=FLOW,
                    optional=True,
                    extra_dict=ADVANCED,
                    tooltip="How frames are made: by optical flow alone, or with the bundled network, which corrects the flow. A "
                    "connected `interpolation_model` replaces both.",
                ),
                InterpolationModelSocket.Input(
                    "interpolation_model",
                    optional=True,
                    tooltip="A RIFE or FILM model, from Load Frame Interpolation Model. It replaces `method`.",
                ),
                io.Boolean.Input(
                    "loop",
                    default=False,
                    optional=True,
                    tooltip="The clip is a loop: frames are also made between the last one and the first.",
                ),
            ],
            outputs=[
                io.Image.Output(
                    "frames",
                    tooltip="The smoother clip. It contains the original frames wherever their times coincide with new ones.",
                ),
                io.Float.Output("fps", tooltip="The frame rate of the new clip, for Create Video."),
            ],
        )

    @classmethod
    def execute(
        cls,
        frames: Tensor,
        fps: float,
        multiplier: int,
        target_fps: float,
        scene_threshold: float,
        method: str = FLOW,
        interpolation_model: Any = None,
        loop: bool = False,
    ) -> io.NodeOutput:
        """Raises ValueError for a clip of one frame, an unknown method, and a model other than RIFE or FILM."""
        frames = checked_video(frames, "frames")
        check_fps(fps)
        between = _method(method, interpolation_model)
        rate = target_fps or fps * multiplier
        times = positions_at_rate(len(frames) + loop, fps, rate)
        if loop:
            # The first frame follows the last one, and is not repeated at the end.
            times = [position for position in times if position < len(frames) - 1e-6]
            frames = torch.cat([frames, frames[:1]])
        progress = host().progress(len(times))

        def on_frame(_: int) -> None:
            host().check_cancel()
            progress.update()

        smooth = interpolate(frames, times, scene_threshold, between, on_frame)
        return io.NodeOutput(smooth, rate)


def _method(name: str, model: Any) -> Method:
    """The function that makes the frames between two others: that of the connected model, or of the method `name`."""
    check_choice(name, "method", (FLOW, NETWORK))
    if model is not None:
        return host().interpolation_method(model)
    if name == FLOW:
        return by_agreement
    from ..models.bundled import bundled_path
    from ..models.checkpoint import load_interpolator
    from ..models.interpolator import interpolation_method

    return interpolation_method(load_interpolator(bundled_path("interpolator")))
