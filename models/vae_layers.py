"""Layers of the causal 3D video VAE of Wan 2.1 (arXiv 2503.20314, Section 4.1), with its published tensor names.

Every layer takes `x [B,C,T,H,W]` and an optional `memory`. Without a memory, `x` is a whole clip and the layer is an
ordinary differentiable function of it. With a memory, `x` is the next piece of a clip: layers that depend on earlier frames
keep the frames that they will need for the next piece, so the result does not depend on how the clip is cut.

Time is causal: output frame t depends on input frames <= t only, and the frames before the first are zero.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional as F

Memory = dict[nn.Module, list[Tensor]]
"""The latest input frames [B,C,H,W], oldest first, of each layer that depends on earlier frames."""


class CausalConv3d(nn.Conv3d):
    """A 3D convolution with `time` = k taps in time and `space` x `space` in the picture; frame t sees frames t-(k-1)..t."""

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
    """The output frame [B,O,1,H,W] of `conv` whose window ends with the last of `frames`, [B,C,H,W] each, oldest first.

    It is computed as a sum of 2D convolutions, one for each frame. Frames before the start of the clip are zero and are
    skipped. On a CPU this is up to eight times as fast as a 3D convolution of so few frames.
    """
    frames = frames[-conv.kernel_size[0] :]
    taps = conv.weight.unbind(2)[-len(frames) :]
    padding = conv.padding[1:]
    out = F.conv2d(frames[-1], taps[-1], conv.bias, padding=padding)
    for frame, tap in zip(frames[:-1], taps[:-1], strict=True):
        out = plus(out, F.conv2d(frame, tap, padding=padding))
    return out.unsqueeze(2)


def latest_frames(past: list[Tensor], x: Tensor, count: int) -> list[Tensor]:
    """The last `count` frames of `past` and then `x [B,C,T,H,W]`, or all of them if they are fewer."""
    # Frames of a longer x are copied, because a view would keep all of x in memory.
    fresh = [x.squeeze(2)] if x.shape[2] == 1 else [frame.clone() for frame in x[:, :, -count:].unbind(2)]
    return [*past, *fresh][-count:]


class ChannelNorm(nn.Module):
    """Root-mean-square norm over the channels, with a learned gain. `spatial_dims` is 3 for clips and 2 for images."""

    def __init__(self, channels: int, spatial_dims: int = 3) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(channels, *(1,) * spatial_dims))

    def forward(self, x: Tensor) -> Tensor:
        size = torch.linalg.vector_norm(x, dim=1, keepdim=True, dtype=torch.float32).clamp_min(1e-12)
        scaled = x * (x.shape[1] ** 0.5 / size).to(x.dtype)
        gamma = self.gamma.to(x.dtype)
        return scaled * gamma if torch.is_grad_enabled() else scaled.mul_(gamma)


# When no gradient is recorded, these functions overwrite an argument, since allocating memory takes longer than the sums.


def plus(x: Tensor, y: Tensor) -> Tensor:
    """x + y; it overwrites `x` when no gradient is recorded."""
    return x + y if torch.is_grad_enabled() else x.add_(y)


def silu(x: Tensor) -> Tensor:
    """x * sigmoid(x); it overwrites `x` when no gradient is recorded."""
    return F.silu(x, inplace=not torch.is_grad_enabled())


class ResidualBlock(nn.Module):
    """x + conv(silu(norm(conv(silu(norm(x)))))); if the width changes, a 1x1x1 convolution is applied to the first x."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        # The indices are part of the published names: norm, activation, convolution, norm, activation, dropout, convolution.
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
    """Norm, activation and the last convolution, with the indices of the published names."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__([ChannelNorm(in_channels), nn.SiLU(), CausalConv3d(in_channels, out_channels, 3, 3)])

    def forward(self, x: Tensor, memory: Memory | None = None) -> Tensor:
        norm, _, conv = self
        return conv(silu(norm(x)), memory)


class SpatialAttention(nn.Module):
    """Single-head attention among the positions of each frame separately."""

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
