"""The bundled model on the headless host, from what an artist gives to a video: the part that benchmarks share."""

from __future__ import annotations

import torch
from torch import Tensor

from ..conditioning.latent_frames import latent_frames
from ..conditioning.warped_video import (
    Latents,
    held,
    known_frames,
    validity_to_mask,
    warped_video,
    with_values,
)
from ..hosts import headless
from ..rendering.warp import WarpedClip
from ..sampling.noise import SeededNoise

_CELL, _CHANNELS = 8, 16  # px of a latent cell, numbers in it


class Chain:
    """Conditioning, sampling and decoding as the example graphs do it. Videos are [T,H,W,3] in 0..1, on the CPU."""

    def __init__(self, steps: int, seed: int, hold: bool = True):
        self.steps, self.seed, self.hold = steps, seed, hold
        self.model, self.clip, self.vae = headless.load_models("bundled", "bundled", "bundled")
        self.prompt = headless.encode_text(self.clip, "")

    def encoded(self, frames: Tensor, known: Tensor) -> Latents:
        """Latents and mask of a clip [T,H,W,3] of which `known` [T,H,W] in 0..1 is known."""
        return headless.encode_video(self.vae, frames), validity_to_mask(known)

    def warped(self, clip: WarpedClip) -> Latents:
        """Latents and mask of a picture carried along a motion."""
        return warped_video(
            clip, lambda video: headless.encode_video(self.vae, (video[0].movedim(0, -1) + 1) / 2)
        )

    def decoded(self, latents: Tensor) -> Tensor:
        """The video of raw latents [1,16,T',h,w]."""
        return headless.decode_video(self.vae, latents)

    def sampled(self, image: Tensor, mask: Tensor) -> Tensor:
        """The model's video for that conditioning, with an empty prompt."""
        prompt = with_values(self.prompt, (image, mask))
        # The default of Motion Conditioning: what is known is held, the network makes the rest.
        canvas = held(image, mask) if self.hold else {"samples": torch.zeros_like(image)}
        noise = SeededNoise(self.seed)
        return self.decoded(headless.sample(self.model, noise, prompt, prompt, canvas, steps=self.steps))

    def unconditioned(self, photo: Tensor, frames: int) -> Tensor:
        """The model's video from the first frame [H,W,3] alone."""
        return self.sampled(*self.encoded(*known_frames(photo[None], None, frames)))

    def from_text(self, text: str, frames: int, height: int, width: int) -> Tensor:
        """The model's video from a prompt alone."""
        prompt = headless.encode_text(self.clip, text)
        canvas = {
            "samples": torch.zeros(1, _CHANNELS, latent_frames(frames), height // _CELL, width // _CELL)
        }
        noise = SeededNoise(self.seed)
        return self.decoded(headless.sample(self.model, noise, prompt, prompt, canvas, steps=self.steps))
