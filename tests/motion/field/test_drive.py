"""A drive takes the place of a motion's timing: paths are at its value, a sway is that strong, and a flow that fast."""

import json

import numpy as np
import pytest
import torch
from flowbrush.motion.field.drive import Drive
from flowbrush.motion.field.field import field_from_document

SIZE = 80
BEATS = [[0, 0], [0.25, 1], [0.5, 0], [0.75, 0.5], [1, 0]]


def field(motion, frames=41, loop="none"):
    layer = {"region": {"everything": True}, "motion": motion}
    return field_from_document(
        json.dumps({"version": 2, "layers": [layer], "loop": loop}), frames, aspect=1.0
    )


def path_of(motion, point=(0.5, 0.2), **options):
    made = field(motion, **options)
    return made.displacement_of(torch.tensor([point]) * SIZE, SIZE, SIZE)[:, 0] / SIZE


def test_a_shift_is_where_the_value_is():
    path = path_of({"horizontal": 0.4, "drive": BEATS, "start": 0.3, "ease": "ease_in"})[:, 0]
    assert path[[0, 10, 20, 30, 40]].tolist() == pytest.approx([0, 0.4, 0, 0.2, 0], abs=1e-5)


def test_a_sway_is_as_strong_as_the_value():
    sway = {"sway": {"amount": 0.1, "speed": 5}}
    free, driven = path_of(sway), path_of({**sway, "drive": BEATS})
    values = torch.tensor(Drive(BEATS, False).value(np.linspace(0, 1, 41)))[:, None].float()
    assert torch.allclose(driven, free * values, atol=1e-6)


def test_a_flow_is_as_fast_as_the_value():
    flow = {"paths": [{"points": [[0.1, 0.5], [0.9, 0.5]]}], "flow": {"speed": 0.3, "hold": 0}}
    tracked = path_of({**flow, "drive": [[0, 0], [0.5, 0], [1, 1]]}, (0.2, 0.5))[:, 0]
    assert tracked[20] == pytest.approx(0, abs=1e-4)
    assert tracked[-1] == pytest.approx(
        0.3 * Drive([[0, 0], [0.5, 0], [1, 1]], False).way(np.ones(1))[0], abs=2e-3
    )


def test_in_a_seamless_loop_the_curve_closes():
    drive = [[0, 0.2], [0.4, 1], [1, 0.7]]
    closed = Drive(drive, True)
    assert closed.value(np.array([0.0, 1.0])).tolist() == pytest.approx([0.2, 0.2])
    made = field({"horizontal": 0.3, "sway": {"amount": 0.05}, "drive": drive}, loop="seamless")
    assert made.up_to_the_end().displacement(SIZE, SIZE)[-1].abs().max() < 1e-2


def test_silence_moves_nothing():
    quiet = [[0, 0], [1, 0]]
    flow = {"paths": [{"points": [[0.1, 0.5], [0.9, 0.5]]}], "flow": {"speed": 0.3}}
    for motion in ({"horizontal": 0.3}, {"sway": {"amount": 0.1}}, flow):
        assert path_of({**motion, "drive": quiet}).abs().max() < 1e-6
