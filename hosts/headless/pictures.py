"""Reading and writing picture files."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import torch

from ...files import atomic_write
from .. import host
from ..pixel_bytes import rounded_bytes
from .damaged_files import picture_damage
from .media import read_media, unreadable
from .saved_files import FolderType, SavedResult, next_name, path_of

MOST_PIXELS = 400_000_000
"""Pixels of the largest picture that is decoded, all frames of an animation together."""


def read_image(path: str | Path) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Read a picture or an animation [T,H,W,3] in 0..1 and its transparency [T,H,W] (1 = transparent) or None.

    As in ComfyUI, FFmpeg reads the file, and Pillow reads what FFmpeg cannot decode, such as animated WebP. The picture
    is turned by its EXIF orientation, but FFmpeg does not mirror it. Notices say so, and that a file is damaged. Raises
    ValueError if the file is missing, is no picture, or holds none of its pixels.
    """
    path = Path(path).expanduser()
    if not path.is_file():
        raise ValueError(f"There is no image file {path}.")
    media = read_media(path, "picture")
    if len(media.images):
        images, transparency = media.images, None if media.alpha is None else 1.0 - media.alpha[..., -1]
        if _is_mirrored(path):
            host().notice(
                f"{path.name} has an EXIF orientation that mirrors it; as in ComfyUI, it is turned but not mirrored: "
                "save it upright with a photo program if that is wrong."
            )
    else:
        images, transparency = _read_with_pillow(path)
    if damage := picture_damage(path):
        if images.amax() == images.amin():
            raise ValueError(
                f"{path} holds none of its pixels ({damage}): it is cut off; copy or download it again."
            )
        host().notice(
            f"{path.name} is cut off or damaged ({damage}); what is missing is grey or black: copy or download it again."
        )
    return images, transparency


ORIENTATION = 0x0112  # EXIF tag
MIRRORED = (2, 4, 5, 7)


def _is_mirrored(path: Path) -> bool:
    """Whether the EXIF orientation of a picture mirrors it."""
    from PIL import Image

    try:
        with Image.open(path) as file:
            return file.getexif().get(ORIENTATION, 1) in MIRRORED
    except MemoryError:
        raise
    except Exception:  # Pillow does not know the format, or the file is damaged, which is told elsewhere
        return False


class TooLarge(ValueError):
    """A picture has more than MOST_PIXELS pixels."""


def _read_with_pillow(path: Path) -> tuple[torch.Tensor, torch.Tensor | None]:
    from PIL import Image, ImageFile

    attempt = ImageFile.LOAD_TRUNCATED_IMAGES
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            ImageFile.LOAD_TRUNCATED_IMAGES = True
            with Image.open(path) as file:
                pixels = file.width * file.height * getattr(file, "n_frames", 1)
                if pixels > MOST_PIXELS:
                    raise TooLarge(
                        f"{path} has {pixels // 10**6} million pixels; at most {MOST_PIXELS // 10**6} million are read."
                    )
                return _frames_of(file)
    except (MemoryError, TooLarge):
        raise
    except Exception as error:  # Pillow's readers raise many kinds for damaged files
        raise ValueError(unreadable(path, "picture", str(error) or type(error).__name__)) from error
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = attempt


def _frames_of(file: Any) -> tuple[torch.Tensor, torch.Tensor | None]:
    """The frames of an open picture that have the size of the first, and their transparency."""
    from PIL import ImageOps, ImageSequence

    images: list[torch.Tensor] = []
    masks: list[torch.Tensor | None] = []
    for entry in ImageSequence.Iterator(file):
        upright = ImageOps.exif_transpose(entry)
        rgb = _unit(upright.convert("RGB"))
        if images and rgb.shape != images[0].shape:
            continue
        images.append(rgb)
        masks.append(1.0 - _unit(upright.getchannel("A")) if "A" in upright.getbands() else None)
    if all(mask is None for mask in masks):
        return torch.stack(images), None
    empty = torch.zeros(images[0].shape[:2])
    return torch.stack(images), torch.stack([empty if mask is None else mask for mask in masks])


def _unit(image: Any) -> torch.Tensor:
    import numpy as np

    return torch.from_numpy(np.array(image).astype(np.float32) / 255.0)


def write_image(path: str | Path, image: torch.Tensor) -> None:
    """Write a picture [H,W,3] (or [H,W,4] with transparency), in 0..1 or as bytes (uint8), as PNG, atomically."""
    from PIL import Image

    if image.ndim != 3 or image.shape[-1] not in (3, 4):
        raise ValueError(f"A picture must have the shape [H,W,3], not {list(image.shape)}.")
    if image.dtype != torch.uint8:
        image = rounded_bytes(image)
    with atomic_write(Path(path)) as temporary:
        Image.fromarray(image.cpu().numpy()).save(temporary, format="PNG", compress_level=4)


def save_images(images: torch.Tensor, prefix: str, kind: FolderType) -> list[SavedResult]:
    """Write each picture of a batch [B,H,W,3] as a PNG file under the next free name, and return the names.

    As in ComfyUI, the part of a value that a byte cannot hold is cut off, not rounded.
    """
    results = []
    for image in images:
        result = next_name(prefix, "png", kind, (image.shape[1], image.shape[0]))
        write_image(
            path_of(result), (image.detach().float() * 255).nan_to_num(0).clamp(0, 255).to(torch.uint8)
        )
        results.append(result)
    return results
