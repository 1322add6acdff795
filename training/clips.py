"""A folder of the user's own clips and pictures as training data: captions from text files, motion from optical flow.

    my_clips/
      boat.mp4     any video that PyAV reads
      boat.txt     its caption (optional)
      house.jpg    a picture counts as a clip of one frame

A video is divided into excerpts that fit the buckets, at `fps` frames a second and never across a scene cut. DIS optical
flow (motion/flow/dis_flow.py) gives the motion; points where forward and backward flow disagree count as unknown.
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
from ..rendering.splatted_picture import SURELY_KNOWN
from .engine.buckets import Bucket, fitting

VIDEOS = (".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4v", ".gif")
PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".bmp")
# The kinds of conditioning that an artist may give, with their probabilities: the motion of all points, the motion of one
# object, only the first frame, the first and the last frame, or nothing.
MODES = {"painted": 0.4, "partial": 0.3, "first": 0.2, "first_last": 0.05, "nothing": 0.05}

_VISIBLE_IMPORTANCE = 10.0  # splat importance of a visible point, relative to one that is hidden or lost
# There is a cut between two frames if their mean difference (brightness 0..1) exceeds _CUT and is more than _CUT_RATIO
# times that of the neighbouring pairs.
_CUT, _CUT_RATIO = 0.1, 3.0
_TIME_TOLERANCE = 1e-4  # seconds, because the time stamps of frames are rounded
_SAME_MOTION = (
    0.15  # points belong to one object if their motion differs by at most this part of the largest motion
)


@dataclass(frozen=True)
class OwnClip:
    """An excerpt: frames [T,H,W,3] in 0..1 of a bucket's shape, their caption, and the name of file and excerpt."""

    frames: Tensor
    caption: str
    name: str


@dataclass(frozen=True)
class OwnMotion:
    """Motion of the points of the first frame: displacement [T,H,W,2] in px, and visibility [T,H,W], 0 or 1."""

    displacement: Tensor
    visibility: Tensor


def sources(folder: Path) -> list[tuple[Path, str]]:
    """The videos and pictures of a folder with their captions ("" without a text file).

    Raises ValueError if there is no such folder, or no video or picture in it.
    """
    if not folder.is_dir():
        raise ValueError(f"{folder} is not a folder")
    paths = sorted(p for p in folder.iterdir() if p.suffix.lower() in VIDEOS + PICTURES)
    if not paths:
        raise ValueError(
            f"{folder} contains no videos ({', '.join(VIDEOS)}) and no pictures ({', '.join(PICTURES)})"
        )
    return [(path, _caption(path.with_suffix(".txt"))) for path in paths]


def _caption(path: Path) -> str:
    return " ".join(path.read_text(encoding="utf-8").split()) if path.is_file() else ""


def excerpts(path: Path, caption: str, buckets: Sequence[Bucket], fps: float) -> Iterator[OwnClip]:
    """All excerpts of a file that fit a bucket, in order. Raises ValueError if the file cannot be read."""
    if path.suffix.lower() in PICTURES:
        shots = [_picture(path)]
    else:
        shots = scenes(_video(path, fps, max(max(bucket.shape[1:]) for bucket in buckets)))
    for number, shot in enumerate(shots):
        begin = 0
        while (bucket := fitting(buckets, len(shot) - begin, *shot.shape[1:3])) is not None:
            if begin and bucket.frames == 1:  # the last frames of a shot do not count as stills
                break
            part = shot[begin : begin + bucket.frames]
            yield OwnClip(_crop_frames(part, bucket), caption, f"{path.name} {number}+{begin}")
            begin += bucket.frames


def _picture(path: Path) -> Tensor:
    import numpy as np
    from PIL import Image, ImageOps

    with Image.open(path) as picture:
        return torch.from_numpy(np.asarray(ImageOps.exif_transpose(picture).convert("RGB")).copy())[None]


def _video(path: Path, fps: float, size: int) -> Tensor:
    """Frames uint8 [T,H,W,3] of a video, sampled `fps` times a second.

    No frame is repeated, so a video of a lower rate keeps its rate. A short side of more than `size` pixels is reduced to
    that.
    """
    import av
    import av.error

    frames, due, start, before = [], 0.0, None, None
    try:
        with av.open(str(path)) as container:
            for frame in container.decode(video=0):
                time = float(frame.time if frame.time is not None else frame.pts or 0)
                start = time if start is None else start
                if before is not None and due < time - start - _TIME_TOLERANCE:
                    frames.append(_pixels(before, size))
                    due = max(due + 1 / fps, time - start - _TIME_TOLERANCE)
                before = frame
            if before is not None:
                frames.append(_pixels(before, size))
    except (av.error.FFmpegError, IndexError) as error:
        raise ValueError(f"{path.name} cannot be read as a video: {error}") from None
    if not frames:
        raise ValueError(f"{path.name} contains no frames")
    return torch.stack(frames)


def _pixels(frame: Any, size: int) -> Tensor:
    """A decoded frame, upright, uint8 [H,W,3]."""
    import numpy as np

    scale = min(1.0, size / min(frame.width, frame.height))
    width, height = (max(2, round(side * scale)) for side in (frame.width, frame.height))
    pixels = frame.to_ndarray(format="rgb24", width=width, height=height, interpolation="AREA")
    # Phones store how the picture must be rotated instead of rotating it.
    return torch.from_numpy(np.rot90(pixels, round(getattr(frame, "rotation", 0) / 90) % 4).copy())


def scenes(video: Tensor) -> list[Tensor]:
    """The shots [T,H,W,3] of a video (uint8), divided at its scene cuts."""
    small = F.avg_pool2d(video.float().mean(-1)[:, None] / 255, 16, ceil_mode=True)[:, 0]
    change = small.diff(dim=0).abs().mean((1, 2))
    cuts = [0]
    for t, step in enumerate(change.tolist(), start=1):
        around = [float(change[i]) for i in (t - 2, t) if 0 <= i < len(change)]
        if step > _CUT and step > _CUT_RATIO * max(around, default=0.0):
            cuts.append(t)
    return [video[a:b] for a, b in zip(cuts, [*cuts[1:], len(video)], strict=True)]


def _crop_frames(frames: Tensor, bucket: Bucket) -> Tensor:
    """Frames uint8 [T,H,W,3], scaled to cover the bucket's size and cropped to their centre: [T,h,w,3] in 0..1."""
    height, width = frames.shape[1:3]
    scale = max(bucket.height / height, bucket.width / width)
    size = max(bucket.height, round(height * scale)), max(bucket.width, round(width * scale))
    planes = frames.movedim(-1, 1).float() / 255
    planes = F.interpolate(planes, size, mode="bicubic", antialias=True).clamp(0, 1)
    top, left = (size[0] - bucket.height) // 2, (size[1] - bucket.width) // 2
    return planes[:, :, top : top + bucket.height, left : left + bucket.width].movedim(1, -1).contiguous()


def estimate_motion(clip: OwnClip) -> OwnMotion:
    """The clip's motion by DIS flow; a point is visible where forward and backward flow agree."""
    return OwnMotion(*track_pixels(clip.frames, "fast"))


def conditioning_video(
    clip: OwnClip, motion: OwnMotion, mode: str, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """The conditioning [T,H,W,3] in 0..1 for one of `MODES`, and how much of each pixel is known [T,H,W] in 0..1."""
    frames = clip.frames
    shown, known = torch.full_like(frames, 0.5), torch.zeros(frames.shape[:3])
    if mode in ("first", "first_last", "nothing"):
        for t in {"first": (0,), "first_last": (0, -1), "nothing": ()}[mode]:
            shown[t], known[t] = frames[t], 1.0
        return shown, known
    painted = torch.ones(frames.shape[1:3])
    if mode == "partial":
        painted = object_region(motion.displacement, generator)
    displacement = motion.displacement * painted[None, :, :, None]
    visible = torch.where(painted > 0, motion.visibility, torch.ones_like(motion.visibility))
    reliable = motion.visibility * painted
    still = frames[0].movedim(-1, 0).expand(len(frames), -1, -1, -1)
    moving = (displacement.norm(dim=-1) > 0.5).float()  # moving points occlude still ones
    planes = torch.cat((still, reliable[:, None], visible[:, None]), 1)
    splat, coverage = forward_splat(planes, displacement, _VISIBLE_IMPORTANCE * (visible + 0.5 * moving))
    known, covered = (coverage * splat[:, channel].clamp(0, 1) for channel in (3, 4))
    shown = pull_push(splat[:, :3], (covered / SURELY_KNOWN).clamp(0, 1), None).clamp(0, 1).movedim(1, -1)
    shown[0], known[0] = frames[0], 1.0
    return shown, known


def object_region(displacement: Tensor, generator: torch.Generator) -> Tensor:
    """A region [H,W], 0 or 1, as an artist would paint it: the points that move like one random point.

    Points that move far are chosen more often. The outline of the region is smoothed.
    """
    height, width = displacement.shape[1:3]
    end = displacement[-1]
    length = end.norm(dim=-1).flatten()
    drawn = int(torch.multinomial(length + 0.05 * float(length.amax()) + 1e-3, 1, generator=generator))
    apart = (end - end.view(-1, 2)[drawn]).norm(dim=-1)
    similar = (apart <= _SAME_MOTION * max(float(length.amax()), 2.0)).float()
    side = 2 * (min(height, width) // 32) + 1
    return (F.avg_pool2d(similar[None], side, 1, side // 2)[0] > 0.5).float()


def draw_mode(frames: int, generator: torch.Generator) -> str:
    """A random mode with the probabilities of `MODES`; for a still, only "first" or "nothing"."""
    names = list(MODES) if frames > 1 else ["first", "nothing"]
    shares = torch.tensor([MODES[name] for name in names])
    return names[int(torch.multinomial(shares, 1, generator=generator))]
