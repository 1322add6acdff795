"""Moving least squares: several arrows in one region."""

import math

import pytest
import torch
from flowbrush.motion.field.moving_least_squares import MovingLeastSquares

POINTS = torch.rand(200, 2, generator=torch.Generator().manual_seed(3))
CONTROLS = torch.tensor([[0.2, 0.3], [0.8, 0.4], [0.5, 0.9]])


def transformed(points, angle, scale, shift, centre=(0.5, 0.5)):
    c, s = scale * math.cos(angle), scale * math.sin(angle)
    centre = torch.tensor(centre)
    return (points - centre) @ torch.tensor([[c, s], [-s, c]]) + centre + torch.tensor(shift)


@pytest.mark.parametrize("fit", ["rigid", "similarity"])
def test_equal_arrows_give_an_exact_translation(fit):
    moved = (CONTROLS + torch.tensor([0.1, -0.2]))[None]
    displacement = MovingLeastSquares(POINTS, CONTROLS, fit).displacement(moved)
    torch.testing.assert_close(
        displacement[0], torch.tensor([[0.1], [-0.2]]).expand(2, 200), atol=1e-5, rtol=0
    )


@pytest.mark.parametrize("fit", ["rigid", "similarity"])
def test_arrows_of_a_rotation_give_that_rotation_everywhere(fit):
    moved = transformed(CONTROLS, 0.6, 1.0, (0.05, 0.1))
    displacement = MovingLeastSquares(POINTS, CONTROLS, fit).displacement(moved[None])[0].T
    torch.testing.assert_close(
        POINTS + displacement, transformed(POINTS, 0.6, 1.0, (0.05, 0.1)), atol=2e-5, rtol=0
    )


def test_similarity_follows_a_scaling_and_rigid_does_not():
    moved = transformed(CONTROLS, 0.0, 1.5, (0.0, 0.0))[None]
    scaled = MovingLeastSquares(POINTS, CONTROLS, "similarity").displacement(moved)[0].T
    torch.testing.assert_close(POINTS + scaled, transformed(POINTS, 0.0, 1.5, (0.0, 0.0)), atol=2e-5, rtol=0)
    rigid = MovingLeastSquares(POINTS, CONTROLS, "rigid")
    arrived = POINTS + rigid.displacement(moved)[0].T
    arm = (arrived - rigid.weight @ moved[0]).norm(dim=1)  # about the weighted mean of the arrows' ends
    torch.testing.assert_close(arm, (POINTS - rigid.centre).norm(dim=1), atol=1e-5, rtol=0)


@pytest.mark.parametrize("fit", ["rigid", "similarity"])
def test_controls_arrive_where_their_arrows_point(fit):
    moved = CONTROLS + torch.tensor([[0.1, 0.0], [0.0, 0.1], [-0.1, 0.05]])
    displacement = MovingLeastSquares(CONTROLS, CONTROLS, fit).displacement(moved[None])[0].T
    torch.testing.assert_close(CONTROLS + displacement, moved, atol=1e-4, rtol=0)


@pytest.mark.parametrize("fit", ["rigid", "similarity"])
def test_arrows_from_one_place_move_by_their_mean(fit):
    controls = torch.tensor([[0.4, 0.4], [0.4, 0.4]])
    moved = controls + torch.tensor([[0.2, 0.0], [0.0, 0.2]])
    displacement = MovingLeastSquares(POINTS, controls, fit).displacement(moved[None])[0]
    torch.testing.assert_close(displacement, torch.full((2, 200), 0.1), atol=1e-5, rtol=0)


@pytest.mark.parametrize("fit", ["rigid", "similarity"])
def test_arrows_that_meet_in_one_place_stay_finite(fit):
    moved = torch.full((1, 3, 2), 0.5)
    assert torch.isfinite(MovingLeastSquares(POINTS, CONTROLS, fit).displacement(moved)).all()
