"""The latent space of the Wan 2.1 VAE: 16 channels, cells of 8x8 pixels, 4 pixel frames in each latent frame but the first.

`WanVAE.encode` returns raw latents; the transformer reads them normalised to zero mean and unit deviation. The bundled
VAE is scaled to the same statistics, so ComfyUI's nodes can use these constants for it too.
Source: the Wan 2.1 release (arXiv 2503.20314), mean and std in `vae.config`.
"""

import torch

from .video_grid import WAN

LATENT_CHANNELS = WAN.channels
SPATIAL_STRIDE = WAN.cell
TEMPORAL_STRIDE = WAN.time.more[0]

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
    """Normalised latents, as the transformer reads them, from raw latents [B,16,T',h,w]."""
    return (raw - _channel(WAN21_MEAN, raw)) / _channel(WAN21_STD, raw)


def process_out(latents: torch.Tensor) -> torch.Tensor:
    """Raw latents from normalised ones [B,16,T',h,w]."""
    return latents * _channel(WAN21_STD, latents) + _channel(WAN21_MEAN, latents)


def latent_frames(frames: int) -> int:
    """The number T' of latent frames of a clip of `frames` = 4k+1 pixel frames. Raises ValueError for other lengths."""
    WAN.check_length(frames)
    return WAN.time.latent_frames(frames)


def pixel_frames(latent: int) -> int:
    """The number of pixel frames of a clip of `latent` latent frames."""
    return (latent - 1) * TEMPORAL_STRIDE + 1


def fit_rgb_factors(latents: torch.Tensor, colours: torch.Tensor) -> torch.Tensor:
    """The linear map [17,3] from latents to colours that `preview` needs: sixteen factors and a bias, by least squares.

    `latents` [N,16] are normalised; `colours` [N,3] in -1..1 are the mean colours of the same cells.
    """
    inputs = torch.cat((latents, torch.ones_like(latents[:, :1])), dim=1).double()
    return torch.linalg.lstsq(inputs, colours.double()).solution.float()


def preview(latents: torch.Tensor, factors: torch.Tensor) -> torch.Tensor:
    """Rough frames [T',h,w,3] in 0..1 of normalised latents [1,16,T',h,w], by the linear map of `fit_rgb_factors`."""
    colours = torch.einsum(
        "cthw,cr->thwr", latents[0].float(), factors[:-1].to(latents.device, torch.float32)
    )
    return ((colours + factors[-1].to(colours)) * 0.5 + 0.5).clamp(0, 1)
