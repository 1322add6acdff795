"""Interpolate Frames: more frames in between."""

from typing import Any

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
from .checks import checked_video
from .sockets import CATEGORY

NETWORK, FLOW = "network", "optical flow"

InterpolationModelSocket = io.Custom("INTERP_MODEL")
"""RIFE or FILM, of ComfyUI's own Load Frame Interpolation Model."""


class InterpolateFrames(io.ComfyNode):
    """A smoother clip and its frame rate."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushInterpolateFrames",
            display_name="Flowbrush Interpolate Frames",
            category=CATEGORY,
            description="Frames in between, with what is hidden taken from the side that shows it: by the bundled network, by "
            "optical flow alone, or by a RIFE or FILM model. Cuts are found and not blended. No download.",
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
                    tooltip="Frames a second of the clip as it is.",
                ),
                io.Int.Input(
                    "multiplier",
                    default=2,
                    min=2,
                    max=16,
                    tooltip="How many frames become of one. n frames become (n-1) times this, plus 1.",
                ),
                io.Float.Input(
                    "target_fps",
                    default=0.0,
                    min=0.0,
                    max=1000.0,
                    step=0.5,
                    round=0.001,
                    tooltip="Frames a second that are wanted; 0 uses `multiplier`. It may be any rate, also a lower one.",
                ),
                io.Float.Input(
                    "scene_threshold",
                    default=SCENE_THRESHOLD,
                    min=0.0,
                    max=1.0,
                    step=0.01,
                    round=0.001,
                    tooltip="How different two frames must be to count as a cut; frames are repeated across a cut. 1 finds none.",
                ),
                io.Combo.Input(
                    "method",
                    options=[FLOW, NETWORK],
                    default=FLOW,
                    optional=True,
                    tooltip="What makes the frames: optical flow alone, or with the bundled network to correct it. "
                    "A connected `interpolation_model` is used instead of both.",
                ),
                InterpolationModelSocket.Input(
                    "interpolation_model",
                    optional=True,
                    tooltip="RIFE or FILM from ComfyUI's Load Frame Interpolation Model, to be used instead of `method`.",
                ),
            ],
            outputs=[
                io.Image.Output(
                    "frames",
                    tooltip="The smoother clip; the frames that were there are among them where their times meet.",
                ),
                io.Float.Output("fps", tooltip="Its frame rate, for Create Video."),
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
    ) -> io.NodeOutput:
        """Raises ValueError for a clip of one frame, an unknown method, and a model that is none of the stock ones."""
        frames = checked_video(frames, "frames")
        how = _method(method, interpolation_model)
        rate = target_fps or fps * multiplier
        times = positions_at_rate(len(frames), fps, rate)
        progress = host().progress(len(times))

        def on_frame(_: int) -> None:
            host().check_cancel()
            progress.update()

        smooth = interpolate(frames, times, scene_threshold, how, on_frame)
        return io.NodeOutput(smooth, rate)


def _method(name: str, model: Any) -> Method:
    """How frames are made, by the widget's value or by the connected model."""
    if name not in (NETWORK, FLOW):
        raise ValueError(f"`method` is {name!r}; choose {NETWORK!r} or {FLOW!r}")
    if model is not None:
        return host().between_frames(model)
    if name == FLOW:
        return by_agreement
    from ..models.bundled import bundled_path
    from ..models.checkpoint import load_interpolator
    from ..models.interpolator import learned

    return learned(load_interpolator(bundled_path("interpolator")))
