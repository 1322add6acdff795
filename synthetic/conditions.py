"""Conditioning for rendered clips in training; it imitates the conditioning that the nodes make from a painted motion.

The conditioning of a clip is a video, the first frame warped along the clip's motion, and the validity of each pixel.
The modes in `MODES` imitate different artists and tasks. In "painted", every sprite is painted; in "partial", only some
are; in "rough", the brush overshoots the outlines. In the other modes nothing is painted: "first" gives only the first
frame, "first_last" the first and the last one, and "nothing" no frame at all.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from ..conditioning.image_to_video import GREY, known_frames, validity_to_mask
from ..rendering.warp import SMOOTH, WarpField, warp_image
from .scene import Clips
from .textures import uniform

MODES = {"painted": 0.36, "partial": 0.14, "rough": 0.16, "first": 0.12, "first_last": 0.1, "nothing": 0.12}


@dataclass(frozen=True)
class PaintedClip(WarpField):
    """The motion of one rendered clip as a field for `warp_image`, defined on the clip's own grid only."""

    flow: Tensor  # [T,H,W,2] px
    front: Tensor  # [H,W]
    mover: Tensor  # [H,W]

    def displacement(self, height: int, width: int, device: str | torch.device = "cpu") -> Tensor:
        return self.flow.to(device)

    def order(self, height: int, width: int) -> Tensor:
        return self.front

    def moving(self, height: int, width: int) -> Tensor:
        return self.mover

    def strength(self, height: int, width: int) -> Tensor:
        return torch.ones_like(self.mover)

    def in_layers(self, height: int, width: int) -> None:
        return None


def _overshooting_brush(layer: Tensor, flow: Tensor, radius: int) -> tuple[Tensor, Tensor]:
    """The layer index [H,W] and flow [T,H,W,2] after each sprite has grown by `radius` pixels.

    An added pixel takes the mean flow of its painted neighbours.
    """
    index, moved = layer.float()[None, None], flow
    for _ in range(radius):
        wider = F.max_pool2d(index, 3, 1, 1)
        grown = (wider > index)[0, 0]
        painted = (index > 0).float()
        count = F.avg_pool2d(painted, 3, 1, 1).clamp_min(1e-6)
        planes = moved.permute(0, 3, 1, 2)
        near = F.avg_pool2d(planes * painted, 3, 1, 1) / count
        moved = torch.where(grown[None, :, :, None], near.permute(0, 2, 3, 1), moved)
        index = torch.where(grown[None, None], wider, index)
    return index[0, 0].round().long(), moved


def condition_clip(clips: Clips, clip: int, mode: str, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """The conditioning video [T,H,W,3] in 0..1 and its validity [T,H,W] in 0..1, for one clip of a batch in one mode."""
    video = clips.video[clip].permute(1, 2, 3, 0)
    if mode in ("first", "first_last"):
        return known_frames(video[:1], video[-1:] if mode == "first_last" else None, len(video))
    if mode == "nothing":
        return torch.full_like(video, GREY), torch.zeros_like(video[..., 0])

    flow, layer = clips.displacement[clip], clips.layer[clip]
    if mode == "rough":
        radius = 1 + int(torch.randint(0, 5, (1,), generator=generator, device=generator.device))
        layer, flow = _overshooting_brush(layer, flow, radius)
    if mode == "partial":
        keep = torch.rand(clips.alpha.shape[1], generator=generator, device=generator.device) < 0.5
        keep[0] = False
        painted = keep[layer].float()
        flow = flow * painted[None, :, :, None]
    mover = (flow.norm(dim=-1).amax(0) > 0.5).float() * (layer > 0)
    warped = warp_image(video[0], PaintedClip(flow, layer.float(), mover), behind=SMOOTH)
    coverage = warped.coverage
    if mode == "partial":  # unpainted parts do not move in the video and are marked as unknown
        coverage = torch.cat((coverage[:1], torch.minimum(coverage[1:], warped.moving[1:])))
    return warped.frames, coverage


def draw_modes(count: int, generator: torch.Generator) -> list[str]:
    """`count` random modes, with the probabilities in `MODES`."""
    shares = torch.tensor(list(MODES.values()), device=generator.device)
    drawn = torch.multinomial(shares, count, replacement=True, generator=generator)
    return [list(MODES)[int(i)] for i in drawn]


def condition_batch(clips: Clips, generator: torch.Generator) -> tuple[Tensor, Tensor, list[str]]:
    """The conditioning of a batch: videos [B,3,T,H,W] in -1..1, masks [B,4,T',H/8,W/8] with 1 = known, and the modes."""
    modes = draw_modes(clips.video.shape[0], generator)
    videos, masks = [], []
    for clip, mode in enumerate(modes):
        shown, validity = condition_clip(clips, clip, mode, generator)
        videos.append(shown.permute(3, 0, 1, 2) * 2 - 1)
        masks.append(1 - validity_to_mask(validity)[0])
    return torch.stack(videos), torch.stack(masks), modes


def shorten_caption(caption: str, generator: torch.Generator, limit: int = 120) -> str:
    """The caption with random parts left out and the others reordered, at most `limit` bytes; empty one time in ten."""
    draw = uniform((2,), 0, 1, generator)
    if float(draw[0]) < 0.1:
        return ""
    parts = caption.split(", ")
    order = torch.randperm(len(parts), generator=generator, device=generator.device).tolist()
    text = ""
    for i in order[: max(1, round(len(parts) * (0.4 + 0.8 * float(draw[1]))))]:
        longer = f"{text}, {parts[i]}" if text else parts[i]
        text = longer if len(longer.encode()) <= limit else text
    return text
