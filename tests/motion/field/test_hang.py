"""A part that hangs on another layer goes with it, lags behind, swings and comes to rest."""

import json

import numpy as np
import pytest
import torch
from flowbrush.motion.field.field import field_from_document
from flowbrush.motion.field.hang import periodic_response, spring_response

SIZE = 100
BODY = {
    "name": "body",
    "region": {"polygons": [{"points": [[0.1, 0.1], [0.4, 0.1], [0.4, 0.3], [0.1, 0.3]]}]},
    "motion": {"horizontal": 0.3, "end": 0.2},
}
TAIL = {"polygons": [{"points": [[0.2, 0.3], [0.25, 0.3], [0.25, 0.7], [0.2, 0.7]]}]}


def tail(loop="none", body=None, **hang):
    motion = {"hang": {"on": "body", "anchor": [0.225, 0.3], **hang}}
    layers = [{"name": "tail", "region": TAIL, "motion": motion}, body or BODY]
    return field_from_document(json.dumps({"version": 2, "layers": layers, "loop": loop}), 81, aspect=1.0)


def path_of(field, point):
    return field.displacement_of(torch.tensor([point]) * SIZE, SIZE, SIZE)[:, 0] / SIZE


def test_the_anchor_goes_with_the_other_layer_and_the_end_lags_swings_and_rests():
    sudden = {**BODY, "motion": {"horizontal": 0.3, "end": 0.1}}  # half a swing of the spring
    field = tail(body=sudden, damping=0.1, speed=5)
    anchor, end = path_of(field, [0.225, 0.31])[:, 0], path_of(field, [0.225, 0.69])[:, 0]
    assert anchor[16] == pytest.approx(0.3, abs=0.01) and anchor[-1] == pytest.approx(0.3, abs=0.01)
    assert end[4] < 0.5 * anchor[4]
    assert end.max() > 0.4 and end[-1] == pytest.approx(0.3, abs=0.03)


def test_it_does_not_depend_on_the_number_of_frames():
    many, few = tail(), tail().at_frames(11)
    assert torch.allclose(path_of(many, [0.225, 0.6])[::8], path_of(few, [0.225, 0.6]), atol=1e-6)


def test_in_a_seamless_loop_it_closes():
    moved = path_of(tail("seamless", {**BODY, "motion": {"horizontal": 0.2}}).up_to_the_end(), [0.225, 0.69])
    assert moved[-1].abs().max() < 1e-3 < moved.abs().max()


@pytest.mark.parametrize(
    "body", [{**BODY, "visible": False}, {**BODY, "region": {"mask": 3}, "visible": False}]
)
def test_a_hidden_layer_can_carry(body):
    assert path_of(tail(body=body), [0.225, 0.31])[-1, 0] == pytest.approx(0.3, abs=0.02)


def test_what_hangs_on_nothing_or_in_a_ring_is_still():
    assert path_of(tail(on="nobody"), [0.225, 0.5]).abs().max() == 0
    ring = {**BODY, "motion": {"hang": {"on": "tail"}}}
    assert path_of(tail(body=ring), [0.225, 0.5]).abs().max() == 0


def test_the_fingerprint_knows_the_other_layer():
    moved = {**BODY, "motion": {"horizontal": 0.2, "end": 0.2}, "visible": False}
    assert tail(body={**BODY, "visible": False}).fingerprint() != tail(body=moved).fingerprint()


def test_the_spring_is_the_solution_of_its_equation():
    times = np.linspace(0, 1, 1025)
    pulled = np.where(times < 0.25, 4 * times, 1.0)[:, None]
    place = spring_response(pulled, 20.0, 0.3)[:, 0]
    speed = np.gradient(place, times)
    force = 400 * (pulled[:, 0] - place) - 2 * 0.3 * 20 * speed
    inside = np.r_[5:250, 262:1020]
    assert np.abs(np.gradient(speed, times) - force)[inside].max() < 0.5
    wave = np.sin(2 * np.pi * times)[:, None]
    periodic = periodic_response(wave, 20.0, 0.3)
    settled = spring_response(np.concatenate([wave[:-1]] * 3 + [wave[:1]]), 60.0, 0.3)[-1025:]
    assert np.abs(periodic - settled).max() < 1e-2
