"""A motion that goes on from a later frame: points keep their ways, and after the end their velocity."""

import json

import numpy as np
import pytest
import torch
from flowbrush.motion import camera_field, combine, field_from_document, field_from_flow
from flowbrush.motion.continuation import continued_field
from flowbrush.motion.document import Camera, Keyframe
from flowbrush.motion.field import CameraTrajectory, MotionField
from flowbrush.rendering import warp_image

SIZE = (96, 128)
FRAMES = 17


def painted(motion, region=None, **more):
    region = region or {"polygons": [{"points": [[0.2, 0.3], [0.5, 0.3], [0.5, 0.7], [0.2, 0.7]]}]}
    document = {"version": 1, "layers": [{"region": region, "motion": motion}], **more}
    return field_from_document(json.dumps(document), FRAMES, aspect=SIZE[1] / SIZE[0])


PATH = {"paths": [{"points": [[0.35, 0.5], [0.5, 0.4], [0.65, 0.6]]}]}
TURN = {"rotation": 40.0, "proximity": 0.8}
WAVES = {"ambient": {"amount": 0.05, "seed": 3, "speed": 2.0}}
MOTIONS = {
    "path": lambda: painted(PATH),
    "turn": lambda: painted(TURN),
    "waves": lambda: painted(WAVES),
    "eased": lambda: painted({**PATH, "ease": "ease_in_out", "start": 0.25}),
    "zoom": lambda: camera_field(Camera(keyframes=(Keyframe(1.0, zoom=1.6, roll=10.0),)), FRAMES),
    "pan": lambda: camera_field(Camera(keyframes=(Keyframe(1.0, pan=12.0, truck=0.1, dolly=0.2),)), FRAMES),
    "path and zoom": lambda: combine(
        painted(PATH), camera_field(Camera(keyframes=(Keyframe(1.0, zoom=1.4),)), FRAMES)
    ),
}


def followed(field: MotionField, points: torch.Tensor) -> torch.Tensor:
    """Positions [T,N,2] in pixels of points [N,2]."""
    return points + field.displacement_of(points, *SIZE)


@pytest.mark.parametrize("kind", MOTIONS)
@pytest.mark.parametrize("frame", [4, 10])
def test_points_go_on_along_their_way(kind, frame):
    field = MOTIONS[kind]()
    points = torch.tensor([[40.0, 45.0], [45.3, 52.1], [52.0, 40.0]])
    whole = followed(field, points)
    rest = followed(continued_field(field, frame, FRAMES - frame), whole[frame])
    assert rest.shape == (FRAMES - frame, 3, 2)
    assert (rest[0] - whole[frame]).abs().max() < 1e-3
    assert (rest - whole[frame:]).abs().max() < 0.1


@pytest.mark.parametrize("kind", ["path", "turn", "zoom", "path and zoom"])
def test_after_its_end_a_motion_keeps_its_velocity(kind):
    field = MOTIONS[kind]()
    points = torch.tensor([[40.0, 45.0], [45.3, 52.1]])
    whole = followed(field, points)
    going = followed(continued_field(field, FRAMES - 1, 9), whole[-1])
    before, after = whole[-1] - whole[-2], going[1] - going[0]
    assert before.norm(dim=1).min() > 0.3
    assert (after - before).norm(dim=1).max() < 0.12 * before.norm(dim=1).max()


def test_a_motion_that_ended_before_the_end_of_the_clip_does_not_start_again():
    field = painted({**PATH, "end": 0.5})
    points = torch.tensor([[40.0, 45.0]])
    at = followed(field, points)[-1]
    assert (followed(continued_field(field, 16, 9), at) - at).abs().max() < 1e-3


def test_the_region_lies_where_it_has_moved_and_what_it_left_is_still():
    field = painted(PATH)
    later = continued_field(field, 16, 9)
    before, after = field.moving(*SIZE), later.moving(*SIZE)
    moved = field.displacement_of(torch.tensor([[40.0, 45.0]]), *SIZE)[-1, 0]
    ys, xs = (torch.arange(side) + 0.5 for side in SIZE)

    def centre(cover):
        return torch.stack([(cover.sum(0) * xs).sum(), (cover.sum(1) * ys).sum()]) / cover.sum()

    assert (centre(after) - centre(before) - moved).abs().max() < 0.3
    assert abs(float(after.sum() / before.sum()) - 1) < 0.02
    displaced = later.displacement(*SIZE)
    left = (before > 0.99) & (after < 0.01)
    assert left.sum() > 100
    assert displaced[:, left].abs().max() < 1e-5


def test_the_pictures_of_both_parts_are_those_of_the_whole():
    torch.manual_seed(0)
    coarse = torch.rand(1, 3, 12, 16)
    picture = torch.nn.functional.interpolate(coarse, SIZE, mode="bicubic").clamp(0, 1)[0].permute(1, 2, 0)
    field = painted(PATH)
    whole = warp_image(picture, field)
    second = warp_image(whole.frames[8], continued_field(field, 8, 9))
    sure = torch.minimum(whole.coverage[8:], second.coverage) > 0.99
    error = (second.frames - whole.frames[8:]).abs().mean(-1)
    assert torch.equal(second.frames[0], whole.frames[8])
    assert error[sure].mean() < 0.004


def test_a_flow_flows_on_with_its_velocity():
    flow = {"paths": [{"points": [[0.1, 0.5], [0.9, 0.5]]}], "flow": {"speed": 0.5, "hold": 0.0}}
    everything = {"everything": True}
    field = painted(flow, everything)
    assert field.layers[0].cross_fades
    later = continued_field(field, 8, 9)
    assert later.layers[0].cross_fades
    points = torch.tensor([[64.0, 48.0]])
    first, second = (motion.displacement_of(points, *SIZE)[:, 0] for motion in (field, later))
    assert torch.allclose(second[1] - second[0], first[1] - first[0], atol=0.05)


def test_a_measured_motion_goes_on_where_it_is_known():
    shift = torch.zeros(FRAMES, 48, 64, 2)
    shift[..., 0] = torch.arange(FRAMES)[:, None, None] * 0.5
    later = continued_field(field_from_flow(shift), 8, 17)
    weight = later.weight(48, 64)
    assert weight[:, :3].max() < 0.1 and weight[:, 6:].min() > 0.99
    displaced = later.displacement(48, 64)
    assert torch.allclose(displaced[16, :, 10:, 0], torch.full((48, 54), 8.0), atol=0.05)
    assert displaced[..., 1].abs().max() < 1e-4


def test_parallax_goes_on_for_near_and_far_points():
    depth = torch.zeros(SIZE)
    depth[:, 64:] = 1.0
    field = camera_field(Camera(keyframes=(Keyframe(1.0, truck=0.12),)), FRAMES, depth)
    for x in (20.0, 100.0):
        points = torch.tensor([[x, 48.0]])
        whole = followed(field, points)
        assert (followed(continued_field(field, 8, 9), whole[8]) - whole[8:]).abs().max() < 0.15


def test_the_poses_of_a_continued_camera_are_relative_to_its_first_view():
    angles = np.radians(np.linspace(0, 10, 5))
    turn = np.stack([[[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]] for a in angles])
    position = np.stack([np.linspace(0, 0.2, 5), np.zeros(5), np.zeros(5)], 1)
    lens = np.full((5, 2), 1.2)
    field = MotionField(5, cameras=[CameraTrajectory(turn, position, lens, np.full((5, 2), 0.5))], aspect=1.0)
    later = continued_field(field, 2, 3)
    grid = later._grid(64, 64)
    rotation, _, zoom = later.cameras[0].poses(np.array([0.0, 1.0]), grid)
    assert np.allclose(rotation[0], np.eye(3)) and np.allclose(zoom, 1)
    assert np.allclose(rotation[1], turn[4].T @ turn[2], atol=1e-6)
    points = torch.tensor([[20.0, 30.0]])
    whole = points + field.displacement_of(points, 64, 64)
    rest = whole[2] + later.displacement_of(whole[2], 64, 64)
    assert (rest - whole[2:]).abs().max() < 0.02


def test_a_seamless_loop_goes_round():
    field = painted({**WAVES}, loop="seamless")
    points = torch.tensor([[40.0, 45.0]])
    once = followed(field, points)
    again = followed(continued_field(field, FRAMES, FRAMES), points)
    assert (again - once).abs().max() < 0.05


def test_the_digest_knows_the_part():
    field = painted(PATH)
    prints = {continued_field(field, frame, 9).fingerprint() for frame in (3, 4)}
    assert len(prints | {field.fingerprint()}) == 3


@pytest.mark.parametrize(("frame", "frames"), [(-1, 5), (0, 0)])
def test_impossible_parts_are_refused(frame, frames):
    with pytest.raises(ValueError, match="cannot go on from frame"):
        continued_field(painted(PATH), frame, frames)


def test_two_cameras_are_refused():
    one = MOTIONS["zoom"]()
    with pytest.raises(ValueError, match="2 cameras"):
        continued_field(combine(one, one), 4, 5)


def test_a_part_that_carries_the_picture_of_the_beginning_shows_the_frames_of_the_whole():
    field = combine(painted(PATH), camera_field(Camera(keyframes=(Keyframe(1.0, zoom=1.3),)), FRAMES))
    picture = torch.rand(*SIZE, 3, generator=torch.Generator().manual_seed(2))
    whole = warp_image(picture, field)
    other = torch.zeros(*SIZE, 3)
    part = warp_image(other, continued_field(field, 6, 9), beginning=picture)
    assert torch.equal(part.frames, whole.frames[6:15]) and torch.equal(part.coverage, whole.coverage[6:15])
    first = warp_image(other, continued_field(field, 0, 5), beginning=picture)
    assert torch.equal(first.frames, whole.frames[:5])


def test_the_picture_of_the_beginning_has_no_effect_on_a_measured_motion():
    flow = torch.zeros(FRAMES, *SIZE, 2)
    flow[..., 0] = torch.arange(FRAMES)[:, None, None]
    picture = torch.rand(*SIZE, 3, generator=torch.Generator().manual_seed(2))
    part = continued_field(field_from_flow(flow), 6, 9)
    assert part.whole.frames == FRAMES
    own = warp_image(picture, part)
    assert torch.equal(own.frames, warp_image(picture, part, beginning=1 - picture).frames)


def test_a_beginning_of_another_size_is_refused():
    with pytest.raises(ValueError, match=r"picture of the beginning has shape \[8, 8, 3\]"):
        warp_image(torch.zeros(*SIZE, 3), painted(PATH), beginning=torch.zeros(8, 8, 3))
