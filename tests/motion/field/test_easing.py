"""Progress and easing."""

import numpy as np
import pytest
from flowbrush.motion.field.easing import cubic_bezier, ease, monotone_curve, progress

S = np.linspace(0, 1, 101)


def test_progress_waits_runs_and_holds():
    np.testing.assert_allclose(
        progress(np.array([0, 0.2, 0.45, 0.7, 1.0]), 0.2, 0.7, "none"), [0, 0, 0.5, 1, 1]
    )


def test_repeat_begins_again_and_ends_arrived():
    np.testing.assert_allclose(
        progress(np.array([0, 0.25, 0.5, 0.75, 1.0]), 0, 0.5, "repeat"), [0, 0.5, 1, 0.5, 1]
    )


def test_pingpong_goes_there_and_back():
    np.testing.assert_allclose(
        progress(np.array([0, 0.25, 0.5, 0.75, 1.0]), 0, 0.5, "pingpong"), [0, 0.5, 1, 0.5, 0]
    )


CURVES = [
    "linear",
    "ease_in",
    "ease_out",
    "ease_in_out",
    (0.4, 0.0, 0.2, 1.0),
    ((0.0, 0.0), (0.3, 0.9), (1.0, 1.0)),
]


@pytest.mark.parametrize("kind", CURVES)
def test_every_easing_rises_from_0_to_1(kind):
    values = ease(kind, S)
    assert values[0] == 0 and values[-1] == pytest.approx(1)
    assert (np.diff(values) >= -1e-12).all()


def test_ease_in_out_starts_and_stops_gently():
    speed = np.diff(ease("ease_in_out", S)) * 100
    assert speed[0] < 0.05 and speed[-1] < 0.05 and speed[50] == pytest.approx(1.5, abs=0.01)


def test_bezier_is_the_css_curve():
    # the CSS keyword `ease` is cubic-bezier(0.25, 0.1, 0.25, 1); at parameter u = 1/2 it passes (0.3125, 0.5375)
    assert cubic_bezier(0.25, 0.1, 0.25, 1.0, np.array([0.3125]))[0] == pytest.approx(0.5375, abs=1e-9)
    np.testing.assert_allclose(cubic_bezier(1 / 3, 1 / 3, 2 / 3, 2 / 3, S), S, atol=1e-9)


def test_a_curve_passes_its_points_and_a_hold_stays_flat():
    times, values = np.array([0, 0.3, 0.6, 1.0]), np.array([0, 0.5, 0.5, 1.0])
    np.testing.assert_allclose(monotone_curve(times, values, times), values, atol=1e-12)
    held = monotone_curve(times, values, np.linspace(0.3, 0.6, 20))
    np.testing.assert_allclose(held, 0.5, atol=1e-12)
