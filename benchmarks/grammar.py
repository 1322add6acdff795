"""Does a text-to-video clip show the colour, shape and direction of its prompt? A small classifier decides.

The classifier's own accuracy on held-out rendered clips (classifier.py) is the highest value that the model could reach;
it is reported beside the model's accuracy and that of guessing.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from .classifier import (
    IGNORED,
    STILL,
    WORDS,
    SpriteClassifier,
    classifier_input,
    labels,
    plain_clips,
    rendered_batches,
    trained_classifier,
)

__all__ = [
    "WORDS",
    "SpriteClassifier",
    "accuracy",
    "classifier_input",
    "labels",
    "prompt",
    "prompt_rows",
    "prompts",
    "trained_classifier",
]


def prompt(colour: str, shape: str, direction: str) -> str:
    """The generator's caption for a clip with one sprite of that colour and shape that moves in that direction."""
    article = "an" if colour[0] in "aeiou" else "a"
    return f"{article} {colour} {shape} moves {direction}{STILL}"


@torch.no_grad()
def accuracy(classifier: SpriteClassifier, seen: Tensor, truth: Tensor) -> dict[str, float]:
    """For each kind of word, the share of clips [B,9,96,96] classified as their labels [B,3] say, and under "all" the share
    of clips of which no label is missed; NaN without labels."""
    parts = zip(*(classifier(part) for part in seen.float().split(64)), strict=True)
    found = {}
    whole = torch.ones(len(truth), dtype=torch.bool, device=truth.device)
    for index, (name, score) in enumerate(zip(WORDS, map(torch.cat, parts), strict=True)):
        named = truth[:, index] != IGNORED
        right = score.argmax(1) == truth[:, index]
        found[name] = float(right[named].float().mean())
        whole &= right | ~named
    labelled = (truth != IGNORED).any(1)
    return found | {"all": float(whole[labelled].float().mean())}


def prompts(count: int, seed: int) -> list[tuple[str, str, str]]:
    """`count` random combinations (colour, shape, direction); the words of each kind are equally frequent, within one."""
    generator = torch.Generator().manual_seed(seed)
    columns = []
    for words in WORDS.values():
        rounds = [torch.randperm(len(words), generator=generator) for _ in range(-(-count // len(words)))]
        columns.append([words[i] for i in torch.cat(rounds)[:count].tolist()])
    return list(zip(*columns, strict=True))


def prompt_rows(
    classifier: SpriteClassifier,
    make: Callable[[str], Tensor],
    combinations: list[tuple[str, str, str]],
    held_out: int,
    seed: int,
) -> list[dict]:
    """Accuracy on the model's videos, on held-out plain clips as the text-to-video model was trained on, on `held_out`
    textured clips, and of guessing: one row each.

    `make` turns a prompt into a video [T,H,W,3]. In a row, `directions` is the number of clips with a clear direction.
    """
    device = next(classifier.parameters()).device
    videos = torch.stack([classifier_input(make(prompt(*words))) for words in combinations]).to(device)
    expected = torch.tensor([labels(prompt(*words)) for words in combinations], device=device)
    supply = rendered_batches(max(16, held_out // 8), seed, device, batch=held_out)
    seen, truth, _ = next(supply)
    chance = {name: 1 / len(words) for name, words in WORDS.items()}
    chance["all"] = math.prod(chance.values())
    clear = int((truth[:, 2] != IGNORED).sum())
    count = len(combinations)
    rows = [("model", count, count, accuracy(classifier, videos, expected))]
    plain, plain_truth = plain_clips(held_out, seed, device)
    plain_clear = int((plain_truth[:, 2] != IGNORED).sum())
    rows += [("plain clips", len(plain), plain_clear, accuracy(classifier, plain, plain_truth))]
    rows += [("rendered clips", held_out, clear, accuracy(classifier, seen, truth)), ("chance", 0, 0, chance)]
    return [
        {"name": name, "clips": clips, "directions": directions}
        | {word: round(value, 4) for word, value in values.items()}
        for name, clips, directions, values in rows
    ]
