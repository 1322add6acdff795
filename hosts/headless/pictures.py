"""Reading and writing picture files."""

from __future__ import annotations

from pathlib import Path

import torch

from ...files import atomic_write
from .saved_files import FolderType, SavedResult, next_name, path_of


def read_image(path: str | Path) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Read a picture [1,H,W,3] in 0..1, upright, and its transparency as a mask [1,H,W] (1 = transparent) or None.

    Raises ValueError if the file is missing or is no picture.
    """
    import numpy as np
    from PIL import Image, ImageOps, UnidentifiedImageError

    path = Path(path)
    if not path.is_file():
        raise ValueError(f"There is no image file {path}.")
    try:
        with Image.open(path) as file:
            if file.format == "JPEG" and file.getexif().get(ORIENTATION, 1) in TURNS:
                return _read_jpeg(path), None
            upright = ImageOps.exif_transpose(file)
            has_alpha = "A" in upright.getbands() or "transparency" in upright.info
            pixels = np.asarray(upright.convert("RGBA" if has_alpha else "RGB"), dtype=np.float32) / 255.0
    except (UnidentifiedImageError, OSError) as error:
        raise ValueError(f"{path} is not a picture that can be read ({error}).") from error
    image = torch.from_numpy(pixels)[None]
    return image[..., :3].contiguous(), 1.0 - image[..., 3] if has_alpha else None


ORIENTATION = 0x0112  # EXIF tag
TURNS = (1, 3, 6, 8)  # orientations that only rotate the picture; the others also mirror it


def _read_jpeg(path: Path) -> torch.Tensor:
    """Read a JPEG [1,H,W,3] in 0..1 with FFmpeg, like ComfyUI; Pillow's colours differ by one or two levels of 255."""
    import av
    import numpy as np

    with av.open(str(path)) as container:
        frame = next(container.decode(container.streams.video[0]))
    pixels = np.rot90(frame.to_ndarray(format="rgb24"), round(frame.rotation / 90)).copy()
    return torch.from_numpy(pixels)[None] / 255.0


def write_image(path: str | Path, image: torch.Tensor) -> None:
    """Write a picture [H,W,3] in 0..1 as PNG, atomically."""
    from PIL import Image

    if image.ndim != 3 or image.shape[-1] not in (3, 4):
        raise ValueError(f"A picture must have the shape [H,W,3], not {list(image.shape)}.")
    pixels = (image.detach().cpu().clamp(0, 1) * 255).round().to(torch.uint8).numpy()
    with atomic_write(Path(path)) as temporary:
        Image.fromarray(pixels).save(temporary, format="PNG", compress_level=4)


def save_images(images: torch.Tensor, prefix: str, kind: FolderType) -> list[SavedResult]:
    """Write each picture of a batch [B,H,W,3] as a PNG file under the next free name, and return the names."""
    results = []
    for image in images:
        result = next_name(prefix, "png", kind)
        write_image(path_of(result), image)
        results.append(result)
    return results
