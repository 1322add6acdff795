"""The bundled model on the headless host, from conditioning to video, as several benchmarks use it."""

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
from ..hosts import BUNDLED, BUNDLED_TEXT_TO_VIDEO, Conditions
from ..hosts.headless import HeadlessHost
from ..rendering.warp import WarpedClip
from ..sampling.noise import SeededNoise
from ..sampling.settings import SamplingSettings

TEXT_SETTINGS = SamplingSettings(steps=20, shift=3.0, text_scale=4.0)
"""As the example graph text_to_video samples."""


class Chain:
    """Conditioning, sampling and decoding, as in the example graphs. Videos are [T,H,W,3] in 0..1, on the CPU.

    With `hold`, the default of Motion Conditioning, known pixels are kept and the network makes only the others.
    """

    def __init__(self, steps: int, seed: int, hold: bool = True):
        self.steps, self.seed, self.hold = steps, seed, hold
        self.host = HeadlessHost()
        self.model, self.clip, self.vae = self.host.load_models("bundled", "bundled", "bundled")
        self.prompt = self.host.encode_text(self.clip, "")

    def encode(self, frames: Tensor) -> Tensor:
        """Raw latents [1,16,T',h,w] of a clip."""
        return self.host.encode_video(self.vae, frames)

    def encode_known(self, frames: Tensor, known: Tensor) -> ConcatLatents:
        """Conditioning latents and mask of a clip [T,H,W,3], of which the part `known` [T,H,W] in 0..1 is known."""
        return clip_latents(frames, known, self.encode)

    def encode_warped(self, clip: WarpedClip) -> ConcatLatents:
        """Conditioning latents and mask of a picture warped along a motion."""
        return clip_latents(clip.frames, clip.coverage, self.encode)

    def decode(self, latents: Tensor) -> Tensor:
        """The decoded video of raw latents [1,16,T',h,w]."""
        return self.host.decode_video(self.vae, latents)

    def sample(self, image: Tensor, mask: Tensor, denoise: float = 1.0) -> Tensor:
        """The model's video for conditioning latents and mask, with an empty prompt.

        With `denoise` below 1, sampling starts from `image` with that much noise instead of from pure noise.
        """
        concat = ConcatLatents(image, mask)
        canvas = masked_latent(concat) if self.hold else {"samples": torch.zeros_like(image)}
        return self._run(with_concat_latents(self.prompt, concat), canvas, denoise)

    def from_first_frame(self, photo: Tensor, frames: int) -> Tensor:
        """The model's video from the first frame [H,W,3] alone."""
        return self.sample(*first_frame_latents(photo[None], None, frames, self.encode))

    def from_text(self, text: str, frames: int, height: int, width: int) -> Tensor:
        """The video that the bundled text-to-video model makes from a prompt alone."""
        name = BUNDLED_TEXT_TO_VIDEO
        model, clip, vae = self.host.load_models(name, BUNDLED, name)
        conditions = Conditions(self.host.encode_text(clip, text), self.host.encode_text(clip, ""))
        canvas = empty_latent(width, height, frames)
        latents = self.host.sample(model, SeededNoise(self.seed), conditions, canvas, TEXT_SETTINGS)
        return self.host.decode_video(vae, latents)

    def _run(self, prompt: list, canvas: dict[str, Tensor], denoise: float = 1.0) -> Tensor:
        noise, settings = SeededNoise(self.seed), SamplingSettings(steps=self.steps, denoise=denoise)
        latents = self.host.sample(self.model, noise, Conditions(prompt, prompt), canvas, settings)
        return self.decode(latents)
