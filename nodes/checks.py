"""Checks of node inputs. Each raises ValueError with one sentence: what is wrong, the value, and what would be right.

ComfyUI shows the sentence on the node. `name` is the name of the input.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor

from ..hosts import host
from ..models.video_grid import WAN, VideoGrid
from ..motion.field.field import MotionField
from ..motion.field.mask_values import OVERSHOOT, masks_in_unit_range
from ..rendering.layer_stack import LayerStack, Plate, read_layers

HIGHEST_SAMPLE_RATE = 1_000_000  # samples a second; studio sound has 192 000


def check_connected(value: Any, name: str, source: str) -> None:
    """Refuses a missing input; `source` says what to connect."""
    if value is None:
        raise ValueError(f"`{name}` is missing; connect {source}")


def check_loaded(value: Any, name: str, source: str) -> None:
    """Refuses a MODEL, CLIP or VAE that is missing, and a plain value in its place; `source` says what to connect."""
    if value is None or isinstance(value, (str, int, float, list, tuple, dict, Tensor)):
        raise ValueError(f"`{name}` is {_kind(value)}; connect {source}")


def checked_image(image: Any, name: str, frames: int | None = None) -> Tensor:
    """The IMAGE [T,H,W,3] in float32, with finite values; with exactly `frames` frames if that is given.

    Of a picture with transparency the colours are used, as in ComfyUI's own nodes. The user is told of colours far outside of
    0..1. Raises ValueError for anything else, bytes among it.
    """
    if not isinstance(image, Tensor):
        raise ValueError(f"`{name}` is {_kind(image)}; connect an IMAGE")
    if image.ndim == 4 and image.shape[-1] == 4:
        image = image[..., :3]
    if image.ndim != 4 or image.shape[-1] != 3 or image.numel() == 0:
        raise ValueError(f"`{name}` has shape {list(image.shape)}; an IMAGE is [frames, height, width, 3]")
    if not image.is_floating_point():
        kind = str(image.dtype).removeprefix("torch.")
        raise ValueError(
            f"`{name}` holds values of the type {kind}; an IMAGE holds decimal numbers from 0 to 1"
        )
    if frames is not None and len(image) != frames:
        raise ValueError(f"`{name}` holds {_count(len(image), 'image')}; this input takes {frames}")
    image = image.float()
    _check_finite(image, name)
    _tell_of_colours_out_of_range(image, name)
    return image


def _tell_of_colours_out_of_range(image: Tensor, name: str) -> None:
    """Tells the user of colours that no filter's overshoot explains: bytes, or values of a network in -1..1."""
    low, high = float(image.amin()), float(image.amax())
    if low < -OVERSHOOT or high > 1 + OVERSHOOT:
        host().notice(
            f"`{name}` holds values from {low:g} to {high:g}, and colours are from 0 to 1: what is beyond is cut off or shown "
            "wrong. Bytes have to be divided by 255 before they are connected."
        )


def checked_first_image(image: Any, multiple: int = 16) -> Tensor:
    """The IMAGE `first_image` [1,H,W,3], whose sides are multiples of `multiple` pixels."""
    image = checked_image(image, "first_image", 1)
    check_picture_size(image, "first_image", multiple)
    return image


def checked_last_image(image: Any, first: Tensor, first_name: str = "first_image") -> Tensor | None:
    """The IMAGE `last_image` [1,H,W,3], of the size of `first`; None where it is not connected."""
    if image is None:
        return None
    image = checked_image(image, "last_image", 1)
    check_same_size(image, "last_image", first, first_name)
    return image


def checked_video(image: Any, name: str, shortest: int = 2) -> Tensor:
    """The IMAGE [T,H,W,3], with at least `shortest` frames."""
    image = checked_image(image, name)
    if len(image) < shortest:
        raise ValueError(f"`{name}` holds {_count(len(image), 'image')}; a clip needs at least {shortest}")
    return image


def checked_mask(mask: Any, name: str) -> Tensor:
    """The MASK [N,H,W] in 0..1; a single mask [H,W] becomes a batch of 1.

    The user is told when bytes or logits are converted. Raises ValueError for values whose meaning is not known.
    """
    if not isinstance(mask, Tensor):
        raise ValueError(f"`{name}` is {_kind(mask)}; connect a MASK")
    if mask.ndim == 2:
        mask = mask[None]
    if mask.ndim != 3 or mask.numel() == 0:
        raise ValueError(f"`{name}` has shape {list(mask.shape)}; a MASK is [masks, height, width]")
    _check_finite(mask, name)
    masks = masks_in_unit_range(mask, name)
    if masks.remark:
        host().notice(masks.remark)
    return masks.values


def check_not_empty(mask: Tensor, name: str, effect: str) -> None:
    """Tells the user when a MASK is 0 everywhere, with its effect."""
    if not bool(mask.any()):
        host().notice(
            f"`{name}` is empty, {effect}. Load Image gives an empty mask of 64x64 pixels for a picture without transparency."
        )


def checked_depth(depth: Any, name: str = "depth") -> Tensor:
    """The brightness [H,W] of the first frame of an IMAGE."""
    return checked_image(depth, name)[0].mean(dim=-1)


def checked_motion(motion: Any, name: str = "motion", frames: int | None = None, of: str = "") -> MotionField:
    """The motion field; with exactly `frames` frames if that is given. `of` names the clip that has this length."""
    if not isinstance(motion, MotionField):
        raise ValueError(f"`{name}` is {_kind(motion)}; connect the output of a Flowbrush motion node")
    if frames is not None and motion.frames != frames:
        raise ValueError(
            f"`{name}` is {_count(motion.frames, 'frame')} long and {of} {frames}; give both the same length"
        )
    return motion


def checked_sound(audio: Any, name: str) -> dict[str, Any]:
    """The AUDIO `{"waveform": [N,channels,samples], "sample_rate"}` with finite values; it may have no samples."""
    if not isinstance(audio, Mapping) or "waveform" not in audio or "sample_rate" not in audio:
        raise ValueError(f"`{name}` is {_kind(audio)}; connect an AUDIO, for example of Load Audio")
    waveform, rate = audio["waveform"], audio["sample_rate"]
    if not isinstance(waveform, Tensor):
        raise ValueError(
            f"the waveform of `{name}` is {_kind(waveform)}; connect an AUDIO, for example of Load Audio"
        )
    if waveform.ndim != 3 or 0 in waveform.shape[:2]:
        raise ValueError(
            f"the waveform of `{name}` has shape {list(waveform.shape)}; that of an AUDIO is [sounds, channels, samples]"
        )
    if not isinstance(rate, (int, float)) or not 1 <= rate <= HIGHEST_SAMPLE_RATE:
        raise ValueError(
            f"the sample rate of `{name}` is {rate}; it must be from 1 to {HIGHEST_SAMPLE_RATE} samples a second"
        )
    _check_finite(waveform, name)
    return {"waveform": waveform, "sample_rate": int(rate)}


def check_fps(fps: float) -> None:
    """Refuses frames a second that are not above 0 and finite, as a link can give."""
    if not 0 < fps < math.inf:
        raise ValueError(f"`fps` is {fps:g}; it must be above 0, for example 24")


def checked_latent(latent: Any, name: str = "latent") -> Tensor:
    """The samples [B,C,T',h,w] of a video LATENT, with finite values."""
    samples = latent.get("samples") if isinstance(latent, dict) else None
    if not isinstance(samples, Tensor):
        raise ValueError(f"`{name}` is {_kind(latent)}; connect a LATENT")
    if samples.ndim != 5:
        raise ValueError(
            f"`{name}` has shape {list(samples.shape)}; a video LATENT is [batch, channels, frames, height, width]"
        )
    _check_finite(samples, name)
    return samples


def checked_conditioning(conditioning: Any, name: str) -> list:
    """The CONDITIONING, with at least one part and finite values."""
    if not isinstance(conditioning, list) or not conditioning:
        raise ValueError(
            f"`{name}` is {_kind(conditioning)}; connect a CONDITIONING, for example that of Text Encode"
        )
    for part in conditioning:
        if isinstance(part[0], Tensor):
            _check_finite(part[0], name)
    return conditioning


def checked_image_to_video(
    positive: Any, negative: Any, vae: Any, vae_name: str, first_image: Any, length: int
) -> Tensor:
    """The IMAGE `first_image` [1,H,W,3], after a check of all inputs that image-to-video nodes share.

    `vae_name` says which VAE to connect if it is missing.
    """
    checked_conditioning(positive, "positive")
    checked_conditioning(negative, "negative")
    check_loaded(vae, "vae", vae_name)
    check_length(length)
    return checked_first_image(first_image)


def check_choice(value: Any, name: str, choices: Iterable[str]) -> None:
    """Refuses a value that is not among the choices of its list."""
    choices = tuple(choices)
    if value not in choices:
        raise ValueError(f"`{name}` is {str(value)[:100]!r}; choose one of {', '.join(choices)}")


def check_motion_condition(motion_cfg: float, no_motion: list | None) -> None:
    """Refuses a `motion_cfg` other than 1 without the conditioning `no_motion` that it is computed against."""
    if no_motion is not None:
        checked_conditioning(no_motion, "no_motion")
    elif motion_cfg != 1.0:
        raise ValueError(
            f"`motion_cfg` is {motion_cfg:g}, which needs `no_motion`: connect that output of Motion Conditioning, "
            "or set it to 1"
        )


def check_length(length: int, name: str = "length", grid: VideoGrid = WAN) -> None:
    """Refuses a length that a model family does not take; that of Wan is 4k+1."""
    grid.check_length(length, name)


def check_size(width: int, height: int, multiple: int = 16) -> None:
    """Refuses a width or height that is not a multiple of `multiple` pixels."""
    for name, value in (("width", width), ("height", height)):
        if value < multiple or value % multiple:
            nearest = max(multiple, round(value / multiple) * multiple)
            raise ValueError(f"`{name}` is {value}; it must be a multiple of {multiple}: try {nearest}")


def check_picture_size(image: Tensor, name: str, multiple: int = 16) -> None:
    """Refuses an IMAGE whose width or height is not a multiple of `multiple` pixels."""
    height, width = image.shape[1:3]
    if height % multiple or width % multiple:
        raise ValueError(
            f"`{name}` is {width}x{height} pixels; both must be multiples of {multiple}: put it through First Frame"
        )


def check_same_size(image: Tensor, name: str, other: Tensor, other_name: str) -> None:
    """Refuses two pictures [T,H,W,C] of different sizes."""
    if image.shape[1:3] != other.shape[1:3]:
        raise ValueError(
            f"`{name}` is {image.shape[2]}x{image.shape[1]} pixels and `{other_name}` "
            f"{other.shape[2]}x{other.shape[1]}; give both the same size"
        )


def checked_plate(plate: Any, picture: Tensor, picture_name: str) -> Plate | None:
    """The connected plate [H,W,3] or LAYERS, of the size of the picture [1,H,W,3]; None if nothing is connected."""
    if plate is None:
        return None
    if isinstance(plate, dict):
        return checked_layers(plate, "plate", picture, picture_name)
    image = checked_image(plate, "plate", 1)
    check_same_size(image, "plate", picture, picture_name)
    return image[0]


def checked_beginning(beginning: Any, picture: Tensor, picture_name: str) -> Tensor | None:
    """The connected picture of a shot's beginning [H,W,3], of the size of the picture [1,H,W,3]; None if nothing is connected."""
    if beginning is None:
        return None
    image = checked_image(beginning, "beginning", 1)
    check_same_size(image, "beginning", picture, picture_name)
    return image[0]


def checked_layers(layers: Any, name: str, picture: Tensor, picture_name: str) -> LayerStack:
    """The stack of a LAYERS document whose canvas has the size of the picture [1,H,W,3]."""
    stack = read_layers(layers, name)
    height, width = picture.shape[1:3]
    if stack.size != (height, width):
        raise ValueError(
            f"the canvas of `{name}` is {stack.size[1]}x{stack.size[0]} pixels and `{picture_name}` {width}x{height}; "
            "give both the same size"
        )
    return stack


def _check_finite(values: Tensor, name: str) -> None:
    # A sum in float64 does not overflow, so it is finite exactly if all values are. Summing frame by frame keeps the
    # float64 copy small.
    if not all(bool(torch.isfinite(part.sum(dtype=torch.float64))) for part in values):
        raise ValueError(f"`{name}` holds values that are NaN or infinite; check the node that it comes from")


def _kind(value: Any) -> str:
    return "missing" if value is None else f"a {type(value).__name__}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
