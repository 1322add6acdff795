"""Motion proposed for a picture and a prompt: the camera's words, and materials that are named and found in the picture."""

from .gentle_move import gentle_depth, gentle_document, gentle_keyframe
from .picture_parts import MATERIALS, material_mask, outline
from .prompt_words import PromptWords, read_prompt
from .proposal import Proposal, proposed_motion

__all__ = [
    "MATERIALS",
    "PromptWords",
    "Proposal",
    "gentle_depth",
    "gentle_document",
    "gentle_keyframe",
    "material_mask",
    "outline",
    "proposed_motion",
    "read_prompt",
]
