"""The causal 3D video VAE in the layout of Wan 2.1, with its published tensor names.

Clips [B,3,T,H,W] in -1..1 with T = 4k+1 become latents [B,16,1+k,H/8,W/8] and back: latent frame 0 holds pixel frame 0,
latent frame j >= 1 holds pixel frames 4(j-1)+1..4j. Latents here are raw: no mean or standard deviation is taken off.
Source of the layout: Wan 2.1 technical report (arXiv 2503.20314), section 4.1, and the tensors of the public checkpoint.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .vae_layers import (
    CausalConv3d,
    ChannelNorm,
    Downsample,
    Memory,
    ResidualBlock,
    SpatialAttention,
    Upsample,
)


@dataclass(frozen=True)
class VAEConfig:
    """Sizes of a `WanVAE`. The public Wan 2.1 VAE has dim 96 and the defaults elsewhere.

    `temporal_downsample` says for each halving of the picture, from the pixels inwards, whether it halves frames too.
    """

    dim: int
    z_dim: int = 16
    dim_mult: tuple[int, ...] = (1, 2, 4, 4)
    num_res_blocks: int = 2
    temporal_downsample: tuple[bool, ...] = (False, True, True)

    def __post_init__(self) -> None:
        object.__setattr__(self, "dim_mult", tuple(self.dim_mult))
        object.__setattr__(self, "temporal_downsample", tuple(self.temporal_downsample))
        if min(self.dim, self.z_dim, self.num_res_blocks, *self.dim_mult) < 1:
            raise ValueError(f"a VAE's sizes are positive whole numbers, not {self}")
        if self.dim % 2:
            raise ValueError(f"dim is {self.dim}; the decoder halves widths, so dim must be even")
        if len(self.temporal_downsample) != len(self.dim_mult) - 1:
            raise ValueError(
                f"temporal_downsample has {len(self.temporal_downsample)} entries for {len(self.dim_mult)} levels; "
                f"it needs {len(self.dim_mult) - 1}"
            )

    @property
    def spatial_factor(self) -> int:
        """Pixels of a latent cell's side."""
        return 2 ** (len(self.dim_mult) - 1)

    @property
    def temporal_factor(self) -> int:
        """Pixel frames of each latent frame after the first."""
        return 2 ** sum(self.temporal_downsample)


class Encoder(nn.Module):
    """[B,3,T,H,W] -> [B,2*z_dim,T',H',W']: blocks that narrow the picture, a middle with attention, a head."""

    def __init__(self, config: VAEConfig) -> None:
        super().__init__()
        widths = [config.dim * m for m in (1, *config.dim_mult)]
        self.conv1 = CausalConv3d(3, widths[0], 3)
        self.downsamples = nn.ModuleList()
        for level, (width, out) in enumerate(pairwise(widths)):
            for block in range(config.num_res_blocks):
                self.downsamples.append(ResidualBlock(width if block == 0 else out, out))
            if level < len(config.temporal_downsample):
                self.downsamples.append(Downsample(out, config.temporal_downsample[level]))
        self.middle = middle(widths[-1])
        self.head = head(widths[-1], config.z_dim * 2)

    def forward(self, x: Tensor, memory: Memory | None = None) -> Tensor:
        x = self.conv1(x, memory)
        for layer in (*self.downsamples, *self.middle):
            x = layer(x, memory)
        norm, _, conv = self.head
        return conv(F.silu(norm(x)), memory)


class Decoder(nn.Module):
    """[B,z_dim,T',H',W'] -> [B,3,T,H,W]: a middle with attention, blocks that widen the picture, a head."""

    def __init__(self, config: VAEConfig) -> None:
        super().__init__()
        widths = [config.dim * m for m in (config.dim_mult[-1], *reversed(config.dim_mult))]
        temporal = tuple(reversed(config.temporal_downsample))
        self.conv1 = CausalConv3d(config.z_dim, widths[0], 3)
        self.middle = middle(widths[0])
        self.upsamples = nn.ModuleList()
        for level, (width, out) in enumerate(pairwise(widths)):
            width = width // 2 if level > 0 else width  # the upsampling before has halved it
            for block in range(config.num_res_blocks + 1):
                self.upsamples.append(ResidualBlock(width if block == 0 else out, out))
            if level < len(temporal):
                self.upsamples.append(Upsample(out, temporal[level]))
        self.head = head(widths[-1], 3)

    def forward(self, x: Tensor, memory: Memory | None = None) -> Tensor:
        x = self.conv1(x, memory)
        for layer in (*self.middle, *self.upsamples):
            x = layer(x, memory)
        norm, _, conv = self.head
        return conv(F.silu(norm(x)), memory)


def middle(channels: int) -> nn.ModuleList:
    """The blocks at the lowest resolution, the only ones that see a whole frame."""
    return nn.ModuleList(
        [
            ResidualBlock(channels, channels),
            SpatialAttention(channels),
            ResidualBlock(channels, channels),
        ]
    )


def head(in_channels: int, out_channels: int) -> nn.ModuleList:
    """Norm, activation and last convolution."""
    return nn.ModuleList(
        [
            ChannelNorm(in_channels),
            nn.SiLU(),
            CausalConv3d(in_channels, out_channels, 3),
        ]
    )


class WanVAE(nn.Module):
    """Causal video autoencoder; `encode` and `decode` are differentiable functions of whole clips."""

    def __init__(self, config: VAEConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = Encoder(config)
        self.conv1 = CausalConv3d(config.z_dim * 2, config.z_dim * 2, 1)
        self.conv2 = CausalConv3d(config.z_dim, config.z_dim, 1)
        self.decoder = Decoder(config)

    def encode(self, video: Tensor) -> Tensor:
        """[B,3,T,H,W] in -1..1 -> the mean of the latents [B,z_dim,T',H/8,W/8]; ValueError for a wrong shape."""
        return self.encode_moments(video)[0]

    def encode_moments(self, video: Tensor) -> tuple[Tensor, Tensor]:
        """[B,3,T,H,W] in -1..1 -> mean and log variance of the latents, each [B,z_dim,T',H/8,W/8]."""
        self.check_video(video)
        mean, logvar = self.conv1(self.encoder(video)).chunk(2, dim=1)
        return mean, logvar

    def decode(self, latents: Tensor) -> Tensor:
        """[B,z_dim,T',h,w] -> video [B,3,4(T'-1)+1,8h,8w], about -1..1, not clamped; ValueError for a wrong shape."""
        self.check_latents(latents)
        return self.decoder(self.conv2(latents))

    def channels_last(self) -> WanVAE:
        """Lay the convolutions' weights out channels-last, in place, for clips that are `channels_last_3d` themselves.

        `module.to(memory_format=torch.channels_last_3d)` cannot: some of the published tensors have four dimensions.
        """
        for module in self.modules():
            if isinstance(module, nn.Conv3d):
                module.weight.data = module.weight.data.contiguous(memory_format=torch.channels_last_3d)
            elif isinstance(module, nn.Conv2d):
                module.weight.data = module.weight.data.contiguous(memory_format=torch.channels_last)
        return self

    def check_video(self, video: Tensor) -> None:
        """Raise ValueError unless `video` is [B,3,T,H,W] with a length and a size that the VAE can halve."""
        if video.ndim != 5 or video.shape[1] != 3 or 0 in video.shape:
            raise ValueError(f"the video has shape {list(video.shape)}; the VAE encodes [B,3,T,H,W]")
        group, side = self.config.temporal_factor, self.config.spatial_factor
        frames, height, width = video.shape[2:]
        if (frames - 1) % group:
            below = frames - (frames - 1) % group
            raise ValueError(
                f"the video has {frames} frames; a causal video VAE needs {group}k+1: try {below} or {below + group}"
            )
        if height % side or width % side:
            raise ValueError(
                f"the video is {width}x{height} pixels; width and height must be multiples of {side}"
            )

    def check_latents(self, latents: Tensor) -> None:
        """Raise ValueError unless `latents` is [B,z_dim,T',h,w]."""
        if latents.ndim != 5 or latents.shape[1] != self.config.z_dim or 0 in latents.shape:
            raise ValueError(
                f"the latents have shape {list(latents.shape)}; the VAE decodes [B,{self.config.z_dim},T',h,w]"
            )
