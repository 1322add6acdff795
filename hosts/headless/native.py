"""MODEL, CLIP and VAE of the headless host: the library's networks, each with the device that it runs on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ...models.dit import WanDiT
from ...models.latent_format import process_in, process_out
from ...models.text import ByteTextEncoder
from ...models.text_encoders import FolderTextEncoder
from ...models.vae import WanVAE
from ...sampling.few_steps import FewSteps
from ...sampling.guidance import Guidance
from ...sampling.tiles import Tiling
from ...sampling.time_to_move import TimeToMove
from .. import Conditions


class WanLatents:
    """The latent normalisation of the Wan 2.1 layout."""

    latent_channels = 16
    spacial_downscale_ratio = 8
    temporal_downscale_ratio = 4

    def process_in(self, latent: Tensor) -> Tensor:
        """Normalise raw latents [B,16,T',h,w] for the network."""
        return process_in(latent)

    def process_out(self, latent: Tensor) -> Tensor:
        """Turn the network's latents [B,16,T',h,w] into raw ones, which LATENT sockets carry."""
        return process_out(latent)


@dataclass
class Model:
    """MODEL: a diffusion transformer, with the video it follows while it samples and, if distilled, its own schedule."""

    network: WanDiT
    device: torch.device
    dtype: torch.dtype
    following: TimeToMove | None = None
    few_steps: FewSteps | None = None
    loops: bool = False
    """Whether each step begins the clip with another latent frame (`sampling.latent_shift`)."""
    tiling: Tiling | None = None
    """The tiles in which the network sees the picture (`sampling.tiles`)."""

    @property
    def concat_channels(self) -> int:
        """The number of input channels besides the 16 noisy ones: 20 for image to video, 0 for text to video."""
        return self.network.config.in_dim - WanLatents.latent_channels

    def velocity(self, x: Tensor, sigma: Tensor, context: Tensor, concat: Tensor | None = None) -> Tensor:
        """Return the velocity [B,16,T',h,w] at x and the noise level sigma [B], in float32."""
        if concat is not None:
            x = torch.cat([x, concat.expand(len(x), *concat.shape[1:])], dim=1)
        context = context.expand(len(x), *context.shape[1:])
        return self.network(x.to(self.dtype), 1000.0 * sigma, context.to(self.dtype)).float()

    def condition(self, conditioning: list[Any], like: Tensor) -> dict[str, Tensor]:
        """Return the arguments of `velocity` for a CONDITIONING and latents like [B,16,T',h,w].

        Motion and first frame are in `concat_latent_image` (raw latents) and `concat_mask` (0 = known), as for ComfyUI's
        Wan models. Raises ValueError for an empty CONDITIONING, one with several parts, or latents of another size.
        """
        if not conditioning or len(conditioning[0]) != 2:
            raise ValueError("the conditioning is empty: connect the output of Text Encode.")
        if len(conditioning) > 1:
            raise ValueError(
                f"the conditioning has {len(conditioning)} parts; without ComfyUI it must have one."
            )
        context, extra = conditioning[0]
        arguments = {"context": context.to(self.device)}
        if self.concat_channels:
            arguments["concat"] = self._concat(extra, like)
        return arguments

    def _concat(self, extra: dict[str, Any], like: Tensor) -> Tensor:
        """Return four mask channels (1 = known) and 16 normalised channels, [B,20,T',h,w]."""
        shape = (1, self.concat_channels, *like.shape[2:])
        image, mask = extra.get("concat_latent_image"), extra.get("concat_mask")
        concat = torch.zeros(shape, device=self.device)
        if image is not None:
            if image.shape[2:] != like.shape[2:]:
                raise ValueError(
                    f"the conditioning was made for latents of {list(image.shape[2:])} (frames, height, width), and the "
                    f"latent to sample is {list(like.shape[2:])}: use the same size and length for both."
                )
            concat = concat.repeat(len(image), 1, 1, 1, 1)
            concat[:, 4:] = process_in(image.to(self.device).float())
        if mask is not None:
            known = 1.0 - mask.to(self.device).float()
            concat[:, :4] = known if mask.shape[1] == 4 else known.mean(dim=1, keepdim=True)
        return concat


@dataclass
class NativeGuider:
    """GUIDER: a model with the conditions that its guidance compares."""

    model: Model
    conditions: Conditions
    guidance: Guidance


@dataclass
class Clip:
    """CLIP: a text encoder that works on bytes or on tokens."""

    encoder: ByteTextEncoder | FolderTextEncoder
    device: torch.device

    @property
    def width(self) -> int:
        """The size C of the embedding at each position."""
        return self.encoder.config.dim if isinstance(self.encoder, ByteTextEncoder) else self.encoder.dim

    def encode(self, text: str) -> Tensor:
        """Return the embedding [1,L,C] of a prompt, float32."""
        return self.encoder.encode([text]).float()


@dataclass
class Vae:
    """VAE: a causal video autoencoder."""

    network: WanVAE
    device: torch.device
    dtype: torch.dtype
