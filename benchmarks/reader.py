"""A small classifier that reads the one sprite of a clip, its colour, shape and direction, and its training.

The generator's captions are its labels, and the generator's alpha says what the sprite covers. So each step on the way
to a word is taught: where the sprite is in a frame, its outline in a cut-out around that, and the shape of the outline.
"""

from __future__ import annotations

import hashlib
import itertools
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..files import atomic_write
from ..synthetic.scene import COLOURS, SHAPES, Clips, render_clips, texture_pool
from ..training.engine.optimizer import muon_for

SIDE, SEEN = 96, 3  # what is seen of a clip: px a side, frames
_CUT = 36  # px a side of the cut-out around a sprite
_REACH = 2.1  # how far that goes from the sprite's middle, in roots of the mean squared distance from there
_OTHERS = ((1, 2), (0, 2), (1, 0))  # frames, the nearer one in time first
_LENGTH = 17  # frames of the clips whose first, middle and last are seen
WORDS: dict[str, tuple[str, ...]] = {
    "colour": tuple(COLOURS),
    "shape": tuple(SHAPES),
    "direction": ("left", "right", "up", "down"),
}
_CLEAR = 1.4  # 10 degrees off the diagonal
_RATE = 3e-3
IGNORED = -100  # what cross_entropy leaves out
_SPRITE = re.compile(r"an? (?P<colour>\w+) (?P<shape>\w+) (?P<verbs>[^,]+)")
_MOVES = re.compile(r"\bmoves (\w+)")
STILL = ", the camera is still"


def labels(caption: str) -> list[int]:
    """Numbers of the colour, shape and direction that a caption names for its one sprite; -100 where it names none.

    A direction is one of the picture only where the camera is still.
    """
    found = _SPRITE.match(caption)
    named: dict[str, str | None] = dict(found.groupdict()) if found else {}
    if found and (moves := _MOVES.search(found["verbs"])) and STILL in caption:
        named["direction"] = moves[1]
    return [
        words.index(word) if (word := named.get(name)) in words else IGNORED for name, words in WORDS.items()
    ]


class Outline(nn.Module):
    """Pictures [N,C,H,W] to what a sprite covers, as logits [N,1,H,W], and the features [N,width,H/2,W/2] of that."""

    def __init__(self, channels: int, width: int):
        super().__init__()
        self.near = nn.Sequential(*_layer(channels, width, stride=2))
        self.far = nn.Sequential(
            *_layer(width, 2 * width, stride=2), *_layer(2 * width, 2 * width),
            *_layer(2 * width, 2 * width, dilation=2), *_layer(2 * width, width), nn.Upsample(scale_factor=2),
        )  # fmt: skip
        self.both = nn.Sequential(*_layer(2 * width, width))
        self.covered = nn.Sequential(nn.Conv2d(width, 4, 1), nn.PixelShuffle(2))

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        near = self.near(pictures)
        features = self.both(torch.cat([near, self.far(near)], 1))
        return self.covered(features), features


class Box(NamedTuple):
    """Squares around sprites: middle and half a side [N] in -1..1 of the frame."""

    x: Tensor
    y: Tensor
    reach: Tensor

    @classmethod
    def around(cls, weight: Tensor) -> Box:
        """The box around what the weights [N,H,W] are on: around the most of it, where that is in several places."""
        axis = (torch.arange(weight.shape[-1], device=weight.device) + 0.5) / weight.shape[-1] * 2 - 1
        blurred = weight[:, None]
        for _ in range(2):
            blurred = F.avg_pool2d(blurred, 13, 1, 6)
        top = blurred.flatten(1).argmax(1)
        x, y = axis[top % len(axis)], axis[top // len(axis)]
        for _ in range(3):  # mean shift
            away = (axis - x[:, None, None]) ** 2 + (axis[:, None] - y[:, None, None]) ** 2
            near = weight * (-2 * away).exp()
            near = near / near.sum((1, 2), keepdim=True)
            x, y = (near * axis).sum((1, 2)), (near * axis[:, None]).sum((1, 2))
        return cls(x, y, (_REACH * (near * away).sum((1, 2)).sqrt()).clamp(0.15, 1))

    def shaken(self, draws: torch.Generator) -> Tensor:
        """The grid of boxes near these, turned by any angle."""
        x, y, size = 0.1 * torch.randn(3, len(self.x), generator=draws, device=self.x.device)
        angle = 2 * math.pi * torch.rand(len(self.x), generator=draws, device=self.x.device)
        return Box(self.x + x * self.reach, self.y + y * self.reach, self.reach * size.exp()).grid(angle)

    def grid(self, angle: Tensor | None = None) -> Tensor:
        """Where the pixels of the cut-outs are in the frame [N,36,36,2]."""
        angle = torch.zeros_like(self.x) if angle is None else angle
        side = (torch.arange(_CUT, device=self.x.device) + 0.5) / _CUT * 2 - 1
        x, y, cos, sin = (
            part[:, None, None]
            for part in (self.x, self.y, self.reach * angle.cos(), self.reach * angle.sin())
        )
        down = side[:, None]
        return torch.stack([x + cos * side - sin * down, y + sin * side + cos * down], -1)


class Reader(nn.Module):
    """Three frames [B,9,96,96] in 0..1 to scores [B,words] of colours, shapes, and left, right, up and down.

    Colour and shape are read in a cut-out of every frame; the direction is where the sprite goes from the first frame
    to the last.
    """

    def __init__(self, width: int = 32):
        super().__init__()
        self.locate, self.outline = Outline(4 * 9, width), Outline(10, width)
        self.colour = nn.Linear(width, len(COLOURS))
        self.shape = nn.Sequential(
            *_layer(1, 16, stride=2), *_layer(16, 48, stride=2), *_layer(48, 64, stride=2),
            nn.Flatten(), nn.Linear(25 * 64, 96), nn.ReLU(), nn.Linear(96, len(SHAPES)),
        )  # fmt: skip

    def found(self, views: Tensor) -> tuple[Tensor, Box]:
        """Logits [N,1,48,48] of what the sprite covers in each view, and the box around it."""
        where = self.locate(F.pixel_unshuffle(views, 2))[0].float()
        # The square leaves faint doubts about the background out.
        return where, Box.around(torch.sigmoid(where.detach())[:, 0].square() + 1e-5)

    def looked_at(self, views: Tensor, where: Tensor, grid: Tensor) -> tuple[Tensor, Tensor]:
        """Scores of colours [N,words], and logits of the outline [N,1,36,36], in cut-outs."""
        parts = (views, torch.sigmoid(where.detach()) - 0.5)
        cut = [F.grid_sample(part, grid, align_corners=False, padding_mode="border") for part in parts]
        outline, features = self.outline(torch.cat(cut, 1))
        inside = F.avg_pool2d(torch.sigmoid(outline), 2)
        return self.colour((features * inside).sum((2, 3)) / (inside.sum((2, 3)) + 1)), outline

    def forward(self, seen: Tensor) -> list[Tensor]:
        views = torch.cat([view(seen, frame) for frame in range(SEEN)])
        where, box = self.found(views)
        colour, outline = self.looked_at(views, where, box.grid())
        shape = self.shape(torch.sigmoid(outline))
        read = [scores.log_softmax(1).unflatten(0, (SEEN, -1)).mean(0) for scores in (colour, shape)]
        right, down = (part[-len(seen) :] - part[: len(seen)] for part in (box.x, box.y))
        return [*read, torch.stack([-right, right, -down, down], 1)]

    def loss(
        self, views: Tensor, alpha: Tensor, words: Tensor, sure: float, draws: torch.Generator
    ) -> Tensor:
        """Of views [N,9,96,96] whose sprites cover `alpha` [N,1,96,96] and have the colours and shapes `words` [N,2].

        The cut-outs are turned at random; a part `sure` of them is where the sprite was found, the rest where it is.
        """
        where, found = self.found(views)
        coarse = F.avg_pool2d(alpha, 2)
        true = Box.around(coarse[:, 0] + 1e-6)
        use = torch.rand(len(views), generator=draws, device=views.device) < sure
        box = Box(*(torch.where(use, a, b) for a, b in zip(found, true, strict=True)))
        grid = box.shaken(draws)
        colour, outline = self.looked_at(views, where, grid)
        exact = F.grid_sample(alpha, grid, align_corners=False)
        shape, ideal = self.shape(torch.cat([torch.sigmoid(outline), exact])).float().chunk(2)
        read = [(colour.float(), 0, 1.0), (shape, 1, 1.0), (ideal, 1, 0.5)]
        return (
            8 * F.binary_cross_entropy_with_logits(where, coarse)
            + 4 * F.binary_cross_entropy_with_logits(outline.float(), exact)
            + sum(part * F.cross_entropy(scores, words[:, column]) for scores, column, part in read)
        )


def view(seen: Tensor, frame: int) -> Tensor:
    """One of the frames that are seen [B,9,96,96], about grey, with how the others differ from it: [B,9,96,96]."""
    frames = seen.float().unflatten(1, (SEEN, 3)).unbind(1)
    own = frames[frame]
    nearer, farther = (frames[i] for i in _OTHERS[frame])
    return torch.cat([own - 0.5, nearer - own, farther - own], 1)


def _layer(before: int, after: int, stride: int = 1, dilation: int = 1) -> list[nn.Module]:
    return [
        nn.Conv2d(before, after, 3, stride, dilation, dilation, bias=False),
        nn.BatchNorm2d(after),
        nn.ReLU(),
    ]


def as_seen(video: Tensor) -> Tensor:
    """What the classifier sees [9,96,96] of a video [T,H,W,3]: first, middle and last frame."""
    chosen = video[torch.linspace(0, len(video) - 1, SEEN).round().long()].permute(0, 3, 1, 2)
    if tuple(chosen.shape[-2:]) != (SIDE, SIDE):
        chosen = F.interpolate(chosen, (SIDE, SIDE), mode="bilinear", antialias=True)
    return chosen.flatten(0, 1)


Batch = tuple[Tensor, Tensor, Tensor]


def rendered(pictures: int, seed: int, device: torch.device, batch: int = 64) -> Iterator[Batch]:
    """Batches without end of clips with one sprite: what is seen [B,9,96,96], its labels [B,3], and how much of each
    pixel of the first frame the sprite covers [B,1,96,96]. Directions that are not clear are no labels."""
    generator = torch.Generator(device).manual_seed(seed)
    pool = texture_pool(pictures, SIDE, generator)
    while True:
        # As far as a clip of 17 frames goes, of which only three are rendered.
        clips = render_clips(pool, batch, SEEN, SIDE, SIDE, generator, sprites=1, pace=_LENGTH / SEEN)
        truth = torch.tensor([labels(caption) for caption in clips.captions], device=device)
        truth[:, 2].masked_fill_(~_clear(clips, truth[:, 2]), IGNORED)
        yield clips.video.transpose(1, 2).flatten(1, 2), truth, clips.alpha[:, 1:2].float()


def _clear(clips: Clips, direction: Tensor) -> Tensor:
    """Whether the sprite goes `_CLEAR` times as far in its direction [B] as across it: a path bends, and near the
    diagonal a word is chance."""
    own = (clips.layer == 1)[..., None]
    right, down = ((clips.displacement[:, -1] * own).sum((1, 2)) / own.sum((1, 2)).clamp_min(1)).unbind(1)
    ways = torch.stack([-right, right, -down, down], 1)
    along = ways.gather(1, direction.clamp_min(0)[:, None])[:, 0]
    across = torch.where(direction < 2, down, right).abs()
    return along > _CLEAR * across


def trained_reader(
    clips: int, steps: int, seed: int = 0, device: str | torch.device = "cpu", cache: Path | None = None
) -> Reader:
    """A classifier trained for `steps` batches of 32 on that many rendered clips.

    With a folder `cache` it is read from there, where settings, this file and the first clips are those of last time.
    """
    device = torch.device(device)
    supply = rendered(
        max(16, clips // 40), 100 + seed, device
    )  # not the clips that a test of this seed reads
    first = next(supply)
    key = hashlib.sha256(f"{clips} {steps} {seed}".encode() + Path(__file__).read_bytes())
    key.update(_bytes(first[0]).cpu().numpy().tobytes())
    kept = cache / f"reader-{key.hexdigest()[:16]}.pt" if cache else None
    torch.manual_seed(seed)  # initial weights only
    reader = Reader().to(device)
    if kept is not None and kept.exists():
        reader.load_state_dict(torch.load(kept, weights_only=True, map_location=device))
        return reader.eval()
    batches = itertools.chain([first], itertools.islice(supply, max(0, clips // len(first[0]) - 1)))
    parts = [(_bytes(seen), truth, _bytes(alpha)) for seen, truth, alpha in batches]
    _train(reader, *(torch.cat(part) for part in zip(*parts, strict=True)), steps, seed)
    if kept is not None:
        with atomic_write(kept) as temporary:
            torch.save(reader.state_dict(), temporary)
    return reader.eval()


def _train(reader: Reader, seen: Tensor, truth: Tensor, alpha: Tensor, steps: int, seed: int) -> None:
    """`steps` batches of first frames; seen [N,9,96,96] and alpha [N,1,96,96] in bytes, truth [N,3]."""
    optimizer = muon_for(reader, _RATE)
    draws = torch.Generator(seen.device).manual_seed(seed + 1)
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = _RATE * min(1.0, (step + 1) / min(30, 1 + steps // 8)) * (1 - step / steps)
        rows = torch.randint(0, len(seen), (32,), generator=draws, device=seen.device)
        picture = torch.cat([view(seen[rows] / 255, 0), alpha[rows] / 255], 1)
        flips = torch.randint(0, 2, (3,), generator=draws, device=seen.device).tolist()
        picture = picture.flip([-1 - axis for axis in (0, 1) if flips[axis]])
        picture = picture.mT if flips[2] else picture
        with torch.autocast(seen.device.type, torch.bfloat16):
            loss = reader.loss(picture[:, :9], picture[:, 9:], truth[rows, :2], step / steps, draws)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()


def _bytes(values: Tensor) -> Tensor:
    return (values * 255).round().byte()
