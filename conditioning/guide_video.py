"""Guide videos: a motion drawn as frames, in the forms that controlled video models were trained to read.

VACE (arXiv 2503.07598, section 3.1) reads a video and masks that are 1 where it paints; these parts are usually grey. Uni3C and
Fun-Control read the warped picture, or its depth or edges warped the same way; Fun-Control also reads spots that
follow trajectories. The motion-track LoRA of LTX reads discs whose colour and size show how long ago a point was at
that place. Sizes and colours of spots and discs are those of the authors' drawing tools
(`CreateTrajectoryBasedOnKJNodes` of VideoX-Fun, `LTXVDrawTracks` of ComfyUI-LTXVideo), because the weights learned them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..interruption import check_interruption
from ..motion.tracks.grid_points import points_inside
from ..motion.tracks.tracks import tracks_from_field
from ..rendering.layer_stack import Plate
from ..rendering.splatted_picture import SURELY_KNOWN
from ..rendering.warp import PLATE
from .behind import GREYED, warp_behind
from .image_to_video import GREY
from .reference import constraint_strength

if TYPE_CHECKING:
    from ..motion.field.field import MotionField

# Fun-Control's spots have a radius of 50 px in 1280x720 and are a Gaussian of 0.4 radii.
_SPOT_RADIUS = 50 / (1280 * 720) ** 0.5
_SPOT_WIDTH = 0.4
# Radii of LTX's discs in px of a picture whose short side is 1080: the oldest disc is 50 frames old, the newest 0.
_DISC_CANVAS = 1080
_DISC_RADII = (2.0, 8.0)
_TRAIL = 50
# Colours of the discs, from oldest to newest. The authors' tool swaps red and blue after drawing, "to match the training
# data"; these are the colours after the swap, with the newest disc in blue.
_AGES = np.array([[1, 0, 0], [0, 1, 0], [0, 1, 1], [0, 0, 1]], np.float32)


def control_video(
    image: Tensor,
    field: MotionField,
    painted_only: bool = False,
    grow: int = 0,
    last: Tensor | None = None,
    behind: str = GREYED,
    plate: Plate | None = None,
    notice: Callable[[str], None] = lambda sentence: None,
    check_cancel: Callable[[], None] = check_interruption,
) -> tuple[Tensor, Tensor]:
    """`image` [H,W,3] warped along a field as VACE reads it: frames [T,H,W,3] and masks [T,H,W], 1 where the model paints.

    The model paints the holes: areas that came into view and, with `painted_only`, everything that the motion constrains
    with a strength below 0.5. `grow` widens them by so many pixels. Areas that came into view show what `behind` says (the
    last four arguments are those of `behind.warp_behind`) and are painted whatever they show; other holes are grey. Frame
    0 has no holes; neither has the last frame where `last` [H,W,3] is given.
    """
    clip = warp_behind(image, field, behind, plate, notice, check_cancel)
    covered = clip.coverage / SURELY_KNOWN >= 0.99
    known = covered & (constraint_strength(clip, field) >= 0.5) if painted_only else covered
    holes, grey = (_widened(area, grow) for area in (~known, covered & ~known))
    if behind == GREYED:
        grey = holes
    holes[0] = grey[0] = 0
    frames = torch.where(grey[..., None] > 0, GREY, clip.frames)
    if last is not None:
        frames[-1], holes[-1] = last, 0
    return frames, holes


def _widened(area: Tensor, pixels: int) -> Tensor:
    """A mask [T,H,W] of 0 and 1 from a boolean one that is grown by so many pixels."""
    mask = area.float()
    return F.max_pool2d(mask[:, None], 2 * pixels + 1, stride=1, padding=pixels)[:, 0] if pixels else mask


def warped_picture(
    image: Tensor,
    field: MotionField,
    holes: str = "filled",
    behind: str = PLATE,
    plate: Plate | None = None,
    notice: Callable[[str], None] = lambda sentence: None,
    check_cancel: Callable[[], None] = check_interruption,
) -> tuple[Tensor, Tensor]:
    """`image` [H,W,3] warped along a field, [T,H,W,3], and how far each pixel is unknown, [T,H,W] in 0..1.

    `holes` is "filled" (with what `behind` says; the last four arguments are those of `behind.warp_behind`), "black",
    "grey" or "white". Raises ValueError otherwise.
    """
    tones = {"black": 0.0, "grey": GREY, "white": 1.0}
    if holes != "filled" and holes not in tones:
        raise ValueError(f"`holes` is {holes!r}; choose one of filled, {', '.join(tones)}")
    clip = warp_behind(image, field, behind, plate, notice, check_cancel)
    unknown = (1 - clip.coverage / SURELY_KNOWN).clamp(0, 1)
    unknown[0] = 0
    if holes == "filled":
        return clip.frames, unknown
    return torch.lerp(clip.frames, torch.tensor(tones[holes]), unknown[..., None]), unknown


def guide_points(field: MotionField, height: int, width: int, spacing: float) -> tuple[Tensor, Tensor]:
    """Path [T,N,2] in pixels and visibility [T,N] of points in painted regions, `spacing` pixels apart.

    Where no point of such a grid lies in a painted region, the spacing is halved, up to four times. Raises ValueError
    where nothing is painted.
    """
    points = points_inside(field.painted(height, width) >= 0.5, min(spacing, height, width), least=1)
    if not len(points):
        raise ValueError(
            "nothing is painted, so there are no points to draw; paint a region, or move the camera"
        )
    tracks = tracks_from_field(field, height, width, points=points)
    return tracks["track_path"], tracks["track_visibility"]


def gaussian_spots(path: Tensor, visible: Tensor, height: int, width: int) -> Tensor:
    """Frames [T,H,W,3] with white Gaussian spots on black at the `visible` [T,N] points [T,N,2] (Fun-Control)."""
    radius = max(2.0, _SPOT_RADIUS * (height * width) ** 0.5)
    x, y = torch.arange(width) + 0.5, torch.arange(height) + 0.5
    frames = torch.zeros(len(path), height, width)
    reach = int(radius) + 1
    for t, n in visible.nonzero().tolist():
        centre_x, centre_y = path[t, n].tolist()
        left, right = (min(max(int(centre_x) + side, 0), width) for side in (-reach, reach + 1))
        top, bottom = (min(max(int(centre_y) + side, 0), height) for side in (-reach, reach + 1))
        squared = (x[left:right] - centre_x) ** 2 + (y[top:bottom, None] - centre_y) ** 2
        spot = torch.exp(squared / (-2 * (_SPOT_WIDTH * radius) ** 2)) * (squared <= radius**2)
        part = frames[t, top:bottom, left:right]
        torch.maximum(part, spot, out=part)
    return frames[..., None].expand(-1, -1, -1, 3).contiguous()


def age_colours(ages: np.ndarray) -> np.ndarray:
    """Colours [K,3] of discs that are `ages` [K] frames old, 0 to 50."""
    place = (1 - np.asarray(ages, np.float64) / _TRAIL) * (len(_AGES) - 1)
    return np.stack([np.interp(place, range(len(_AGES)), channel) for channel in _AGES.T], 1).astype(
        np.float32
    )


def discs_by_age(path: Tensor, visible: Tensor, height: int, width: int) -> Tensor:
    """Frames [T,H,W,3] with discs on black at the `visible` [T,N] points [T,N,2] of this and the last 50 frames.

    This is what the motion-track LoRA of LTX reads: colour and size show a disc's age, and newer discs cover older
    ones. They are drawn at a short side of 1080 pixels and then reduced bilinearly, as the authors' tool does.
    """
    short = min(height, width)
    high, wide = int(height * _DISC_CANVAS / short), int(width * _DISC_CANVAS / short)
    scale = np.array([wide / width, high / height])
    places = np.rint(path.double().numpy() * scale).astype(np.int64)
    seen = visible.numpy()
    colours = age_colours(np.arange(_TRAIL + 1))
    stamps = [
        _disc(_DISC_RADII[1] - (_DISC_RADII[1] - _DISC_RADII[0]) * age / _TRAIL) for age in range(_TRAIL + 1)
    ]
    out = torch.empty(len(path), height, width, 3)
    for t in range(len(path)):
        canvas = np.zeros((high, wide, 3), np.float32)
        for then in range(max(0, t - _TRAIL), t + 1):
            centres = places[then][seen[then]]
            at = (centres[:, None] + stamps[t - then]).reshape(-1, 2)
            at = at[((at >= 0) & (at < (wide, high))).all(1)]
            canvas[at[:, 1], at[:, 0]] = colours[t - then]
        planes = torch.from_numpy(canvas).permute(2, 0, 1)[None]
        small = F.interpolate(planes, (height, width), mode="bilinear", align_corners=False)
        out[t] = small[0].permute(1, 2, 0)
    return out


def _disc(radius: float) -> np.ndarray:
    """Offsets [K,2] (x, y) of the pixels of a disc."""
    side = np.arange(-int(radius), int(radius) + 1)
    x, y = np.meshgrid(side, side)
    inside = x * x + y * y <= radius * radius
    return np.stack([x[inside], y[inside]], 1)
