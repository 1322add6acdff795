"""A small classifier for clips with one sprite, which finds its colour, shape and direction, and its training.

The labels come from the generator's captions and from its alpha masks. Therefore every step is supervised: the position
of the sprite in a frame, its outline in a crop around that position, and the shape of the outline.
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
from ..models.muon import muon_for
from ..synthetic.draws import new_seeds
from ..synthetic.plain_scenes import render_plain, scene_plan, shades
from ..synthetic.scene import COLOURS, SHAPES, Clips, render_clips, texture_pool

SIDE, SEEN = 96, 3  # side in px and number of the frames that the classifier sees
_CUT = 36  # side in px of the crop around a sprite
_REACH = 2.1  # half a side of the crop, relative to the root mean square distance of the sprite's pixels from its centre
_OTHERS = ((1, 2), (0, 2), (1, 0))  # for each frame the two others, the nearer in time first
_LENGTH = 17  # frames of a clip; the classifier sees the first, the middle and the last one
WORDS: dict[str, tuple[str, ...]] = {
    "colour": tuple(COLOURS),
    "shape": tuple(SHAPES),
    "direction": ("left", "right", "up", "down"),
}
_CLEAR = 1.4  # motion along a direction relative to that across it; 10 degrees from the diagonal
_RATE = 3e-3  # peak learning rate
IGNORED = -100  # the label that cross_entropy ignores
_SPRITE = re.compile(r"an? (?P<colour>\w+) (?P<shape>\w+) (?P<verbs>[^,]+)")
_MOVES = re.compile(r"\bmoves (\w+)")
STILL = ", the camera is still"


def labels(caption: str) -> list[int]:
    """Indices of the colour, shape and direction that a caption names for its one sprite, -100 for what it does not name.

    A direction counts only if the camera is still, because otherwise it is not the direction in the picture.
    """
    found = _SPRITE.match(caption)
    named: dict[str, str | None] = dict(found.groupdict()) if found else {}
    if found and (moves := _MOVES.search(found["verbs"])) and STILL in caption:
        named["direction"] = moves[1]
    return [
        words.index(word) if (word := named.get(name)) in words else IGNORED for name, words in WORDS.items()
    ]


class Outline(nn.Module):
    """From pictures [N,C,H,W]: logits [N,1,H,W] of the pixels that a sprite covers, and features [N,width,H/2,W/2]."""

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
    """Squares around sprites: centre and half a side [N], in coordinates from -1 to 1 in the frame."""

    x: Tensor
    y: Tensor
    reach: Tensor

    @classmethod
    def around(cls, weight: Tensor) -> Box:
        """The boxes around the weights [N,H,W]; if the weights lie in several places, around the heaviest one."""
        axis = (torch.arange(weight.shape[-1], device=weight.device) + 0.5) / weight.shape[-1] * 2 - 1
        blurred = weight[:, None]
        for _ in range(2):
            blurred = F.avg_pool2d(blurred, 13, 1, 6)
        top = blurred.flatten(1).argmax(1)
        x, y = axis[top % len(axis)], axis[top // len(axis)]
        variance = torch.zeros_like(x)
        for _ in range(3):  # mean shift
            away = (axis - x[:, None, None]) ** 2 + (axis[:, None] - y[:, None, None]) ** 2
            near = weight * (-2 * away).exp()
            near = near / near.sum((1, 2), keepdim=True)
            x, y = (near * axis).sum((1, 2)), (near * axis[:, None]).sum((1, 2))
            variance = (near * away).sum((1, 2))
        return cls(x, y, (_REACH * variance.sqrt()).clamp(0.15, 1))

    def random_grid(self, draws: torch.Generator) -> Tensor:
        """The grid of slightly shifted and scaled boxes, rotated by random angles."""
        x, y, size = 0.1 * torch.randn(3, len(self.x), generator=draws, device=self.x.device)
        angle = 2 * math.pi * torch.rand(len(self.x), generator=draws, device=self.x.device)
        return Box(self.x + x * self.reach, self.y + y * self.reach, self.reach * size.exp()).grid(angle)

    def grid(self, angle: Tensor | None = None) -> Tensor:
        """The positions [N,36,36,2] in the frame of the crops' pixels."""
        angle = torch.zeros_like(self.x) if angle is None else angle
        side = (torch.arange(_CUT, device=self.x.device) + 0.5) / _CUT * 2 - 1
        x, y, cos, sin = (
            part[:, None, None]
            for part in (self.x, self.y, self.reach * angle.cos(), self.reach * angle.sin())
        )
        down = side[:, None]
        return torch.stack([x + cos * side - sin * down, y + sin * side + cos * down], -1)


class SpriteClassifier(nn.Module):
    """From three frames [B,9,96,96] in 0..1: scores [B,words] of colours, of shapes, and of left, right, up and down.

    Colour and shape are classified in a crop of every frame; the direction comes from the sprite's positions in the first
    and the last frame.
    """

    def __init__(self, width: int = 32):
        super().__init__()
        self.locate, self.outline = Outline(4 * 9, width), Outline(10, width)
        self.colour = nn.Linear(width, len(COLOURS))
        self.shape = nn.Sequential(
            *_layer(1, 16, stride=2), *_layer(16, 48, stride=2), *_layer(48, 64, stride=2),
            nn.Flatten(), nn.Linear(25 * 64, 96), nn.ReLU(), nn.Linear(96, len(SHAPES)),
        )  # fmt: skip

    def sprite_boxes(self, views: Tensor) -> tuple[Tensor, Box]:
        """Logits [N,1,48,48] of the pixels that the sprite covers in each view, and the boxes around it."""
        where = self.locate(F.pixel_unshuffle(views, 2))[0].float()
        # Squaring suppresses the low probabilities in the background.
        return where, Box.around(torch.sigmoid(where.detach())[:, 0].square() + 1e-5)

    def crop_scores(self, views: Tensor, where: Tensor, grid: Tensor) -> tuple[Tensor, Tensor]:
        """Scores of colours [N,words], and logits of the outline [N,1,36,36], in the crops at the positions `grid`."""
        parts = (views, torch.sigmoid(where.detach()) - 0.5)
        cut = [F.grid_sample(part, grid, align_corners=False, padding_mode="border") for part in parts]
        outline, features = self.outline(torch.cat(cut, 1))
        inside = F.avg_pool2d(torch.sigmoid(outline), 2)
        return self.colour((features * inside).sum((2, 3)) / (inside.sum((2, 3)) + 1)), outline

    def forward(self, seen: Tensor) -> list[Tensor]:
        views = torch.cat([view(seen, frame) for frame in range(SEEN)])
        where, box = self.sprite_boxes(views)
        colour, outline = self.crop_scores(views, where, box.grid())
        shape = self.shape(torch.sigmoid(outline))
        over_frames = [scores.log_softmax(1).unflatten(0, (SEEN, -1)).mean(0) for scores in (colour, shape)]
        right, down = (part[-len(seen) :] - part[: len(seen)] for part in (box.x, box.y))
        return [*over_frames, torch.stack([-right, right, -down, down], 1)]

    def loss(
        self, views: Tensor, alpha: Tensor, words: Tensor, sure: float, draws: torch.Generator
    ) -> Tensor:
        """The loss on views [N,9,96,96] whose sprites cover `alpha` [N,1,96,96] and have colours and shapes `words` [N,2].

        The crops are rotated at random. The share `sure` of them lies at the predicted position of the sprite, the others
        at the true one.
        """
        where, predicted = self.sprite_boxes(views)
        coarse = F.avg_pool2d(alpha, 2)
        true = Box.around(coarse[:, 0] + 1e-6)
        use = torch.rand(len(views), generator=draws, device=views.device) < sure
        box = Box(*(torch.where(use, a, b) for a, b in zip(predicted, true, strict=True)))
        grid = box.random_grid(draws)
        colour, outline = self.crop_scores(views, where, grid)
        exact = F.grid_sample(alpha, grid, align_corners=False)
        shape, ideal = self.shape(torch.cat([torch.sigmoid(outline), exact])).float().chunk(2)
        terms = [(colour.float(), 0, 1.0), (shape, 1, 1.0), (ideal, 1, 0.5)]
        return (
            8 * F.binary_cross_entropy_with_logits(where, coarse)
            + 4 * F.binary_cross_entropy_with_logits(outline.float(), exact)
            + sum(part * F.cross_entropy(scores, words[:, column]) for scores, column, part in terms)
        )


def view(seen: Tensor, frame: int) -> Tensor:
    """One of the three frames [B,9,96,96], relative to grey, and the differences of the others to it: [B,9,96,96]."""
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


def classifier_input(video: Tensor) -> Tensor:
    """The classifier's input [9,96,96] for a video [T,H,W,3]: its first, middle and last frame."""
    chosen = video[torch.linspace(0, len(video) - 1, SEEN).round().long()].permute(0, 3, 1, 2)
    if tuple(chosen.shape[-2:]) != (SIDE, SIDE):
        chosen = F.interpolate(chosen, (SIDE, SIDE), mode="bilinear", antialias=True)
    return chosen.flatten(0, 1)


Batch = tuple[Tensor, Tensor, Tensor]


def rendered_batches(pictures: int, seed: int, device: torch.device, batch: int = 64) -> Iterator[Batch]:
    """Endless batches of clips with one sprite: the classifier's input [B,9,96,96], the labels [B,3], and the share of each
    pixel of the first frame that the sprite covers [B,1,96,96]. A direction that is not clear has the label -100."""
    generator = torch.Generator(device).manual_seed(seed)
    pool = texture_pool(pictures, SIDE, generator)
    while True:
        # Only three frames are rendered, but they show the motion of a clip of 17 frames.
        clips = render_clips(pool, batch, SEEN, SIDE, SIDE, generator, sprites=1, pace=_LENGTH / SEEN)
        truth = torch.tensor([labels(caption) for caption in clips.captions], device=device)
        truth[:, 2].masked_fill_(~_clear(clips, truth[:, 2]), IGNORED)
        yield clips.video.transpose(1, 2).flatten(1, 2), truth, clips.alpha[:, 1:2].float()


def plain_clips(count: int, seed: int, device: torch.device, side: int = 64) -> tuple[Tensor, Tensor]:
    """Inputs [count,9,96,96] and labels [count,3] of plain clips of `side` px with one thing and a still camera."""
    generator = torch.Generator(device).manual_seed(seed)
    pool = shades(64, side, generator)
    seeds = new_seeds(4 * count, generator).tolist()
    captions = scene_plan(pool, seeds, side, side).captions()
    alone = [
        seed for seed, text in zip(seeds, captions, strict=True) if text.count(", ") == 1 and STILL in text
    ]
    video, _, captions = render_plain(pool, alone[:count], SEEN, side, side)
    seen = torch.stack([classifier_input(clip) for clip in video.movedim(1, -1)])
    return seen, torch.tensor([labels(caption) for caption in captions], device=device)


def _clear(clips: Clips, direction: Tensor) -> Tensor:
    """Whether [B] the sprite moves at least `_CLEAR` times as far along its direction [B] as across it.

    Paths may be curved, and near the diagonal the word in the caption would be arbitrary.
    """
    own = (clips.layer == 1)[..., None]
    right, down = ((clips.displacement[:, -1] * own).sum((1, 2)) / own.sum((1, 2)).clamp_min(1)).unbind(1)
    ways = torch.stack([-right, right, -down, down], 1)
    along = ways.gather(1, direction.clamp_min(0)[:, None])[:, 0]
    across = torch.where(direction < 2, down, right).abs()
    return along > _CLEAR * across


def trained_classifier(
    clips: int, steps: int, seed: int = 0, device: str | torch.device = "cpu", cache: Path | None = None
) -> SpriteClassifier:
    """A classifier trained for `steps` batches of 32 on `clips` rendered clips.

    If the folder `cache` has a classifier with the same settings, the same version of this file and the same clips, it is
    loaded instead of trained.
    """
    device = torch.device(device)
    # The seed differs from that of the clips on which the classifier is tested.
    supply = rendered_batches(max(16, clips // 40), 100 + seed, device)
    first = next(supply)
    key = hashlib.sha256(f"{clips} {steps} {seed}".encode() + Path(__file__).read_bytes())
    key.update(_bytes(first[0]).cpu().numpy().tobytes())
    file = cache / f"classifier-{key.hexdigest()[:16]}.pt" if cache else None
    torch.manual_seed(seed)  # used by the initial weights only
    classifier = SpriteClassifier().to(device)
    if file is not None and file.exists():
        classifier.load_state_dict(torch.load(file, weights_only=True, map_location=device))
        return classifier.eval()
    batches = itertools.chain([first], itertools.islice(supply, max(0, clips // len(first[0]) - 1)))
    parts = [(_bytes(seen), truth, _bytes(alpha)) for seen, truth, alpha in batches]
    seen, truth, alpha = (torch.cat(part) for part in zip(*parts, strict=True))
    _train(classifier, seen, truth, alpha, steps, seed)
    if file is not None:
        with atomic_write(file) as temporary:
            torch.save(classifier.state_dict(), temporary)
    return classifier.eval()


def _train(
    classifier: SpriteClassifier, seen: Tensor, truth: Tensor, alpha: Tensor, steps: int, seed: int
) -> None:
    """Train on `steps` batches of first frames; seen [N,9,96,96] and alpha [N,1,96,96] are bytes, truth is [N,3]."""
    # Muon, because AdamW gets less far: after 500 steps it found 69 % of the shapes, Muon 83 %.
    optimizer = muon_for(classifier, _RATE)
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
            loss = classifier.loss(picture[:, :9], picture[:, 9:], truth[rows, :2], step / steps, draws)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()


def _bytes(values: Tensor) -> Tensor:
    return (values * 255).round().byte()
