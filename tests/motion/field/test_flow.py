"""A flow: streamlines inside a region that stays as it is, drawn as two copies that are cross-faded."""

import json

import numpy as np
import pytest
import torch
from flowbrush.hosts.headless.document_text import describe
from flowbrush.interruption import interruptible
from flowbrush.motion.document.document import parse
from flowbrush.motion.field.field import field_from_document
from flowbrush.motion.field.moving_layers import drawn_copy
from flowbrush.motion.measure.seam import seam_ratio
from flowbrush.rendering.warp import warp_image

SQUARE = {"polygons": [{"points": [[0.25, 0.25], [0.75, 0.25], [0.75, 0.75], [0.25, 0.75]]}], "feather": 0.02}
RIGHT = {"paths": [{"points": [[0.3, 0.5], [0.7, 0.5]]}]}
BENT = {"paths": [{"points": [[0.3, 0.4], [0.5, 0.32], [0.7, 0.4]]}, {"points": [[0.7, 0.6], [0.3, 0.62]]}]}
SIZE = 96


def document(motion, region=SQUARE, flow=None, loop="none"):
    part = {"region": region, "motion": {**motion, "flow": {"speed": 0.4, **(flow or {})}}}
    return json.dumps({"version": 2, "layers": [part], "loop": loop})


def field(*args, frames=13, **more):
    return field_from_document(document(*args, **more), frames, aspect=1.0)


def test_the_boundary_holds_and_the_middle_follows_the_stroke():
    moved = field(RIGHT).displacement(SIZE, SIZE)[-1]
    at = int(0.5 * SIZE)
    assert moved[at, int(0.3 * SIZE), 0] > 20 and moved[at, int(0.3 * SIZE), 1].abs() < 1
    assert moved[at, int(0.24 * SIZE)].norm() < 0.05 and moved[int(0.8 * SIZE), at].norm() == 0
    reached = moved[at, :, 0] + torch.arange(SIZE)
    assert reached[int(0.25 * SIZE) : int(0.75 * SIZE)].max() <= 0.76 * SIZE


@pytest.mark.parametrize("motion", [RIGHT, BENT, {"horizontal": 0.1, "vertical": -0.1}])
def test_no_copy_folds_over_itself(motion):
    layer = field(motion).layers[0]
    side = 2 * SIZE  # fine enough for differences to be derivatives
    x, y = np.meshgrid((np.arange(side) + 0.5) / side, (np.arange(side) + 0.5) / side)
    points = torch.tensor(np.stack([x, y], -1).reshape(-1, 2), dtype=torch.float32)
    for number in (0, 1):
        copy = drawn_copy(layer, number).motion(1.0)
        places = points.T + copy.bend(np.linspace(0.01, 0.99, 9), points)
        places = places.reshape(9, 2, side, side) * side
        by_x, by_y = places.diff(dim=3)[:, :, :-1], places.diff(dim=2)[..., :-1]
        area = by_x[:, 0] * by_y[:, 1] - by_x[:, 1] * by_y[:, 0]
        assert area.min() > 0 and area.max() < 20


def test_the_copies_meet_the_picture_and_one_another():
    layer = field(RIGHT, flow={"speed": 0.4, "reach": 0.1}).layers[0]
    point = torch.tensor([[0.4, 0.5]])
    times = np.array(
        [0.0, 0.2499999, 0.125]
    )  # four rounds: the beginning and the end of the first, its middle
    first, second = (drawn_copy(layer, number).motion(1.0).bend(times, point)[:, 0, 0] for number in (0, 1))
    assert layer.fade(times) == pytest.approx([0, 1, 0.5], abs=1e-5)
    assert first.tolist() == pytest.approx([0, 0.1, 0.05], abs=2e-3)
    assert second.tolist() == pytest.approx([-0.1, 0, -0.05], abs=2e-3)


def test_places_do_not_depend_on_the_times_that_are_asked_for_together():
    layer, point = field(BENT).layers[0], torch.tensor([[0.4, 0.36], [0.6, 0.6]])
    times = np.linspace(0, 1, 9)
    together = layer.motion(1.0).bend(times, point)
    for number, time in enumerate(times):
        assert torch.allclose(layer.motion(1.0).bend(np.array([time]), point)[0], together[number], atol=2e-4)


def picture():
    y, x = torch.meshgrid(torch.arange(SIZE), torch.arange(SIZE), indexing="ij")
    waves = 0.5 + 0.3 * torch.sin(x * 0.7) * torch.cos(y * 0.5)
    return torch.stack([waves, waves.flip(0), waves.flip(1)], -1)


def test_the_drawn_loop_closes_keeps_the_rest_and_knows_every_pixel():
    clip = warp_image(picture(), field(RIGHT, frames=24, loop="seamless", flow={"speed": 0.6}))
    assert seam_ratio(clip.frames) <= 1.1
    assert clip.completed_by == "nothing" and clip.coverage.min() > 0.999
    outside = clip.frames[:, : int(0.2 * SIZE)]
    assert (outside - picture()[: int(0.2 * SIZE)]).abs().max() < 1e-3
    inside = clip.frames[:, 40:56, 40:56]
    assert (inside.diff(dim=0).abs().mean((1, 2, 3)) > 0.005).all()


def test_a_repeated_motion_in_a_seamless_loop_is_cross_faded():
    layer = {"region": {"everything": True}, "motion": {"horizontal": 0.2, "loop": "repeat", "end": 0.5}}
    text = json.dumps({"version": 2, "layers": [layer], "loop": "seamless"})
    looping = field_from_document(text, 20)
    assert looping.layers[0].fade(np.array([0, 0.25, 0.5, 1])) == pytest.approx([0, 0.5, 0, 0])
    assert seam_ratio(warp_image(picture(), looping).frames) <= 1.1
    jumping = field_from_document(text.replace("seamless", "none"), 20)
    assert not jumping.layers[0].cross_fades


def test_a_flow_needs_a_direction_and_is_described():
    still = parse(document({})).layers[0].motion
    assert still.is_still and not still.flows
    assert describe(parse(document(RIGHT))) == [
        "layer 1: flows for ever, by 40 % of the short side over the clip"
    ]


def test_a_thousand_strokes_of_one_direction_flow_like_one():
    starts = np.random.default_rng(0).uniform(0.3, 0.6, (1000, 2)).round(3).tolist()
    many = {"paths": [{"points": [[x, y], [x + 0.1, y]]} for x, y in starts]}
    one = {"paths": [{"points": [[0.3, 0.5], [0.4, 0.5]]}]}
    calls = []
    with interruptible(lambda: calls.append(1)):
        moved = field(many).displacement(SIZE, SIZE)[-1]
    torch.testing.assert_close(moved, field(one).displacement(SIZE, SIZE)[-1], atol=0.1, rtol=0)
    assert len(calls) > 50  # a cancel is noticed while the directions are blended
