"""Contact sheets of the bundled model's failures, for the model card; the first frames are drawn by the pack."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from torch import Tensor

from ..motion.field.field import field_from_document
from ..motion.preview.visualization import contact_sheet
from ..rendering.warp import warp_image
from ..synthetic.pictures.render import render_example
from .chain import Chain
from .page import save_jpeg

_SIZE, _FRAMES, _SHOWN = 192, 17, (0, 5, 10, 16)


def _moving_middle(image: str, distance: float) -> tuple[Tensor, Tensor, Tensor]:
    """A picture, the clip in which its middle moves right by `distance` (a fraction of the width), and its coverage."""
    document = {
        "flowbrush": "motion",
        "version": 2,
        "layers": [
            {
                "name": "middle",
                "region": {"strokes": [{"points": [[0.5, 0.38, 1]], "radius": 0.27}]},
                "motion": {"paths": [{"points": [[0.5, 0.38], [0.5 + distance, 0.38]]}]},
            }
        ],
    }
    picture = render_example(image, _SIZE, _SIZE, 0)[0]
    clip = warp_image(picture, field_from_document(json.dumps(document), _FRAMES, aspect=1.0))
    return picture, clip.frames, clip.coverage


def _sheet(videos: dict[str, Tensor]) -> Tensor:
    """A contact sheet with a line of four frames for each video; the first frame has its name."""
    times = torch.tensor(_SHOWN)
    labels = [name if at == 0 else "" for name in videos for at in range(len(times))]
    return contact_sheet(torch.cat([video[times] for video in videos.values()]), len(times), labels)


def _enlarged_video(video: Tensor) -> Tensor:
    return video.repeat_interleave(2, 1).repeat_interleave(2, 2)


def failures(seed: int = 0) -> dict[str, Tensor]:
    """The contact sheets [h,w,3] by the name of the failure."""
    one, many = Chain(1, seed), Chain(12, seed)
    _, slow, known = _moving_middle("balloon", 0.12)
    made = one.sample(*one.encode_known(slow, known))
    ground = made.clone()
    ground[known < 0.5] = torch.tensor([1.0, 0.0, 1.0])  # the area that the network had to fill
    _, fast, covered = _moving_middle("balloon", 0.4)
    picture = render_example("boat", _SIZE, _SIZE, 0)[0]
    prompt = "a red circle moves right, the camera is still"
    return {
        "holes": _sheet({"the model": made, "where it invents": ground}),
        "fast": _sheet({"asked": fast, "the model": one.sample(*one.encode_known(fast, covered))}),
        "steps": _sheet({"one step": made, "twelve steps": many.sample(*many.encode_known(slow, known))}),
        "first_frame": _sheet({"first frame only": one.from_first_frame(picture, _FRAMES)}),
        "text": _sheet({"a red circle": _enlarged_video(one.from_text(prompt, _FRAMES, 64, 64))}),
    }


def write_failures(folder: Path, seed: int = 0) -> list[Path]:
    """Write a sheet NAME.jpg for each failure into the folder; returns the paths."""
    paths = []
    for name, sheet in failures(seed).items():
        paths.append(folder / f"{name}.jpg")
        save_jpeg(sheet, paths[-1], quality=78)
    return paths
