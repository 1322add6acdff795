"""A camera move as Plücker coordinates, which Wan's camera models read, and the camera recovered from them.

Each pixel of each frame is described by the line of sight through it (Sitzmann et al., "Light field networks",
NeurIPS 2021, section 3.1; CameraCtrl, arXiv 2404.02101): the moment o x d and the direction d of a line from the
camera's centre o, in the axes of the first camera (x right, y down, z into the scene). WAN_CAMERA_EMBEDDING packs
them for a causal VAE as [1,24,T',H,W]: channel 4 c + f of latent frame j is component c of the f-th pixel frame of
its group, and pixel frame 0 fills the first group.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from einops import rearrange
from torch import Tensor

from ..motion.field.camera_trajectory import CameraTrajectory
from ..motion.field.region import Grid
from .latent_frames import STRIDE, latent_frames

if TYPE_CHECKING:
    from ..motion.field.field import MotionField

COMPONENTS = 6
# Lines of sight along each side of the picture from which a camera is recovered.
_SAMPLES = 24
# Greatest mean angle in radians between the given directions and those of the recovered camera.
_TOLERANCE = 0.01


@dataclass(frozen=True)
class Poses:
    """The cameras of T frames, in the axes of the first.

    `rotation` [T,3,3] turns a camera's axes to those of the first, `position` [T,3] is its centre. `focal` [T,2] and
    `centre` [T,2] are focal lengths and principal point, in widths and heights of the picture.
    """

    rotation: np.ndarray
    position: np.ndarray
    focal: np.ndarray
    centre: np.ndarray

    def __len__(self) -> int:
        return len(self.rotation)


def camera_poses(motion: MotionField, height: int, width: int, scene_distance: float) -> Poses:
    """The poses of a field's camera for a picture of this size; unit depth is `scene_distance` away.

    Raises ValueError unless the field has exactly one camera.
    """
    if len(motion.cameras) != 1:
        cameras = f"{len(motion.cameras)} cameras" if motion.cameras else "no camera move"
        raise ValueError(
            f"`motion` holds {cameras}; a camera embedding describes exactly one: connect a Camera Motion, or a Motion "
            "Brush whose camera moves"
        )
    check_distance(scene_distance)
    camera = motion.cameras[0]
    grid = Grid(height, width, motion.aspect or width / height)
    turn, offset, _ = camera.poses(motion.times, grid)
    rotation = turn.transpose(0, 2, 1)
    focal, centre = camera.lens(motion.times, grid)
    return Poses(rotation, np.einsum("tij,tj->ti", rotation, offset) * scene_distance, focal, centre)


def camera_embedding(motion: MotionField, height: int, width: int, scene_distance: float) -> Tensor:
    """The WAN_CAMERA_EMBEDDING [1,24,T',H,W], float32, of a field with one camera and 4k+1 frames.

    A picture has no absolute scale: `scene_distance` is the distance to its plane (or to the median of its depth) in
    the unit of the model's training videos. Raises ValueError for another number of frames or cameras.
    """
    count = latent_frames(motion.frames)
    out = torch.empty(COMPONENTS, STRIDE, count, height, width)
    for t, lines in enumerate(
        sight_lines(camera_poses(motion, height, width, scene_distance), height, width)
    ):
        if t == 0:
            out[:, :, 0] = lines[:, None]
        else:
            out[:, (t - 1) % STRIDE, (t - 1) // STRIDE + 1] = lines
    return out.flatten(0, 1)[None]


def sight_lines(poses: Poses, height: int, width: int) -> Iterator[Tensor]:
    """Moments and directions [6,H,W] of the lines of sight through the centres of the pixels, frame by frame."""
    x = (torch.arange(width, dtype=torch.float32) + 0.5) / width
    y = (torch.arange(height, dtype=torch.float32)[:, None] + 0.5) / height
    # With s the direction in the axes of the camera, both R s and the moment o x (R s) are linear in s.
    maps = np.concatenate([_cross_matrices(poses.position) @ poses.rotation, poses.rotation], axis=1)
    maps = torch.from_numpy(maps).float()
    sight, lens = torch.empty(3, height, width), None
    for t in range(len(poses)):
        if (now := (*poses.focal[t], *poses.centre[t])) != lens:
            lens = now
            sight[0], sight[1], sight[2] = (x - lens[2]) / lens[0], (y - lens[3]) / lens[1], 1.0
            sight /= torch.linalg.vector_norm(sight, dim=0)
        yield (maps[t] @ sight.flatten(1)).unflatten(1, (height, width))


def embedding_frames(embedding: Tensor) -> Tensor:
    """The moments and directions [T,6,...] of the pixel frames of a WAN_CAMERA_EMBEDDING [1,24,T',...]."""
    return rearrange(embedding[0].float(), "(c f) t ... -> (t f) c ...", f=STRIDE)[STRIDE - 1 :]


def check_embedding(embedding: Tensor) -> None:
    """Raises ValueError unless `embedding` has the shape of a WAN_CAMERA_EMBEDDING, [1,24,T',H,W], and is finite."""
    channels = COMPONENTS * STRIDE
    if not isinstance(embedding, Tensor) or embedding.ndim != 5 or embedding.shape[:2] != (1, channels):
        is_tensor = isinstance(embedding, Tensor)
        kind = f"has shape {list(embedding.shape)}" if is_tensor else f"is a {type(embedding).__name__}"
        raise ValueError(f"the camera embedding {kind}; it must be [1, {channels}, frames, height, width]")
    if not bool(torch.isfinite(embedding.sum())):
        raise ValueError("the camera embedding has values that are NaN or infinite; all must be finite")


def poses_from_embedding(embedding: Tensor) -> Poses:
    """The cameras whose lines of sight are those of a WAN_CAMERA_EMBEDDING [1,24,T',H,W], relative to the first.

    A direction is R K^-1 p up to its length, which is a homography of the pixel p. It is recovered by the direct linear
    transform (Hartley and Zisserman, "Multiple view geometry", section 4.1) and split by a QR decomposition. The
    camera's centre is the point nearest to all lines. Raises ValueError where no camera has these lines of sight.
    """
    check_embedding(embedding)
    height, width = embedding.shape[-2:]
    rows = np.unique(np.linspace(0, height - 1, min(_SAMPLES, height)).round().astype(int))
    columns = np.unique(np.linspace(0, width - 1, min(_SAMPLES, width)).round().astype(int))
    if len(rows) < 2 or len(columns) < 2:
        raise ValueError(
            f"the camera embedding has {width}x{height} pixels; at least 2x2 are needed to recover a camera"
        )
    samples = embedding[..., torch.from_numpy(rows)[:, None], torch.from_numpy(columns)]
    lines = embedding_frames(samples.flatten(3)).transpose(1, 2).double().cpu().numpy()
    x, y = np.meshgrid((columns + 0.5) / width - 0.5, (rows + 0.5) / height - 0.5)
    pixels = np.stack([x.ravel(), y.ravel(), np.ones(x.size)], axis=1)
    cameras = [_camera(frame[:, 3:], frame[:, :3], pixels) for frame in lines]
    rotation, position, focal, centre = (np.stack(part) for part in zip(*cameras, strict=True))
    to_first = rotation[0].T
    return Poses(to_first @ rotation, (position - position[0]) @ to_first.T, focal, centre + 0.5)


def _camera(direction: np.ndarray, moment: np.ndarray, pixels: np.ndarray) -> tuple[np.ndarray, ...]:
    """Rotation [3,3], position [3], focal length [2] and centre [2] from lines through P pixels.

    `direction` and `moment` are [P,3]; `pixels` [P,3] holds (x, y, 1) with 0 at the middle of the picture.
    """
    length = np.linalg.norm(direction, axis=1)
    if length.min() < 1e-3:
        raise ValueError("the camera embedding has lines of sight without a direction, so no camera fits it")
    direction, moment = direction / length[:, None], moment / length[:, None]
    crossed = np.einsum("pij,pk->pijk", _cross_matrices(direction), pixels).reshape(-1, 9)
    homography = np.linalg.eigh(crossed.T @ crossed)[1][:, 0].reshape(3, 3)  # R K^-1
    fitted = pixels @ homography.T
    if (fitted * direction).sum() < 0:
        homography, fitted = -homography, -fitted
    cosine = (fitted * direction).sum(1) / np.linalg.norm(fitted, axis=1).clip(1e-12)
    rotation, lens = np.linalg.qr(homography)
    signs = np.sign(np.diag(lens))
    rotation, lens = rotation * signs, lens * signs[:, None]
    if np.arccos(cosine.clip(-1, 1)).mean() > _TOLERANCE or np.linalg.det(rotation) < 0.5:
        raise ValueError("the directions of the camera embedding are not those of any pinhole camera")
    lens = lens / lens[2, 2]  # K^-1
    focal = 1 / np.diag(lens)[:2]
    centre = -lens[:2, 2] * focal
    across = (
        np.eye(3) - direction[:, :, None] * direction[:, None, :]
    )  # projections onto planes across the lines
    position = np.linalg.solve(across.sum(0), np.cross(direction, moment).sum(0))
    return rotation, position, focal, centre


def _cross_matrices(vectors: np.ndarray) -> np.ndarray:
    """Matrices [P,3,3] that map a vector v to the cross product of each of `vectors` [P,3] with v."""
    x, y, z = vectors.T
    zero = np.zeros_like(x)
    return np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=1).reshape(-1, 3, 3)


def trajectory_from_embedding(
    embedding: Tensor, scene_distance: float, depth: Tensor | None = None
) -> CameraTrajectory:
    """The camera of a WAN_CAMERA_EMBEDDING, for a scene whose plane (or median depth) is `scene_distance` away."""
    check_distance(scene_distance)
    poses = poses_from_embedding(embedding)
    return CameraTrajectory(poses.rotation, poses.position / scene_distance, poses.focal, poses.centre, depth)


def check_distance(scene_distance: float) -> None:
    """Raises ValueError unless `scene_distance` is finite and positive."""
    if not (np.isfinite(scene_distance) and scene_distance > 0):
        raise ValueError(f"`scene_distance` is {scene_distance}; it must be finite and greater than 0")
