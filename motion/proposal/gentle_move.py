"""A camera move that suits any picture, for a picture that nobody has painted on.

The camera circles slowly around the subject and comes closer. Nothing is known about the picture's depth, so it is taken
to be that of most photos: the ground comes nearer towards the lower border, and the subject stands out from its
surroundings, unless that would bend a long straight line, such as a mast. This depth changes so gradually that nothing
tears, wherever the guess is wrong. The subject is found by the spectral residual of the picture (Hou and Zhang, "Saliency
Detection: A Spectral Residual Approach", CVPR 2007), and lines by OpenCV's detector (Grompone von Gioi et al., "LSD: A Fast Line
Segment Detector with a False Detection Control", PAMI 2010).
"""

from __future__ import annotations

import math

import cv2
import torch
import torch.nn.functional as F
from torch import Tensor

from ..document.document import Camera, Document, Keyframe, dump

FIELD_OF_VIEW = 50.0  # degrees
TRUCK = 0.025  # widths that the camera travels sideways
DOLLY = 0.1  # of the distance to the subject
_CELLS = 64  # along the longer side, on which the subject is searched
_SUBJECT_SIZE = 0.22  # standard deviation of its depth, as a fraction of the picture's short side
# How much nearer the lower border and the subject are, in units of a depth map's range.
_GROUND, _SUBJECT = 0.2, 0.35
_FARTHEST = 0.2  # nearness of what is farthest
_LINES_SIDE = 256  # px, the longer side of the picture in which straight lines are searched
_LONG_LINE = 0.3  # fraction of the short side; shorter lines hardly bend
_MOST_BEND = 0.05  # by which the nearness along a straight line may at most differ from an even slope


@torch.no_grad()
def subject_of(picture: Tensor) -> tuple[float, float]:
    """The middle (x, y in 0..1) of what stands out in a picture [H,W,3]."""
    height, width = picture.shape[:2]
    scale = _CELLS / max(height, width)
    size = max(8, round(height * scale)), max(8, round(width * scale))
    planes = picture.float().permute(2, 0, 1)[None]
    grey = F.interpolate(planes, size, mode="bilinear", antialias=True)[0].mean(0)
    spectrum = torch.fft.fft2(grey)
    logarithm = spectrum.abs().clamp_min(1e-6).log()
    residual = logarithm - F.avg_pool2d(F.pad(logarithm[None, None], (1, 1, 1, 1), "circular"), 3, 1)[0, 0]
    salience = torch.fft.ifft2(torch.polar(residual.exp(), spectrum.angle())).abs().square()
    y, x = torch.meshgrid(_centres(size[0]), _centres(size[1]), indexing="ij")
    # Few subjects touch the border, where the transform sees an edge of its own.
    salience = salience * torch.exp(-((x - 0.5).square() + (y - 0.5).square()) / (2 * 0.25**2))
    salience = salience / salience.sum().clamp_min(1e-12)
    return float((salience * x).sum()), float((salience * y).sum())


def gentle_depth(picture: Tensor) -> Tensor:
    """The supposed depth [H,W] of a picture [H,W,3], from 0 (far) to 1 (near)."""
    height, width = picture.shape[:2]
    at_x, at_y = subject_of(picture)
    y, x = torch.meshgrid(_centres(height), _centres(width), indexing="ij")
    across, down = (x - at_x) * width / min(height, width), (y - at_y) * height / min(height, width)
    # A subject usually stands on something, so its depth reaches farther down than up.
    down = torch.where(down > 0, down / 2, down)
    subject = torch.exp(-(across.square() + down.square()) / (2 * _SUBJECT_SIZE**2))
    bend = max((_bend(subject, *line) for line in straight_lines(picture)), default=0.0)
    height_of_subject = min(_SUBJECT, _MOST_BEND / max(bend, 1e-6))
    # The ground rises evenly, because a camera that moves over a plane keeps straight lines straight.
    return _FARTHEST + _GROUND * y + height_of_subject * subject


def straight_lines(picture: Tensor) -> list[tuple[float, float, float, float]]:
    """The long straight lines (x, y, x, y in 0..1 of their ends) of a picture [H,W,3]."""
    height, width = picture.shape[:2]
    scale = _LINES_SIDE / max(height, width)
    size = max(8, round(width * scale)), max(8, round(height * scale))
    pixels = (picture.float().mean(-1).clamp(0, 1) * 255).byte().cpu().numpy()
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    found = cv2.createLineSegmentDetector(cv2.LSD_REFINE_NONE).detect(small)[0]
    lines = [] if found is None else found.reshape(-1, 4).tolist()
    return [
        (x / size[0], y / size[1], other_x / size[0], other_y / size[1])
        for x, y, other_x, other_y in lines
        if math.hypot(other_x - x, other_y - y) > _LONG_LINE * min(size)
    ]


def _bend(depth: Tensor, x: float, y: float, other_x: float, other_y: float) -> float:
    """The greatest difference between a depth [H,W] along a line and an even slope from one end to the other.

    The camera travels sideways, which shifts a level line along itself, so only the upright part of a line counts.
    """
    height, width = depth.shape
    way = torch.linspace(0, 1, 17)
    rows = (torch.lerp(torch.tensor(y), torch.tensor(other_y), way) * height).long().clamp(0, height - 1)
    columns = (torch.lerp(torch.tensor(x), torch.tensor(other_x), way) * width).long().clamp(0, width - 1)
    seen = depth.cpu()[rows, columns]
    across, down = abs(other_x - x) * width, abs(other_y - y) * height
    upright = down / max(math.hypot(across, down), 1e-6)
    return upright * float((seen - torch.lerp(seen[0], seen[-1], way)).abs().max())


def gentle_keyframe(picture: Tensor, strength: float = 1.0) -> Keyframe:
    """The end of the camera move for a picture [H,W,3]; `strength` multiplies it."""
    truck = (
        TRUCK * strength * (1 if subject_of(picture)[0] < 0.5 else -1)
    )  # away from the subject, which stays in view
    half_width = math.tan(math.radians(FIELD_OF_VIEW / 2))
    turn = math.degrees(math.atan(truck * 2 * half_width))  # keeps what is at unit depth in the middle
    dolly = min(0.8, DOLLY * strength)
    return Keyframe(time=1, truck=truck, pan=round(-turn, 2), dolly=dolly, ease="ease_in_out")


def gentle_document(picture: Tensor) -> str:
    """The motion document of the camera move for a picture [H,W,3]."""
    keyframes = (Keyframe(), gentle_keyframe(picture))
    return dump(Document(camera=Camera(keyframes=keyframes, field_of_view=FIELD_OF_VIEW)))


def _centres(count: int) -> Tensor:
    return (torch.arange(count) + 0.5) / count
