"""Pictures and clips that our own code draws: training clips with exact motion, and the example pictures.

from flowbrush.synthetic import render_example

balloon = render_example("balloon", 512, 512)  # [1,512,512,3] in 0..1
"""

# ruff: noqa: F401  (the imports below are the public names, for type checkers)

from typing import TYPE_CHECKING

from ..exports import lazy_exports

if TYPE_CHECKING:
    from .movement import Odds
    from .outlines import SHAPES
    from .pictures.render import EXAMPLE_IMAGES, render_example
    from .scene import Clips, render, render_clips, texture_pool
    from .sprites import COLOURS

__all__, __getattr__, __dir__ = lazy_exports(  # pyright: ignore[reportUnsupportedDunderAll]
    __name__,
    {
        "movement": ["Odds"],
        "outlines": ["SHAPES"],
        "pictures.render": ["EXAMPLE_IMAGES", "render_example"],
        "scene": ["Clips", "render", "render_clips", "texture_pool"],
        "sprites": ["COLOURS"],
    },
)
