"""What a wrapper may do with one call of a network, common to those that let it see another picture than the sampler's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def refuse_whole_guides(control: Any, conditions: Mapping[str, Any], cannot: str) -> None:
    """Raise ValueError for a ControlNet and for keyframe guides, which describe the sampler's picture as a whole.

    cannot: the rest of the sentence, what cannot be done with them and what to do.
    """
    for name, given in (("a ControlNet", control), ("keyframe guides", conditions.get("keyframe_idxs"))):
        if given is not None:
            raise ValueError(f"the model is given {name}, {cannot}")
