"""Preview Motion: the motion as something to look at, without the model."""

from typing import Any

from comfy_api.latest import io, ui
from torch import Tensor

from ..motion.pictures import STYLES, preview_frames
from .animation import saved_animation
from .checks import checked_image, checked_motion
from .sockets import CATEGORY, MotionSocket, size_inputs


class PreviewMotion(io.ComfyNode):
    """An animation of the motion, on the node and as IMAGE."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushPreviewMotion",
            display_name="Flowbrush Preview Motion",
            category=CATEGORY,
            description="Shows a motion in a moment, before any model runs.",
            search_aliases=["arrows", "flow", "visualize motion"],
            inputs=[
                MotionSocket.Input("motion", tooltip="The motion to show."),
                io.Image.Input("image", optional=True, tooltip="The first frame. Without it only colours or arrows can be shown."),
                io.Combo.Input("style", options=list(STYLES), default=STYLES[0], tooltip=""),
            ],
            outputs=[io.Image.Output("frames", tooltip="The animation, one image a frame.")],
            is_output_node=True,
        )
