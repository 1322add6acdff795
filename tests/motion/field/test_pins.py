"""Pins hold, move, turn and scale points of a region, and the rest follows as rigidly as possible."""

import json
import math

import pytest
import torch
from flowbrush.motion.document.document import parse
from flowbrush.motion.field.field import field_from_document

SIZE = 100


def moved(*pins, points, progress=-1, **motion):
    layer = {"region": {"everything": True}, "motion": {"pins": list(pins), **motion}}
    field = field_from_document(json.dumps({"version": 2, "layers": [layer]}), 9, aspect=1.0)
    at = torch.tensor(points, dtype=torch.float32) * SIZE
    return (field.displacement_of(at, SIZE, SIZE)[progress] / SIZE + at / SIZE).tolist()


def test_one_pin_carries_the_whole_region():
    assert moved({"at": [0.3, 0.3], "move": [0.1, -0.05]}, points=[[0.9, 0.9]])[0] == pytest.approx(
        [1.0, 0.85]
    )


def test_held_pins_stay_and_others_go_where_they_are_sent():
    pins = [
        {"at": [0.2, 0.5]},
        {"at": [0.5, 0.8]},
        {"at": [0.8, 0.5], "move": [0.1, 0.1]},
        {"at": [0.5, 0.2], "path": {"points": [[0.1, 0.1], [0.2, 0.05], [0.3, 0.1]]}},
    ]
    found = moved(*pins, points=[pin["at"] for pin in pins])
    for place, expected in zip(found, [[0.2, 0.5], [0.5, 0.8], [0.9, 0.6], [0.7, 0.2]], strict=True):
        assert place == pytest.approx(expected, abs=2e-3)


def test_a_pin_turns_and_scales_its_neighbourhood():
    pins = [{"at": [0.2, 0.5]}, {"at": [0.7, 0.5], "rotation": 90, "reach": 0.1}]
    centre, right = moved(*pins, points=[[0.7, 0.5], [0.78, 0.5]])
    assert centre == pytest.approx([0.7, 0.5], abs=2e-3)
    assert right == pytest.approx([0.7, 0.58], abs=0.02)
    pins[1] = {"at": [0.7, 0.5], "scale": 2, "reach": 0.1}
    centre, right = moved(*pins, points=[[0.7, 0.5], [0.78, 0.5]], fit="similarity")
    assert centre == pytest.approx([0.7, 0.5], abs=2e-3) and right == pytest.approx([0.86, 0.5], abs=0.03)


def test_a_turn_is_even_in_time():
    pins = [{"at": [0.2, 0.5]}, {"at": [0.7, 0.5], "rotation": 90, "reach": 0.1}]
    place = moved(*pins, points=[[0.8, 0.5]], progress=4)[0]
    assert place == pytest.approx(
        [0.7 + 0.1 * math.cos(math.pi / 4), 0.5 + 0.1 * math.sin(math.pi / 4)], abs=5e-3
    )


def test_a_stiff_pin_keeps_more_of_what_lies_around_it():
    held, pulled = {"at": [0.3, 0.5]}, {"at": [0.7, 0.5], "move": [0.2, 0]}
    between = [[0.5, 0.5]]
    soft = moved(held, pulled, points=between)[0][0]
    stiff = moved({**held, "stiffness": 10}, pulled, points=between)[0][0]
    assert soft == pytest.approx(0.6, abs=0.01) and stiff < soft - 0.05


def test_pins_that_only_hold_are_still():
    still = parse(
        '{"version": 2, "layers": [{"motion": {"pins": [{"at": [0.5, 0.5]}, {"at": [0.2, 0.5]}]}}]}'
    )
    assert still.layers[0].motion.is_still
