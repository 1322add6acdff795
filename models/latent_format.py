"""The latent space of the Wan 2.1 VAE: 16 channels, 8x8 pixels a cell, 4 frames a latent frame after the first.

Raw latents are what `VAE.encode` returns; the transformer sees them with zero mean and unit deviation. Our VAE's
latents are folded to the same statistics, so every part of ComfyUI sees what it expects.
Source of the constants: the Wan 2.1 release (arXiv 2503.20314), `vae.config` mean and std.
"""

import torch

LATENT_CHANNELS = 16
SPATIAL_STRIDE = 8
TEMPORAL_STRIDE = 4

WAN21_MEAN = (
    *(-0.7571, -0.7089, -0.9113, 0.1075, -0.1745, 0.9653, -0.1517, 1.5508),
    *(0.4134, -0.0715, 0.5517, -0.3632, -0.1922, -0.9497, 0.2503, -0.2921),
)
WAN21_STD = (
    *(2.8184, 1.4541, 2.3275, 2.6558, 1.2196, 1.7708, 2.6052, 2.0743),
    *(3.2687, 2.1526, 2.8652, 1.5579, 1.6382, 1.1253, 2.8251, 1.9160),
)


def _channel(values: tuple[float, ...], like: torch.Tensor) -> torch.Tensor:
    if like.ndim != 5 or like.shape[1] != LATENT_CHANNELS:
        raise ValueError(
            f"latents have shape {tuple(like.shape)}; they must be [B, {LATENT_CHANNELS}, T', h, w]"
        )
    return torch.tensor(values, device=like.device, dtype=like.dtype).view(1, -1, 1, 1, 1)


def process_in(raw: torch.Tensor) -> torch.Tensor:
    """Raw latents [B,16,T',h,w] to what the transformer sees."""
    return (raw - _channel(WAN21_MEAN, raw)) / _channel(WAN21_STD, raw)


def process_out(latents: torch.Tensor) -> torch.Tensor:
    """What the transformer sees [B,16,T',h,w] to raw latents."""
    return latents * _channel(WAN21_STD, latents) + _channel(WAN21_MEAN, latents)


def latent_frames(frames: int) -> int:
    """Latent frames T' of a clip of `frames` = 4k+1 pixel frames; any other length is refused."""
    if frames < 1 or (frames - 1) % TEMPORAL_STRIDE:
        nearest = max(1, round((frames - 1) / TEMPORAL_STRIDE) * TEMPORAL_STRIDE + 1)
        raise ValueError(f"`length` is {frames}; a causal video VAE needs 4k+1 frames: try {nearest}")
    return (frames - 1) // TEMPORAL_STRIDE + 1


def pixel_frames(latent: int) -> int:
    """Pixel frames of a clip of `latent` latent frames."""
    return (latent - 1) * TEMPORAL_STRIDE + 1


def fit_rgb_factors(latents: torch.Tensor, colours: torch.Tensor) -> torch.Tensor:
    """Least-squares colours of latent cells, for previews: [17, 3], sixteen factors and then the bias.

    `latents` [N, 16] as the transformer sees them and `colours` [N, 3] in -1..1, the mean colour of each cell.
    """
    inputs = torch.cat((latents, torch.ones_like(latents[:, :1])), dim=1).double()
    return torch.linalg.lstsq(inputs, colours.double()).solution.float()


def preview(latents: torch.Tensor, factors: torch.Tensor) -> torch.Tensor:
    """Rough frames [T',h,w,3] in 0..1 of latents [1,16,T',h,w] as the transformer sees them, without a decoder."""
    colours = torch.einsum(
        "cthw,cr->thwr", latents[0].float(), factors[:-1].to(latents.device, torch.float32)
    )
    return ((colours + factors[-1].to(colours)) * 0.5 + 0.5).clamp(0, 1)
