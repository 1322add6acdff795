"""Long computations end soon after a cancel, inside a layer and inside a picture."""

import json

import pytest
import torch
from flowbrush.hosts import host
from flowbrush.hosts.headless import Cancelled
from flowbrush.interruption import check_interruption, interruptible
from flowbrush.motion.document.document import parse
from flowbrush.motion.field.field import painted_field
from flowbrush.motion.measure.measure import measure_motion
from flowbrush.nodes.example import ExampleImage


class Stop(Exception):
    """The caller's own exception."""


def after(calls):
    """A check that raises at the given call, and counts them."""

    def check():
        check.count += 1
        if check.count >= calls:
            raise Stop

    check.count = 0
    return check


def test_nothing_is_asked_outside_of_a_block():
    check_interruption()
    with pytest.raises(Stop), interruptible(after(1)):
        check_interruption()
    check_interruption()


@pytest.mark.parametrize(
    "members",
    [
        {"region": {"strokes": [{"points": [[k / 400, (k * 7 % 11) / 11] for k in range(400)]}]}},
        {"region": {"polygons": [{"points": [[k / 400, (k * 7 % 11) / 11] for k in range(400)]}]}},
        {
            "region": {"everything": True},
            "motion": {"paths": [{"points": [[k / 300, 0.1], [k / 300, 0.2]]} for k in range(300)]},
        },
    ],
)
def test_a_cancel_ends_the_work_inside_a_layer(members):
    layer = {"motion": {"horizontal": 0.1}} | members
    field = painted_field(parse(json.dumps({"version": 2, "layers": [layer]})), 5)
    with interruptible(count := after(10**9)):
        field.displacement(300, 400)
    assert count.count >= 4
    with pytest.raises(Stop), interruptible(after(3)):
        painted_field(parse(json.dumps({"version": 2, "layers": [layer]})), 5).displacement(301, 400)


def test_a_cancel_ends_the_painting_of_a_large_picture():
    host().cancelled.set()
    with pytest.raises(Cancelled), torch.inference_mode():
        ExampleImage.execute("balloon", 1024, 1024, 7)


@pytest.mark.parametrize("frames", [3, 6])
def test_a_cancel_ends_the_measurement_of_a_motion_inside_a_frame(frames):
    video = torch.rand(frames, 48, 64, 3, generator=torch.Generator().manual_seed(1))
    layer = {"motion": {"horizontal": 0.1}, "region": {"strokes": [{"points": [[0.5, 0.5]]}]}}
    document = parse(json.dumps({"version": 2, "layers": [layer]}))
    with interruptible(count := after(10**9)):
        measure_motion(video, painted_field(document, frames), video[0], floor=True)
    assert count.count >= 8 * (frames - 1)  # four flows a frame, of the video and of the perfect warp
    # A field keeps what it has computed, so that the second measurement needs one of its own.
    with pytest.raises(Stop), interruptible(after(count.count - 1)):
        measure_motion(video, painted_field(document, frames), video[0], floor=True)
