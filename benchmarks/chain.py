"""The bundled model on the headless host, from what an artist gives to a video: the part that benchmarks share."""

from __future__ import annotations

import torch
from torch import Tensor

from ..conditioning.image_to_video import (
    ConcatLatents,
    clip_latents,
    first_frame_latents,
    masked_latent,
    with_concat_latents,
)
from ..conditioning.latent_frames import empty_latent
from ..hosts import Conditions
from ..hosts.headless import HeadlessHost
from ..rendering.warp import WarpedClip
from ..sampling.noise import SeededNoise
from ..sampling.settings import SamplingSettings


class Chain:
    """Conditioning, sampling and decoding as the example graphs do it. Videos are [T,H,W,3] in 0..1, on the CPU."""

    def __init__(self, steps: int, seed: int, hold: bool = True):
        self.steps, self.seed, self.hold = steps, seed, hold
        self.host = HeadlessHost()
        self.model, self.clip, self.vae = self.host.load_models("bundled", "bundled", "bundled")
        self.prompt = self.host.encode_text(self.clip, "")

    def encode(self, frames: Tensor) -> Tensor:
        """Raw latents [1,16,T',h,w] of a clip."""
        return self.host.encode_video(self.vae, frames)

    def encoded(self, frames: Tensor, known: Tensor) -> ConcatLatents:
        """Latents and mask of a clip [T,H,W,3] of which `known` [T,H,W] in 0..1 is known."""
        return clip_latents(frames, known, self.encode)

    def warped(self, clip: WarpedClip) -> ConcatLatents:
        """Latents and mask of a picture carried along a motion."""
        return clip_latents(clip.frames, clip.coverage, self.encode)

    def decoded(self, latents: Tensor) -> Tensor:
        """The video of raw latents [1,16,T',h,w]."""
        return self.host.decode_video(self.vae, latents)

    def sampled(self, image: Tensor, mask: Tensor) -> Tensor:
        """The model's video for that conditioning, with an empty prompt."""
        concat = ConcatLatents(image, mask)
        # The default of Motion Conditioning: what is known is held, the network makes the rest.
        canvas = masked_latent(concat) if self.hold else {"samples": torch.zeros_like(image)}
        return self._run(with_concat_latents(self.prompt, concat), canvas)

    def unconditioned(self, photo: Tensor, frames: int) -> Tensor:
        """The model's video from the first frame [H,W,3] alone."""
        return self.sampled(*first_frame_latents(photo[None], None, frames, self.encode))

    def from_text(self, text: str, frames: int, height: int, width: int) -> Tensor:
        """The model's video from a prompt alone."""
        return self._run(self.host.encode_text(self.clip, text), empty_latent(width, height, frames))

    def _run(self, prompt: list, canvas: dict[str, Tensor]) -> Tensor:
        noise, settings = SeededNoise(self.seed), SamplingSettings(steps=self.steps)
        latents = self.host.sample(self.model, noise, Conditions(prompt, prompt), canvas, settings)
        return self.decoded(latents)
