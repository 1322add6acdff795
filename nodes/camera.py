"""Camera Motion: pan, tilt, truck, pedestal, dolly, zoom and roll over the clip."""

from comfy_api.latest import io
from torch import Tensor

from ..motion.document.document import EASINGS, Camera, Keyframe
from ..motion.field.field import camera_field
from .checks import checked_depth
from .sockets import CATEGORY, MotionSocket, length_input


def _number(
    name: str, low: float, high: float, step: float, tooltip: str, default: float = 0.0
) -> io.Float.Input:
    return io.Float.Input(name, default=default, min=low, max=high, step=step, round=0.0001, tooltip=tooltip)


class CameraMotion(io.ComfyNode):
    """The field of one camera move, from where the picture was taken to the values given."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushCameraMotion",
            display_name="Flowbrush Camera Motion",
            category=CATEGORY,
            description="A camera move over the whole clip. The values are those of the last frame. For several keyframes "
            "use the `camera` of a Motion Brush document.",
            search_aliases=["pan", "zoom", "dolly", "roll", "truck", "tilt"],
            inputs=[
                io.Image.Input(
                    "depth",
                    optional=True,
                    tooltip="A depth picture, near white and far black: what is near moves more when the camera travels.",
                ),
                length_input(),
                _number("pan", -80, 80, 0.5, "Degrees that the camera turns to the right; negative is left."),
                _number("tilt", -80, 80, 0.5, "Degrees that the camera turns up; negative is down."),
                _number(
                    "truck", -10, 10, 0.01, "How far the camera moves to the right, in widths of the picture."
                ),
                _number("pedestal", -10, 10, 0.01, "How far the camera moves up, in heights of the picture."),
                _number(
                    "dolly",
                    -20,
                    0.9,
                    0.01,
                    "How far the camera moves forward, in distances to the scene; negative is back.",
                ),
                _number(
                    "zoom",
                    0.05,
                    20,
                    0.01,
                    "The lens at the end: 2 shows things twice as large, 1 is no zoom.",
                    1.0,
                ),
                _number(
                    "roll",
                    -3600,
                    3600,
                    1,
                    "Degrees that the camera rolls clockwise: the picture turns the other way.",
                ),
                io.Combo.Input(
                    "ease",
                    options=list(EASINGS),
                    default="ease_in_out",
                    tooltip="How the move begins and ends: at constant speed, softly, or both softly.",
                ),
                _number(
                    "field_of_view", 5, 150, 1, "How wide the lens sees, in degrees across the picture.", 50.0
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
        """`values` are the members of a `motion.document.document.Keyframe`."""
        keyframe = Keyframe(time=1.0, **values)
        if keyframe.is_neutral:
            raise ValueError(
                "the camera does not move: set at least one of pan, tilt, truck, pedestal, dolly, zoom or roll"
            )
        nearness = None if depth is None else checked_depth(depth)
        return io.NodeOutput(camera_field(Camera((keyframe,), field_of_view), length, nearness))
