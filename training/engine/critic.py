"""A critic for the VAE's decoder: a small network that tells patches of true frames from restored ones.

Losses on pixels favour blur where the latents leave several pictures possible. The critic learns what patches look like
(hinge loss; Lim and Ye 2017), and the decoder is pulled towards what it takes for true: a patch discriminator as in
pix2pix (Isola et al. 2017, section 3.2.2). Its pull is a fixed share of that of the pixels' losses, measured where both
act, on the restored pixels (VQGAN, Esser et al. 2021, equation 7, measures in the last layer), so that no share of the
critic's strength needs tuning.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class PatchCritic(nn.Module):
    """Frames [N,3,H,W] in -1..1 to scores [N,1,H/4,W/4] of their patches of 20x20 pixels: above 0 for true ones."""

    def __init__(self, widths: tuple[int, int, int] = (24, 48, 96)):
        super().__init__()
        a, b, c = widths
        self.layers = nn.Sequential(
            nn.Conv2d(3, a, 3, padding=1), nn.LeakyReLU(0.2),
            nn.Conv2d(a, b, 4, stride=2, padding=1), nn.LeakyReLU(0.2),
            nn.Conv2d(b, c, 4, stride=2, padding=1), nn.LeakyReLU(0.2),
            nn.Conv2d(c, 1, 3, padding=1),
        )  # fmt: skip

    def forward(self, frames: Tensor) -> Tensor:
        return self.layers(frames)


def hinge_loss(critic: nn.Module, true: Tensor, made: Tensor) -> tuple[Tensor, float]:
    """What the critic minimises on frames [N,3,H,W] of both kinds, and the share of patches that it takes for what they are."""
    real, fake = critic(torch.cat((true, made.detach()))).float().chunk(2)
    right = ((real > 0).float().mean() + (fake < 0).float().mean()) / 2
    return F.relu(1 - real).mean() + F.relu(1 + fake).mean(), float(right.detach())


def pull(critic: nn.Module, made: Tensor, loss: Callable[[Tensor], Tensor], share: float) -> Tensor:
    """A term whose gradient on the frames `made` [N,3,H,W] raises the critic's scores, `share` times as long as that of
    `loss` there. Parameters of the critic get no gradient from it."""
    leaf = made.detach().requires_grad_()
    (pixels,) = torch.autograd.grad(loss(leaf), leaf)
    (wanted,) = torch.autograd.grad(-critic(leaf).float().mean(), leaf)
    scale = share * pixels.norm() / wanted.norm().clamp_min(1e-12)
    return (made * (scale * wanted)).sum()
