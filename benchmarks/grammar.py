"""Does a prompt change what a text-to-video clip shows? Colour, shape and direction, read by a small classifier.

What the classifier (reader.py) reads right on held-out rendered clips is its ceiling; print it beside the model's
accuracy, and chance.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from .reader import IGNORED, STILL, WORDS, Reader, as_seen, labels, rendered, trained_reader

__all__ = [
    "WORDS",
    "Reader",
    "accuracy",
    "as_seen",
    "labels",
    "prompt",
    "prompt_rows",
    "prompts",
    "trained_reader",
]


def prompt(colour: str, shape: str, direction: str) -> str:
    """What the generator says of one sprite that does only that."""
    article = "an" if colour[0] in "aeiou" else "a"
    return f"{article} {colour} {shape} moves {direction}{STILL}"


@torch.no_grad()
def accuracy(reader: Reader, seen: Tensor, truth: Tensor) -> dict[str, float]:
    """Part of the clips [B,9,96,96] of which each word is read right; labels [B,3]. NaN where none is named."""
    parts = zip(*(reader(part) for part in seen.float().split(64)), strict=True)
    found = {}
    for index, (name, score) in enumerate(zip(WORDS, map(torch.cat, parts), strict=True)):
        named = truth[:, index] != IGNORED
        found[name] = float((score.argmax(1) == truth[:, index])[named].float().mean())
    return found


def prompts(count: int, seed: int) -> list[tuple[str, str, str]]:
    """`count` combinations (colour, shape, direction) in which every word of a kind comes equally often, within one."""
    generator = torch.Generator().manual_seed(seed)
    columns = []
    for words in WORDS.values():
        rounds = [torch.randperm(len(words), generator=generator) for _ in range(-(-count // len(words)))]
        columns.append([words[i] for i in torch.cat(rounds)[:count].tolist()])
    return list(zip(*columns, strict=True))


def prompt_rows(
    reader: Reader, make: Callable[[str], Tensor], asked: list[tuple[str, str, str]], held_out: int, seed: int
) -> list[dict]:
    """Accuracy of the videos that `make` makes of prompts, of held-out rendered clips (the ceiling), and of guessing.

    `make` turns a prompt into a video [T,H,W,3]. `directions` is how many of the clips have one that counts.
    """
    device = next(reader.parameters()).device
    videos = torch.stack([as_seen(make(prompt(*words))) for words in asked]).to(device)
    wanted = torch.tensor([labels(prompt(*words)) for words in asked], device=device)
    supply = rendered(max(16, held_out // 8), seed, device, batch=held_out)
    seen, truth, _ = next(supply)
    chance = {name: 1 / len(words) for name, words in WORDS.items()}
    told = int((truth[:, 2] != IGNORED).sum())
    rows = [("model", len(asked), len(asked), accuracy(reader, videos, wanted))]
    rows += [("rendered clips", held_out, told, accuracy(reader, seen, truth)), ("chance", 0, 0, chance)]
    return [
        {"name": name, "clips": clips, "directions": directions}
        | {word: round(value, 4) for word, value in values.items()}
        for name, clips, directions, values in rows
    ]
