"""Paths: through the points, at constant speed, with corners and times."""

import numpy as np
import pytest
from flowbrush.motion.field.path import Curve, sampled_spline

BENT = np.array([[0.1, 0.5], [0.3, 0.2], [0.5, 0.25], [0.9, 0.7]])


def test_the_curve_passes_through_every_point():
    samples = sampled_spline(BENT, set())
    for point in BENT:
        assert np.linalg.norm(samples - point, axis=1).min() < 1e-12


def test_speed_is_constant():
    positions = Curve(BENT).position(np.linspace(0, 1, 200))
    speed = np.linalg.norm(np.diff(positions, axis=0), axis=1)
    assert speed.std() / speed.mean() < 2e-3


def test_two_points_make_a_straight_line():
    curve = Curve(np.array([[0.2, 0.1], [0.6, 0.4]]))
    np.testing.assert_allclose(curve.position(np.array([0, 0.5, 1.0])), [[0.2, 0.1], [0.4, 0.25], [0.6, 0.4]])
    assert curve.length == pytest.approx(0.5)


def turns(samples):
    steps = np.diff(samples, axis=0)
    steps /= np.linalg.norm(steps, axis=1, keepdims=True)
    return np.degrees(np.arccos(np.clip((steps[:-1] * steps[1:]).sum(1), -1, 1)))


def test_a_point_is_smooth_unless_it_is_a_corner():
    points = np.array([[0, 0], [1, 0], [1, 1.0]])
    assert turns(sampled_spline(points, set())).max() < 5
    cornered = sampled_spline(points, {1})
    assert turns(cornered).max() == pytest.approx(90, abs=0.1)
    np.testing.assert_allclose(cornered[:65, 1], 0, atol=1e-12)  # straight up to the corner


def test_uneven_points_make_no_loop():
    points = np.array([[0, 0], [0.5, 0], [0.52, 0.02], [0.5, 0.6]])
    assert turns(sampled_spline(points, set())).max() < 45


def test_times_say_when_points_are_reached_and_repeated_points_hold():
    points = np.array([[0, 0], [0.2, 0], [0.2, 0], [1.0, 0]])
    curve = Curve(points, times=(0, 0.3, 0.6, 1.0))
    at = curve.position(np.array([0, 0.3, 0.45, 0.6, 1.0]))[:, 0]
    np.testing.assert_allclose(at, [0, 0.2, 0.2, 0.2, 1.0], atol=1e-9)


def test_overshooting_goes_on_straight():
    curve = Curve(np.array([[0, 0], [1, 0.0]]))
    np.testing.assert_allclose(curve.position(np.array([-0.1, 1.2])), [[-0.1, 0], [1.2, 0]])


def test_a_path_that_goes_nowhere_stays():
    np.testing.assert_array_equal(
        Curve(np.full((3, 2), 0.4)).position(np.array([0, 1.0])), np.full((2, 2), 0.4)
    )
