"""The batches of a video transformer's training: from a folder of shards, or rendered and encoded during the run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import torch

from ..models.vae import WanVAE
from .engine.buckets import Bucket
from .engine.settings import RunSettings
from .latents import Rendered, Shards, without_closed_blocks

Batches = Callable[[torch.Generator, dict[str, Any] | None], Shards | Rendered]
"""`batches(generator, state)`: a new stream of batches, or the continuation of one from its saved state."""


@dataclass(frozen=True, kw_only=True)
class SourceSettings(RunSettings):
    """The settings of a run's data. Raises ValueError if they name neither a folder nor clips to render."""

    latents: Annotated[Path | None, "folder written by training.latents"] = None
    vae: Annotated[Path | None, "VAE that encodes rendered clips, and decodes contact sheets"] = None
    shapes: Annotated[
        tuple[str, ...], "buckets FRAMESxHEIGHTxWIDTH[:SHARE] to render, if there is no `latents`"
    ] = ()
    tokens: Annotated[int, "tokens per batch; a token is up to 4 frames of 16x16 pixels"] = 3840

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.latents is None and not (self.vae and self.shapes):
            raise ValueError("there is nothing to train on: set `latents`, or `vae` and `shapes`")
        if self.sheet_minutes and not self.vae:
            raise ValueError("sheets of samples need a `vae` to decode with")
        for text in self.shapes:
            Bucket.parse(text)


def batches_of(settings: SourceSettings, vae: WanVAE | None) -> Batches:
    """A function that makes the streams of a run; `vae`, the one in the settings, is needed to render batches."""

    def batches(generator: torch.Generator, state: dict[str, Any] | None) -> Shards | Rendered:
        if settings.latents:
            return Shards(settings.latents, settings.tokens, generator)
        assert vae is not None
        buckets = [Bucket.parse(text) for text in settings.shapes]
        return Rendered(without_closed_blocks(vae), buckets, settings.tokens, generator, state)

    return batches
