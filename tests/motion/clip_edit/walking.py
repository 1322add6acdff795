"""A walking figure before a still background: its limbs swing against the body, and the motion of every point is known."""

import math
from typing import NamedTuple

import torch
from flowbrush.rendering import backward_warp

SIZE = 160
# Each part: joint (x, y), far end, half width, and its swing in degrees; the body goes on, and the head with it.
PARTS = {
    "left leg": ((74, 100), (66, 140), 7, 26.0),
    "right leg": ((86, 100), (94, 140), 7, -26.0),
    "left arm": ((68, 64), (52, 94), 6, -30.0),
    "right arm": ((92, 64), (108, 94), 6, 30.0),
    "body": ((80, 62), (80, 98), 16, 0.0),
}
WALK = 20.0  # px to the right


class Walk(NamedTuple):
    """frames: [T,H,W,3]. truth: [T,H,W,2], the displacement of the points of the figure in frame 0. masks: [H,W] bool of each visible part."""

    frames: torch.Tensor
    truth: torch.Tensor
    masks: dict[str, torch.Tensor]

    @property
    def figure(self) -> torch.Tensor:
        """[H,W], 1 where the figure is in frame 0."""
        return torch.stack(list(self.masks.values())).any(0).float()


def textured(seed, contrast):
    """A texture [3,H,W] of soft spots."""
    noise = torch.randn(1, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(seed))
    for side in (3, 3, 5):
        noise = torch.nn.functional.avg_pool2d(noise, side, 1, side // 2)
    return (0.5 + contrast * noise / noise.std()).clamp(0, 1)[0]


def walking(frames=13, swing=1.0, swinging=tuple(PARTS)):
    """The clip; `swing` multiplies the angles of the limbs, of which those in `swinging` move."""
    y, x = torch.meshgrid(torch.arange(SIZE) * 1.0, torch.arange(SIZE) * 1.0, indexing="ij")
    points = torch.stack([x, y], -1)
    background, clip, truth = textured(1, 0.12), [], []
    shown = {name: _cover(points, *part[:3]) for name, part in PARTS.items()}
    skins = {name: textured(10 + number, 0.2) * 0.6 + 0.1 * number for number, name in enumerate(PARTS)}
    masks, taken = {}, torch.zeros(SIZE, SIZE, dtype=torch.bool)
    for name in reversed(PARTS):
        masks[name] = (shown[name] > 0.5) & ~taken
        taken |= shown[name] > 0.5
    for number in range(frames):
        share = number / (frames - 1)
        picture, flow = background.clone(), torch.zeros(SIZE, SIZE, 2)
        for name, (joint, _, _, angle) in PARTS.items():
            turn, shift = (
                math.radians(angle * swing * share * (name in swinging)),
                torch.tensor([WALK * share, 0.0]),
            )
            there = _turned(points, joint, turn) + shift
            flow[masks[name]] = (there - points)[masks[name]]
            back = _turned(points - shift, joint, -turn) - points
            planes = torch.cat([skins[name], shown[name][None]])[None]
            moved = backward_warp(planes, back[None], "bicubic")[0]
            picture = torch.lerp(picture, moved[:3], moved[3:].clamp(0, 1))
        clip.append(picture.permute(1, 2, 0).clamp(0, 1))
        truth.append(flow)
    return Walk(torch.stack(clip), torch.stack(truth), masks)


def _turned(points, joint, angle):
    middle = torch.tensor(joint, dtype=torch.float32)
    cosine, sine = math.cos(angle), math.sin(angle)
    return (points - middle) @ torch.tensor([[cosine, sine], [-sine, cosine]]) + middle


def _cover(points, start, end, width):
    """[H,W] in 0..1: a capsule between two points with a soft edge of one pixel."""
    a, b = (torch.tensor(one, dtype=torch.float32) for one in (start, end))
    along = (((points - a) @ (b - a)) / (b - a).square().sum()).clamp(0, 1)
    distance = (points - a - along[..., None] * (b - a)).norm(dim=-1)
    return (width + 0.5 - distance).clamp(0, 1)
