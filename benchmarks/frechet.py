"""Fréchet distance between two sets of videos on fixed features: the *Flowbrush texture-motion distance*.

It is neither FID nor FVD, which need networks to be downloaded and are unreliable for sets this small. The features are
formulas without weights: colour, and the logarithms of the energies of edges and of change over time, at three scales, in
windows of 32x32 px and 5 frames. Few clips give many windows, and thus reliable covariances. The distance responds to
blur, block noise, wrong colours, and frozen or flickering pictures, but not to the content of the pictures.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

WINDOW, STRIDE, FRAMES = 32, 16, 5  # px, px, frames
_SCALES = 3
_FLOOR = 1e-5  # added to energies before the logarithm; less than one 8-bit level squared
_OPPONENT = torch.tensor(
    [[0.299, 0.587, 0.114], [0.5, -0.5, 0.0], [0.25, 0.25, -0.5]]
)  # light, red-green, blue-yellow
FEATURES = 6 + 6 * _SCALES


def features(video: Tensor) -> Tensor:
    """Features [N,24] of the windows of a video [T,H,W,3] in 0..1, with T >= 5 and sides >= 32; ValueError if smaller.

    They are the means and standard deviations of three opponent colours, and at each scale the log10 energies of
    brightness edges in four directions, of colour edges, and of the change from frame to frame.
    """
    if video.ndim != 4 or len(video) < FRAMES or min(video.shape[1:3]) < WINDOW:
        raise ValueError(
            f"The video has the shape {list(video.shape)}; features need [T,H,W,3] with {FRAMES} frames and {WINDOW} px or "
            "more."
        )
    planes = (video.double() @ _OPPONENT.to(video.device).double().T).permute(0, 3, 1, 2)  # [T,3,H,W]
    found = [_windows(planes), (_windows(planes**2) - _windows(planes) ** 2).clamp_min(0).sqrt()]
    for scale in range(_SCALES):
        light, colour = planes[:, :1], planes[:, 1:]
        edges = [_shifted_difference(light, *step).square() for step in ((0, 1), (1, 0), (1, 1), (1, -1))]
        chroma = _shifted_difference(colour, 0, 1).square() + _shifted_difference(colour, 1, 0).square()
        edges.append(chroma.sum(1, keepdim=True))
        change = F.pad(light.diff(dim=0).square(), (0, 0, 0, 0, 0, 0, 1, 0))
        energies = _windows(torch.cat([*edges, change], 1), 2**scale)
        found.append((energies + _FLOOR).log10())
        planes = F.avg_pool2d(planes, 2)
    return torch.cat(found, -1)


def _shifted_difference(planes: Tensor, down: int, across: int) -> Tensor:
    """Difference [T,C,H,W] to the neighbour `down` rows below and `across` columns to the right; borders are repeated."""
    padded = F.pad(planes, (1, 1, 1, 1), mode="replicate")
    height, width = planes.shape[-2:]
    return padded[..., 1 + down : 1 + down + height, 1 + across : 1 + across + width] - planes


def _windows(planes: Tensor, shrunk: int = 1) -> Tensor:
    """Means [N,C] over the windows of planes [T,C,H/shrunk,W/shrunk]."""
    volume = planes.transpose(0, 1)[None]
    size, step = WINDOW // shrunk, STRIDE // shrunk
    return F.avg_pool3d(volume, (FRAMES, size, size), (FRAMES - 1, step, step))[0].flatten(1).T


def frechet_distance(a: Tensor, b: Tensor) -> float:
    """Squared Fréchet distance of the normal distributions fitted to two sets of features [N,D] and [M,D].

    It is |m - n|^2 + tr(A + B - 2 (A B)^(1/2)) (Dowson and Landau 1982, equation 4). Raises ValueError for fewer than two
    rows in a set.
    """
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1] or a.shape[1] < 2 or min(len(a), len(b)) < 2:
        raise ValueError(
            f"The features have the shapes {list(a.shape)} and {list(b.shape)}; needed are [N,D] and [M,D] with N, M and D of "
            "2 or more."
        )
    a, b = a.double(), b.double()
    first, second = torch.cov(a.T), torch.cov(b.T)
    values, vectors = torch.linalg.eigh(first)
    root = (vectors * values.clamp_min(0).sqrt()) @ vectors.T
    # (A B)^(1/2) has the same eigenvalues as the symmetric matrix (A^(1/2) B A^(1/2))^(1/2).
    crossed = torch.linalg.eigvalsh(root @ second @ root).clamp_min(0).sqrt().sum()
    apart = (a.mean(0) - b.mean(0)).square().sum()
    return max(0.0, float(apart + first.trace() + second.trace() - 2 * crossed))
