"""Motion from Tracks and Motion to Tracks: trajectories of points, as stock nodes and other packs use them."""

from typing import Any

from comfy_api.latest import io

from ..hosts import host
from ..motion.tracks.tracks import (
    checked_tracks,
    field_from_tracks,
    resample_tracks,
    starts_inside,
    tracks_from_field,
    tracks_from_json,
    tracks_to_json,
)
from .checks import checked_motion
from .node import Node
from .sockets import ADVANCED, CATEGORY, MotionSocket, length_input, size_inputs

FORMATS = ("kjnodes", "ati")
_FORMAT_TOOLTIP = "How the positions are spaced in time: kjnodes spreads them over the clip, ati has 121 at 24 frames per second."


class MotionFromTracks(Node):
    """Makes a motion that follows given trajectories."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushMotionFromTracks",
            display_name="Flowbrush Motion from Tracks",
            category=CATEGORY,
            description="Turns trajectories of points, from a TRACKS socket or from the text of a spline editor, into a motion: "
            "everything near a track moves with it.",
            search_aliases=["spline editor", "ati", "wan move", "kjnodes", "trajectory"],
            inputs=[
                io.Tracks.Input(
                    "tracks",
                    optional=True,
                    tooltip="Trajectories in pixels. Connect these or fill in `points`, not both.",
                ),
                io.String.Input(
                    "points",
                    multiline=True,
                    dynamic_prompts=False,
                    default="",
                    tooltip='Trajectories as text: lists of {"x": number, "y": number} in pixels, or in 0..1 of the picture, one list for each trajectory.',
                ),
                io.Combo.Input(
                    "format",
                    options=list(FORMATS),
                    default="kjnodes",
                    extra_dict=ADVANCED,
                    tooltip=_FORMAT_TOOLTIP,
                ),
                *size_inputs("the picture to which the trajectories belong", step=8),
                length_input(
                    tooltip="Number of frames of the motion, over which the trajectories are spread."
                ),
                io.Float.Input(
                    "reach",
                    default=0.0,
                    min=0.0,
                    max=1.0,
                    step=0.01,
                    round=0.001,
                    display_mode=io.NumberDisplay.slider,
                    extra_dict=ADVANCED,
                    tooltip="How far around a track the picture moves with it, as a fraction of its short side. 0 chooses by the "
                    "distance between the tracks.",
                ),
            ],
            outputs=[
                MotionSocket.Output(
                    "motion", tooltip="The motion, for Motion Conditioning or Combine Motion."
                ),
                io.Tracks.Output(
                    "tracks",
                    display_name="TRACKS",
                    tooltip="The trajectories alone, with one position for each frame, for Wan-Move and ATI.",
                ),
            ],
        )

    @classmethod
    def execute(
        cls,
        points: str | list[str],
        format: str,
        width: int,
        height: int,
        length: int,
        reach: float,
        tracks: Any = None,
    ) -> io.NodeOutput:
        """Raises ValueError unless exactly one of `tracks` and `points` is given, and for text that cannot be read.

        Nodes that collect texts hand over `points` as a list of them.
        """
        if (tracks is None) == (not (points.strip() if isinstance(points, str) else points)):
            both = "both" if tracks is not None else "neither"
            raise ValueError(
                f"{both} of `tracks` and `points` were given; connect `tracks` or fill in `points`"
            )
        if tracks is None:
            tracks = tracks_from_json(points, length, format, (width, height), _notice_fractions)
        path, visible = checked_tracks(tracks)
        if path.isfinite().all() and float(path.min()) >= 0 and float(path.max()) <= 1:
            host().notice(
                "The trajectories in `tracks` stay within the first pixel of the picture. TRACKS are in pixels: if these are "
                "fractions of its sides, multiply them by its width and height."
            )
        lost = len(path[0]) - int(starts_inside(path, visible, height, width).sum())
        if 0 < lost < len(path[0]):
            host().notice(
                f"{lost} of {len(path[0])} tracks start hidden or outside the picture and move nothing."
            )
        motion = field_from_tracks(tracks, height, width, length, reach or None)
        return io.NodeOutput(motion, resample_tracks(tracks, length))


def _notice_fractions() -> None:
    host().notice(
        "The trajectories in `points` stay between 0 and 1; they are taken as fractions of the picture's width and height."
    )


class MotionToTracks(Node):
    """Makes the trajectories of a grid of points that move with a motion."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushMotionToTracks",
            display_name="Flowbrush Motion to Tracks",
            category=CATEGORY,
            description="Turns a motion into TRACKS for stock nodes (Wan-Move and others), and into text for nodes that read lists "
            "of points.",
            search_aliases=["wan move", "ati", "trajectory", "points"],
            inputs=[
                MotionSocket.Input("motion", tooltip="The motion to follow."),
                *size_inputs("the video for which the tracks are", step=8),
                io.Int.Input(
                    "spacing",
                    default=16,
                    min=1,
                    max=1024,
                    extra_dict=ADVANCED,
                    tooltip="Distance between the points in pixels. 8 gives one for each latent cell, so that there are no gaps.",
                ),
                io.Boolean.Input(
                    "painted_only",
                    default=False,
                    extra_dict=ADVANCED,
                    tooltip="Track points in painted regions only. Otherwise the rest of the picture gets points that do not move, "
                    "which keep the background still.",
                ),
                io.Combo.Input(
                    "format",
                    options=list(FORMATS),
                    default="kjnodes",
                    extra_dict=ADVANCED,
                    tooltip=_FORMAT_TOOLTIP,
                ),
            ],
            outputs=[
                io.Tracks.Output(
                    "tracks",
                    display_name="TRACKS",
                    tooltip="The position and visibility of every point in every frame.",
                ),
                io.String.Output("points", tooltip="The same positions as text, without the visibility."),
            ],
        )

    @classmethod
    def execute(
        cls, motion: Any, width: int, height: int, spacing: int, painted_only: bool, format: str
    ) -> io.NodeOutput:
        """See `motion.tracks.tracks.tracks_from_field`."""
        tracks = tracks_from_field(checked_motion(motion), height, width, spacing, painted_only=painted_only)
        return io.NodeOutput(tracks, tracks_to_json(tracks, format))
