"""Pins with the elastic fit: they are where they are sent, and the energy is the lowest; bones, and pins that go with layers."""

import json
import math

import numpy as np
import pytest
import torch
from flowbrush.motion.document.document import DocumentError, Polygon, Region, parse
from flowbrush.motion.field.elastic import ElasticDeformation
from flowbrush.motion.field.field import field_from_document

SIZE = 120
BAR = ((0.1, 0.4), (0.9, 0.4), (0.9, 0.6), (0.1, 0.6))
HANDLES = np.array([[0.15, 0.5], [0.5, 0.5], [0.85, 0.5]])
BENT = np.array([[0.15, 0.5], [0.5, 0.4], [0.8, 0.65]])


def bar(points=BAR):
    return ElasticDeformation(Region(polygons=(Polygon(points),)), None, 1.0, HANDLES, np.ones(3))


def moved(*pins, points, region=None, progress=-1, others=(), **motion):
    layer = {"region": region or {"everything": True}, "motion": {"pins": list(pins), **motion}}
    field = field_from_document(json.dumps({"version": 2, "layers": [layer, *others]}), 9, aspect=1.0)
    at = torch.tensor(points, dtype=torch.float32) * SIZE
    return (field.displacement_of(at, SIZE, SIZE)[progress] / SIZE + at / SIZE).tolist()


def test_the_energy_is_lower_than_that_of_moving_least_squares():
    elastic = bar()
    guess, found = elastic.first_guess(BENT[None]), elastic.solved(BENT[None])
    assert elastic.energy(found)[0] < 0.7 * elastic.energy(guess)[0]


def test_a_rigid_motion_costs_nothing():
    angle = 0.5
    turn = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    elastic = bar()
    found = elastic.solved((HANDLES @ turn + 0.1)[None])
    assert elastic.energy(found)[0] < 1e-6
    assert np.abs(found[0] + elastic.places - (elastic.places @ turn + 0.1)).max() < 2e-3


def test_handles_go_where_they_are_sent():
    found = bar().displacement(BENT[None], torch.tensor(HANDLES, dtype=torch.float32))
    assert np.abs(found[0].T.numpy() + HANDLES - BENT).max() < 2e-3


def test_parts_without_a_handle_follow_the_first_guess():
    apart = ((0.1, 0.4), (0.9, 0.4), (0.9, 0.6), (0.1, 0.6), (0.1, 0.9), (0.2, 0.9), (0.2, 0.95), (0.1, 0.95))
    assert np.isfinite(bar(apart).solved(BENT[None])).all()


def test_pins_with_the_elastic_fit_move_a_region():
    pins = [{"at": [0.2, 0.5]}, {"at": [0.5, 0.5]}, {"at": [0.8, 0.5], "move": [0.05, 0.2]}]
    region = {"polygons": [{"points": BAR}]}
    places = moved(*pins, points=[[0.2, 0.5], [0.8, 0.5]], region=region, fit="elastic")
    assert places[0] == pytest.approx([0.2, 0.5], abs=4e-3)
    assert places[1] == pytest.approx([0.85, 0.7], abs=4e-3)


def test_a_turning_pin_carries_the_pins_at_its_bones():
    pins = [{"at": [0.3, 0.5], "rotation": 90}, {"at": [0.5, 0.5], "rotation": -90}, {"at": [0.7, 0.5]}]
    places = moved(*pins, points=[[0.3, 0.5], [0.5, 0.5], [0.7, 0.5]], bones=[[0, 1], [1, 2]])
    for place, expected in zip(places, [[0.3, 0.5], [0.3, 0.7], [0.5, 0.7]], strict=True):
        assert place == pytest.approx(expected, abs=3e-3)
    half = moved(*pins[:2], points=[[0.5, 0.5]], bones=[[0, 1]], progress=4)[0]
    assert math.dist(half, [0.3, 0.5]) == pytest.approx(0.2, abs=3e-3)


def test_what_lies_on_a_bone_stays_straight():
    pins = [{"at": [0.2, 0.5]}, {"at": [0.8, 0.5], "move": [0, 0.2]}, {"at": [0.5, 0.2], "move": [0.2, -0.1]}]
    on_it = [[0.35, 0.5], [0.5, 0.5], [0.65, 0.5]]
    places = moved(*pins, points=on_it, bones=[[0, 1]])
    for (x, y), (_, wanted) in zip(places, [(0, 0.55), (0, 0.6), (0, 0.65)], strict=True):
        assert y == pytest.approx(wanted, abs=3e-3) and 0.2 < x < 0.8


def test_a_pin_goes_with_another_layer():
    carrier = {"name": "hand", "visible": False, "motion": {"vertical": 0.2}}
    pins = [{"at": [0.2, 0.5]}, {"at": [0.8, 0.5], "follow": "hand"}]
    assert moved(*pins, points=[[0.8, 0.5]], others=[carrier])[0] == pytest.approx([0.8, 0.7], abs=3e-3)
    assert moved(*pins, points=[[0.8, 0.5]])[0] == pytest.approx([0.8, 0.5], abs=1e-6)


@pytest.mark.parametrize(
    "bones", [[[0, 0]], [[1, 0]], [[0, 2]], [[0, 1], [0, 1]], [[0]], [[0, 1, 1]], [[0, 0.5]]]
)
def test_bones_lead_from_a_pin_to_a_later_one(bones):
    text = {"version": 2, "layers": [{"motion": {"pins": [{"at": [0, 0]}, {"at": [1, 1]}], "bones": bones}}]}
    with pytest.raises(DocumentError, match=r"layers\[0\]\.motion\.bones"):
        parse(json.dumps(text))


def test_places_of_the_controls_are_solved_once(monkeypatch):
    elastic, solved = bar(), []
    monkeypatch.setattr(
        elastic,
        "solved",
        lambda moved: solved.append(len(moved)) or ElasticDeformation.solved(elastic, moved),
    )
    moved = HANDLES + np.linspace(0, 0.1, 5)[:, None, None] * [[1, 0], [0, 0], [0, 1]]
    points = torch.rand(40, 2, generator=torch.Generator().manual_seed(0))
    some = elastic.displacement(moved[1:3], points)
    every = elastic.displacement(moved, points)
    assert solved == [2, 3]
    assert torch.equal(every[1:3], some) and torch.equal(every[3:], elastic.displacement(moved[3:], points))
