"""Motion from Tracks and Motion to Tracks: trajectories of points, as core nodes and other packs' editors carry them."""

from typing import Any

from comfy_api.latest import io

from ..motion.tracks.tracks import (
    field_from_tracks,
    resample_tracks,
    tracks_from_field,
    tracks_from_json,
    tracks_to_json,
)
from .checks import checked_motion
from .sockets import CATEGORY, MotionSocket, length_input, size_inputs

FORMATS = ("kjnodes", "ati")
_FORMAT_TOOLTIP = "How the points are sampled: kjnodes spreads them over the clip, ati has 121 of them at 24 frames a second."


class MotionFromTracks(io.ComfyNode):
    """A motion that passes through given trajectories."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushMotionFromTracks",
            display_name="Flowbrush Motion from Tracks",
            category=CATEGORY,
            description="Trajectories of points, from a TRACKS socket or from the text that spline editors give, as a motion: "
            "what is near a track goes along with it.",
            search_aliases=["spline editor", "ati", "wan move", "kjnodes", "trajectory"],
            inputs=[
                io.Tracks.Input(
                    "tracks", optional=True, tooltip="Trajectories in pixels. Use this or `points`, not both."
                ),
                io.String.Input(
                    "points",
                    multiline=True,
                    dynamic_prompts=False,
                    default="",
                    tooltip='Trajectories as text: a list of lists of {"x": number, "y": number} in pixels.',
                ),
                io.Combo.Input("format", options=list(FORMATS), default="kjnodes", tooltip=_FORMAT_TOOLTIP),
                *size_inputs("the picture whose pixels the trajectories are in", step=8),
                length_input(tooltip="Frames of the motion. The trajectories are spread over them."),
                io.Float.Input(
                    "reach",
                    default=0.0,
                    min=0.0,
                    max=1.0,
                    step=0.01,
                    round=0.001,
                    tooltip="How far around a track things go along, in short sides of the picture; 0 follows from how close the "
                    "tracks are to each other.",
                ),
            ],
            outputs=[
                MotionSocket.Output(
                    "motion", tooltip="The motion, for Motion Conditioning or Combine Motion."
                ),
                io.Tracks.Output(
                    "tracks",
                    display_name="TRACKS",
                    tooltip="The trajectories alone, one row a frame, for Wan-Move and ATI.",
                ),
            ],
        )

    @classmethod
    def execute(
        cls, points: str, format: str, width: int, height: int, length: int, reach: float, tracks: Any = None
    ) -> io.NodeOutput:
        """Raises ValueError unless exactly one of `tracks` and `points` is given, and for what cannot be read."""
        if (tracks is None) == (not points.strip()):
            both = "both" if tracks is not None else "neither"
            raise ValueError(
                f"{both} of `tracks` and `points` arrived; connect `tracks`, or fill in `points`"
            )
        if tracks is None:
            tracks = tracks_from_json(points, length, format)
        motion = field_from_tracks(tracks, height, width, length, reach or None)
        return io.NodeOutput(motion, resample_tracks(tracks, length))


class MotionToTracks(io.ComfyNode):
    """Trajectories of a grid of points under a motion."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushMotionToTracks",
            display_name="Flowbrush Motion to Tracks",
            category=CATEGORY,
            description="The motion as TRACKS for core nodes (Wan-Move and others), and as text for nodes that read point lists.",
            search_aliases=["wan move", "ati", "trajectory", "points"],
            inputs=[
                MotionSocket.Input("motion", tooltip="The motion to follow."),
                *size_inputs("the video that the tracks are for", step=8),
                io.Int.Input(
                    "spacing",
                    default=16,
                    min=1,
                    max=1024,
                    tooltip="Distance of the points in pixels. 8 gives one for each latent cell, so that copies leave no gaps.",
                ),
                io.Boolean.Input(
                    "painted_only",
                    default=False,
                    tooltip="Only points that something was asked of. Otherwise the rest is given as points that stay, which keeps "
                    "the background still.",
                ),
                io.Combo.Input("format", options=list(FORMATS), default="kjnodes", tooltip=_FORMAT_TOOLTIP),
            ],
            outputs=[
                io.Tracks.Output(
                    "tracks",
                    display_name="TRACKS",
                    tooltip="Positions and visibility of every point in every frame.",
                ),
                io.String.Output(
                    "points", tooltip="The same as text; it cannot say which points are hidden."
                ),
            ],
        )

    @classmethod
    def execute(
        cls, motion: Any, width: int, height: int, spacing: int, painted_only: bool, format: str
    ) -> io.NodeOutput:
        """See `motion.tracks.tracks.tracks_from_field`."""
        tracks = tracks_from_field(checked_motion(motion), height, width, spacing, painted_only=painted_only)
        return io.NodeOutput(tracks, tracks_to_json(tracks, format))
