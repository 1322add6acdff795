"""Buckets: classes of clips of one length and size, which can share a batch, from stills to long clips.

A batch has as many clips of one bucket as a given number of tokens allows (a token is a patch of 1x2x2 latent cells: up
to 4 frames of 16x16 pixels), so that all steps cost about the same. Each batch draws its bucket at random, with
probabilities proportional to the buckets' shares.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from ...models.latent_format import SPATIAL_STRIDE, latent_frames

_PIXELS = 2 * SPATIAL_STRIDE  # side of a token in pixels


@dataclass(frozen=True)
class Bucket:
    """Clips of `frames` x `height` x `width` pixels; the probability of drawing the bucket is proportional to `share`."""

    frames: int
    height: int
    width: int
    share: float = 1.0

    def __post_init__(self) -> None:
        latent_frames(self.frames)
        if min(self.height, self.width) < _PIXELS or self.height % _PIXELS or self.width % _PIXELS:
            raise ValueError(
                f"the size {self.width}x{self.height} of a bucket is not a multiple of {_PIXELS} pixels"
            )
        if self.share <= 0:
            raise ValueError(f"the share of a bucket is {self.share}; it must be above 0")

    @property
    def shape(self) -> tuple[int, int, int]:
        """(frames, height, width)."""
        return self.frames, self.height, self.width

    @property
    def tokens(self) -> int:
        """Number of tokens of one clip."""
        return latent_frames(self.frames) * (self.height // _PIXELS) * (self.width // _PIXELS)

    def count(self, tokens: int) -> int:
        """Number of clips in a batch of at most `tokens` tokens; at least one."""
        return max(1, tokens // self.tokens)

    @classmethod
    def parse(cls, text: str) -> Bucket:
        """The bucket written as "17x128x192" (frames, height, width) or, with a share, as "17x128x192:0.5".

        Raises ValueError for any other text.
        """
        found = re.fullmatch(r"(\d+)x(\d+)x(\d+)(?::([\d.]+))?", text.strip())
        if not found:
            raise ValueError(
                f"{text!r} is not a bucket; write FRAMESxHEIGHTxWIDTH or FRAMESxHEIGHTxWIDTH:SHARE"
            )
        frames, height, width = (int(value) for value in found.groups()[:3])
        return cls(frames, height, width, float(found[4] or 1))


def bucket_grid(lengths: Sequence[int], sides: Sequence[int], aspects: Sequence[float]) -> list[Bucket]:
    """The buckets of all lengths, sides and aspects: width / height is near the aspect, the area near side² pixels."""
    found = {}
    for frames in lengths:
        for side in sides:
            for aspect in aspects:
                height = max(1, round(side / math.sqrt(aspect) / _PIXELS)) * _PIXELS
                width = max(1, round(side * math.sqrt(aspect) / _PIXELS)) * _PIXELS
                found[frames, height, width] = Bucket(frames, height, width)
    return list(found.values())


def random_bucket(buckets: Sequence[Bucket], generator: torch.Generator) -> Bucket:
    """A random bucket, with probabilities proportional to the shares."""
    shares = torch.tensor([bucket.share for bucket in buckets], device=generator.device)
    return buckets[int(torch.multinomial(shares, 1, generator=generator))]


def fitting(buckets: Sequence[Bucket], frames: int, height: int, width: int) -> Bucket | None:
    """The best bucket for a clip of `frames` x `height` x `width` pixels, or None if no bucket fits.

    A bucket fits if the clip has enough frames and need not be enlarged. The longest one is best, then the one with the
    nearest aspect, then the largest.
    """
    possible = [b for b in buckets if b.frames <= frames and max(b.height / height, b.width / width) <= 1.0]

    def rank(bucket: Bucket) -> tuple[float, float, int]:
        stretch = abs(math.log(bucket.width / bucket.height * height / width))
        return bucket.frames, -round(stretch, 2), bucket.height * bucket.width

    return max(possible, key=rank, default=None)
