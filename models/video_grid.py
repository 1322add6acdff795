"""Grids of video models as data: which pixel frames each latent frame holds, the size of a latent cell, and the channels.

A model family's record is the only place that knows them. Nodes ask it which lengths and sizes the model takes,
conditioning asks it which pixel frames belong to a latent frame, and error messages name its rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate


@dataclass(frozen=True)
class TimeGrid:
    """How many pixel frames each latent frame of a clip holds.

    `first` are the numbers for the latent frames of the shortest clip, `more` those for the latent frames that the next
    longer clip adds. A causal video VAE with stride 4 has (1,) and (4,), so its clips have 1, 5, 9, … frames.
    """

    first: tuple[int, ...]
    more: tuple[int, ...]

    @property
    def rule(self) -> str:
        """The lengths as a formula, for example "4k+1"."""
        return f"{sum(self.more)}k+{sum(self.first)}"

    def fits(self, frames: int) -> bool:
        """Whether a clip of `frames` pixel frames fills whole latent frames."""
        return frames >= sum(self.first) and (frames - sum(self.first)) % sum(self.more) == 0

    def nearest(self, frames: int) -> int:
        """The nearest length that `fits`; of two equally near ones, the longer."""
        shortest, step = sum(self.first), sum(self.more)
        return shortest + max(0, (2 * (frames - shortest) + step) // (2 * step)) * step

    def latent_frames(self, frames: int) -> int:
        """Number of latent frames of `frames` pixel frames. Raises ValueError unless they fit."""
        if not self.fits(frames):
            raise ValueError(
                f"{frames} frames do not fill whole latent frames; this video VAE needs {self.rule} frames: "
                f"try {self.nearest(frames)}"
            )
        return len(self.first) + (frames - sum(self.first)) // sum(self.more) * len(self.more)

    def sizes(self, frames: int) -> list[int]:
        """The number of pixel frames in each latent frame of a clip. Raises ValueError unless `frames` fit."""
        rounds = (self.latent_frames(frames) - len(self.first)) // len(self.more)
        return [*self.first, *self.more * rounds]

    def starts(self, frames: int) -> list[int]:
        """The first pixel frame of each latent frame of a clip. Raises ValueError unless `frames` fit."""
        return [0, *accumulate(self.sizes(frames)[:-1])]


@dataclass(frozen=True)
class VideoGrid:
    """The latents of a model family: `time`, the side of a `cell` in pixels, the number of `channels`, and the `multiple`
    of pixels that the sides of a picture must be (a cell times the network's patch)."""

    name: str
    time: TimeGrid
    cell: int
    channels: int
    multiple: int

    def check_length(self, frames: int, name: str = "length") -> None:
        """Raises ValueError for a number of frames that the family does not take; `name` is that of the input."""
        if not self.time.fits(frames):
            vae = "a causal video VAE" if self.time == BY_FOUR else f"the VAE of {self.name}"
            raise ValueError(
                f"`{name}` is {frames}; {vae} needs {self.time.rule} frames: try {self.time.nearest(frames)}"
            )


EVERY_FRAME = TimeGrid((1,), (1,))
BY_FOUR = TimeGrid((1,), (4,))
BY_SIX = TimeGrid((1,), (6,))
BY_EIGHT = TimeGrid((1,), (8,))
# Latent frames of MiniMax-H3 hold 1, 4, 4, 4, 4 pixel frames in turn, and a clip ends after the second of a turn.
MINIMAX_H3_TIME = TimeGrid((1, 4), (4, 4, 4, 1, 4))

WAN = VideoGrid("Wan", BY_FOUR, 8, 16, 16)
WAN22_5B = VideoGrid("Wan 2.2 5B", BY_FOUR, 16, 48, 32)
LTX = VideoGrid("LTX-Video", BY_EIGHT, 32, 128, 32)
MINIMAX_H3 = VideoGrid("MiniMax-H3", MINIMAX_H3_TIME, 16, 24, 32)
HUNYUAN = VideoGrid("HunyuanVideo", BY_FOUR, 8, 16, 16)
HUNYUAN15 = VideoGrid("HunyuanVideo 1.5", BY_FOUR, 16, 32, 16)
KANDINSKY5 = VideoGrid("Kandinsky5", BY_FOUR, 8, 16, 16)
COGVIDEOX = VideoGrid("CogVideoX", BY_FOUR, 8, 16, 16)
SVD = VideoGrid("SVD", EVERY_FRAME, 8, 4, 8)
COSMOS_PREDICT2 = VideoGrid("Cosmos Predict2", BY_FOUR, 8, 16, 16)
COSMOS = VideoGrid("Cosmos", BY_EIGHT, 8, 16, 16)
MOCHI = VideoGrid("Mochi", BY_SIX, 8, 12, 16)

GRIDS = {
    grid.name: grid
    for grid in (
        *(WAN, WAN22_5B, MINIMAX_H3, LTX, HUNYUAN, HUNYUAN15),
        *(KANDINSKY5, COGVIDEOX, SVD, COSMOS_PREDICT2, COSMOS, MOCHI),
    )
}
"""The families by name, with their published grids."""


def time_grid(frames: int, latents: int) -> TimeGrid:
    """The grid on which `frames` pixel frames are `latents` latent frames. Raises ValueError where there is none."""
    for time in (BY_FOUR, MINIMAX_H3_TIME, BY_EIGHT, EVERY_FRAME, BY_SIX):
        if time.fits(frames) and time.latent_frames(frames) == latents:
            return time
    raise ValueError(f"{frames} frames do not divide into {latents} latent frames of a causal video VAE")
