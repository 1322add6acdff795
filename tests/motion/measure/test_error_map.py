import json
import re

import pytest
import torch
from flowbrush.motion.field.field import field_from_document
from flowbrush.motion.measure.comparison import compare_motion
from flowbrush.motion.measure.error_map import FULL, error_colours, error_summary, error_video
from flowbrush.rendering.warp import warp_image

LEFT_HALF = {"polygons": [{"points": [[-0.5, -0.5], [0.5, -0.5], [0.5, 1.5], [-0.5, 1.5]]}], "feather": 0}
SIZE = 96


@pytest.fixture(scope="module")
def picture():
    """Smoothed noise [96,96,3], which flow can follow."""
    noise = torch.rand(1, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(1))
    return torch.nn.functional.avg_pool2d(noise, 5, 1, 2).movedim(1, -1)[0]


def field(*layers, frames=5, **document):
    return field_from_document(json.dumps({"version": 2, "layers": layers, **document}), frames)


DOWN = {"name": "wall", "region": LEFT_HALF, "motion": {"vertical": 6 / SIZE}}


def test_missing_motion_is_bright_at_its_place_and_motion_that_was_not_requested_is_not(picture):
    motion, still = field(DOWN), picture.repeat(5, 1, 1, 1)
    shown = error_video(still, motion, compare_motion(still, motion))
    assert shown.shape == (5, SIZE, SIZE, 3) and shown.min() >= 0 and shown.max() <= 1
    redness = shown[..., 0] - shown[..., 2]  # the grey video has none, and no error is blue
    assert redness[-1, 10:80, 5:40].mean() > 0.2 > 0.02 > redness[-1, 10:80, 56:90].abs().mean()
    assert redness[0, 10:80, 5:40].mean() < 0.06, "frame 0 is right, but for the dots"
    assert redness[1, 10:80, 5:40].mean() < redness[-1, 10:80, 5:40].mean()


def test_a_perfect_warp_stays_grey(picture):
    motion = field(DOWN)
    frames = warp_image(picture, motion).frames
    before = frames.clone()
    shown = error_video(frames, motion, compare_motion(frames, motion))
    grey = frames.mean(-1, keepdim=True) * 0.6
    near = (shown[:, :80, 56:] - grey[:, :80, 56:]).abs().mean()  # no arrows on that side
    assert near < 0.06 and torch.equal(frames, before)


def test_colours_rise_in_brightness_and_end_at_the_full_error():
    colours = error_colours(torch.linspace(0, 1, 20))
    assert bool((colours.sum(-1).diff() > 0).all())
    assert torch.equal(error_colours(torch.tensor([1.0, 7.0]))[0], error_colours(torch.tensor([7.0]))[0])
    assert pytest.approx(10, abs=0.5) == FULL * 256, "about 10 px at the bundled model's size"


def test_the_text_gives_the_requested_and_the_measured_motion_of_each_layer(picture):
    frozen = {"region": {"everything": True}, "freeze": True, "order": -1}
    motion, still = field(frozen, DOWN), picture.repeat(5, 1, 1, 1)
    assert "wall: requested 6.0 px, measured 0.0 px in that direction (0 %)" in error_summary(
        motion, compare_motion(still, motion)
    )
    obeyed = warp_image(picture, motion).frames
    text = error_summary(motion, compare_motion(obeyed, motion))
    far, share = re.search(
        r"wall: requested 6\.0 px, measured ([\d.]+) px in that direction \((\d+) %\)", text
    ).groups()
    assert abs(float(far) - 6) < 0.3 and abs(int(share) - 100) <= 5
    assert "layer 1 (frozen): moved 0.0 px" in text


def test_a_loop_is_judged_when_it_is_farthest_away(picture):
    there_and_back = {**DOWN, "motion": {"vertical": 6 / SIZE, "end": 0.5, "loop": "pingpong"}}
    motion = field(there_and_back)
    still = picture.repeat(5, 1, 1, 1)
    assert "wall: requested 6.0 px, measured 0.0 px" in error_summary(motion, compare_motion(still, motion))


def test_a_camera_adds_a_line_for_the_unpainted_area(picture):
    camera = {"keyframes": [{"time": 1, "truck": -0.05}]}
    motion = field(DOWN, camera=camera)
    frames = warp_image(picture, motion).frames
    line = re.search(
        r"unpainted area, moved by the camera: requested ([\d.]+) px, measured ([\d.]+)",
        error_summary(motion, compare_motion(frames, motion)),
    )
    requested, measured = map(float, line.groups())
    assert requested > 3 and abs(requested - measured) < 0.4


def test_the_digits_are_the_mean_error_of_their_part_of_the_picture(picture):
    motion, still = field(DOWN), picture.repeat(5, 1, 1, 1)
    rows = error_summary(motion, compare_motion(still, motion)).splitlines()
    start = rows.index("map of the error in px (blank: not measured):") + 1
    digits = rows[start:]
    assert len(digits) == 12 and {len(row) for row in digits} == {24}
    # a still video is off by 1.5, 3, 4.5 and 6 px in the frames after the first; what left the picture is not measured
    assert {row[:10] for row in digits[1:10]} == {"4" * 10}
    assert {row[14:] for row in digits[1:11]} == {"0" * 10}


def test_large_errors_are_counted_in_larger_units(picture):
    motion = field({**DOWN, "motion": {"vertical": 48 / SIZE}})
    still = picture.repeat(5, 1, 1, 1)
    text = error_summary(motion, compare_motion(still, motion))
    unit = int(re.search(r"in times (\d+) px", text).group(1))
    largest = max(int(letter) for letter in text.splitlines()[-12] if letter.isdigit())
    assert unit == 4 and largest * unit == pytest.approx(30, abs=4), "12, 24, 36 and 48 px on average"
