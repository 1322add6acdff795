"""Camera moves: directions, homographies, keyframes, parallax."""

import math

import numpy as np
import pytest
import torch
from flowbrush.motion.document.document import Camera, DocumentError, Keyframe
from flowbrush.motion.field.camera import CameraMotion, interpolated_keyframes
from flowbrush.motion.field.field import camera_field

SIZE = 65  # odd, so that one cell centre is the picture's centre


def last(depth=None, size=(SIZE, SIZE), field_of_view=50.0, **moves):
    """Displacement [H,W,2] at the last frame."""
    camera = Camera(keyframes=(Keyframe(time=1, **moves),), field_of_view=field_of_view)
    return camera_field(camera, 5, depth).displacement(*size)[-1]


def centre(displacement):
    return displacement[SIZE // 2, SIZE // 2].tolist()


@pytest.mark.parametrize(
    ("move", "direction"),
    [
        ({"pan": 5}, (-1, 0)),  # looking right, the picture goes left
        ({"tilt": 5}, (0, 1)),  # looking up, it goes down
        ({"truck": 0.1}, (-1, 0)),
        ({"pedestal": 0.1}, (0, 1)),
    ],
)
def test_the_picture_goes_the_other_way(move, direction):
    x, y = centre(last(**move))
    assert (np.sign(round(x, 3)), np.sign(round(y, 3))) == direction


def test_a_pan_of_half_the_field_of_view_brings_the_middle_to_the_edge():
    x, _ = centre(last(pan=25, field_of_view=50))
    assert x == pytest.approx(-SIZE / 2, rel=1e-4)


def test_truck_is_in_fractions_of_the_width_and_pedestal_of_the_height():
    wide = last(truck=0.1, pedestal=-0.2, size=(40, 80))
    torch.testing.assert_close(wide, torch.tensor([-8.0, -8.0]).expand(40, 80, 2), atol=1e-3, rtol=0)


def test_zoom_scales_about_the_centre_and_dolly_does_so_for_a_plane():
    points = torch.arange(SIZE) + 0.5 - SIZE / 2
    for moves, factor in (({"zoom": 1.5}, 1.5), ({"dolly": 0.2}, 1.25)):
        row = last(**moves)[SIZE // 2, :, 0]
        torch.testing.assert_close(row, points * (factor - 1), atol=1e-4, rtol=0)


def test_roll_turns_the_picture_anticlockwise():
    moved = last(roll=90)
    x, y = moved[SIZE // 2, -1].tolist()  # from the middle of the right edge
    assert (SIZE - 0.5 + x, SIZE / 2 + y) == pytest.approx(
        (SIZE / 2, 0.5), abs=1e-3
    )  # to that of the top edge


def test_straight_lines_stay_straight_under_pan_tilt_and_roll():
    moved = last(pan=10, tilt=-6, roll=8)
    y, x = torch.meshgrid(torch.arange(SIZE) + 0.5, torch.arange(SIZE) + 0.5, indexing="ij")
    line = torch.stack([x, y], -1)[20] + moved[20]
    a, b = line[0], line[-1]
    normal = torch.stack([-(b - a)[1], (b - a)[0]]) / (b - a).norm()
    assert ((line - a) @ normal).abs().max() < 1e-3


def test_first_frame_is_the_picture_and_times_are_eased():
    keys = (Keyframe(time=0.5, pan=10, ease="ease_in_out"), Keyframe(time=1.0, pan=10, zoom=4))
    values = interpolated_keyframes(keys, np.array([0, 0.25, 0.5, 0.75, 1.0]))
    np.testing.assert_allclose(values["pan"], [0, 5, 10, 10, 10])
    np.testing.assert_allclose(values["zoom"], [1, 1, 1, 2, 4])  # equal ratios
    early = interpolated_keyframes(keys, np.array([0.05]))["pan"][0]
    assert early == pytest.approx(10 * (3 * 0.01 - 2 * 0.001))


def test_the_camera_holds_after_its_last_keyframe():
    values = interpolated_keyframes((Keyframe(time=0.4, roll=12),), np.array([0.2, 0.4, 1.0]))
    np.testing.assert_allclose(values["roll"], [6, 12, 12])


def test_what_is_nearer_moves_more_when_trucking_and_not_when_panning():
    depth = torch.zeros(SIZE, SIZE)
    depth[:, SIZE // 2 + 1 :] = 1.0
    trucked = last(depth, truck=0.1)[SIZE // 2, :, 0]
    assert trucked[-5] / trucked[5] == pytest.approx(4.0, rel=1e-3)
    torch.testing.assert_close(last(depth, pan=5), last(pan=5), atol=1e-4, rtol=0)


def test_the_median_depth_moves_like_a_plane():
    depth = torch.full((SIZE, SIZE), 0.3)
    depth[:10] = 0.9
    moved = last(depth, truck=0.1, dolly=0.1)
    torch.testing.assert_close(moved[30:], last(truck=0.1, dolly=0.1)[30:], atol=1e-3, rtol=0)


def test_passing_what_is_near_stays_finite():
    moved = last(torch.rand(SIZE, SIZE, generator=torch.Generator().manual_seed(0)), dolly=0.9)
    assert torch.isfinite(moved).all()


def test_focal_length_is_that_of_the_field_of_view():
    from flowbrush.motion.field.region import Grid

    camera = CameraMotion(Camera(field_of_view=90))
    assert camera.focal_length(Grid(10, 20, 2.0)) == pytest.approx(1.0 / math.tan(math.pi / 4))


@pytest.mark.parametrize(
    ("depth", "words"),
    [
        (torch.zeros(1, 4, 4), "shape"),
        (torch.full((4, 4), float("nan")), "NaN or infinite"),
        (torch.full((4, 4), 12.0), "from 0"),
    ],
)
def test_bad_depth_maps_are_refused(depth, words):
    with pytest.raises(ValueError, match=words):
        camera_field(Camera(keyframes=(Keyframe(time=1, truck=0.1),)), 5, depth)


def test_a_bad_camera_is_refused_with_its_place():
    with pytest.raises(DocumentError, match=r"camera.keyframes\[0\].zoom"):
        camera_field(Camera(keyframes=(Keyframe(time=1, zoom=0),)), 5)
