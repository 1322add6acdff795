"""Camera embeddings: their lines of sight, and the camera recovered from them."""

import numpy as np
import pytest
import torch
from flowbrush.conditioning.plucker import (
    camera_embedding,
    embedding_frames,
    poses_from_embedding,
    trajectory_from_embedding,
)
from flowbrush.motion.document.document import Camera, Keyframe
from flowbrush.motion.field.field import MotionField, camera_field, combine

HEIGHT, WIDTH, FRAMES, DISTANCE = 24, 40, 9, 3.0


def moved(field_of_view=60.0, frames=FRAMES, depth=None, **values):
    return camera_field(Camera((Keyframe(time=1, **values),), field_of_view), frames, depth)


EVERYTHING = {
    "pan": 12,
    "tilt": -7,
    "truck": 0.2,
    "pedestal": -0.15,
    "dolly": 0.3,
    "zoom": 1.4,
    "roll": 20,
}


def test_a_ray_goes_through_the_point_that_its_pixel_shows():
    """Where the field takes a point of the picture's plane, the ray of that pixel meets that point in space."""
    motion = moved(**EVERYTHING)
    lines = embedding_frames(camera_embedding(motion, HEIGHT, WIDTH, DISTANCE))
    assert lines.shape == (FRAMES, 6, HEIGHT, WIDTH)
    focal = float(WIDTH / 2 / np.tan(np.radians(30)))
    to = motion.displacement(HEIGHT, WIDTH)
    checked = 0
    for t in range(FRAMES):
        for row, column in ((12, 20), (3, 30), (20, 8), (10, 33)):
            x, y = column + 0.5, row + 0.5
            point = torch.tensor([(x - WIDTH / 2) / focal, (y - HEIGHT / 2) / focal, 1.0]) * DISTANCE
            u, v = (to[t, row, column] + torch.tensor([x, y])).tolist()
            if not (1 < u < WIDTH - 1 and 1 < v < HEIGHT - 1):
                continue
            near = torch.nn.functional.grid_sample(
                lines[t : t + 1],
                torch.tensor([[[[u / WIDTH * 2 - 1, v / HEIGHT * 2 - 1]]]]),
                align_corners=False,
            )[0, :, 0, 0]
            moment, direction = near[:3], near[3:]
            # a point p is on the line (m, d) exactly when p x d = m
            assert torch.linalg.cross(point, direction).sub(moment).norm() < 2e-3 * DISTANCE
            checked += 1
    assert checked > 15


def test_directions_are_unit_and_the_first_camera_sees_from_the_origin():
    lines = embedding_frames(camera_embedding(moved(**EVERYTHING), HEIGHT, WIDTH, DISTANCE))
    torch.testing.assert_close(lines[:, 3:].norm(dim=1), torch.ones(FRAMES, HEIGHT, WIDTH))
    assert lines[0, :3].abs().max() == 0
    assert lines[-1, :3].abs().max() > 0.3


def test_groups_hold_frame_zero_four_times_and_then_four_frames_each():
    packed = camera_embedding(moved(truck=0.5), HEIGHT, WIDTH, DISTANCE)
    lines = embedding_frames(packed)
    assert packed.shape == (1, 24, 3, HEIGHT, WIDTH)
    for channel in range(24):
        component, slot = divmod(channel, 4)
        assert torch.equal(packed[0, channel, 0], lines[0, component])
        assert torch.equal(packed[0, channel, 2], lines[5 + slot, component])


@pytest.mark.parametrize(
    "values", [EVERYTHING, {"zoom": 0.5}, {"roll": 170}, {"pan": 40}, {"dolly": -2.0}, {"pedestal": 1.0}]
)
@pytest.mark.parametrize("with_depth", [False, True])
def test_a_camera_comes_back_from_its_embedding(values, with_depth):
    depth = torch.linspace(0, 1, 40).expand(24, 40) if with_depth else None
    motion = moved(depth=depth, **values)
    found = trajectory_from_embedding(camera_embedding(motion, HEIGHT, WIDTH, DISTANCE), DISTANCE, depth)
    back = MotionField(FRAMES, cameras=[found], aspect=WIDTH / HEIGHT)
    asked = motion.displacement(HEIGHT, WIDTH)
    assert asked.abs().max() > 3
    torch.testing.assert_close(back.displacement(HEIGHT, WIDTH), asked, atol=2e-3, rtol=1e-4)
    # between frames and on another grid too, where the eased keyframes are nearly straight
    torch.testing.assert_close(
        back.at_frames(17).displacement(12, 20),
        motion.at_frames(17).displacement(12, 20),
        atol=0.1,
        rtol=0.02,
    )


def test_half_the_scene_distance_doubles_the_travel_and_leaves_turns_alone():
    for values, factor in (({"truck": 0.1}, 2.0), ({"pan": 10}, 1.0)):
        motion = moved(**values)
        packed = camera_embedding(motion, HEIGHT, WIDTH, 4.0)
        found = MotionField(FRAMES, cameras=[trajectory_from_embedding(packed, 2.0)], aspect=WIDTH / HEIGHT)
        torch.testing.assert_close(
            found.displacement(HEIGHT, WIDTH),
            motion.displacement(HEIGHT, WIDTH) * factor,
            atol=2e-3,
            rtol=1e-4,
        )


def test_a_lens_with_pixels_that_are_not_square_and_another_centre_comes_back():
    motion = moved(truck=0.2, pan=5)
    packed = camera_embedding(motion, HEIGHT, WIDTH, DISTANCE)
    # a part of the picture taken for the whole: another vertical focal length and centre
    found = poses_from_embedding(packed[..., 4:20, :])
    assert found.focal[0, 1] == pytest.approx(found.focal[0, 0] * WIDTH / 16, rel=1e-4)
    assert found.centre[0] == pytest.approx([0.5, 8 / 16], abs=1e-4)
    off = poses_from_embedding(packed[..., :16, :])
    assert off.centre[0, 1] == pytest.approx(12 / 16, abs=1e-4)
    assert off.focal[-1] == pytest.approx(found.focal[0], rel=1e-4)


def test_trajectories_are_fingerprinted_and_still_ones_are_left_out():
    packed = [camera_embedding(moved(truck=size), HEIGHT, WIDTH, DISTANCE) for size in (0.1, 0.2)]
    fields = [MotionField(FRAMES, cameras=[trajectory_from_embedding(p, DISTANCE)]) for p in packed]
    assert fields[0].fingerprint() != fields[1].fingerprint()
    still = camera_embedding(moved(truck=1e-9), HEIGHT, WIDTH, DISTANCE)
    assert MotionField(FRAMES, cameras=[trajectory_from_embedding(still, DISTANCE)]).is_empty


def test_embeddings_that_no_camera_fits_are_refused():
    noise = torch.randn(1, 24, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    with pytest.raises(ValueError, match="not those of any pinhole camera"):
        trajectory_from_embedding(noise, 1.0)
    with pytest.raises(ValueError, match=r"has shape \[1, 6, 3, 16, 16\]; it must be \[1, 24"):
        trajectory_from_embedding(noise[:, :6], 1.0)
    with pytest.raises(ValueError, match="NaN"):
        trajectory_from_embedding(torch.full((1, 24, 3, 16, 16), torch.nan), 1.0)
    with pytest.raises(ValueError, match="without a direction"):
        trajectory_from_embedding(torch.zeros(1, 24, 3, 16, 16), 1.0)
    with pytest.raises(ValueError, match="`scene_distance` is 0"):
        camera_embedding(moved(truck=0.1), 16, 16, 0)


def test_exactly_one_camera_is_needed():
    with pytest.raises(ValueError, match="holds no camera move"):
        camera_embedding(MotionField(FRAMES), HEIGHT, WIDTH, DISTANCE)
    with pytest.raises(ValueError, match="holds 2 cameras"):
        camera_embedding(combine(moved(truck=0.1), moved(pan=3)), HEIGHT, WIDTH, DISTANCE)
    with pytest.raises(ValueError, match=r"4k\+1 frames: try"):
        camera_embedding(moved(truck=0.1, frames=8), HEIGHT, WIDTH, DISTANCE)
