"""A motion document proposed for a picture and a prompt, for an artist who has not painted anything yet."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from torch import Tensor

from ..document.document import Ambient, Camera, Document, Keyframe, Layer, Motion, Region
from .gentle_move import gentle_depth, gentle_keyframe
from .picture_parts import material_mask, outline
from .prompt_words import PromptWords, read_prompt

# How each material sways: amount (share of the short side) and speed. Clouds drift to the right by a share of the width.
_SWAY = {"water": (0.006, 3.0), "plants": (0.007, 2.0), "fire": (0.012, 5.0), "sky": (0.0, 1.0)}
_CLOUD_DRIFT = 0.05
_FEATHER = {"water": 0.06, "plants": 0.05, "fire": 0.04, "sky": 0.14}
_SUBJECT_SWAY = (0.012, 2.0)


@dataclass(frozen=True)
class Proposal:
    """A proposed document, and a sentence for each thing that was understood or could not be found in the picture.

    The region of the document's layer "subject" is the mask 0 of `field_from_document`. depth: [H,W] in 0..1, the supposed depth
    for a camera that travels, see `gentle_move`.
    """

    document: Document
    sentences: tuple[str, ...]
    depth: Tensor


def proposed_motion(
    image: Tensor, prompt: str = "", strength: float = 1.0, has_subject: bool = False
) -> Proposal:
    """A motion for a picture [H,W,3] in 0..1: what the prompt says, and a gentle move around the subject if it says nothing of the camera.

    Materials that the prompt names sway or drift where the picture shows them. What the prompt says of anything else is done
    by the subject, whose mask the caller has if `has_subject`. `strength` multiplies every motion. Raises ValueError for a
    picture of another shape or with NaN, and for a strength that is not in 0 to 4.
    """
    if image.ndim != 3 or image.shape[-1] != 3 or not bool(image.isfinite().all()):
        raise ValueError(f"A motion is proposed for one finite image [H,W,3], not {list(image.shape)}.")
    if not 0 <= strength <= 4:
        raise ValueError(f"`strength` is {strength}; it must be from 0 (no motion) to 4.")
    pixels = image.detach().float().cpu().numpy()
    words = read_prompt(prompt)
    layers, sentences = _material_layers(pixels, words, strength)
    camera, sentence = _camera(image, words, strength)
    sentences.append(sentence)
    if has_subject and words.moves_subject:
        layers.append(_subject_layer(words, strength))
        sentences.append("The subject moves as the prompt says.")
    elif words.moves_subject:
        sentences.append(
            "The prompt says that something moves: connect a mask of it as `subject`, or paint it in Motion Brush."
        )
    keyframes = () if camera.is_neutral else (camera,)
    document = Document(layers=tuple(layers), camera=Camera(keyframes=keyframes))
    return Proposal(document, tuple(sentences), gentle_depth(image))


def _camera(image: Tensor, words: PromptWords, strength: float) -> tuple[Keyframe, str]:
    """The camera at the end of the clip, and a sentence about it."""
    ease = "ease_in_out"
    view = words.camera
    if view is None:
        return gentle_keyframe(image, strength), "The camera moves gently around the subject."
    if view.is_neutral:
        return Keyframe(time=1), "The camera stays still."
    moves = ("pan", "tilt", "truck", "pedestal", "dolly", "roll")
    scaled = {name: round(getattr(view, name) * strength, 4) for name in moves}
    scaled["dolly"] = min(scaled["dolly"], 0.8)
    camera = Keyframe(time=1, zoom=round(view.zoom**strength, 4), ease=ease, **scaled)
    return camera, f"The camera: {', '.join(words.phrases)}."


def _material_layers(
    pixels: np.ndarray, words: PromptWords, strength: float
) -> tuple[list[Layer], list[str]]:
    """A layer for each named material that the picture shows, and a sentence for each."""
    layers, sentences = [], []
    for name in words.materials:
        mask = material_mask(pixels, name)
        if mask is None:
            sentences.append(
                f"The prompt names {name}, but the picture shows none that can be found by its colour."
            )
            continue
        amount, speed = _SWAY[name]
        motion = Motion(ambient=Ambient(amount=round(amount * strength, 5), speed=speed, seed=len(layers)))
        if name == "sky":
            motion = Motion(horizontal=round(_CLOUD_DRIFT * strength, 4))
        layers.append(Layer(name=name, region=outline(mask, _FEATHER[name]), motion=motion))
        sentences.append(f"Found in the picture and set in motion: {name}.")
    return layers, sentences


def _subject_layer(words: PromptWords, strength: float) -> Layer:
    """The layer of the subject, whose region is a connected mask."""
    motion = Motion(
        horizontal=round(words.subject[0] * strength, 4),
        vertical=round(words.subject[1] * strength, 4),
        proximity=round(words.nearer * strength, 4),
        ease="ease_in_out",
    )
    if words.sways:
        amount, speed = _SUBJECT_SWAY
        motion = replace(motion, ambient=Ambient(amount=round(amount * strength, 5), speed=speed, seed=9))
    return Layer(name="subject", region=Region(mask=0, feather=0.0), motion=motion, order=1)
