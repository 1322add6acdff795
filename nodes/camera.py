"""Camera Motion: pan, tilt, truck, pedestal, dolly, zoom and roll over the length of the clip."""

from comfy_api.latest import io
from torch import Tensor

from ..motion.document.document import EASINGS, Camera, Keyframe
from ..motion.field.field import camera_field
from .checks import checked_depth
from .node import Node
from .sockets import ADVANCED, CATEGORY, MotionSocket, length_input


def _number(
    name: str, low: float, high: float, step: float, tooltip: str, default: float = 0.0, **more
) -> io.Float.Input:
    return io.Float.Input(
        name, default=default, min=low, max=high, step=step, round=0.0001, tooltip=tooltip, **more
    )


class CameraMotion(Node):
    """Makes the motion field of one camera move, from the view of the picture to the given values."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushCameraMotion",
            display_name="Flowbrush Camera Motion",
            category=CATEGORY,
            description="Moves the camera over the whole clip; the values are those of the last frame. For several keyframes, "
            "use the camera in Motion Brush.",
            search_aliases=["pan", "zoom", "dolly", "roll", "truck", "tilt"],
            inputs=[
                io.Image.Input(
                    "depth",
                    optional=True,
                    tooltip="A depth picture of the scene, near white and far black. With it, near things move more than far ones.",
                ),
                length_input(step=1),
                _number(
                    "pan",
                    -80,
                    80,
                    0.5,
                    "How many degrees the camera turns to the right; negative turns left.",
                ),
                _number("tilt", -80, 80, 0.5, "How many degrees the camera turns up; negative turns down."),
                _number(
                    "truck",
                    -10,
                    10,
                    0.01,
                    "How far the camera moves to the right, in picture widths; negative moves left.",
                ),
                _number(
                    "pedestal",
                    -10,
                    10,
                    0.01,
                    "How far the camera moves up, in picture heights; negative moves down.",
                ),
                _number(
                    "dolly",
                    -20,
                    0.9,
                    0.01,
                    "How far the camera moves forward, as a fraction of the distance to the scene; negative moves back.",
                ),
                _number(
                    "zoom",
                    0.05,
                    20,
                    0.01,
                    "Magnification of the lens at the end: 2 shows things twice as large, 1 does not zoom.",
                    1.0,
                ),
                _number(
                    "roll",
                    -3600,
                    3600,
                    1,
                    "How many degrees the camera rolls clockwise. The picture turns the other way.",
                ),
                io.Combo.Input(
                    "ease",
                    options=list(EASINGS),
                    default="ease_in_out",
                    extra_dict=ADVANCED,
                    tooltip="How the speed changes: linear keeps it constant, ease_in starts slowly, ease_out ends slowly, ease_in_out "
                    "does both.",
                ),
                _number(
                    "field_of_view",
                    5,
                    150,
                    1,
                    "Horizontal field of view of the lens, in degrees.",
                    50.0,
                    extra_dict=ADVANCED,
                ),
            ],
            outputs=[
                MotionSocket.Output(
                    "motion", tooltip="The camera's motion, for Motion Conditioning or Combine Motion."
                )
            ],
        )

    @classmethod
    def execute(
        cls, length: int, field_of_view: float, depth: Tensor | None = None, **values
    ) -> io.NodeOutput:
        """`values` are members of a `motion.document.document.Keyframe`. Raises ValueError where the camera does not move."""
        keyframe = Keyframe(time=1.0, **values)
        if keyframe.is_neutral:
            raise ValueError(
                "the camera does not move: set at least one of pan, tilt, truck, pedestal, dolly, zoom or roll"
            )
        nearness = None if depth is None else checked_depth(depth)
        return io.NodeOutput(camera_field(Camera((keyframe,), field_of_view), length, nearness))
