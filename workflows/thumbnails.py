"""The picture of an example graph: four frames of the video that it makes."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import torch

QUALITY = 90


def write_thumbnail(path: Path) -> Path:
    """Run the graph at `path` without ComfyUI and write frames of its video as NAME.jpg beside it."""
    from PIL import Image

    from ..hosts import headless
    from ..hosts.headless import convert, runner
    from ..hosts.headless.videos import read_video
    from ..motion.pictures import contact_sheet

    with TemporaryDirectory() as folder:
        headless.configure(output_directory=folder)
        result = runner.run(convert.load(path))
        video = next(file for file in result.files() if file.suffix == ".mp4")
        frames, _ = read_video(video)
    shown = frames[torch.linspace(0, len(frames) - 1, 4).round().long()]
    pixels = (contact_sheet(shown, columns=2, gap=4).clamp(0, 1) * 255).round().byte().numpy()
    thumbnail = path.with_suffix(".jpg")
    aside = thumbnail.with_suffix(".part")
    Image.fromarray(pixels).save(aside, "JPEG", quality=QUALITY)
    aside.replace(thumbnail)
    return thumbnail
