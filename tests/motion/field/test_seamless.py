"""A seamless loop closes: every part of the motion is at time 1 where it was at time 0, and moves evenly in between."""

import json

import numpy as np
import pytest
import torch
from flowbrush.motion.document.document import parse
from flowbrush.motion.field.easing import seamless_progress
from flowbrush.motion.field.field import combine, empty_field, field_from_document

EVERYTHING = {"everything": True}
MOTIONS = {
    "horizontal": {"horizontal": 0.2, "ease": "ease_in_out"},
    "path": {"paths": [{"points": [[0.3, 0.3], [0.5, 0.6], [0.8, 0.4]]}]},
    "late": {"vertical": 0.1, "start": 0.3, "end": 0.7},
    "pingpong": {"rotation": 30, "loop": "pingpong", "end": 0.3},
    "waves": {"ambient": {"amount": 0.05, "speed": 1.3, "seed": 5}},
    "slow waves": {"ambient": {"amount": 0.05, "speed": 0.1, "seed": 5}},
    "wind": {"sway": {"amount": 0.1, "speed": 2.4}},
    "let go": {"sway": {"kind": "release", "amount": 0.1, "speed": 5}},
    "pendulum": {"sway": {"kind": "pendulum", "amount": 0.1, "speed": 1.4}},
    "breathe": {"sway": {"kind": "breathe", "amount": 0.1, "speed": 1.4}},
    "jelly": {"sway": {"kind": "jelly", "amount": 0.1}},
    "pins": {"pins": [{"at": [0.3, 0.5]}, {"at": [0.7, 0.5], "move": [0.1, 0], "rotation": 20}]},
    "late waves": {"ambient": {"amount": 0.05, "speed": 2, "seed": 5}, "start": 0.2},
}
CAMERAS = {
    "dolly": [{"time": 1, "dolly": 0.2}],
    "pan": [{"time": 0.4, "pan": 5}, {"time": 0.8, "pan": -5, "ease": "ease_in"}],
    "round": [{"time": 0.5, "truck": 0.1}, {"time": 1}],
    "turn": [{"time": 1, "roll": 360}],
}


def looping(motion=None, keyframes=(), loop="seamless", frames=24):
    layers = [{"region": EVERYTHING, "motion": motion}] if motion else []
    text = {"version": 2, "layers": layers, "camera": {"keyframes": list(keyframes)}, "loop": loop}
    return field_from_document(json.dumps(text), frames)


def seam(field):
    """The displacement at time 1, and the largest one of the clip, in px."""
    moved = field.displacement_at(np.linspace(0, 1, 41), 24, 32)
    return float(moved[-1].abs().max()), float(moved.abs().max())


@pytest.mark.parametrize("name", MOTIONS)
def test_every_motion_is_back_at_the_end(name):
    end, most = seam(looping(MOTIONS[name]))
    assert most > 0.5 and end < 1e-3


@pytest.mark.parametrize("name", CAMERAS)
def test_the_camera_is_back_at_the_end(name):
    end, most = seam(looping(keyframes=CAMERAS[name]))
    assert most > 0.5 and end < 1e-3


def test_a_camera_that_closes_by_itself_keeps_its_way():
    open_clip, closed = (looping(keyframes=CAMERAS["round"], loop=loop) for loop in ("none", "seamless"))
    times = np.linspace(0, 1, 9)
    assert torch.equal(open_clip.displacement_at(times, 8, 8), closed.displacement_at(times, 8, 8))


def test_without_the_loop_the_same_waves_do_not_close():
    end, most = seam(looping(MOTIONS["waves"], loop="none"))
    assert end > 0.2 * most


def test_the_step_over_the_seam_is_like_any_other():
    field = looping(MOTIONS["waves"], frames=32)
    moved = field.displacement(24, 32)
    steps = (moved.roll(-1, 0) - moved).norm(dim=-1).mean((1, 2))
    assert steps[-1] <= 1.1 * steps.mean()


def test_frames_share_the_clip_evenly_and_the_end_is_the_beginning():
    field = looping(MOTIONS["waves"], frames=4)
    assert field.times.tolist() == [0, 0.25, 0.5, 0.75]
    assert field.up_to_the_end().times.tolist() == pytest.approx([0, 1 / 3, 2 / 3, 1])
    assert field.at_frames(5).loops and combine(field, empty_field(4)).loops
    assert field.fingerprint() != looping(MOTIONS["waves"], loop="none", frames=4).fingerprint()


@pytest.mark.parametrize(
    "span, loop, peaks", [((0, 1), "repeat", 1), ((0, 0.4), "repeat", 3), ((0.1, 0.35), "pingpong", 2)]
)
def test_rounds_fill_the_clip(span, loop, peaks):
    values = seamless_progress(np.linspace(0, 1, 4001), *span, loop)
    rises = (values[1:] > 0.95) & (values[:-1] <= 0.95)
    assert rises.sum() == peaks
    assert values[0] == values[-1] == 0 and values.max() > 0.99


def test_a_document_says_whether_it_loops():
    assert parse('{"version": 2, "loop": "seamless"}').is_seamless and not parse("{}").is_seamless
