"""Preview Motion: an animation of the motion, without a model."""

from typing import Any

import torch
from comfy_api.latest import io
from torch import Tensor

from ..hosts import host
from ..motion.preview.visualization import STYLES, preview_frames
from .animation import animation_ui
from .checks import check_choice, checked_image, checked_motion
from .node import Node
from .sockets import CATEGORY, MotionSocket

WARP, ARROWS = STYLES[:2]
_CANVAS_SIDE = 512  # px, longer side of the picture that stands in for a missing one


class PreviewMotion(Node):
    """Makes an animation of the motion, on the node and as IMAGE."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushPreviewMotion",
            display_name="Flowbrush Preview Motion",
            category=CATEGORY,
            description="Shows a motion as an animation, in a few seconds and without a model.",
            search_aliases=["arrows", "optical flow", "visualize motion"],
            inputs=[
                MotionSocket.Input("motion", tooltip="The motion to show."),
                io.Image.Input(
                    "image",
                    optional=True,
                    tooltip="The first frame. Without it, arrows or the flow wheel are drawn on grey.",
                ),
                io.Combo.Input(
                    "style",
                    options=list(STYLES),
                    default=WARP,
                    tooltip="Animated warp moves the picture along the motion, arrows draws the paths of points, flow wheel shows the "
                    "direction as colour and the distance as intensity.",
                ),
            ],
            outputs=[io.Image.Output("frames", tooltip="The animation, one image for each frame.")],
            is_output_node=True,
        )

    @classmethod
    def execute(cls, motion: Any, style: str, image: Tensor | None = None) -> io.NodeOutput:
        """See `motion.preview.visualization.preview_frames`."""
        motion = checked_motion(motion)
        check_choice(style, "style", STYLES)
        if image is None and style == WARP:
            style = ARROWS
            host().notice(
                "Preview Motion draws arrows on grey: the animated warp needs a picture at `image`."
            )
        picture = grey_picture(motion.aspect) if image is None else checked_image(image, "image", 1)
        frames = preview_frames(picture[0], motion, style)
        return io.NodeOutput(frames, ui=animation_ui(frames))


def grey_picture(aspect: float | None) -> Tensor:
    """A mid-grey picture [1,H,W,3] whose width / height is `aspect`; square if it is None."""
    aspect = aspect or 1.0
    width, height = (_CANVAS_SIDE * min(1.0, aspect), _CANVAS_SIDE / max(1.0, aspect))
    return torch.full((1, max(16, round(height)), max(16, round(width)), 3), 0.5)
