"""Does a prompt change what a text-to-video clip shows? Colour, shape and direction, read by a small classifier.

The classifier is trained on the generator's own clips, whose captions are the labels, and sees three frames of a clip.
What it reads right on held-out rendered clips is its ceiling; print it beside the model's accuracy, and chance.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..files import written_aside
from ..training.optimizer import muon_for
from ..training.scene import COLOURS, SHAPES, render_clips, texture_pool

SIDE, SEEN = 96, 3  # what the classifier sees: px a side, frames
_CELL, _CUT = 4, 32  # px of the cells in which it finds the sprite, px a side of the cut-out
_LENGTH = 17  # frames of the clips whose first, middle and last are seen
WORDS: dict[str, tuple[str, ...]] = {
    "colour": tuple(COLOURS),
    "shape": tuple(SHAPES),
    "direction": ("left", "right", "up", "down"),
}
_RATE = 3e-3
_IGNORED = -100  # what cross_entropy leaves out
_SPRITE = re.compile(r"an? (?P<colour>\w+) (?P<shape>\w+) (?P<verbs>[^,]+)")
_MOVES = re.compile(r"\bmoves (\w+)")
_STILL = ", the camera is still"


def labels(caption: str) -> list[int]:
    """Numbers of the colour, shape and direction that a caption names for its one sprite; -100 where it names none.

    A direction is one of the picture only where the camera is still.
    """
    found = _SPRITE.match(caption)
    named: dict[str, str | None] = dict(found.groupdict()) if found else {}
    if found and (moves := _MOVES.search(found["verbs"])) and _STILL in caption:
        named["direction"] = moves[1]
    return [
        words.index(word) if (word := named.get(name)) in words else _IGNORED for name, words in WORDS.items()
    ]


def prompt(colour: str, shape: str, direction: str) -> str:
    """What the generator says of one sprite that does only that."""
    article = "an" if colour[0] in "aeiou" else "a"
    return f"{article} {colour} {shape} moves {direction}{_STILL}"


class Reader(nn.Module):
    """Three frames [B,9,96,96] in 0..1 to scores of the words, one tensor [B,words] for each of `WORDS`.

    It finds the sprite in every frame first. Where that went is the direction; colour and shape are read in a cut-out of
    the first frame around it. A network that is not told so takes long to find outlines in a twentieth of the picture.
    """

    def __init__(self, width: int = 32):
        super().__init__()
        self.locate = nn.Sequential(
            *_layer(6, width, stride=2), *_layer(width, width), *_layer(width, width, dilation=2),
            *_layer(width, width, dilation=4), *_layer(width, width), nn.Conv2d(width, 1, 1),
        )  # fmt: skip
        self.look = nn.Sequential(
            *_layer(4, width), *_layer(width, 2 * width, stride=2), *_layer(2 * width, 3 * width, stride=2),
            nn.AdaptiveAvgPool2d(3), nn.Flatten(), nn.Linear(27 * width, 128), nn.GELU(),
        )  # fmt: skip
        self.colour, self.shape = nn.Linear(128, len(WORDS["colour"])), nn.Linear(128, len(WORDS["shape"]))
        self.certainty = nn.Parameter(torch.tensor(2.0))  # logarithm

    def found(self, seen: Tensor) -> tuple[list[Tensor], Tensor]:
        """The scores, and the logits [B,1,24,24] of how much of each cell of the first frame the sprite covers."""
        frames = seen.unflatten(1, (SEEN, 3)) - 0.5
        changed = frames - frames.mean(1, keepdim=True)
        small = F.avg_pool2d(torch.cat([frames, changed], 2).flatten(0, 1), 2)
        logits = self.locate(small).unflatten(0, (len(seen), SEEN)).float()
        # Found by its own loss alone; the square leaves faint doubts about the background out.
        weight = torch.sigmoid(logits.detach())[:, :, 0].square() + 1e-5
        weight = weight / weight.sum((2, 3), keepdim=True)
        axis = (torch.arange(weight.shape[-1], device=seen.device) + 0.5) / weight.shape[-1] * 2 - 1
        x, y = (weight * axis).sum((2, 3)), (weight * axis[:, None]).sum((2, 3))  # [B,3] in -1..1
        spread = (weight[:, 0] * ((axis - x[:, :1, None]) ** 2 + (axis[:, None] - y[:, :1, None]) ** 2)).sum(
            (1, 2)
        )
        reach = (1.8 * spread.sqrt()).clamp(0.12, 1)  # a disc's radius is 1.41 of this root
        turn = torch.zeros(len(seen), 2, 3, device=seen.device)
        turn[:, 0, 0] = turn[:, 1, 1] = reach
        turn[:, 0, 2], turn[:, 1, 2] = x[:, 0], y[:, 0]
        grid = F.affine_grid(turn, [len(seen), 3, _CUT, _CUT], align_corners=False)
        covered = (
            torch.sigmoid(F.interpolate(logits[:, 0].detach(), frames.shape[-2:], mode="bilinear")) - 0.5
        )
        whole = torch.cat([frames[:, 0].float(), covered], 1)
        cut = F.grid_sample(whole, grid, align_corners=False, padding_mode="border")
        read = self.look(cut)
        right, down = x[:, -1] - x[:, 0], y[:, -1] - y[:, 0]
        direction = torch.stack([-right, right, -down, down], 1) * self.certainty.exp()
        return [self.colour(read), self.shape(read), direction], logits[:, 0]

    def forward(self, seen: Tensor) -> list[Tensor]:
        return self.found(seen)[0]


def _layer(before: int, after: int, stride: int = 1, dilation: int = 1) -> list[nn.Module]:
    return [nn.Conv2d(before, after, 3, stride, dilation, dilation), nn.GroupNorm(8, after), nn.GELU()]


def as_seen(video: Tensor) -> Tensor:
    """What the classifier sees [9,96,96] of a video [T,H,W,3]: first, middle and last frame."""
    chosen = video[torch.linspace(0, len(video) - 1, SEEN).round().long()].permute(0, 3, 1, 2)
    if tuple(chosen.shape[-2:]) != (SIDE, SIDE):
        chosen = F.interpolate(chosen, (SIDE, SIDE), mode="bilinear", antialias=True)
    return chosen.flatten(0, 1)


Batch = tuple[Tensor, Tensor, Tensor]


def rendered(pictures: int, seed: int, device: torch.device, batch: int = 64) -> Iterator[Batch]:
    """Batches without end of clips with one sprite: what is seen [B,9,96,96], its labels [B,3], and how much of each
    cell of the first frame the sprite covers [B,1,24,24]."""
    generator = torch.Generator(device).manual_seed(seed)
    pool = texture_pool(pictures, SIDE, generator)
    while True:
        # As far as a clip of 17 frames goes, of which only three are rendered.
        clips = render_clips(pool, batch, SEEN, SIDE, SIDE, generator, sprites=1, pace=_LENGTH / SEEN)
        yield (
            clips.video.transpose(1, 2).flatten(1, 2),
            torch.tensor([labels(caption) for caption in clips.captions], device=device),
            F.avg_pool2d(clips.alpha[:, 1:2].float(), _CELL),
        )


def trained_reader(
    clips: int, steps: int, seed: int = 0, device: str | torch.device = "cpu", cache: Path | None = None
) -> Reader:
    """A classifier trained for `steps` batches of 32 on that many rendered clips.

    With a folder `cache` it is read from there, where settings, this file and the first clips are those of last time.
    """
    device = torch.device(device)
    supply = rendered(max(16, clips // 40), seed, device)
    first = next(supply)
    key = hashlib.sha256(f"{clips} {steps} {seed}".encode() + Path(__file__).read_bytes())
    key.update((first[0] * 255).byte().cpu().numpy().tobytes())
    kept = cache / f"reader-{key.hexdigest()[:16]}.pt" if cache else None
    torch.manual_seed(seed)  # initial weights only
    reader = Reader().to(device)
    if kept is not None and kept.exists():
        reader.load_state_dict(torch.load(kept, weights_only=True, map_location=device))
        return reader.eval()
    parts = [first, *itertools.islice(supply, max(0, clips // len(first[0]) - 1))]
    seen, truth, covered = (torch.cat(part) for part in zip(*parts, strict=True))
    seen = (seen * 255).round().byte()
    optimizer = muon_for(reader, _RATE)
    generator = torch.Generator(device).manual_seed(seed + 1)
    for step in range(steps):
        rate = _RATE * min(1.0, (step + 1) / min(30, 1 + steps // 8)) * (1 - step / steps)
        for group in optimizer.param_groups:
            group["lr"] = rate
        rows = torch.randint(0, len(seen), (32,), generator=generator, device=device)
        with torch.autocast(device.type, torch.bfloat16):
            scores, where = reader.found(seen[rows].float() / 255)
        # Means over what is named: a batch may name no direction at all.
        loss = sum(
            F.cross_entropy(score.float(), truth[rows, i], ignore_index=_IGNORED, reduction="sum")
            / (truth[rows, i] != _IGNORED).sum().clamp_min(1)
            for i, score in enumerate(scores)
        )
        loss = loss + 4 * F.binary_cross_entropy_with_logits(where.float(), covered[rows])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
    if kept is not None:
        with written_aside(kept) as aside:
            torch.save(reader.state_dict(), aside)
    return reader.eval()


@torch.no_grad()
def accuracy(reader: Reader, seen: Tensor, truth: Tensor) -> dict[str, float]:
    """Part of the clips [B,9,96,96] of which each word is read right; labels [B,3]. NaN where none is named."""
    found = {}
    for index, (name, score) in enumerate(zip(WORDS, reader(seen.float()), strict=True)):
        named = truth[:, index] != _IGNORED
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

    `make` turns a prompt into a video [T,H,W,3].
    """
    device = next(reader.parameters()).device
    videos = torch.stack([as_seen(make(prompt(*words))) for words in asked]).to(device)
    wanted = torch.tensor([labels(prompt(*words)) for words in asked], device=device)
    supply = rendered(max(16, held_out // 8), seed, device, batch=held_out)
    seen, truth, _ = next(supply)
    chance = {name: 1 / len(words) for name, words in WORDS.items()}
    rows = [("model", len(asked), accuracy(reader, videos, wanted))]
    rows += [("rendered clips", held_out, accuracy(reader, seen, truth)), ("chance", 0, chance)]
    return [
        {"name": name, "clips": count, **{word: round(value, 4) for word, value in values.items()}}
        for name, count, values in rows
    ]
