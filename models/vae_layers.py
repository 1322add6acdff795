"""Layers of the causal 3D video VAE of Wan 2.1 (arXiv 2503.20314, section 4.1), with its published tensor names.

Every layer takes `x [B,C,T,H,W]` and an optional `memory`. Without one, `x` is a whole clip and the layer is an ordinary
differentiable function of it. With one, `x` is the next piece of a clip that is fed in order: each layer that looks back
in time keeps the frames that it will need again, so that any cutting of a clip gives the result of the whole.

Time is causal: frame t depends on frames <= t, and what lies before the first frame is zero.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional as F

Memory = dict[nn.Module, list[Tensor]]
"""What a clip leaves for its next piece: the latest input frames [B,C,H,W] of each layer that looks back, oldest first."""


class CausalConv3d(nn.Conv3d):
    """Convolution whose output frame t sees input frames t-(k-1)..t, with `time` = k taps, and as many rows and columns."""

    def __init__(self, in_channels: int, out_channels: int, time: int, space: int) -> None:
        super().__init__(in_channels, out_channels, (time, space, space), padding=(0, space // 2, space // 2))

    def forward(self, x: Tensor, memory: Memory | None = None) -> Tensor:
        taps = self.kernel_size[0]
        past = [] if memory is None else memory.get(self, [])
        if memory is not None and taps > 1:
            memory[self] = latest_frames(past, x, taps - 1)
        if x.shape[2] == 1 and (not past or x.device.type == "cpu"):
            return convolve_last([*past, x.squeeze(2)], self)
        if taps == 1:
            return super().forward(x)
        missing = taps - 1 - len(past)
        zeros = x.new_zeros(()).expand(*x.shape[:2], missing, *x.shape[3:])
        return super().forward(torch.cat([zeros, *(frame.unsqueeze(2) for frame in past), x], dim=2))


def convolve_last(frames: Sequence[Tensor], conv: nn.Conv3d) -> Tensor:
    """The output frame [B,O,1,H,W] of `conv` whose window ends with the last of `frames` (each [B,C,H,W], oldest first).

    One 2D convolution a frame: a frame that is missing at the start of a clip is zero and costs nothing, and on a CPU this
    runs at the speed of a matrix product where a 3D convolution of so few frames is up to eight times as slow.
    """
    frames = frames[-conv.kernel_size[0] :]
    taps = conv.weight.unbind(2)[-len(frames) :]
    padding = conv.padding[1:]
    out = F.conv2d(frames[-1], taps[-1], conv.bias, padding=padding)
    for frame, tap in zip(frames[:-1], taps[:-1], strict=True):
        out = plus(out, F.conv2d(frame, tap, padding=padding))
    return out.unsqueeze(2)


def latest_frames(past: list[Tensor], x: Tensor, count: int) -> list[Tensor]:
    """The last `count` frames of `past` followed by `x [B,C,T,H,W]`; fewer if there are not so many yet."""
    # A copy, unless x is one frame: a view would keep every frame of x alive.
    fresh = [x.squeeze(2)] if x.shape[2] == 1 else [frame.clone() for frame in x[:, :, -count:].unbind(2)]
    return [*past, *fresh][-count:]


class ChannelNorm(nn.Module):
    """x / rms of its channels, times a learned gain. `spatial_dims` is 3 for clips and 2 for batches of images."""

    def __init__(self, channels: int, spatial_dims: int = 3) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(channels, *(1,) * spatial_dims))

    def forward(self, x: Tensor) -> Tensor:
        size = torch.linalg.vector_norm(x, dim=1, keepdim=True, dtype=torch.float32).clamp_min(1e-12)
        scaled = x * (x.shape[1] ** 0.5 / size).to(x.dtype)
        gamma = self.gamma.to(x.dtype)
        return scaled * gamma if torch.is_grad_enabled() else scaled.mul_(gamma)


# Without gradients the results below overwrite a value that nobody needs: new memory costs more than the arithmetic.


def plus(x: Tensor, y: Tensor) -> Tensor:
    """x + y, over `x` itself when no gradient is recorded."""
    return x + y if torch.is_grad_enabled() else x.add_(y)


def silu(x: Tensor) -> Tensor:
    """x * sigmoid(x), over `x` itself when no gradient is recorded."""
    return F.silu(x, inplace=not torch.is_grad_enabled())


class ResidualBlock(nn.Module):
    """x + conv(silu(norm(conv(silu(norm(x)))))), with a 1x1x1 convolution on x where the width changes."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        # The published names number norm, activation, convolution, norm, activation, dropout, convolution.
        self.residual = nn.ModuleList(
            [
                ChannelNorm(in_channels),
                nn.SiLU(),
                CausalConv3d(in_channels, out_channels, 3, 3),
                ChannelNorm(out_channels),
                nn.SiLU(),
                nn.Identity(),
                CausalConv3d(out_channels, out_channels, 3, 3),
            ]
        )
        same = in_channels == out_channels
        self.shortcut = nn.Identity() if same else CausalConv3d(in_channels, out_channels, 1, 1)

    def forward(self, x: Tensor, memory: Memory | None = None) -> Tensor:
        norm_in, _, conv_in, norm_out, _, _, conv_out = self.residual
        h = conv_in(silu(norm_in(x)), memory)
        h = conv_out(silu(norm_out(h)), memory)
        return plus(h, self.shortcut(x))


class Head(nn.ModuleList):
    """Norm, activation and the last convolution, as the published names number them."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__([ChannelNorm(in_channels), nn.SiLU(), CausalConv3d(in_channels, out_channels, 3, 3)])

    def forward(self, x: Tensor, memory: Memory | None = None) -> Tensor:
        norm, _, conv = self
        return conv(silu(norm(x)), memory)


class SpatialAttention(nn.Module):
    """Single-head attention among the positions of each frame; frames do not see each other."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = ChannelNorm(channels, spatial_dims=2)
        self.to_qkv = nn.Conv2d(channels, channels * 3, 1)
        self.proj = nn.Conv2d(channels, channels, 1)

    def forward(self, x: Tensor, memory: Memory | None = None) -> Tensor:
        frames, height, width = x.shape[2:]
        images = rearrange(x, "b c t h w -> (b t) c h w")
        qkv = self.to_qkv(self.norm(images))
        q, k, v = rearrange(qkv, "n (three c) h w -> three n 1 (h w) c", three=3).unbind(0)
        attended = F.scaled_dot_product_attention(q, k, v)
        attended = rearrange(attended, "n 1 (h w) c -> n c h w", h=height, w=width)
        return x + rearrange(self.proj(attended), "(b t) c h w -> b c t h w", t=frames)
