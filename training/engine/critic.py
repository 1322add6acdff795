"""A critic for the VAE's decoder: a patch discriminator that separates true frames from decoded ones.

Pixel losses favour blur wherever the latents allow several pictures. The critic learns to recognise true patches (hinge
loss; Lim and Ye 2017; patches as in pix2pix, Isola et al. 2017, section 3.2.2), and the decoder's loss gets a term that
raises the critic's scores. The gradient of this term is scaled to a fixed share of the gradient of the pixel losses, both
measured on the decoded pixels (VQGAN, Esser et al. 2021, equation 7, measures them in the last layer), so that the weight
of the term needs no tuning.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class PatchCritic(nn.Module):
    """Scores [N,1,H/4,W/4] of the 20x20 pixel patches of frames [N,3,H,W] in -1..1: positive for true frames."""

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
    """The critic's loss on true and decoded frames [N,3,H,W], and the share of patches that it classifies correctly."""
    real, fake = critic(torch.cat((true, made.detach()))).float().chunk(2)
    right = ((real > 0).float().mean() + (fake < 0).float().mean()) / 2
    return F.relu(1 - real).mean() + F.relu(1 + fake).mean(), float(right.detach())


def adversarial_loss(
    critic: nn.Module, made: Tensor, loss: Callable[[Tensor], Tensor], share: float
) -> Tensor:
    """A loss term that raises the critic's scores of the frames `made` [N,3,H,W].

    The norm of its gradient on `made` is `share` times the norm of the gradient of `loss` there. The critic's parameters
    get no gradient from it.
    """
    leaf = made.detach().requires_grad_()
    (pixels,) = torch.autograd.grad(loss(leaf), leaf)
    (scores,) = torch.autograd.grad(-critic(leaf).float().mean(), leaf)
    scale = share * pixels.norm() / scores.norm().clamp_min(1e-12)
    return (made * (scale * scores)).sum()
