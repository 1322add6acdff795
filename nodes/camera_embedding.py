"""Camera Embedding and Motion from Camera: a camera move as WAN_CAMERA_EMBEDDING, and a motion from one."""

from typing import Any

from comfy_api.latest import io
from torch import Tensor

from ..conditioning.plucker import camera_embedding, trajectory_from_embedding
from ..motion.field.field import MotionField
from .checks import check_length, check_size, checked_depth, checked_motion
from .node import Node
from .sockets import CATEGORY, MotionSocket, size_inputs, source_length_input


def _scene_distance(effect: str) -> io.Float.Input:
    return io.Float.Input(
        "scene_distance",
        default=4.0,
        min=0.01,
        max=1000.0,
        step=0.1,
        round=0.001,
        tooltip="Distance to the scene, in the unit of the camera models (a stock camera pose travels 1.5 at speed 1, "
        f"or 3 for a zoom). {effect}. Turns and the lens do not depend on it.",
    )


class CameraEmbedding(Node):
    """Makes the WAN_CAMERA_EMBEDDING of the camera in a motion."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushCameraEmbedding",
            display_name="Flowbrush Camera Embedding",
            category=CATEGORY,
            description="Gives the camera move of a motion to Wan's camera models: any path, rotation and lens, whereas the stock Wan "
            "Camera Embedding has eight fixed moves. Painted regions are ignored.",
            search_aliases=["plucker", "fun camera", "wan camera", "camera control"],
            inputs=[
                MotionSocket.Input(
                    "motion", tooltip="A motion with one camera move, for example from Camera Motion."
                ),
                *size_inputs("the video"),
                _scene_distance("Larger makes the camera travel further"),
            ],
            outputs=[
                io.WanCameraEmbedding.Output(
                    "camera_embedding", tooltip="For `camera_conditions` of Wan Camera Image to Video."
                ),
                io.Int.Output("width", tooltip="Width of the video, for the same node."),
                io.Int.Output("height", tooltip="Height of the video, for the same node."),
                io.Int.Output("length", tooltip="Frames of the video, for the same node."),
            ],
        )

    @classmethod
    def execute(cls, motion: Any, width: int, height: int, scene_distance: float) -> io.NodeOutput:
        """Raises ValueError unless the motion has exactly one camera and 4k+1 frames, and for a bad size."""
        motion = checked_motion(motion)
        check_size(width, height)
        check_length(motion.frames, "motion")
        embedding = camera_embedding(motion, height, width, scene_distance)
        return io.NodeOutput(embedding, width, height, motion.frames)


class MotionFromCamera(Node):
    """Recovers the camera move that a WAN_CAMERA_EMBEDDING describes."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushMotionFromCamera",
            display_name="Flowbrush Motion from Camera",
            category=CATEGORY,
            description="Turns a camera embedding, from Wan Camera Embedding or another pack, into a motion: to preview it, to "
            "combine it with painted regions, or to drive another model.",
            search_aliases=["camera trajectory", "plucker", "wan camera"],
            inputs=[
                io.WanCameraEmbedding.Input(
                    "camera_embedding", tooltip="The camera move, from Wan Camera Embedding or another pack."
                ),
                io.Image.Input(
                    "depth",
                    optional=True,
                    tooltip="A depth picture of the scene, near white and far black. With it, near things move more than far ones.",
                ),
                source_length_input("frames of the embedding"),
                _scene_distance("Smaller makes the picture move more"),
            ],
            outputs=[
                MotionSocket.Output(
                    "motion",
                    tooltip="The camera move as a motion, for Combine Motion and every node that takes a motion.",
                )
            ],
        )

    @classmethod
    def execute(
        cls, camera_embedding: Any, length: int, scene_distance: float, depth: Tensor | None = None
    ) -> io.NodeOutput:
        """Raises ValueError for an embedding that no camera fits."""
        nearness = None if depth is None else checked_depth(depth)
        camera = trajectory_from_embedding(camera_embedding, scene_distance, nearness)
        height, width = camera_embedding.shape[-2:]
        return io.NodeOutput(
            MotionField(length or len(camera.rotation), cameras=[camera], aspect=width / height)
        )
