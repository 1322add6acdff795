"""What moves a point: the mask of an object that is followed, the keypoints of a figure, and the landmarks of a face."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from torch import Tensor

# Bones of the 18 keypoints of OpenPose, from the neck outwards: right arm, left arm, legs, head.
BODY_BONES = (
    *((1, 2), (2, 3), (3, 4), (1, 5), (5, 6), (6, 7)),
    *((1, 8), (8, 9), (9, 10), (1, 11), (11, 12), (12, 13), (1, 0)),
)
# Landmarks of MediaPipe's face mesh that describe an expression: jaw and forehead, brows, eyes, nose, lips.
FACE_POINTS = (
    *(10, 297, 284, 389, 454, 361, 397, 379, 400, 152, 176, 150, 172, 132, 234, 162, 54, 67),
    *(70, 105, 107, 336, 334, 300),
    *(33, 159, 133, 145, 362, 386, 263, 374),
    *(6, 1, 98, 327),
    *(61, 37, 0, 267, 291, 314, 17, 84, 13, 14),
)
_SEEN = 0.05  # the score above which a keypoint counts as found


def mask_values(masks: Tensor) -> np.ndarray:
    """How far the centre of each of the masks [N,H,W] is from that of the first, divided by the largest such distance."""
    masks = masks.double()
    total = masks.sum((1, 2))
    if not bool((total > 0).any()):
        raise ValueError("the masks are empty; they must show the object that drives the motion")
    height, width = masks.shape[1:]
    y = (masks.sum(2) @ _centres(height, masks)) / total.clamp_min(1e-9)
    x = (masks.sum(1) @ _centres(width, masks)) / total.clamp_min(1e-9)
    places = filled(np.stack([x.numpy(), y.numpy()], 1)[None], (total > 0).numpy()[None])[0]
    away = np.linalg.norm((places - places[0]) * [width, height], axis=1)
    return away / away.max() if away.max() > 0 else away


def _centres(count: int, like: Tensor) -> Tensor:
    return (like.new_ones(count).cumsum(0) - 0.5) / count


def pose_places(frames: Sequence[Any]) -> tuple[np.ndarray, list[tuple[int, int]]]:
    """The places [N,T,2], in fractions of the picture, of the body's keypoints that are seen, and their bones by number.

    frames: POSE_KEYPOINT, in OpenPose's format: for each frame `canvas_width`, `canvas_height` and `people`, of whom the first
    is taken, with `pose_keypoints_2d`, 18 times x, y, score. A keypoint that is lost for a while goes straight on to where it is
    found again.
    """
    rows, seen = [], []
    for index, frame in enumerate(frames):
        try:
            people = frame["people"]
            # DWPose gives None for a person without a body.
            body = people[0]["pose_keypoints_2d"] if people else None
            flat = np.asarray([0.0] * 54 if body is None else body, dtype=np.float64)
            points = flat.reshape(-1, 3)[:18]
            size = np.array([float(frame["canvas_width"]), float(frame["canvas_height"])])
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(
                f"frame {index} of the keypoints is not in OpenPose's format, with people and their pose_keypoints_2d"
            ) from error
        # Some nodes give fractions of the picture instead of pixels.
        scale = np.ones(2) if points[:, :2].max(initial=0) <= 1.5 else size
        rows.append(points[:, :2] / scale)
        seen.append((points[:, 2] > _SEEN) & (points[:, :2] > 0).all(1) & np.isfinite(points).all(1))
    if len({len(row) for row in rows}) != 1 or len(rows[0]) < 18:
        raise ValueError("the keypoints of a body must be 18 in every frame, as OpenPose counts them")
    places, known = np.stack(rows, 1), np.stack(seen, 1)
    # Of a figure cut off by the picture, keypoints that are rarely seen would fly about.
    kept = np.flatnonzero(known.mean(1) >= 0.5)
    if not len(kept):
        raise ValueError("no keypoint of a body is seen in half of the frames; the pose drives nothing")
    # The neck comes first, so that every bone leads to a later pin.
    kept = np.array(sorted(kept, key=lambda keypoint: (keypoint != 1, keypoint == 0, keypoint)))
    number = {int(keypoint): place for place, keypoint in enumerate(kept)}
    bones = [(number[a], number[b]) for a, b in BODY_BONES if a in number and b in number]
    return filled(places[kept], known[kept]), bones


def face_places(landmarks: Mapping[str, Any]) -> np.ndarray:
    """The places [N,T,2], in fractions of the picture, of the FACE_POINTS of the first face.

    landmarks: FACE_LANDMARKS of ComfyUI's MediaPipe nodes: `image_size` (height, width) and `frames`, for each a list of faces with
    `landmarks_xy` [478,2] in pixels. In frames without a face the points go straight on to where they are found again.
    """
    try:
        height, width = landmarks["image_size"]
        faces = [frame[0]["landmarks_xy"] if frame else None for frame in landmarks["frames"]]
        rows = [
            np.zeros((len(FACE_POINTS), 2))
            if face is None
            else np.asarray(face, dtype=np.float64)[list(FACE_POINTS)] / (width, height)
            for face in faces
        ]
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise ValueError(
            "the face is not in the form of MediaPipe Face Landmarker, with frames and their landmarks_xy"
        ) from error
    known = np.array([face is not None for face in faces], dtype=bool)
    if not known.any():
        raise ValueError("no face is seen in any frame; it drives nothing")
    return filled(np.stack(rows, 1), np.broadcast_to(known, (len(FACE_POINTS), len(known))))


def filled(places: np.ndarray, known: np.ndarray) -> np.ndarray:
    """The places [N,T,2], with straight lines wherever they are not known [N,T]; each is known at least once."""
    result, times = places.copy(), np.arange(places.shape[1])
    for point, seen in zip(result, known, strict=True):
        for axis in (0, 1):
            point[:, axis] = np.interp(times, times[seen], point[seen, axis])
    return result
