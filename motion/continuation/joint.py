"""How smoothly two parts of a shot are joined: what changes from frame to frame at the joint, against inside the parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor

from ..flow.dis_flow import dis_flow

_SIDE = 256  # px, the short side at which motion is measured
# Steps so small that nobody sees them count as this: px of motion, share of brightness, share of sharpness.
_LEAST = (0.1, 0.002, 0.01)


@dataclass(frozen=True)
class Joint:
    """The largest step at a joint over the largest inside the parts, for motion, colour and sharpness; 1 is no difference.

    motion: of the mean change of velocity between two steps. colour: of the mean change of the frame's mean colour. sharpness: of
    the relative change of the frame's gradient energy.
    """

    motion: float
    colour: float
    sharpness: float

    @property
    def worst(self) -> float:
        """The largest of the three ratios."""
        return max(self.motion, self.colour, self.sharpness)


def joint_ratios(frames: Tensor, joints: Sequence[tuple[int, int]]) -> Joint:
    """The ratios for a clip [T,H,W,3] whose parts were joined in the frames `joints`, each (first, last) of an overlap.

    A step belongs to a joint when one of its frames does. Raises ValueError where no step lies at a joint or none inside the parts.
    """
    steps = _changes(frames)
    at_joint = torch.zeros(len(frames) - 1, dtype=torch.bool)
    for first, last in joints:
        at_joint[max(first - 1, 0) : last + 1] = True
    if not at_joint.any() or at_joint.all():
        raise ValueError(
            f"joints {list(joints)} leave no steps at a joint or none inside the parts of a clip of {len(frames)} frames"
        )
    ratios = []
    for values, least in zip(steps, _LEAST, strict=True):
        inside, across = float(values[~at_joint].max()), float(values[at_joint].max())
        ratios.append(max(across, least) / max(inside, least))
    return Joint(*ratios)


def _changes(frames: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """For each step [T-1] the change of velocity in px, of the mean colour, and of the sharpness."""
    small = frames.permute(0, 3, 1, 2).float()
    scale = min(1.0, _SIDE / min(small.shape[2:]))
    if scale < 1:
        size = [max(16, round(side * scale)) for side in small.shape[2:]]
        small = F.interpolate(small, size, mode="bilinear", antialias=True)
    pictures = small.permute(0, 2, 3, 1)
    flows = [dis_flow(earlier, later) for earlier, later in pairwise(pictures)]
    turns = [float((later - earlier).norm(dim=-1).mean()) for earlier, later in pairwise(flows)]
    motion = torch.tensor([turns[0], *turns]) if turns else torch.zeros(len(flows))
    colour = small.mean((2, 3)).diff(dim=0).abs().mean(1)
    energy = small.diff(dim=-1).square().mean((1, 2, 3)) + small.diff(dim=-2).square().mean((1, 2, 3))
    sharpness = energy.clamp_min(1e-8).log().diff().abs()
    return motion, colour, sharpness
