"""Fréchet distance between two sets of videos on fixed features of our own: the *Flowbrush texture-motion distance*.

Not FID and not FVD, whose networks would have to be downloaded and which say little of sets this small. The features
are formulas without weights: colour, and the logarithm of the energy of edges and of change over time, at three scales,
in windows of 32x32 px and 5 frames. So many small windows make the covariances sure with few clips. Blur, block noise,
wrong colours, frozen or flickering pictures move it; what the picture shows does not.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

WINDOW, STRIDE, FRAMES = 32, 16, 5  # px, px, frames
_SCALES = 3
_FLOOR = 1e-5  # energy below one 8-bit level squared
_OPPONENT = torch.tensor(
    [[0.299, 0.587, 0.114], [0.5, -0.5, 0.0], [0.25, 0.25, -0.5]]
)  # light, red-green, blue-yellow
FEATURES = 6 + 6 * _SCALES


def features(video: Tensor) -> Tensor:
    """[N,24]: what describes each window of a video [T,H,W,3] in 0..1, T >= 5, sides >= 32. ValueError if smaller.

    Mean and deviation of three opponent colours; then at each scale log10 energies of brightness edges in four
    directions, of colour edges, and of change from frame to frame.
    """
    if video.ndim != 4 or len(video) < FRAMES or min(video.shape[1:3]) < WINDOW:
        raise ValueError(
            f"Features need a video [T,H,W,3] of {FRAMES} frames and {WINDOW} px or more, got {list(video.shape)}."
        )
    planes = (video.double() @ _OPPONENT.to(video.device).double().T).permute(0, 3, 1, 2)  # [T,3,H,W]
    found = [_windows(planes), (_windows(planes**2) - _windows(planes) ** 2).clamp_min(0).sqrt()]
    for scale in range(_SCALES):
        light, colour = planes[:, :1], planes[:, 1:]
        edges = [_shifted(light, *step).square() for step in ((0, 1), (1, 0), (1, 1), (1, -1))]
        chroma = _shifted(colour, 0, 1).square() + _shifted(colour, 1, 0).square()
        edges.append(chroma.sum(1, keepdim=True))
        change = F.pad(light.diff(dim=0).square(), (0, 0, 0, 0, 0, 0, 1, 0))
        energies = _windows(torch.cat([*edges, change], 1), 2**scale)
        found.append((energies + _FLOOR).log10())
        planes = F.avg_pool2d(planes, 2)
    return torch.cat(found, -1)


def _shifted(planes: Tensor, down: int, across: int) -> Tensor:
    """Difference [T,C,H,W] to the neighbour that lies so many rows down and columns across; borders repeat."""
    padded = F.pad(planes, (1, 1, 1, 1), mode="replicate")
    height, width = planes.shape[-2:]
    return padded[..., 1 + down : 1 + down + height, 1 + across : 1 + across + width] - planes


def _windows(planes: Tensor, shrunk: int = 1) -> Tensor:
    """Means [N,C] over the windows of [T,C,H/shrunk,W/shrunk]."""
    volume = planes.transpose(0, 1)[None]
    size, step = WINDOW // shrunk, STRIDE // shrunk
    return F.avg_pool3d(volume, (FRAMES, size, size), (FRAMES - 1, step, step))[0].flatten(1).T


def frechet_distance(a: Tensor, b: Tensor) -> float:
    """Squared Fréchet distance of the normal distributions fitted to two sets of features [N,D] and [M,D].

    |m - n|^2 + tr(A + B - 2 (A B)^(1/2)) (Dowson and Landau 1982, eq. 4). ValueError for fewer than two of each.
    """
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1] or a.shape[1] < 2 or min(len(a), len(b)) < 2:
        raise ValueError(
            f"Two sets [N,D] of 2 or more windows and features are needed, got {list(a.shape)} and {list(b.shape)}."
        )
    a, b = a.double(), b.double()
    first, second = torch.cov(a.T), torch.cov(b.T)
    values, vectors = torch.linalg.eigh(first)
    root = (vectors * values.clamp_min(0).sqrt()) @ vectors.T
    # (A B)^(1/2) has the eigenvalues of the symmetric (A^(1/2) B A^(1/2))^(1/2).
    crossed = torch.linalg.eigvalsh(root @ second @ root).clamp_min(0).sqrt().sum()
    apart = (a.mean(0) - b.mean(0)).square().sum()
    return max(0.0, float(apart + first.trace() + second.trace() - 2 * crossed))
