"""A folder of the user's own clips and pictures as training data: captions from text files, motion from optical flow.

    my_clips/
      boat.mp4     any video that PyAV reads
      boat.txt     one caption, optional
      house.jpg    pictures are clips of one frame

A video is cut into excerpts that fit the buckets, at `fps` frames a second and not across scene cuts. Where things go is
followed by DIS optical flow (motion/flow/dis_flow.py); what the flow does not find again on its way back is not vouched for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from ..motion.flow.dis_flow import track_pixels
from ..rendering.forward_splat import forward_splat
from ..rendering.hole_filling import pull_push
from ..rendering.warp import SURELY_KNOWN
from .engine.buckets import Bucket, fitting

VIDEOS = (".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4v", ".gif")
PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".bmp")
# What an artist may give for a clip, and how often: all motion, that of some places, only frames, nothing.
MODES = {"painted": 0.4, "partial": 0.3, "first": 0.2, "first_last": 0.05, "nothing": 0.05}

_SEEN = 10.0  # importance of a point that is seen beside one that is hidden or lost
# Neighbouring frames that differ by so much more than their neighbours do, in mean brightness of 0..1, are a cut.
_CUT, _CUT_RATIO = 0.1, 3.0
_MOMENT = 1e-4  # seconds: times of frames are rounded
_ALIKE = 0.15  # points belong to one thing when their ways differ by at most this part of the longest way


@dataclass(frozen=True)
class OwnClip:
    """An excerpt: frames [T,H,W,3] in 0..1 of a bucket's shape, what it shows, and where it is from."""

    frames: Tensor
    caption: str
    name: str


@dataclass(frozen=True)
class OwnMotion:
    """Where the points of the first frame go: displacement [T,H,W,2] px, and visibility [T,H,W], 0 or 1."""

    displacement: Tensor
    visibility: Tensor


def sources(folder: Path) -> list[tuple[Path, str]]:
    """Videos and pictures of a folder and their captions ("" without a text file). ValueError where there is none."""
    if not folder.is_dir():
        raise ValueError(f"{folder} is no folder")
    paths = sorted(p for p in folder.iterdir() if p.suffix.lower() in VIDEOS + PICTURES)
    if not paths:
        raise ValueError(
            f"{folder} holds no videos ({', '.join(VIDEOS)}) and no pictures ({', '.join(PICTURES)})"
        )
    return [(path, _caption(path.with_suffix(".txt"))) for path in paths]


def _caption(path: Path) -> str:
    return " ".join(path.read_text(encoding="utf-8").split()) if path.is_file() else ""


def excerpts(path: Path, caption: str, buckets: Sequence[Bucket], fps: float) -> Iterator[OwnClip]:
    """Every excerpt of a file that fits a bucket, one after another. ValueError for a file that cannot be read."""
    if path.suffix.lower() in PICTURES:
        shots = [_picture(path)]
    else:
        shots = scenes(_video(path, fps, max(max(bucket.shape[1:]) for bucket in buckets)))
    for number, shot in enumerate(shots):
        begin = 0
        while (bucket := fitting(buckets, len(shot) - begin, *shot.shape[1:3])) is not None:
            if begin and bucket.frames == 1:  # what is left of a shot is no still
                break
            part = shot[begin : begin + bucket.frames]
            yield OwnClip(_cropped(part, bucket), caption, f"{path.name} {number}+{begin}")
            begin += bucket.frames


def _picture(path: Path) -> Tensor:
    import numpy as np
    from PIL import Image, ImageOps

    with Image.open(path) as picture:
        return torch.from_numpy(np.asarray(ImageOps.exif_transpose(picture).convert("RGB")).copy())[None]


def _video(path: Path, fps: float, size: int) -> Tensor:
    """Frames uint8 [T,H,W,3] of a video: every moment of 1 / `fps` seconds the frame that is shown then, each frame once
    (a slower video keeps its own pace). Pictures larger than `size` pixels on their short side are made smaller."""
    import av

    frames, due, start, before = [], 0.0, None, None
    try:
        with av.open(str(path)) as container:
            for frame in container.decode(video=0):
                time = float(frame.time if frame.time is not None else frame.pts or 0)
                start = time if start is None else start
                if before is not None and due < time - start - _MOMENT:
                    frames.append(_pixels(before, size))
                    due = max(due + 1 / fps, time - start - _MOMENT)
                before = frame
            if before is not None:
                frames.append(_pixels(before, size))
    except (av.error.FFmpegError, IndexError) as error:
        raise ValueError(f"{path.name} cannot be read as a video: {error}") from None
    if not frames:
        raise ValueError(f"{path.name} holds no frames")
    return torch.stack(frames)


def _pixels(frame: Any, size: int) -> Tensor:
    """A decoded frame, upright, uint8 [H,W,3]."""
    import numpy as np

    scale = min(1.0, size / min(frame.width, frame.height))
    width, height = (max(2, round(side * scale)) for side in (frame.width, frame.height))
    pixels = frame.to_ndarray(format="rgb24", width=width, height=height, interpolation="AREA")
    # Phones turn the picture by a note in the file.
    return torch.from_numpy(np.rot90(pixels, round(getattr(frame, "rotation", 0) / 90) % 4).copy())


def scenes(video: Tensor) -> list[Tensor]:
    """The parts [T,H,W,3] of a video (uint8) between its cuts."""
    small = F.avg_pool2d(video.float().mean(-1)[:, None] / 255, 16, ceil_mode=True)[:, 0]
    change = small.diff(dim=0).abs().mean((1, 2))
    cuts = [0]
    for t, step in enumerate(change.tolist(), start=1):
        around = [float(change[i]) for i in (t - 2, t) if 0 <= i < len(change)]
        if step > _CUT and step > _CUT_RATIO * max(around, default=0.0):
            cuts.append(t)
    return [video[a:b] for a, b in zip(cuts, [*cuts[1:], len(video)], strict=True)]


def _cropped(frames: Tensor, bucket: Bucket) -> Tensor:
    """Frames uint8 [T,H,W,3] scaled to cover the bucket's size and cut to its middle: [T,h,w,3] in 0..1."""
    height, width = frames.shape[1:3]
    scale = max(bucket.height / height, bucket.width / width)
    size = max(bucket.height, round(height * scale)), max(bucket.width, round(width * scale))
    planes = frames.movedim(-1, 1).float() / 255
    planes = F.interpolate(planes, size, mode="bicubic", antialias=True).clamp(0, 1)
    top, left = (size[0] - bucket.height) // 2, (size[1] - bucket.width) // 2
    return planes[:, :, top : top + bucket.height, left : left + bucket.width].movedim(1, -1).contiguous()


def followed(clip: OwnClip) -> OwnMotion:
    """The clip's motion by DIS flow, with its consistency in both directions as visibility."""
    return OwnMotion(*track_pixels(clip.frames, "fast"))


def conditioned(
    clip: OwnClip, motion: OwnMotion, mode: str, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """What the model is shown [T,H,W,3] in 0..1, and how much of it is known [T,H,W], in one of `MODES`."""
    frames = clip.frames
    shown, known = torch.full_like(frames, 0.5), torch.zeros(frames.shape[:3])
    if mode in ("first", "first_last", "nothing"):
        for t in {"first": (0,), "first_last": (0, -1), "nothing": ()}[mode]:
            shown[t], known[t] = frames[t], 1.0
        return shown, known
    painted = torch.ones(frames.shape[1:3])
    if mode == "partial":
        painted = one_thing(motion.displacement, generator)
    displacement = motion.displacement * painted[None, :, :, None]
    seen = torch.where(painted > 0, motion.visibility, torch.ones_like(motion.visibility))
    vouched = motion.visibility * painted
    still = frames[0].movedim(-1, 0).expand(len(frames), -1, -1, -1)
    moving = (displacement.norm(dim=-1) > 0.5).float()  # what moves hides what stays
    carried = torch.cat((still, vouched[:, None], seen[:, None]), 1)
    splat, coverage = forward_splat(carried, displacement, _SEEN * (seen + 0.5 * moving))
    known, covered = (coverage * splat[:, channel].clamp(0, 1) for channel in (3, 4))
    shown = pull_push(splat[:, :3], (covered / SURELY_KNOWN).clamp(0, 1), None).clamp(0, 1).movedim(1, -1)
    shown[0], known[0] = frames[0], 1.0
    return shown, known


def one_thing(displacement: Tensor, generator: torch.Generator) -> Tensor:
    """[H,W], 0 or 1: a region as an artist would paint it, the points whose way is like that of a random one.

    Points that move far are drawn more often, and the region is rounded off.
    """
    height, width = displacement.shape[1:3]
    end = displacement[-1]
    length = end.norm(dim=-1).flatten()
    drawn = int(torch.multinomial(length + 0.05 * float(length.amax()) + 1e-3, 1, generator=generator))
    apart = (end - end.view(-1, 2)[drawn]).norm(dim=-1)
    alike = (apart <= _ALIKE * max(float(length.amax()), 2.0)).float()
    side = 2 * (min(height, width) // 32) + 1
    return (F.avg_pool2d(alike[None], side, 1, side // 2)[0] > 0.5).float()


def draw_mode(frames: int, generator: torch.Generator) -> str:
    """One of `MODES` by its share; of a still only the first frame can be given, or nothing."""
    names = list(MODES) if frames > 1 else ["first", "nothing"]
    shares = torch.tensor([MODES[name] for name in names])
    return names[int(torch.multinomial(shares, 1, generator=generator))]
