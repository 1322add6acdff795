"""Motion from Video: the motion of a clip, for use with another picture."""

from comfy_api.latest import io
from torch import Tensor

from ..hosts import host
from ..motion.field.field import field_from_flow
from ..motion.flow.dis_flow import track_pixels
from .checks import check_not_empty, check_same_size, checked_mask, checked_video
from .node import Node
from .sockets import CATEGORY, MotionSocket, length_input


class MotionFromVideo(Node):
    """Makes a motion from the optical flow between the first frame and every other frame."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushMotionFromVideo",
            display_name="Flowbrush Motion from Video",
            category=CATEGORY,
            description="Measures by optical flow how the points of the first frame move through a clip. Another picture with the "
            "same layout can then move in the same way.",
            search_aliases=["optical flow", "motion transfer"],
            inputs=[
                io.Image.Input(
                    "frames", tooltip="The clip, at least two frames, for example from Get Video Components."
                ),
                io.Mask.Input(
                    "mask",
                    optional=True,
                    tooltip="The part of the picture whose motion is used. Outside it, the model decides the motion.",
                ),
                length_input(tooltip="Number of frames of the motion, over which the whole clip is spread."),
            ],
            outputs=[
                MotionSocket.Output(
                    "motion", tooltip="The measured motion, for Motion Conditioning or Combine Motion."
                )
            ],
        )

    @classmethod
    def execute(cls, frames: Tensor, length: int, mask: Tensor | None = None) -> io.NodeOutput:
        """Raises ValueError for a clip of one frame, and for more than one mask."""
        frames = checked_video(frames, "frames")
        weight = None
        if mask is not None:
            weight = checked_mask(mask, "mask")
            if len(weight) != 1:
                raise ValueError(
                    f"`mask` holds {len(weight)} masks; connect a single one, for the first frame"
                )
            check_not_empty(weight, "mask", "so no part of the motion is used")
            check_same_size(weight[..., None], "mask", frames, "frames")
            weight = weight[0]
        progress = host().progress(len(frames))

        def on_frame(_: int) -> None:
            host().check_cancel()
            progress.update()

        displacement, visibility = track_pixels(frames, on_frame=on_frame)
        return io.NodeOutput(field_from_flow(displacement, weight, visibility).at_frames(length))
