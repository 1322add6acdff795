"""An animation that ComfyUI shows on a node: a WebP file in the host's temporary folder."""

import hashlib
from typing import Any

from torch import Tensor

from ..files import atomic_write
from ..hosts import host

_FPS = 12


def animation_ui(frames: Tensor, fps: float = _FPS) -> dict[str, Any]:
    """Writes `frames` [T,H,W,3] to a file and returns the `ui` of a node that shows it. Equal frames share one file."""
    from PIL import Image

    pixels = (frames.detach().clamp(0, 1) * 255).round().byte().cpu().numpy()
    name = f"flowbrush_{hashlib.sha256(pixels.tobytes()).hexdigest()[:16]}.webp"
    path = host().temp_directory() / name
    if not path.exists():
        first, *others = (Image.fromarray(picture) for picture in pixels)
        options = {"save_all": True, "append_images": others, "duration": round(1000 / fps), "loop": 0}
        with atomic_write(path) as temporary:
            first.save(temporary, "WEBP", quality=85, **options)
    return {"images": [{"filename": name, "subfolder": "", "type": "temp"}], "animated": (True,)}
