"""Motions that stay smooth where optical flow cannot be trusted: an affine map, and what bends away from it.

Near the outline of a moving thing, flow mixes the thing's motion with that of what is behind it. An affine map that is fitted
to the inner part goes on correctly over the outline of everything that moves, turns, grows or shears as a whole.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ...rendering.hole_filling import pull_push
from ...rendering.morphology import grown

_FITS = 6  # rounds of the robust fit
_PULL = 1.0  # px per half picture; it holds the map of a few pixels near to a shift
_BENT = 1.0  # px from the affine map
_BENT_SHARE = 0.15  # of the pixels there, from which a motion bends
_SWUNG = 1.5  # px from the affine map, from which a limb moves by itself
_LIMB, _LIMB_SHARE = 2, 0.012  # half the width of the narrowest limb: px, and share of the short side


def affine_motion(displacement: Tensor, known: Tensor) -> Tensor:
    """The affine displacement [H,W,2] that fits best where it is known [H,W], by least squares that are weighted anew.

    The weights are those of Geman and McClure, so that a second moving thing has no say. Nothing moves where nothing is known.
    """
    height, width = known.shape
    if not bool(known.any()):
        return torch.zeros_like(displacement)
    y, x = torch.meshgrid(torch.linspace(-1, 1, height), torch.linspace(-1, 1, width), indexing="ij")
    design = torch.stack([x, y, torch.ones_like(x)], -1)
    chosen = known > 0
    rows, wanted, weight = design[chosen].double(), displacement[chosen].double(), known[chosen].double()
    pull = torch.diag(torch.tensor([_PULL, _PULL, 0.0], dtype=torch.float64))
    middle = wanted.median(0).values
    wanted, share = wanted - middle, weight
    solution = torch.zeros(3, 2, dtype=torch.float64)
    for _ in range(_FITS):
        weighted = rows * share[:, None]
        solution = torch.linalg.lstsq(weighted.T @ rows + pull, weighted.T @ wanted).solution
        share = weight / (1 + (rows @ solution - wanted).square().sum(1)).square()
    solution[2] += middle
    return design @ solution.float()


def followed(moved: Tensor, known: Tensor) -> Tensor:
    """The displacement [T,H,W,2] of a thing over the whole picture, from its flow [T,H,W,2] where that is known [T,H,W].

    It is affine; for a thing that bends, it is the flow itself, continued, and where a limb swings against the rest, the flow of that limb. Where a frame shows nothing of the thing, it stays where the
    last one showed it.
    """
    fitted = torch.empty_like(moved)
    for number, share in enumerate(known):
        seen = number == 0 or bool(share.any())
        fitted[number] = affine_motion(moved[number], share) if seen else fitted[number - 1]
    frames = list(zip(moved, fitted, known, strict=True))
    if any(bends(*one) for one in frames):
        return torch.stack([affine + continued(flow - affine, share) for flow, affine, share in frames])
    limbs = [swinging(*one) for one in frames]
    if not any(bool(limb.any()) for limb in limbs):
        return fitted
    return torch.stack(
        [
            affine + continued((flow - affine) * limb[..., None], share)
            for (flow, affine, share), limb in zip(frames, limbs, strict=True)
        ]
    )


def bends(moved: Tensor, fitted: Tensor, known: Tensor) -> bool:
    """Whether more of a motion [H,W,2] than outliers differs from its affine map [H,W,2] where it is known [H,W]."""
    rest = (moved - fitted).norm(dim=-1)[known > 0]
    return bool(len(rest)) and float((rest > _BENT).float().mean()) > _BENT_SHARE


def swinging(moved: Tensor, fitted: Tensor, known: Tensor) -> Tensor:
    """[H,W] bool: the parts of a motion [H,W,2], at least as wide as a limb, that differ from its affine map [H,W,2] where it is known [H,W].

    A swinging arm may be a small share of a figure. Single flows that are wrong, and those along an outline, are narrower.
    """
    half = max(_LIMB, round(_LIMB_SHARE * min(known.shape)))
    apart = ((moved - fitted).norm(dim=-1) > _SWUNG) & (known > 0)
    return grown(~grown(~apart, half), 2 * half)


def continued(displacement: Tensor, known: Tensor) -> Tensor:
    """A displacement [H,W,2] where it is known [H,W], and smooth everywhere else."""
    planes = displacement.permute(2, 0, 1)[None]
    share = known[None].float()
    if not bool(share.any()):
        return torch.zeros_like(displacement)
    return pull_push(planes * share[:, None], share)[0].permute(1, 2, 0)
