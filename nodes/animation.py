"""An animation to show on a node: a WebP file in the host's temporary folder."""

import hashlib
import os
from typing import Any

from torch import Tensor

from ..hosts import host

_FPS = 12


def shown_animation(frames: Tensor, fps: float = _FPS) -> dict[str, Any]:
    """Write `frames` [T,H,W,3] and return what a node's `ui` is to be. The same frames give the same file."""
    from PIL import Image

    pixels = (frames.detach().clamp(0, 1) * 255).round().byte().cpu().numpy()
    name = f"flowbrush_{hashlib.sha256(pixels.tobytes()).hexdigest()[:16]}.webp"
    folder = host().temp_directory()
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / name).exists():
        first, *others = (Image.fromarray(picture) for picture in pixels)
        aside = folder / f"{name}.{os.getpid()}.part"
        duration = round(1000 / fps)
        first.save(aside, "WEBP", save_all=True, append_images=others, duration=duration, loop=0, quality=85)
        aside.replace(folder / name)
    return {"images": [{"filename": name, "subfolder": "", "type": "temp"}], "animated": (True,)}
