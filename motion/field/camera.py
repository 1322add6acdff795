"""Camera moves as homographies of the picture, with parallax when a depth map is given.

The picture is a plane at depth 1 in front of a pinhole camera whose `field_of_view` spans the picture's width. A point
x (units from the centre, y down) of inverse depth w lies in the direction (X, Y, Z) = R^T (x/f - w C) from the moved
camera and is projected to f zoom (X/Z, Y/Z). For w = 1 this is a homography (Hartley and Zisserman, "Multiple view
geometry", eq. 13.2).
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import torch
import torch.nn.functional as F

from ..document.document import Camera, Document, Keyframe, dump
from .easing import ease, final_speed
from .region import Grid

NEAREST_OVER_FARTHEST = 4.0  # a depth map has no scale; white is assumed to be four times nearer than black
CLOSEST = 0.05  # unit depths; points behind the camera are kept at this distance


class CameraMotion:
    """A camera's view over time.

    depth: a depth map [h,w] from 0 (far) to 1 (near), whose median lies at unit depth; None for a plane. seamless: whether the
    camera has to be back at its first view at time 1.
    """

    def __init__(self, camera: Camera, depth: torch.Tensor | None = None, seamless: bool = False):
        self.camera = camera
        self.returns = seamless and not closes(camera)
        self.nearness = None if depth is None else checked_depth(depth)
        self.inverse_depth = None
        if self.nearness is not None:
            nearer = 1 + (NEAREST_OVER_FARTHEST - 1) * self.nearness
            self.inverse_depth = nearer / nearer.median()

    @property
    def is_still(self) -> bool:
        """True when the view never changes."""
        return self.camera.is_still

    def inverse_depth_at(self, grid: Grid) -> torch.Tensor | None:
        """Inverse depth [P] at the cell centres of a grid, or None when the picture is a plane."""
        return None if self.inverse_depth is None else sample_grid(self.inverse_depth, grid)

    def inverse_depth_of(self, points: torch.Tensor) -> torch.Tensor | None:
        """Inverse depth [P] at points [P,2] in 0..1 coordinates, or None when the picture is a plane."""
        return None if self.inverse_depth is None else sample_points(self.inverse_depth, points)

    def nearness_at(self, grid: Grid) -> torch.Tensor | None:
        """The depth map [P] (0 far, 1 near) at the cell centres of a grid, or None when the picture is a plane."""
        return None if self.nearness is None else sample_grid(self.nearness, grid)

    def view(
        self,
        times: np.ndarray,
        x: torch.Tensor,
        y: torch.Tensor,
        grid: Grid,
        inverse_depth: torch.Tensor | None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Projected positions x, y [T,P] of points x, y [T,P] at clip times [T], all in units.

        inverse_depth: [P], or None for a plane.
        """
        turn, offset, focal = (
            torch.tensor(a, dtype=x.dtype, device=x.device) for a in self.poses(times, grid)
        )
        middle_x, middle_y = grid.extent[0] / 2, grid.extent[1] / 2
        focal_length = self.focal_length(grid)
        x, y = (x - middle_x) / focal_length, (y - middle_y) / focal_length
        rows = []
        for i in range(3):
            row = x * turn[:, i, 0, None] + y * turn[:, i, 1, None]
            constant = turn[:, i, 2, None]
            if inverse_depth is None:
                row += constant - offset[:, i, None]
            else:
                row += torch.addcmul(
                    constant.expand(-1, len(inverse_depth)), offset[:, i, None], -inverse_depth
                )
            rows.append(row)
        scale = (focal * focal_length)[:, None] / rows[2].clamp_min_(CLOSEST)
        return rows[0] * scale + middle_x, rows[1] * scale + middle_y

    def unview(
        self, time: float, x: torch.Tensor, y: torch.Tensor, grid: Grid, inverse_depth: torch.Tensor | None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The points x, y [...,P] that `view` shows at x, y [...,P] at one clip time, all in units; `inverse_depth` as in `view`."""
        turns, offsets, zooms = self.poses(np.array([time]), grid)
        turn, offset = (torch.tensor(part[0], dtype=x.dtype, device=x.device) for part in (turns, offsets))
        middle_x, middle_y = grid.extent[0] / 2, grid.extent[1] / 2
        focal_length = self.focal_length(grid)
        scale = float(zooms[0]) * focal_length
        ray = torch.stack([(x - middle_x) / scale, (y - middle_y) / scale, torch.ones_like(x)], -1) @ turn
        depth = torch.ones_like(x) if inverse_depth is None else inverse_depth.to(x).expand_as(x)
        shift = depth[..., None] * (offset @ turn)
        far = ((1 - shift[..., 2]) / ray[..., 2].clamp_min(CLOSEST)).clamp_min(CLOSEST)
        point = ray * far[..., None] + shift
        return point[..., 0] * focal_length + middle_x, point[..., 1] * focal_length + middle_y

    def focal_length(self, grid: Grid) -> float:
        """Focal length in units at zoom 1."""
        return grid.extent[0] / 2 / math.tan(math.radians(self.camera.field_of_view) / 2)

    def lens(self, times: np.ndarray, grid: Grid) -> tuple[np.ndarray, np.ndarray]:
        """Focal lengths [T,2] and centres [T,2] at clip times, in widths and heights of the picture."""
        _, _, zoom = self.poses(times, grid)
        focal = zoom[:, None] * self.focal_length(grid) / np.array(grid.extent)
        return focal, np.full_like(focal, 0.5)

    def update_digest(self, digest) -> None:
        """Add everything that the view depends on to a hashlib digest."""
        digest.update(
            dump(Document(camera=self.camera, loop="seamless" if self.returns else "none")).encode()
        )
        self._update_with_depth(digest)

    def _update_with_depth(self, digest) -> None:
        if self.nearness is not None:
            digest.update(self.nearness.contiguous().numpy().tobytes())

    def poses(self, times: np.ndarray, grid: Grid) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """World-to-camera rotations [T,3,3], rotated camera positions [T,3] in unit depths, and focal factors [T]."""
        if self.returns:
            times = (1 - np.cos(2 * np.pi * np.asarray(times))) / 2  # there and back, like a pendulum
        move = interpolated_keyframes(self.camera.keyframes, times)
        pan, tilt, roll = (np.radians(move[name]) for name in ("pan", "tilt", "roll"))
        rotation = about_y(pan) @ about_x(tilt) @ about_z(roll)
        focal_length = self.focal_length(grid)
        position = np.stack(
            [
                move["truck"] * grid.extent[0] / focal_length,
                -move["pedestal"] * grid.extent[1] / focal_length,
                move["dolly"],
            ],
            axis=1,
        )
        turn = rotation.transpose(0, 2, 1)
        return turn, np.einsum("tij,tj->ti", turn, position), move["zoom"]


def closes(camera: Camera) -> bool:
    """Whether the camera's last view is its first one; whole turns do not count."""
    if not camera.keyframes:
        return True
    last = camera.keyframes[-1]
    return replace(last, roll=math.fmod(last.roll, 360)).is_neutral


def interpolated_keyframes(keyframes: tuple[Keyframe, ...], times: np.ndarray) -> dict[str, np.ndarray]:
    """Each value of the camera by name at clip times [T].

    All values are neutral at time 0, are interpolated with the `ease` of the later keyframe (zoom geometrically), and
    stay constant after the last keyframe, unless that is at time 1: then they go on at the speed that they have there.
    """
    keys = keyframes if keyframes and keyframes[0].time == 0 else (Keyframe(), *keyframes)
    at = np.array([key.time for key in keys])
    segment = np.clip(np.searchsorted(at, times, side="right") - 1, 0, max(len(keys) - 2, 0))
    mix = np.zeros(len(times))
    for index in range(len(keys) - 1):
        here = segment == index
        along = np.clip((times[here] - at[index]) / (at[index + 1] - at[index]), 0, 1)
        mix[here] = ease(keys[index + 1].ease, along)
    if len(keys) > 1 and at[-1] >= 1 and (times > 1).any():
        beyond = np.maximum(times - 1, 0) / (at[-1] - at[-2])
        mix = mix + beyond * final_speed(lambda s: ease(keys[-1].ease, s))
    after = np.minimum(segment + 1, len(keys) - 1)
    values = {}
    for name in ("pan", "tilt", "truck", "pedestal", "dolly", "zoom", "roll"):
        levels = np.array([getattr(key, name) for key in keys])
        if name == "zoom":
            values[name] = np.exp((1 - mix) * np.log(levels[segment]) + mix * np.log(levels[after]))
        else:
            values[name] = (1 - mix) * levels[segment] + mix * levels[after]
    return values


def about_x(angle: np.ndarray) -> np.ndarray:
    """Rotations [T,3,3] that turn the view axis up (y points down)."""
    c, s, o, i = np.cos(angle), np.sin(angle), np.zeros_like(angle), np.ones_like(angle)
    return np.stack([i, o, o, o, c, -s, o, s, c], axis=-1).reshape(-1, 3, 3)


def about_y(angle: np.ndarray) -> np.ndarray:
    """Rotations [T,3,3] that turn the view axis to the right."""
    c, s, o, i = np.cos(angle), np.sin(angle), np.zeros_like(angle), np.ones_like(angle)
    return np.stack([c, o, s, o, i, o, -s, o, c], axis=-1).reshape(-1, 3, 3)


def about_z(angle: np.ndarray) -> np.ndarray:
    """Clockwise rotations [T,3,3] about the view axis (y points down)."""
    c, s, o, i = np.cos(angle), np.sin(angle), np.zeros_like(angle), np.ones_like(angle)
    return np.stack([c, -s, o, s, c, o, o, o, i], axis=-1).reshape(-1, 3, 3)


def checked_depth(depth: torch.Tensor) -> torch.Tensor:
    """A depth map [h,w] as float32 on the CPU; raises ValueError for other shapes and for values outside 0..1."""
    if depth.ndim != 2:
        raise ValueError(f"the depth map has shape {tuple(depth.shape)}; it must be [height, width]")
    depth = depth.detach().to(dtype=torch.float32, device="cpu")
    if not torch.isfinite(depth).all():
        raise ValueError("the depth map contains NaN or infinite values")
    low, high = float(depth.min()), float(depth.max())
    if low < -1e-3 or high > 1 + 1e-3:
        raise ValueError(f"the depth map runs from {low:g} to {high:g}; it must be from 0 (far) to 1 (near)")
    return depth.clamp(0, 1)


def sample_grid(image: torch.Tensor, grid: Grid) -> torch.Tensor:
    """The image [h,w] sampled at the cell centres of a grid, bilinear, flattened to [P]."""
    size = (grid.height, grid.width)
    return F.interpolate(image[None, None], size=size, mode="bilinear", align_corners=False).reshape(-1)


def sample_points(image: torch.Tensor, points: torch.Tensor) -> torch.Tensor:
    """The image [h,w] sampled at points [P,2] in 0..1 coordinates, bilinear between pixel centres, as [P]."""
    at = (points * 2 - 1).to(image)[None, None]
    values = F.grid_sample(image[None, None], at, mode="bilinear", padding_mode="border", align_corners=False)
    return values.reshape(-1)
