"""A camera move as rays: the Plücker embedding that Wan's camera models read, and the camera found back in one.

Each pixel of each frame is told by the line of sight through it (Sitzmann et al., "Light field networks", NeurIPS
2021, section 3.1; CameraCtrl, arXiv 2404.02101): its moment o x d and its direction d, from the camera's centre o, in
the axes of the first camera (x right, y down, z into the scene). WAN_CAMERA_EMBEDDING packs them for a causal VAE:
[1,24,T',H,W], channel 4 c + f of latent frame j is component c of the f-th pixel frame of its group, and pixel frame
0 fills the first group.
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
# Lines of sight along each side of the picture that the camera is found from.
_PROBED = 24
# Directions further than this (radians, mean) from those of any camera are no camera's.
_NO_CAMERA = 0.01


@dataclass(frozen=True)
class Poses:
    """Cameras of T frames: `rotation` [T,3,3] to the axes of the first, `position` [T,3] there, `focal` [T,2] and
    `centre` [T,2] of the picture in widths and heights of it."""

    rotation: np.ndarray
    position: np.ndarray
    focal: np.ndarray
    centre: np.ndarray

    def __len__(self) -> int:
        return len(self.rotation)


def poses_of(motion: MotionField, height: int, width: int, scene_distance: float) -> Poses:
    """The poses of the one camera of a field for a picture of this size; unit depth is `scene_distance` away.

    Raises ValueError for a field without a camera, or with several.
    """
    if len(motion.cameras) != 1:
        held = f"{len(motion.cameras)} cameras" if motion.cameras else "no camera move"
        raise ValueError(
            f"`motion` holds {held}; a camera embedding is of exactly one: connect a Camera Motion, or a Motion "
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
    """WAN_CAMERA_EMBEDDING [1,24,T',H,W] float32 of the one camera in a field of 4k+1 frames.

    A picture knows no distances: `scene_distance` says how far its plane (or the median of its depth picture) is in
    the lengths of the model's training videos. Raises ValueError for another number of frames or cameras.
    """
    count = latent_frames(motion.frames)
    out = torch.empty(COMPONENTS, STRIDE, count, height, width)
    for t, lines in enumerate(rays(poses_of(motion, height, width, scene_distance), height, width)):
        if t == 0:
            out[:, :, 0] = lines[:, None]
        else:
            out[:, (t - 1) % STRIDE, (t - 1) // STRIDE + 1] = lines
    return out.flatten(0, 1)[None]


def rays(poses: Poses, height: int, width: int) -> Iterator[Tensor]:
    """Moments and directions [6,H,W] of the lines of sight through the pixels' centres, frame by frame."""
    x = (torch.arange(width, dtype=torch.float32) + 0.5) / width
    y = (torch.arange(height, dtype=torch.float32)[:, None] + 0.5) / height
    # the moment o x (R s) is a linear map of the line of sight s too
    maps = np.concatenate([_cross_matrices(poses.position) @ poses.rotation, poses.rotation], axis=1)
    maps = torch.from_numpy(maps).float()
    sight, lens = torch.empty(3, height, width), None
    for t in range(len(poses)):
        if (now := (*poses.focal[t], *poses.centre[t])) != lens:
            lens = now
            sight[0], sight[1], sight[2] = (x - lens[2]) / lens[0], (y - lens[3]) / lens[1], 1.0
            sight /= torch.linalg.vector_norm(sight, dim=0)
        yield (maps[t] @ sight.flatten(1)).unflatten(1, (height, width))


def unpacked(embedding: Tensor) -> Tensor:
    """[T,6,...] of a WAN_CAMERA_EMBEDDING [1,24,T',...]."""
    return rearrange(embedding[0].float(), "(c f) t ... -> (t f) c ...", f=STRIDE)[STRIDE - 1 :]


def check_embedding(embedding: Tensor) -> None:
    """Raises ValueError for what has not the shape of a WAN_CAMERA_EMBEDDING, [1,24,T',H,W], and for NaN."""
    channels = COMPONENTS * STRIDE
    if not isinstance(embedding, Tensor) or embedding.ndim != 5 or embedding.shape[:2] != (1, channels):
        shown = list(embedding.shape) if isinstance(embedding, Tensor) else type(embedding).__name__
        raise ValueError(f"the camera embedding is {shown}; [1, {channels}, frames, height, width] is needed")
    if not bool(torch.isfinite(embedding.sum())):
        raise ValueError("the camera embedding holds values that are NaN or infinite")


def poses_from_embedding(embedding: Tensor) -> Poses:
    """The cameras that see along the lines of a WAN_CAMERA_EMBEDDING [1,24,T',H,W], relative to the first. Raises
    ValueError where no camera does.

    Directions are R K^-1 p up to their length: a homography, found from directions at pixels p by the direct linear
    transform (Hartley and Zisserman, "Multiple view geometry", section 4.1) and split by a QR decomposition. The
    centre is the point nearest to all lines.
    """
    check_embedding(embedding)
    height, width = embedding.shape[-2:]
    rows = np.unique(np.linspace(0, height - 1, min(_PROBED, height)).round().astype(int))
    columns = np.unique(np.linspace(0, width - 1, min(_PROBED, width)).round().astype(int))
    if len(rows) < 2 or len(columns) < 2:
        raise ValueError(f"a camera embedding of {width}x{height} pixels is too small to find the camera in")
    some = embedding[..., torch.from_numpy(rows)[:, None], torch.from_numpy(columns)]
    lines = unpacked(some.flatten(3)).transpose(1, 2).double().cpu().numpy()
    x, y = np.meshgrid((columns + 0.5) / width - 0.5, (rows + 0.5) / height - 0.5)
    pixels = np.stack([x.ravel(), y.ravel(), np.ones(x.size)], axis=1)
    found = [_camera(frame[:, 3:], frame[:, :3], pixels) for frame in lines]
    rotation, position, focal, centre = (np.stack(part) for part in zip(*found, strict=True))
    home = rotation[0].T
    return Poses(home @ rotation, (position - position[0]) @ home.T, focal, centre + 0.5)


def _camera(direction: np.ndarray, moment: np.ndarray, pixels: np.ndarray) -> tuple[np.ndarray, ...]:
    """Rotation [3,3], position [3], focal length [2] and centre [2] from lines [P,3] at pixels [P,3] around 0."""
    length = np.linalg.norm(direction, axis=1)
    if length.min() < 1e-3:
        raise ValueError("the camera embedding holds lines without a direction: it is no camera's")
    direction, moment = direction / length[:, None], moment / length[:, None]
    crossed = np.einsum("pij,pk->pijk", _cross_matrices(direction), pixels).reshape(-1, 9)
    seen = np.linalg.eigh(crossed.T @ crossed)[1][:, 0].reshape(3, 3)
    looked = pixels @ seen.T
    if (looked * direction).sum() < 0:
        seen, looked = -seen, -looked
    aligned = (looked * direction).sum(1) / np.linalg.norm(looked, axis=1).clip(1e-12)
    rotation, lens = np.linalg.qr(seen)
    signs = np.sign(np.diag(lens))
    rotation, lens = rotation * signs, lens * signs[:, None]
    if np.arccos(aligned.clip(-1, 1)).mean() > _NO_CAMERA or np.linalg.det(rotation) < 0.5:
        raise ValueError("the directions of the camera embedding are not those of any camera")
    lens = lens / lens[2, 2]  # K^-1
    focal = 1 / np.diag(lens)[:2]
    centre = -lens[:2, 2] * focal
    beside = np.eye(3) - direction[:, :, None] * direction[:, None, :]
    position = np.linalg.solve(beside.sum(0), np.cross(direction, moment).sum(0))
    return rotation, position, focal, centre


def _cross_matrices(vectors: np.ndarray) -> np.ndarray:
    """[P,3,3]: what multiplies a vector to the cross product of each of `vectors` [P,3] with it."""
    x, y, z = vectors.T
    zero = np.zeros_like(x)
    return np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=1).reshape(-1, 3, 3)


def trajectory_from_embedding(
    embedding: Tensor, scene_distance: float, depth: Tensor | None = None
) -> CameraTrajectory:
    """The camera of a WAN_CAMERA_EMBEDDING, before a scene whose plane (or median depth) is `scene_distance` away."""
    check_distance(scene_distance)
    found = poses_from_embedding(embedding)
    return CameraTrajectory(found.rotation, found.position / scene_distance, found.focal, found.centre, depth)


def check_distance(scene_distance: float) -> None:
    """Raises ValueError unless the distance is finite and positive."""
    if not (np.isfinite(scene_distance) and scene_distance > 0):
        raise ValueError(f"`scene_distance` is {scene_distance}; it must be greater than 0")
