"""What the player shows of a flow is what the renderer makes of it: the same two copies, mixed with the same weights."""

import json

import numpy as np
import pytest
from flowbrush.motion.field.field import field_from_document
from flowbrush.rendering.warp import warp_image

from .player_page import LENGTH, picture, shown

pytestmark = pytest.mark.browser

FRAMES = (4, 8, 12)
FLOW = json.dumps(
    {
        "version": 2,
        "loop": "seamless",
        "layers": [
            {
                "region": {"strokes": [{"radius": 0.25, "points": [[0.5, 0.5]]}]},
                "motion": {
                    "paths": [{"points": [[0.3, 0.5], [0.5, 0.4], [0.7, 0.5]]}],
                    "flow": {"speed": 0.4},
                },
            }
        ],
    }
)


@pytest.mark.parametrize(("kind", "most"), [("webgl2", 6), ("2d", 7.5)])
def test_a_flow_is_mixed_as_in_a_render(player, kind, most):
    """The mean difference of a pixel's channel inside the region, with the weights of the picture and with an even cross-fade."""

    def look(page):
        return [shown(page, frame / (LENGTH - 1)) for frame in FRAMES]

    mixed, even = player(look, FLOW, kind, seen=1), player(look, FLOW, kind)
    clip = warp_image(picture(), field_from_document(FLOW, LENGTH).up_to_the_end())
    for number, frame in enumerate(FRAMES):
        inside = clip.moving[frame].numpy() > 0.99
        wanted = clip.frames[frame].numpy() * 255
        away, away_even = (np.abs(seen[number] - wanted)[inside].mean() for seen in (mixed, even))
        assert inside.mean() > 0.1
        assert away < most and away < 0.4 * away_even
