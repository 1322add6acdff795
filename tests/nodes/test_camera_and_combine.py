import pytest
import torch
from flowbrush.nodes.camera import CameraMotion
from flowbrush.nodes.combine import CombineMotion

STILL = {"pan": 0.0, "tilt": 0.0, "truck": 0.0, "pedestal": 0.0, "dolly": 0.0, "zoom": 1.0, "roll": 0.0}


def camera(length=5, depth=None, **moves):
    return CameraMotion.execute(
        length=length, field_of_view=50.0, depth=depth, ease="linear", **STILL | moves
    )[0]


def test_zoom_enlarges_about_the_middle():
    field = camera(zoom=2.0).displacement(8, 8)[-1]
    assert torch.allclose(field[0, 0], torch.tensor([-3.5, -3.5]), atol=1e-4)


def test_near_things_move_more_with_depth():
    depth = torch.zeros(1, 8, 8, 3)
    depth[:, :, 4:] = 1.0
    field = camera(truck=0.1, depth=depth).displacement(8, 8)[-1, 4, :, 0]
    assert field[7] < field[0] < 0


def test_a_camera_that_stays_is_refused():
    with pytest.raises(ValueError, match="the camera does not move: set at least one of pan"):
        camera()


def test_brush_and_camera_add_up(motion):
    both = CombineMotion.execute(motion_1=motion, motion_2=camera(truck=0.125), motion_3=None, motion_4=None)[
        0
    ]
    moved = both.displacement(32, 32)[-1]
    assert torch.allclose(moved[16, 16], torch.zeros(2), atol=0.3)
    assert torch.allclose(moved[2, 2], torch.tensor([-4.0, 0.0]), atol=0.3)


def test_motions_of_two_lengths_are_refused(motion):
    with pytest.raises(ValueError, match="`motion_2` is 9 frames long and `motion_1` 5"):
        CombineMotion.execute(motion_1=motion, motion_2=camera(9, zoom=2.0))
    with pytest.raises(ValueError, match="only one motion is connected"):
        CombineMotion.execute(motion_1=motion, motion_2=None)
