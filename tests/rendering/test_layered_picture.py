import json
import math

import numpy as np
import pytest
import torch
from flowbrush.motion.field.field import field_from_document
from flowbrush.rendering.layered_picture import hidden_area, layered_picture
from flowbrush.rendering.motion_inverse import between_nodes, inverse_on_nodes
from flowbrush.rendering.picture_layer import KNOWN, MATTE, MOVING, WEAK, sample_array, sample_planes
from flowbrush.rendering.warp import warp_image

SIZE = 64


def box(left, top, right, bottom):
    return {"polygons": [{"points": [[left, top], [right, top], [right, bottom], [left, bottom]]}]}


def field(*layers, frames=5, camera=None):
    document = {"flowbrush": "motion", "version": 2, "layers": list(layers)}
    if camera:
        document["camera"] = {"keyframes": [{"time": 0}, {"time": 1, **camera}]}
    return field_from_document(json.dumps(document), frames, aspect=1.0)


def waves(x, y):
    """A smooth picture, at places in 0..1: [...,3]."""
    return torch.stack(
        [
            0.5 + 0.3 * torch.sin(9 * x + 2 * y),
            0.5 + 0.3 * torch.cos(7 * y),
            0.5 + 0.3 * torch.sin(5 * x * y + 4),
        ],
        -1,
    )


def places(size=SIZE):
    at = (torch.arange(size) + 0.5) / size
    y, x = torch.meshgrid(at, at, indexing="ij")
    return x, y


def drawn(picture, motion, time=1.0, **more):
    layers = layered_picture(picture, motion.in_layers(*picture.shape[:2]), motion.times, **more)
    return next(layers.frames([time]))[0]


def test_a_layer_that_moves_by_whole_pixels_takes_its_pixels_along():
    picture = torch.rand(SIZE, SIZE, 3, generator=torch.Generator().manual_seed(1))
    frame = drawn(picture, field({"region": box(0.25, 0.25, 0.5, 0.5), "motion": {"horizontal": 0.25}}))
    torch.testing.assert_close(
        frame[:3, 18:30, 34:46].permute(1, 2, 0), picture[18:30, 18:30], atol=2e-3, rtol=0
    )
    torch.testing.assert_close(frame[:3, 40:].permute(1, 2, 0), picture[40:], atol=1e-6, rtol=0)
    assert frame[MATTE].min() == 1
    assert frame[KNOWN, 18:30, 18:30].max() < 0.01 and frame[KNOWN, 18:30, 34:46].min() > 0.99
    assert frame[MOVING, 18:30, 34:46].min() > 0.99 and frame[MOVING, :, :30].max() < 0.01


@pytest.mark.parametrize(
    "motion",
    [
        {"horizontal": 0.1171},
        {"rotation": 33},
        {"proximity": 2, "pivot": [0.5, 0.5]},
        {"paths": [{"points": [[0.4, 0.4], [0.5, 0.45]]}, {"points": [[0.6, 0.6], [0.62, 0.56]]}]},
    ],
    ids=["fraction", "turn", "growth to three times", "bend"],
)
def test_everything_that_moves_is_drawn_whole_and_in_place(motion):
    """Every pixel that a moving layer covers shows the smooth picture at the place that the field brings there."""
    x, y = places(128)
    picture = waves(x, y)
    moving = field({"region": {"strokes": [{"radius": 0.2, "points": [[0.5, 0.5]]}]}, "motion": motion})
    frame = drawn(picture, moving)
    assert frame[MATTE].min() == 1 and torch.isfinite(frame).all()
    inside = moving.moving(128, 128) > 0.999
    landed = moving.displacement(128, 128)[-1] + torch.stack(
        torch.meshgrid(torch.arange(128), torch.arange(128), indexing="xy"), -1
    )
    at = ((landed + 0.5) / 128 * 2 - 1)[inside][None, None].float()
    seen = torch.nn.functional.grid_sample(frame[None], at, align_corners=False)[0, :, 0]
    sure = seen[MOVING] > 0.999
    assert sure.float().mean() > 0.8
    assert (seen[:3, sure] - picture[inside][sure].T).abs().max() < 0.02


@pytest.mark.parametrize(
    ("layer", "camera"),
    [
        ({"motion": {"rotation": 40, "proximity": 1}}, None),
        ({"motion": {"ambient": {"amount": 0.03}}}, None),
        ({"motion": {"horizontal": 0.1}}, {"dolly": 0.3, "pan": 8, "roll": 10}),
    ],
    ids=["turn", "ambient", "camera"],
)
def test_a_motion_is_inverted_to_a_fiftieth_of_a_pixel(layer, camera):
    size = 256
    motion = field({"region": {"everything": True}, **layer}, camera=camera).in_layers(size, size)
    index = motion.layers[-1].index
    nodes, _ = inverse_on_nodes(motion, index, [0.7], (size, size))
    place = between_nodes(nodes[0], (slice(0, size), slice(0, size)), (size, size))
    inside = ((place > 0.02) & (place < 0.98)).all(-1)
    forth = motion.positions(index, [0.7], place[inside])[0]
    x, y = places(size)
    wanted = torch.stack([x, y], -1)[inside]
    error = (forth - wanted).norm(dim=-1) * size
    assert error.max() < 0.1 and error.mean() < 0.02


def test_a_hidden_area_is_completed_from_its_own_layer():
    """A red square over a blue square over green: what the red one uncovers of the blue one is blue."""
    picture = torch.tensor([0.0, 0.7, 0.0]).repeat(SIZE, SIZE, 1)
    picture[8:56, 8:56] = torch.tensor([0.0, 0.0, 0.8])
    picture[20:44, 20:44] = torch.tensor([0.9, 0.0, 0.0])
    blue = {"region": box(0.125, 0.125, 0.875, 0.875), "motion": {"vertical": 0.0625}, "order": 1}
    red = {"region": box(0.3125, 0.3125, 0.6875, 0.6875), "motion": {"horizontal": 0.6}, "order": 2}
    frame = drawn(picture, field(blue, red))
    uncovered = frame[:3, 28:40, 22:42]
    assert uncovered[2].min() > 0.7 and uncovered[0].max() < 0.1 and uncovered[1].max() < 0.1
    above = frame[:3, 9:11, 20:44]  # the blue square has left its upper edge
    assert above[1].min() > 0.6 and above[2].max() < 0.1


def test_a_camera_sees_a_completed_picture_beyond_the_border():
    x, y = places()
    picture, motion = waves(x, y), field(camera={"truck": 0.2})
    layers = layered_picture(picture, motion.in_layers(SIZE, SIZE), motion.times)
    assert layers.beyond[1] >= 12 and layers.beyond[0] == 0
    frame = next(layers.frames([1.0]))[0]
    assert frame[MATTE].min() == 1 and frame[MOVING].max() == 0
    assert frame[KNOWN, :, 52:].max() < 0.05 and frame[KNOWN, :, :50].min() > 0.99
    border = frame[:3, :, 52:]
    assert border.std(dim=(1, 2)).min() > 0.02  # not one colour repeated


def test_only_what_comes_into_view_beyond_the_border_is_completed():
    """The side that a travelling camera leaves, and the surroundings of a layer that stands still, only repeat the border."""
    picture = torch.rand(SIZE, SIZE, 3, generator=torch.Generator().manual_seed(5))
    motion = field(camera={"truck": 0.2}).in_layers(SIZE, SIZE)
    found = layered_picture(picture, motion, np.linspace(0, 1, 5))
    whole = layered_picture(picture, motion, np.linspace(0, 1, 5), beyond=found.beyond)
    columns = found.beyond[1]
    planes = found.layers[0].planes[:3]
    left, right = planes[:, :, 0], planes[:, :, -1]
    unseen, seen = (left, right) if torch.equal(left, planes[:, :, columns]) else (right, left)
    assert torch.equal(unseen, planes[:, :, columns if unseen is left else -columns - 1])
    assert not torch.equal(seen, planes[:, :, -columns - 1 if seen is right else columns])
    for a, b in zip(found.frames([0.5, 1.0]), whole.frames([0.5, 1.0]), strict=True):
        torch.testing.assert_close(a, b, atol=1e-6, rtol=0)
    comes_in = field({"region": box(0, 0.3, 0.2, 0.6), "motion": {"horizontal": 0.2}}).in_layers(SIZE, SIZE)
    still, moving = layered_picture(picture, comes_in, [0.0, 1.0]).layers
    beyond = (still.planes.shape[-1] - SIZE) // 2
    assert still.still and beyond >= 12
    assert torch.equal(still.planes[:, :, 0], still.planes[:, :, beyond])
    assert not torch.equal(moving.planes[:3, 25, 0], moving.planes[:3, 25, beyond])


def test_the_picture_beyond_its_border_does_not_repeat_what_is_in_its_middle():
    """Only the outer quarters are copied, each at its own side, and the corners continue the sides."""
    picture = torch.rand(SIZE, SIZE, 3, generator=torch.Generator().manual_seed(4)) * 0.5
    other = picture.clone()
    other[20:44, 20:44] = picture[20:44, 20:44].flip(0)
    motion = field(camera={"zoom": 0.85})
    first, second = (
        layered_picture(each, motion.in_layers(SIZE, SIZE), motion.times) for each in (picture, other)
    )
    rows, columns = first.beyond
    assert rows > 4 and columns > 4 and first.completed_by == "patches"
    assert torch.equal(first.layers[0].planes[:3, :rows], second.layers[0].planes[:3, :rows])
    assert torch.equal(first.layers[0].planes[:3, :, :columns], second.layers[0].planes[:3, :, :columns])
    # The left side is bluer than the rest of the picture, which shows in its continuation.
    picture[:, :20, 2] += 0.5
    extended = layered_picture(picture, motion.in_layers(SIZE, SIZE), motion.times).layers[0].planes[2]
    assert extended[:, : columns - 1].mean() > 0.65 and extended[:, 1 - columns :].mean() < 0.35


def test_a_plate_shows_where_a_layer_moved_away():
    x, y = places()
    picture, plate = waves(x, y), torch.full((SIZE, SIZE, 3), 0.125)
    moving = field({"region": box(0.25, 0.25, 0.5, 0.5), "motion": {"horizontal": 0.375}})
    clip = warp_image(picture, moving, plate=plate)
    assert clip.completed_by == "plate"
    assert torch.allclose(clip.frames[-1, 17:31, 17:31], plate[17:31, 17:31], atol=1e-4)
    with pytest.raises(ValueError, match="The plate has shape"):
        warp_image(picture, moving, plate=plate[:-1])
    with pytest.raises(ValueError, match="`behind` is 'pink'"):
        warp_image(picture, moving, behind="pink")


def test_a_layer_of_negative_order_moves_behind_the_unpainted_picture():
    picture = torch.zeros(SIZE, SIZE, 3)
    picture[:32, :, 2] = torch.linspace(0.3, 0.9, SIZE)  # a sky behind a black foreground
    sky = {"region": box(0, 0, 1, 0.5), "motion": {"vertical": 0.25}, "order": -1}
    frame = drawn(picture, field(sky))
    assert frame[:3, 34:].max() < 0.02  # the foreground hides the sky that slid below it
    assert frame[2, 2:14].min() > 0.2 and frame[MATTE].min() == 1


def test_a_region_with_a_wide_edge_stretches_the_picture_and_tears_nothing():
    x, y = places()
    soft = {
        "region": {"strokes": [{"radius": 0.2, "points": [[0.5, 0.5]]}], "feather": 0.4},
        "motion": {"horizontal": 0.05},
    }
    motion = field(soft)
    assert [layer.index for layer in motion.in_layers(SIZE, SIZE).layers] == [-1]
    frame = drawn(waves(x, y), motion)
    assert frame[KNOWN].min() > 0.99
    assert frame[MOVING].max() > 0.9 and frame[MOVING, 0].max() < 0.01


def test_a_soft_region_that_moves_far_leaves_the_picture_behind_it_in_place():
    x, y = places(128)
    picture = waves(x, y)
    soft = {
        "region": {"strokes": [{"radius": 0.12, "points": [[0.25, 0.5]]}], "feather": 0.12},
        "motion": {"horizontal": 0.5},
    }
    frame = drawn(picture, field(soft))
    elsewhere = (x < 0.06) | (y < 0.25) | (y > 0.75)
    assert (frame[:3].permute(1, 2, 0) - picture)[elsewhere].abs().max() < 1e-5
    ring = frame[:3, 64, 64 + 18 : 64 + 24]  # the feather keeps the picture's own pixels
    shares = frame[MOVING, 64, 64 + 18 : 64 + 24]
    carried, there = picture[64, 18:24].T, picture[64, 64 + 18 : 64 + 24].T
    assert 0.05 < shares[0] < shares[-1] < 1
    torch.testing.assert_close(ring, torch.lerp(there, carried, shares), atol=0.01, rtol=0)


@pytest.mark.parametrize("sigma", [0.0, 0.8, 2.5])
@pytest.mark.parametrize("cubic", [True, False])
def test_other_devices_sample_a_layer_as_a_cpu_does(sigma, cubic):
    random = torch.Generator().manual_seed(3)
    planes = torch.rand(3, 40, 52, generator=random)
    place = torch.rand(30, 30, 2, generator=random) * 60 - 4
    place = (place * 32).round() / 32 + 0.5  # OpenCV rounds positions to a 32nd of a pixel
    array = np.ascontiguousarray(planes.numpy().transpose(1, 2, 0))
    torch.testing.assert_close(
        sample_planes(planes, place, sigma, cubic),
        sample_array(array, place, sigma, cubic),
        atol=2e-3,
        rtol=0,
    )


def test_a_weak_layer_is_marked_weak_at_its_moved_position():
    x, y = places()
    weak = {"region": box(0.25, 0.25, 0.5, 0.5), "motion": {"horizontal": 0.25}, "strength": 0.4}
    frame = drawn(waves(x, y), field(weak))
    assert (
        frame[WEAK, 20:28, 36:44].min() == pytest.approx(0.6, abs=0.01) and frame[WEAK, :, :30].max() < 0.01
    )


def test_frames_come_a_few_at_a_time_and_each_is_drawn_by_itself():
    x, y = places()
    motion = field({"region": box(0.25, 0.25, 0.5, 0.5), "motion": {"rotation": 90}}, frames=21)
    layers = layered_picture(waves(x, y), motion.in_layers(SIZE, SIZE), motion.times)
    chunks = list(layers.frames(motion.times))
    assert [len(chunk) for chunk in chunks] == [8, 8, 5]
    alone = next(layers.frames([motion.times[13]]))[0]
    assert torch.equal(chunks[1][5], alone)


def test_an_edge_at_half_a_pixel_is_half_covered_and_has_no_fringe():
    picture = torch.full((SIZE, SIZE, 3), 0.2)
    picture[16:32, 16:32] = 0.9
    moving = field({"region": box(0.25, 0.25, 0.5, 0.5), "motion": {"horizontal": 8.5 / SIZE}})
    row = drawn(picture, moving, complete=False)[0, 24]
    assert row.min() > 0.19 and row.max() < 0.91
    assert 0.25 < row[24] < 0.85  # the left edge, between two pixels
    assert np.all(np.abs(row[:23] - 0.2).numpy() < 0.01)
    assert math.isclose(float(row[30]), 0.9, abs_tol=0.01)


def test_the_hidden_area_is_what_lies_in_front_of_the_unpainted_part():
    behind = {"region": box(0, 0, 1, 0.5), "motion": {"vertical": 0.1}, "order": -1}
    front = {"region": box(0.5, 0.5, 0.75, 0.75), "motion": {"horizontal": 0.1}, "order": 1}
    motion = field(behind, front, camera={"truck": 0.1}).in_layers(SIZE, SIZE)
    area = hidden_area(motion, SIZE, SIZE)
    assert area[33:47, 33:47].all() and area.float().mean() < 0.1
