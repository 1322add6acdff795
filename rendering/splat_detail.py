"""The fine detail of a splatted picture: where the splat shows one surface, its pixels are sampled from the picture itself.

A splat distributes every pixel over four, which softens a picture by up to two thirds of its finest detail. The displacement that is splatted
along with the colours says where each pixel came from, and the picture is sampled there with a bicubic kernel (Keys, "Cubic
convolution interpolation for digital image processing", 1981), which keeps more. At edges, folds and where the picture
shrinks, the splat is better and stays.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from .backward_sampling import backward_warp

_OFF = 0.35  # px between the displacement of the point that was found and the splatted one; more is another surface
_SHRUNK = 1.2  # source px for each px, from which sampling would alias


def with_detail(
    colour: Tensor, moved: Tensor, displacement: Tensor, picture: Tensor, whole: Tensor
) -> Tensor:
    """Splatted colours [n,3,H,W], sampled from the picture [1,3,H,W] where one surface is shown.

    moved: [n,2,H,W], the displacement in px, splatted. displacement: [n,H,W,2], where each point of the picture goes. whole: [H,W] bool, the points of
    the picture whose surroundings belong to their own surface.
    """
    back = -moved.permute(0, 2, 3, 1)
    planes = torch.cat(
        [displacement.permute(0, 3, 1, 2), whole[None, None].to(colour).expand(len(colour), -1, -1, -1)], 1
    )
    found = backward_warp(planes, back)
    same = ((found[:, :2] - moved).norm(dim=1) < _OFF) & (found[:, 2] > 0.999) & (_spread(back) < _SHRUNK)
    fine = backward_warp(picture, back, "bicubic").clamp(0, 1)
    return torch.where(same[:, None], fine, colour)


def _spread(back: Tensor) -> Tensor:
    """How far apart [n,H,W] neighbouring pixels were, in px, at most along a row or a column."""
    across = F.pad(back.diff(dim=2), (0, 0, 0, 1)) + back.new_tensor([1.0, 0.0])
    down = F.pad(back.diff(dim=1), (0, 0, 0, 0, 0, 1)) + back.new_tensor([0.0, 1.0])
    return torch.maximum(across.norm(dim=-1), down.norm(dim=-1))
