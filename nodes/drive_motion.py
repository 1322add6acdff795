"""Drive Motion: a painted motion that follows a sound, numbers, or points of a video."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from comfy_api.latest import io
from torch import Tensor

from ..motion.driving import (
    beat_values,
    carried_field,
    driven_field,
    face_places,
    mask_values,
    pose_places,
    sound_values,
)
from ..motion.field.field import MotionField
from .checks import check_choice, check_connected, check_fps, checked_mask, checked_motion, checked_sound
from .node import Node
from .sockets import CATEGORY, MotionSocket

SOUND = ("level", "bass", "middle", "treble", "onset")
BEAT, NUMBERS, MASKS, POSE, FACE = "beat", "numbers", "masks", "pose", "face"
DRIVERS = (*SOUND, BEAT, NUMBERS, MASKS, POSE, FACE)

KeypointSocket = io.Custom("POSE_KEYPOINT")
"""Keypoints of figures for each frame in OpenPose's format, from SDPose Keypoint Extractor and others."""

FaceSocket = io.Custom("FACE_LANDMARKS")
"""Landmarks of faces for each frame, from MediaPipe Face Landmarker."""


class DriveMotion(Node):
    """Lets the painted layers of a motion follow a curve, or points that carry them."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushDriveMotion",
            display_name="Flowbrush Drive Motion",
            category=CATEGORY,
            description="Lets a painted motion follow a sound, beats, numbers, an object or a figure.",
            search_aliases=[
                "audio reactive",
                "music",
                "beat",
                "pose",
                "puppet",
                "openpose",
                "face",
                "mediapipe",
            ],
            inputs=[
                MotionSocket.Input("motion", tooltip="The painted motion that is to be driven."),
                io.Combo.Input(
                    "by",
                    options=list(DRIVERS),
                    default=SOUND[0],
                    tooltip="What drives it. A sound, beats, numbers and masks set its progress or strength; a pose or a face carries it.",
                ),
                io.Float.Input(
                    "fps",
                    default=24.0,
                    min=1.0,
                    max=100.0,
                    step=1.0,
                    round=0.001,
                    tooltip="Frames per second.",
                ),
                io.Float.Input(
                    "bpm",
                    default=120.0,
                    min=10.0,
                    max=400.0,
                    step=1.0,
                    round=0.001,
                    tooltip="Beats per minute of `beat`.",
                ),
                io.String.Input(
                    "layer",
                    default="",
                    tooltip="The name of the layer to drive; empty drives all painted layers.",
                ),
                io.Audio.Input("audio", optional=True, tooltip="The sound, for its level, bands and onsets."),
                io.Float.Input(
                    "numbers",
                    optional=True,
                    force_input=True,
                    tooltip="A list of at least two numbers, spread over the clip; 1 is the full motion.",
                ),
                io.Mask.Input(
                    "masks",
                    optional=True,
                    tooltip="The masks of an object; its way from its first place drives.",
                ),
                KeypointSocket.Input(
                    "keypoints",
                    optional=True,
                    tooltip="The keypoints of a figure, which carry pins with bones.",
                ),
                FaceSocket.Input(
                    "face_landmarks",
                    optional=True,
                    tooltip="The landmarks of a face, which carry pins.",
                ),
            ],
            outputs=[
                MotionSocket.Output(
                    "motion",
                    tooltip="The motion, for Warp Image, Animate Picture and every node that takes one.",
                )
            ],
        )

    @classmethod
    def execute(
        cls,
        motion: MotionField,
        by: str,
        fps: float,
        bpm: float,
        layer: str,
        audio: dict[str, Any] | None = None,
        numbers: float | Sequence[float] | None = None,
        masks: Tensor | None = None,
        keypoints: Any = None,
        face_landmarks: Any = None,
    ) -> io.NodeOutput:
        """Raises ValueError where what drives is not connected or empty, and for an unknown layer."""
        field, name = checked_motion(motion), layer.strip()
        check_choice(by, "by", DRIVERS)
        if by == POSE:
            check_connected(keypoints, "keypoints", "SDPose Keypoint Extractor")
            return io.NodeOutput(carried_field(field, *pose_places(keypoints), name))
        if by == FACE:
            check_connected(face_landmarks, "face_landmarks", "MediaPipe Face Landmarker")
            return io.NodeOutput(carried_field(field, face_places(face_landmarks), name=name))
        return io.NodeOutput(driven_field(field, _values(by, field, fps, bpm, audio, numbers, masks), name))


def _values(
    by: str,
    field: MotionField,
    fps: float,
    bpm: float,
    audio: dict[str, Any] | None,
    numbers: float | Sequence[float] | None,
    masks: Tensor | None,
) -> np.ndarray:
    """The values over the clip that drive the motion."""
    check_fps(fps)
    seconds = max(field.frames, 2) / fps
    if by == BEAT:
        return beat_values(bpm, seconds)
    if by == NUMBERS:
        check_connected(numbers, "numbers", "a node that gives a list of numbers")
        found = np.asarray(numbers, dtype=np.float64).reshape(-1)
        if len(found) < 2 or not np.isfinite(found).all():
            raise ValueError(
                f"`numbers` holds {len(found)} numbers; it must hold at least 2, all of them finite"
            )
        return found
    if by == MASKS:
        check_connected(masks, "masks", "Track to Mask of SAM 3")
        return mask_values(checked_mask(masks, "masks"))
    check_connected(audio, "audio", "Load Audio")
    sound = checked_sound(audio, "audio")
    return sound_values(sound["waveform"][0], sound["sample_rate"], by, seconds)
