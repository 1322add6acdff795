"""Layers of the causal 3D video VAE of Wan 2.1 (arXiv 2503.20314, section 4.1), with its published tensor names.

Every layer takes `x [B,C,T,H,W]` and an optional `memory`. Without one, `x` is a whole clip and the layer is an ordinary
differentiable function of it. With one, `x` is the next piece of a clip that is fed in order: each layer that looks back
in time leaves the frames it will need again in the memory, so that any cutting of a clip gives the result of the whole.

Time is causal: frame t depends on frames <= t, and what lies before the first frame is zero.
"""

from __future__ import annotations

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional as F

Memory = dict[nn.Module, Tensor]
"""What a clip leaves behind for its next piece: the last input frames of each layer that looks back. Empty at the start."""


class CausalConv3d(nn.Conv3d):
    """Convolution whose output frame t sees input frames t-(k-1)..t (k taps in time); odd kernels, same size in space."""

    def __init__(self, in_channels: int, out_channels: int, kernel: tuple[int, int, int] | int) -> None:
        kernel = (kernel,) * 3 if isinstance(kernel, int) else kernel
        super().__init__(
            in_channels,
            out_channels,
            kernel,
            padding=(0, kernel[1] // 2, kernel[2] // 2),
        )

    def forward(self, x: Tensor, memory: Memory | None = None) -> Tensor:
        taps = self.kernel_size[0]
        if taps == 1:
            return super().forward(x)
        past = None if memory is None else memory.get(self)
        if memory is not None:
            memory[self] = last_frames(past, x, taps - 1)
        if past is None and x.shape[2] == 1:
            # A still: every earlier frame is zero, so only the last tap has anything to multiply.
            return F.conv2d(
                x.squeeze(2), self.weight[:, :, -1], self.bias, padding=self.padding[1:]
            ).unsqueeze(2)
        past = x.new_zeros(()) if past is None else past
        past = past.expand(*x.shape[:2], taps - 1, *x.shape[3:])
        return super().forward(torch.cat([past, x], dim=2))


def last_frames(past: Tensor | None, x: Tensor, count: int) -> Tensor:
    """The last `count` frames of `past` followed by `x`, along time; frames before the clip's first are zero."""
    if x.shape[2] < count:
        if past is None:
            past = x.new_zeros(*x.shape[:2], count, *x.shape[3:])
        x = torch.cat([past, x], dim=2)
    return x[:, :, -count:].clone()


class ChannelNorm(nn.Module):
    """x / rms of its channels, times a learned gain. `spatial_dims` is 3 for clips and 2 for batches of images."""

    def __init__(self, channels: int, spatial_dims: int = 3) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(channels, *(1,) * spatial_dims))

    def forward(self, x: Tensor) -> Tensor:
        size = torch.linalg.vector_norm(x, dim=1, keepdim=True, dtype=torch.float32).clamp_min(1e-12)
        return x * (x.shape[1] ** 0.5 / size).to(x.dtype) * self.gamma.to(x.dtype)


class ResidualBlock(nn.Module):
    """x + conv(silu(norm(conv(silu(norm(x)))))), with a 1x1x1 convolution on x where the width changes."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        # The published names number norm, activation, convolution, norm, activation, dropout, convolution.
        self.residual = nn.ModuleList(
            [
                ChannelNorm(in_channels),
                nn.SiLU(),
                CausalConv3d(in_channels, out_channels, 3),
                ChannelNorm(out_channels),
                nn.SiLU(),
                nn.Identity(),
                CausalConv3d(out_channels, out_channels, 3),
            ]
        )
        self.shortcut = (
            nn.Identity() if in_channels == out_channels else CausalConv3d(in_channels, out_channels, 1)
        )

    def forward(self, x: Tensor, memory: Memory | None = None) -> Tensor:
        norm_in, _, conv_in, norm_out, _, _, conv_out = self.residual
        h = conv_in(F.silu(norm_in(x)), memory)
        h = conv_out(F.silu(norm_out(h)), memory)
        return self.shortcut(x) + h


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


class Downsample(nn.Module):
    """Halves height and width and, with `temporal`, frames 1 + 2k to 1 + k; the clip's first frame stays alone."""

    def __init__(self, channels: int, temporal: bool) -> None:
        super().__init__()
        # Number 0 of the published layout pads one row below and one column to the right.
        self.resample = nn.ModuleList(
            [nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(channels, channels, 3, stride=2)]
        )
        self.time_conv = nn.Conv3d(channels, channels, (3, 1, 1), stride=(2, 1, 1)) if temporal else None

    def forward(self, x: Tensor, memory: Memory | None = None) -> Tensor:
        frames = x.shape[2]
        pad, conv = self.resample
        x = rearrange(x, "b c t h w -> (b t) c h w")
        x = rearrange(conv(pad(x)), "(b t) c h w -> b c t h w", t=frames)
        if self.time_conv is None:
            return x
        past = None if memory is None else memory.get(self)
        if memory is not None:
            memory[self] = x[:, :, -1:].clone()
        if past is not None:
            return self.time_conv(torch.cat([past, x], dim=2))
        first = x[:, :, :1]
        return first if frames == 1 else torch.cat([first, self.time_conv(x)], dim=2)


class Upsample(nn.Module):
    """Doubles height and width, halves channels and, with `temporal`, makes 1 + k frames 1 + 2k.

    The clip's first frame stays alone and the convolution over time never sees it: its past is zero at the second frame.
    """

    def __init__(self, channels: int, temporal: bool) -> None:
        super().__init__()
        self.resample = nn.ModuleList(
            [
                nn.Upsample(scale_factor=2.0, mode="nearest-exact"),
                nn.Conv2d(channels, channels // 2, 3, padding=1),
            ]
        )
        self.time_conv = CausalConv3d(channels, channels * 2, (3, 1, 1)) if temporal else None

    def forward(self, x: Tensor, memory: Memory | None = None) -> Tensor:
        if self.time_conv is not None:
            x = self.double_frames(x, memory)
        frames = x.shape[2]
        enlarge, conv = self.resample
        x = rearrange(x, "b c t h w -> (b t) c h w")
        return rearrange(conv(enlarge(x)), "(b t) c h w -> b c t h w", t=frames)

    def double_frames(self, x: Tensor, memory: Memory | None) -> Tensor:
        """[B,C,1+k,H,W] -> [B,C,1+2k,H,W] at the start of a clip, [B,C,k,H,W] -> [B,C,2k,H,W] after it."""
        starts = memory is None or self not in memory
        if memory is not None and starts:
            memory[self] = x.new_zeros(0)
        first, rest = (x[:, :, :1], x[:, :, 1:]) if starts else (None, x)
        if rest.shape[2] == 0:
            return x
        # Channels of the convolution are (which of the two frames, channel).
        pairs = rearrange(self.time_conv(rest, memory), "b (two c) t h w -> b c (t two) h w", two=2)
        return pairs if first is None else torch.cat([first, pairs], dim=2)
