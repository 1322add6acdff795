"""Preview Motion: the motion as something to look at, without the model."""

from typing import Any

import torch
from comfy_api.latest import io
from torch import Tensor

from ..motion.preview.visualization import STYLES, preview_frames
from .animation import shown_animation
from .checks import checked_image, checked_motion
from .sockets import CATEGORY, MotionSocket

WARP = STYLES[0]
_CANVAS_SIDE = 512  # px, the longer side where there is no picture


class PreviewMotion(io.ComfyNode):
    """An animation of the motion, on the node and as IMAGE."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushPreviewMotion",
            display_name="Flowbrush Preview Motion",
            category=CATEGORY,
            description="Shows a motion in a moment, before any model runs.",
            search_aliases=["arrows", "optical flow", "visualize motion"],
            inputs=[
                MotionSocket.Input("motion", tooltip="The motion to show."),
                io.Image.Input("image", optional=True, tooltip="The first frame; a grey picture without it."),
                io.Combo.Input(
                    "style",
                    options=list(STYLES),
                    default=WARP,
                    tooltip="Animated warp carries the picture along the motion, arrows draws where points go, flow wheel shows "
                    "direction as colour and distance as strength.",
                ),
            ],
            outputs=[io.Image.Output("frames", tooltip="The animation, one image a frame.")],
            is_output_node=True,
        )

    @classmethod
    def execute(cls, motion: Any, style: str, image: Tensor | None = None) -> io.NodeOutput:
        """See `motion.preview.visualization.preview_frames`."""
        motion = checked_motion(motion)
        if style not in STYLES:
            raise ValueError(f"`style` is {style!r}; choose one of {', '.join(STYLES)}")
        if image is None and style == WARP:
            raise ValueError(
                f"`style` is {WARP!r}, which needs `image`: connect it, or choose arrows or flow wheel"
            )
        picture = grey_picture(motion.aspect) if image is None else checked_image(image, "image", 1)
        frames = preview_frames(picture[0], motion, style)
        return io.NodeOutput(frames, ui=shown_animation(frames))


def grey_picture(aspect: float | None) -> Tensor:
    """A mid-grey picture [1,H,W,3] of that width / height, square by default."""
    aspect = aspect or 1.0
    width, height = (_CANVAS_SIDE * min(1.0, aspect), _CANVAS_SIDE / max(1.0, aspect))
    return torch.full((1, max(16, round(height)), max(16, round(width)), 3), 0.5)
