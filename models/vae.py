"""The causal 3D video VAE in the layout of Wan 2.1, with its published tensor names.

Clips [B,3,T,H,W] in -1..1 with T = 4k+1 become latents [B,16,1+k,H/8,W/8] and back: latent frame 0 holds pixel frame 0,
latent frame j >= 1 holds pixel frames 4(j-1)+1..4j. Latents here are raw, not normalised (`latent_format.process_in`).
Source of the layout: Wan 2.1 technical report (arXiv 2503.20314), Section 4.1, and the tensors of the public checkpoint.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from .vae_layers import CausalConv3d, ChannelNorm, Head, Memory, ResidualBlock, SpatialAttention
from .vae_resample import Downsample, Upsample
from .vae_streaming import OnStep, clip_pieces, join_pieces, stream
from .vae_tiling import run_tiled


@dataclass(frozen=True)
class VAEConfig:
    """The sizes of a `WanVAE`; the public Wan 2.1 VAE has `dim` 96 and the defaults. Raises ValueError if they do not fit.

    `temporal_downsample` has an entry for each halving of the picture's size, the one at full size first: whether the
    frames are halved too.
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
            raise ValueError(f"the sizes of a VAE must be at least 1, but they are {self}")
        if self.dim % 2:
            raise ValueError(f"`dim` is {self.dim}; it must be even, because the decoder halves it")
        if len(self.temporal_downsample) != len(self.dim_mult) - 1:
            raise ValueError(
                f"`temporal_downsample` has {len(self.temporal_downsample)} entries; for {len(self.dim_mult)} levels it "
                f"must have {len(self.dim_mult) - 1}"
            )

    @property
    def spatial_factor(self) -> int:
        """The side of a latent cell in pixels."""
        return 2 ** (len(self.dim_mult) - 1)

    @property
    def temporal_factor(self) -> int:
        """The number of pixel frames in each latent frame after the first."""
        return 2 ** sum(self.temporal_downsample)


class Encoder(nn.Module):
    """The encoder, [B,3,T,H,W] -> [B,2*z_dim,T',H',W']: downsampling blocks, a middle with attention, a head."""

    def __init__(self, config: VAEConfig) -> None:
        super().__init__()
        widths = [config.dim * m for m in (1, *config.dim_mult)]
        self.conv1 = CausalConv3d(3, widths[0], 3, 3)
        self.downsamples = nn.ModuleList()
        for level, (width, out) in enumerate(pairwise(widths)):
            for block in range(config.num_res_blocks):
                self.downsamples.append(ResidualBlock(width if block == 0 else out, out))
            if level < len(config.temporal_downsample):
                self.downsamples.append(Downsample(out, config.temporal_downsample[level]))
        self.middle = middle(widths[-1])
        self.head = Head(widths[-1], config.z_dim * 2)

    def forward(self, x: Tensor, memory: Memory | None = None) -> Tensor:
        for layer in self.layers:
            x = layer(x, memory)
        return x

    @property
    def layers(self) -> tuple[nn.Module, ...]:
        """The layers in order. Those from index `bottom` on work at the size of the latents."""
        return (self.conv1, *self.downsamples, *self.middle, self.head)

    @property
    def bottom(self) -> int:
        """The index of the first layer whose input has the height and width of the latents."""
        return 1 + max(i for i, layer in enumerate(self.downsamples) if isinstance(layer, Downsample)) + 1


class Decoder(nn.Module):
    """The decoder, [B,z_dim,T',H',W'] -> [B,3,T,H,W]: a middle with attention, upsampling blocks, a head."""

    def __init__(self, config: VAEConfig) -> None:
        super().__init__()
        widths = [config.dim * m for m in (config.dim_mult[-1], *reversed(config.dim_mult))]
        temporal = tuple(reversed(config.temporal_downsample))
        self.conv1 = CausalConv3d(config.z_dim, widths[0], 3, 3)
        self.middle = middle(widths[0])
        self.upsamples = nn.ModuleList()
        for level, (width, out) in enumerate(pairwise(widths)):
            width = width // 2 if level > 0 else width  # the previous level's upsampling halves the channels
            for block in range(config.num_res_blocks + 1):
                self.upsamples.append(ResidualBlock(width if block == 0 else out, out))
            if level < len(temporal):
                self.upsamples.append(Upsample(out, temporal[level]))
        self.head = Head(widths[-1], 3)

    def forward(self, x: Tensor, memory: Memory | None = None) -> Tensor:
        for layer in self.layers:
            x = layer(x, memory)
        return x

    @property
    def layers(self) -> tuple[nn.Module, ...]:
        """The layers in order. Those before index `bottom` work at the size of the latents."""
        return (self.conv1, *self.middle, *self.upsamples, self.head)

    @property
    def bottom(self) -> int:
        """The index of the first layer whose output is larger than the latents."""
        return next(i for i, layer in enumerate(self.layers) if isinstance(layer, Upsample))


def middle(channels: int) -> nn.ModuleList:
    """The blocks at the lowest resolution; their attention is the only part of the VAE that sees a whole frame."""
    return nn.ModuleList(
        [
            ResidualBlock(channels, channels),
            SpatialAttention(channels),
            ResidualBlock(channels, channels),
        ]
    )


class WanVAE(nn.Module):
    """A causal video autoencoder.

    While gradients are recorded, `encode` and `decode` process the whole clip at once. Otherwise they process it in
    pieces (`vae_streaming`), which is faster, needs less memory and differs by rounding only; `on_step(done, total)` is
    then called after each piece, and an exception that it raises stops the work.

    New weights are drawn from `generator` (by default one with seed 0), never from torch's global one.
    """

    def __init__(self, config: VAEConfig, generator: torch.Generator | None = None) -> None:
        super().__init__()
        self.config = config
        device = torch.get_default_device()
        with torch.device("meta"):
            self.encoder = Encoder(config)
            self.conv1 = CausalConv3d(config.z_dim * 2, config.z_dim * 2, 1, 1)
            self.conv2 = CausalConv3d(config.z_dim, config.z_dim, 1, 1)
            self.decoder = Decoder(config)
        if device.type != "meta":
            self.to_empty(device="cpu")
            self.initialize(generator or torch.Generator().manual_seed(0))
            self.to(device)

    @torch.no_grad()
    def initialize(self, generator: torch.Generator) -> None:
        """Draw new weights on the CPU: uniform in +-1/sqrt(fan-in) for convolutions and their biases, and 1 for gains."""
        for module in self.modules():
            if isinstance(module, ChannelNorm):
                module.gamma.fill_(1)
            elif isinstance(module, nn.Conv2d | nn.Conv3d):
                bound = module.weight[0].numel() ** -0.5
                module.weight.uniform_(-bound, bound, generator=generator)
                if module.bias is not None:
                    module.bias.uniform_(-bound, bound, generator=generator)

    def encode(self, video: Tensor, on_step: OnStep | None = None) -> Tensor:
        """The mean of the latents [B,z_dim,T',H/8,W/8] of a video [B,3,T,H,W] in -1..1; ValueError for other shapes."""
        return self.encode_moments(video, on_step)[0]

    def encode_moments(self, video: Tensor, on_step: OnStep | None = None) -> tuple[Tensor, Tensor]:
        """The mean and the log variance of the latents, each [B,z_dim,T',H/8,W/8], of a video [B,3,T,H,W] in -1..1."""
        self.check_video(video)
        if torch.is_grad_enabled():
            features = self.encoder(video)
        else:
            sizes = clip_pieces(video.shape[2], self.config.temporal_factor)
            features = torch.cat(list(stream(self.encoder.layers, video, sizes, on_step)), dim=2)
        mean, logvar = self.conv1(features).chunk(2, dim=1)
        return mean, logvar

    def decode(self, latents: Tensor, on_step: OnStep | None = None) -> Tensor:
        """The video [B,3,4(T'-1)+1,8h,8w] of latents [B,z_dim,T',h,w], about in -1..1 but not clamped; ValueError for
        other shapes."""
        if torch.is_grad_enabled():
            self.check_latents(latents)
            return self.decoder(self.conv2(latents))
        return join_pieces(self.decode_chunks(latents, on_step), frames=self.pixel_frames(latents))

    @torch.no_grad()
    def decode_chunks(self, latents: Tensor, on_step: OnStep | None = None) -> Iterator[Tensor]:
        """Yields the video of `decode` in pieces [B,3,n,8h,8w], in order; its memory does not grow with the clip's length."""
        self.check_latents(latents)
        yield from stream(self.decoder.layers, self.conv2(latents), [1] * latents.shape[2], on_step)

    @torch.no_grad()
    def encode_tiled(self, video: Tensor, tile: int = 256, on_step: OnStep | None = None) -> Tensor:
        """The result of `encode`, in less memory: the layers before `bottom` work on tiles of `tile` x `tile` pixels."""
        self.check_video(video)
        sizes = clip_pieces(video.shape[2], self.config.temporal_factor)
        split = self.encoder.bottom
        narrow = run_tiled(self.encoder.layers[:split], video, sizes, self.tile_cells(tile), on_step)
        features = list(stream(self.encoder.layers[split:], narrow, [1] * narrow.shape[2]))
        return self.conv1(torch.cat(features, dim=2)).chunk(2, dim=1)[0]

    @torch.no_grad()
    def decode_tiled(self, latents: Tensor, tile: int = 256, on_step: OnStep | None = None) -> Tensor:
        """The result of `decode`, in less memory: the layers from `bottom` on work on tiles of `tile` x `tile` pixels.

        It differs from `decode` by rounding only, and tiles are not blended: each is computed with all of the surroundings
        that its pixels depend on, and attention, which depends on the whole frame, comes before `bottom`.
        """
        self.check_latents(latents)
        split, sizes = self.decoder.bottom, [1] * latents.shape[2]
        narrow = torch.cat(list(stream(self.decoder.layers[:split], self.conv2(latents), sizes)), dim=2)
        side = self.tile_cells(tile) * self.config.spatial_factor
        return run_tiled(self.decoder.layers[split:], narrow, sizes, side, on_step)

    def tile_cells(self, tile: int) -> int:
        """The side in latent cells of a tile of `tile` pixels; ValueError if that is less than one cell."""
        if tile < self.config.spatial_factor:
            raise ValueError(f"`tile` is {tile} pixels; it must be at least {self.config.spatial_factor}")
        return tile // self.config.spatial_factor

    def pixel_frames(self, latents: Tensor) -> int:
        """The number of frames that latents [B,z_dim,T',h,w] are decoded to."""
        return (latents.shape[2] - 1) * self.config.temporal_factor + 1

    def channels_last(self) -> WanVAE:
        """Store the weights of convolutions channels-last, in place, to suit `channels_last_3d` clips; returns the VAE.

        `module.to(memory_format=torch.channels_last_3d)` fails, because some of the published tensors have four dimensions.
        """
        for module in self.modules():
            if isinstance(module, nn.Conv3d):
                module.weight.data = module.weight.data.contiguous(memory_format=torch.channels_last_3d)
            elif isinstance(module, nn.Conv2d):
                module.weight.data = module.weight.data.contiguous(memory_format=torch.channels_last)
        return self

    def check_video(self, video: Tensor) -> None:
        """Raise ValueError unless `video` is [B,3,T,H,W] with T = 4k+1 and H and W multiples of 8 (of `config`'s factors)."""
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
