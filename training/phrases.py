"""Pretraining of a new text encoder: it learns to label every byte of a phrase with the phrase's meaning.

A video transformer learns the meaning of words slowly if the clips are its only source. After this pretraining the
embedding of every byte contains the colour, shape, direction and so on of the thing that its phrase describes.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..models.text import ByteTextEncoder
from ..synthetic.outlines import SHAPES
from ..synthetic.sprites import COLOURS

COMPASS = ("left", "right", "up", "down")
# The words of each kind. Label 0 means that a phrase has no word of the kind.
KINDS: dict[str, tuple[str, ...]] = {
    "colour": tuple(COLOURS),
    "shape": tuple(SHAPES),
    "direction": (*COMPASS, "stays"),
    "turning": ("clockwise", "counterclockwise"),
    "growing": ("grows", "shrinks"),
    "camera": ("still", *COMPASS, "in", "out"),
}
_IGNORED = -100  # what cross_entropy leaves out
_BATCH, _RATE, _WARMUP = 64, 2e-3, 50


def meaning(phrase: str) -> list[int]:
    """The label of a phrase for each of `KINDS`: the number of its word, from 1; 0 if it has none."""
    words = phrase.split()
    camera = phrase.startswith("the camera")
    found = []
    for kind, known in KINDS.items():
        told = [known.index(word) + 1 for word in words if word in known]
        found.append(told[0] if told and (kind == "camera") == camera else 0)
    return found


def token_labels(captions: list[str], length: int) -> Tensor:
    """Labels [B,length,kinds] of the tokens of captions: those of the phrase that a byte belongs to, and those of the first
    phrase for the begin token. Commas, the end token and padding have -100, which the loss ignores."""
    table = torch.full((len(captions), length, len(KINDS)), _IGNORED)
    for row, caption in zip(table, captions, strict=True):
        at = 1
        for phrase in caption.split(", ") if caption else ():
            told = torch.tensor(meaning(phrase))
            row[at : at + len(phrase.encode())] = told
            if at == 1:
                row[0] = told
            at += len(phrase.encode()) + 2
    return table


def teach_phrases(
    text: ByteTextEncoder, captions: Callable[[int], list[str]], steps: int, seed: int = 0
) -> float:
    """Train `text` to label its tokens, on `steps` batches of captions (`captions(n)` returns n of them).

    Returns the accuracy over the last 50 batches. The linear layer that reads the labels is discarded.
    """
    generator = torch.Generator().manual_seed(seed)
    sizes = [len(known) + 1 for known in KINDS.values()]
    reader = nn.Linear(text.config.dim, sum(sizes))
    with torch.no_grad():
        reader.weight.normal_(0, 0.02, generator=generator)
        reader.bias.zero_()
    parameters = [*text.parameters(), *reader.parameters()]
    optimizer = torch.optim.AdamW(parameters, _RATE, (0.9, 0.98), weight_decay=0.01)
    right: list[float] = []
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = _RATE * min(1.0, (step + 1) / _WARMUP) * max(0.05, 1 - step / steps)
        told = captions(_BATCH)
        wanted = token_labels(told, text.config.max_bytes).flatten(0, 1)
        scores = reader(text.encode(told)).flatten(0, 1).split(sizes, 1)
        parts = [F.cross_entropy(score, wanted[:, kind]) for kind, score in enumerate(scores)]
        optimizer.zero_grad(set_to_none=True)
        torch.stack(parts).sum().backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        asked = wanted[:, 0] != _IGNORED
        hits = torch.stack([score.argmax(1) == wanted[:, kind] for kind, score in enumerate(scores)], 1)
        right.append(float(hits[asked].all(1).float().mean()))
        if step % 50 == 49:
            print(
                f"text encoder, step {step + 1} of {steps}: {sum(right[-50:]) / 50:.3f} of the labels are right",
                flush=True,
            )
    return sum(right[-50:]) / max(1, len(right[-50:]))
