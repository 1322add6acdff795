"""A walking figure in a clip: its limbs are followed where they swing against the body, and the rest stays as it was."""

import pytest
from flowbrush.motion.clip_edit import own_motion

from .walking import PARTS, walking


def errors(walk):
    """The mean error in px of each part's motion in the last frame."""
    off = (own_motion(walk.frames, walk.figure, 0).thing - walk.truth)[-1].norm(dim=-1)
    return {name: float(off[mask].mean()) for name, mask in walk.masks.items()}


def test_a_figure_that_goes_on_stiffly_is_followed_exactly():
    assert max(errors(walking(swing=0.0)).values()) < 0.2


@pytest.mark.parametrize("limb, most", [("left leg", 2.0), ("right arm", 5.0)])
def test_one_swinging_limb_is_followed_and_the_others_stay_exact(limb, most):
    """The limb's end goes about 20 px against the body; as part of one affine map it was 12 px off. The arm goes partly behind the body."""
    walk = walking(swinging=(limb,))
    off = errors(walk)
    reach = (walk.truth[-1] - walk.truth[-1][walk.masks["body"]].mean(0)).norm(dim=-1)
    assert float(reach[walk.masks[limb]].mean()) > 10
    assert off.pop(limb) < most
    assert max(off.values()) < 0.5


def test_legs_that_swing_both_ways_are_followed():
    off = errors(walking(swing=0.5, swinging=("left leg", "right leg")))
    assert off["left leg"] < 1.5 and off["right leg"] < 1.5
    assert off["body"] < 0.3


def test_all_limbs_at_once_leave_the_body_where_it_is():
    """Limbs that get behind the body are lost with what the flow sees of them; those that stay visible are not."""
    off = errors(walking(swinging=tuple(PARTS)))
    assert off["body"] < 0.5 and off["left leg"] < 2.5 and off["right leg"] < 4.5
