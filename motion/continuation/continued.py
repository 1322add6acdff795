"""The motion of the next part of a shot, for the picture with which that part begins.

Where a clip goes on, its first picture is a later frame of the motion: what is painted has moved, and what it has uncovered is
picture now. The field is carried to that frame. Every layer lies where it has moved, its points keep moving as the motion
says, and after the motion's end they keep the velocity that they have there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import torch

from ..field.camera import CameraMotion
from ..field.field import MotionField, field_from_flow
from ..field.layers import BrushLayer, FieldLayer
from ..field.moving_layers import moves_in_layers
from .continued_camera import ContinuedCamera
from .continued_layer import ContinuedLayer
from .part import Part

_DENSE_SIDE = 256  # cells along the short side of the grid on which a measured motion is carried


class ContinuedField(MotionField):
    """The field of a part of a motion, for the picture of the part's first frame, which also knows the whole motion.

    whole: the motion from its own first frame on. whole_times: the whole's clip time at each of the part's frames [T]; above 1 it
    has gone on after its end.
    """

    def __init__(
        self,
        whole: MotionField,
        part: Part,
        frames: int,
        layers: Sequence[FieldLayer],
        cameras: Sequence[CameraMotion],
        aspect: float | None,
    ):
        super().__init__(frames, layers, cameras, aspect)
        self.whole = whole
        self.part = part
        self.whole_times = part.times(self.times)


def continued_field(motion: MotionField, frame: int, frames: int) -> MotionField:
    """The field of the `frames` frames from frame number `frame` of a motion on, for the picture of that frame.

    The frame may lie at the motion's end or after it. Raises ValueError for a negative frame, for fewer than 1 frame, and for a
    motion with several cameras.
    """
    if frame < 0 or frames < 1:
        raise ValueError(
            f"a motion cannot go on from frame {frame} for {frames} frames; the frame must be at least 0, and their number at least 1"
        )
    if len(motion.cameras) > 1:
        raise ValueError(
            f"a motion with {len(motion.cameras)} cameras cannot be continued; combine motions of which only one moves the camera"
        )
    if frame == 0 and frames == motion.frames and not motion.loops:
        return motion
    steps = motion.frames if motion.loops else max(motion.frames - 1, 1)
    part = Part(frame / steps, (frames - 1) / steps, motion.loops)
    if isinstance(motion, ContinuedField):  # a part of a part is a part of the whole, which is exact
        motion, part = motion.whole, motion.part.part(part)
    if not moves_in_layers(motion):
        return _continued_dense(motion, part, frames)
    layers = [_continued_layer(motion, number, part) for number in range(len(motion.layers))]
    cameras: list[CameraMotion] = [ContinuedCamera(motion, camera, part) for camera in motion.cameras]
    return ContinuedField(motion, part, frames, layers, cameras, motion.aspect)


def _continued_layer(motion: MotionField, number: int, part: Part) -> FieldLayer:
    layer = motion.layers[number]
    if isinstance(layer, BrushLayer) and not motion.cameras:
        painted = layer.layer.motion
        if painted.flows and painted.drive is None:
            return _flowing_on(layer, part)
    return ContinuedLayer(motion, number, part)


def _flowing_on(layer: BrushLayer, part: Part) -> BrushLayer:
    """A layer that flows without ever arriving flows on with the same velocity over the same region."""
    motion = layer.layer.motion
    span = motion.end - motion.start
    speed = motion.flow.speed * part.duration / span
    flows_on = replace(motion, start=0.0, end=1.0, flow=replace(motion.flow, speed=speed))
    return BrushLayer(replace(layer.layer, motion=flows_on), layer.mask)


def _continued_dense(motion: MotionField, part: Part, frames: int) -> MotionField:
    """The field for a motion that is known only where it was measured; what has come into view is left to the model."""
    aspect = motion.aspect or 1.0
    rows, columns = round(_DENSE_SIDE * max(1.0, 1 / aspect)), round(_DENSE_SIDE * max(1.0, aspect))
    own = np.linspace(0, 1, frames) if frames > 1 else np.zeros(1)
    moved = motion.displacement_at(np.concatenate([[part.first], part.times(own)]), rows, columns)
    order, weight = motion.order(rows, columns), motion.weight(rows, columns)
    origin, uncovered = _origin_cells(moved[0], order)
    displacement = (moved[1:] - moved[:1]).flatten(1, 2)[:, origin].reshape(frames, rows, columns, 2)
    weight = (weight.flatten()[origin] * ~uncovered).reshape(rows, columns)
    found = field_from_flow(displacement, weight)
    return ContinuedField(motion, part, frames, found.layers, (), found.aspect)


def _origin_cells(moved: torch.Tensor, order: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """For each cell [H*W] the cell that `moved` [H,W,2] brings there, and whether none does; then it is that of the nearest.

    Of several cells that come to one place, the one of the highest `order` [H,W] is seen.
    """
    height, width = order.shape
    rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    x, y = (columns + moved[..., 0]).round().long(), (rows + moved[..., 1]).round().long()
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    source = torch.arange(height * width)[inside.flatten()]
    nearest_last = torch.argsort(order[inside], stable=True)
    found = np.full(height * width, -1)
    found[(y * width + x)[inside][nearest_last].numpy()] = source[nearest_last].numpy()
    uncovered = found < 0
    if uncovered.all():
        return torch.arange(height * width), torch.from_numpy(uncovered)
    hole = uncovered.reshape(height, width).astype(np.uint8)
    _, found_labels = cv2.distanceTransformWithLabels(hole, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    labels: np.ndarray = found_labels.astype(np.int64)
    cell_of_label = np.zeros(labels.max() + 1, dtype=np.int64)
    cell_of_label[labels[hole == 0]] = found[~uncovered]
    return torch.from_numpy(cell_of_label[labels].reshape(-1)), torch.from_numpy(uncovered)
