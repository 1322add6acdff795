"""A shot that goes on: the motion of the next part of a clip, and the two parts joined."""

# ruff: noqa: F401  (the imports below are the public names, for type checkers)

from typing import TYPE_CHECKING

from ...exports import lazy_exports

if TYPE_CHECKING:
    from .continued import continued_field
    from .joining import joined
    from .joint import Joint, joint_ratios

__all__, __getattr__, __dir__ = lazy_exports(  # pyright: ignore[reportUnsupportedDunderAll]
    __name__,
    {
        "continued": ["continued_field"],
        "joining": ["joined"],
        "joint": ["Joint", "joint_ratios"],
    },
)
