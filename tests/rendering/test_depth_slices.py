import json
import math

import torch
from flowbrush.motion.field.field import field_from_document
from flowbrush.rendering.depth_slices import depth_slices, parallax_of
from flowbrush.rendering.layered_picture import layered_picture
from flowbrush.rendering.picture_layer import KNOWN
from flowbrush.rendering.warp import warp_image

SIZE = 96


def travelling(depth, *layers, **camera):
    document = {
        "flowbrush": "motion",
        "version": 2,
        "layers": list(layers),
        "camera": {"keyframes": [{"time": 0}, {"time": 1, **camera}]},
    }
    return field_from_document(json.dumps(document), 5, depth=depth, aspect=1.0)


def stripes():
    row = 0.5 + 0.3 * torch.sin(torch.arange(SIZE) * math.pi / 3)
    return torch.stack([row, row.flip(0), 0.5 + 0 * row], -1)[:, None].expand(SIZE, SIZE, 3).clone()


def near_square():
    """A red square in front of stripes, and its depth map."""
    picture, depth = stripes(), torch.full((SIZE, SIZE), 0.1)
    picture[30:66, 30:66], depth[30:66, 30:66] = torch.tensor([0.9, 0.1, 0.1]), 0.9
    return picture, depth


def seen_where_it_lands(picture, motion, rows, columns):
    """Colours of the last frame, [h,w,3], where the field moves a part of the picture, and those of the part itself."""
    frame = warp_image(picture, motion).frames[-1]
    y, x = torch.meshgrid(torch.arange(SIZE) / SIZE, torch.arange(SIZE) / SIZE, indexing="ij")
    shift = motion.displacement(SIZE, SIZE)[-1][rows, columns]
    landed = torch.stack([x, y], -1)[rows, columns] + (shift + 0.5) / SIZE
    seen = torch.nn.functional.grid_sample(
        frame.permute(2, 0, 1)[None], landed[None] * 2 - 1, align_corners=False
    )[0].permute(1, 2, 0)
    return seen, picture[rows, columns]


def slopes(depth):
    return depth.diff(dim=0)[:, :-1], depth.diff(dim=1)[:-1]


def test_a_travelling_camera_uncovers_a_completed_background_at_a_depth_edge():
    picture, depth = near_square()
    motion = travelling(depth, truck=-0.1)
    clip = warp_image(picture, motion)
    assert torch.equal(clip.frames[0], picture) and clip.completed_by == "patches"
    shift = motion.displacement(SIZE, SIZE)[-1, ..., 0]
    far, near = float(shift[10, 10]), float(shift[48, 48])
    assert near - far > 12  # px, the width of what comes into view
    left, right = math.ceil(30 + far) + 2, math.floor(30 + near) - 2
    uncovered = clip.frames[-1, 34:62, left:right]
    assert (uncovered - stripes()[34:62, left:right]).abs().mean() < 0.03
    assert clip.coverage[-1, 34:62, left:right].max() < 0.05
    square = clip.frames[-1, 34:62, round(30 + near) + 2 : round(66 + near) - 2]
    assert (square - torch.tensor([0.9, 0.1, 0.1])).abs().max() < 0.02
    assert torch.equal(clip.frames, warp_image(picture, motion).frames)


def test_an_even_slope_is_not_torn_by_the_cuts_of_an_edge_elsewhere():
    """The lower half recedes evenly through the depth at which the square is cut out of the upper half."""
    depth = torch.full((SIZE, SIZE), 0.1)
    depth[8:40, 30:66] = 0.9
    depth[48:] = torch.linspace(0.1, 0.9, 48)[:, None]
    y, x = torch.meshgrid(torch.arange(SIZE) / SIZE, torch.arange(SIZE) / SIZE, indexing="ij")
    picture = torch.stack([0.5 + 0.3 * torch.sin(12 * x), 0.5 + 0.3 * torch.cos(9 * y), x * y], -1)
    motion = travelling(depth, truck=0.05)
    layers = motion.in_layers(SIZE, SIZE)
    pixels = parallax_of(layers, -1, motion.times, layers.depths, (SIZE, SIZE))
    assert len(depth_slices(layers.depths, torch.ones(SIZE, SIZE), pixels, 1)) >= 2
    seen, own = seen_where_it_lands(picture, motion, slice(54, 94), slice(24, 90))
    assert (seen - own).abs().max() < 0.06 and (seen - own).abs().mean() < 0.008


def test_a_depth_map_without_parallax_makes_one_slice():
    picture, depth = near_square()
    motion = travelling(depth, pan=5)
    layered = layered_picture(picture, motion.in_layers(SIZE, SIZE), motion.times)
    assert len(layered.layers) == 1


def test_a_painted_layer_moves_with_the_parallax_of_its_own_depth():
    picture, depth = near_square()
    region = {
        "polygons": [{"points": [[0.3125, 0.3125], [0.6875, 0.3125], [0.6875, 0.6875], [0.3125, 0.6875]]}]
    }
    motion = travelling(depth, {"region": region, "motion": {"vertical": 0.1}}, truck=-0.1)
    frame = warp_image(picture, motion).frames[-1]
    dx, dy = motion.displacement(SIZE, SIZE)[-1, 48, 48].tolist()
    middle = frame[round(48 + dy) - 10 : round(48 + dy) + 10, round(48 + dx) - 10 : round(48 + dx) + 10]
    assert (middle - torch.tensor([0.9, 0.1, 0.1])).abs().max() < 0.02


def test_a_smooth_bump_of_depth_is_not_cut_however_far_the_camera_travels():
    """Towards the border the bump is as steep as an edge, but its slope goes on, so the picture stretches."""
    at = (torch.arange(SIZE) + 0.5) / SIZE
    bump = torch.exp(-((at[:, None] - 0.7) ** 2 + (at - 0.4) ** 2) / 0.08)
    depth = 0.1 + 0.8 * bump
    grey = torch.full((SIZE, SIZE, 3), 0.5)
    for move in ({"dolly": 0.15}, {"truck": 0.12}):
        motion = travelling(depth, **move)
        layers = motion.in_layers(SIZE, SIZE)
        pixels = parallax_of(layers, -1, motion.times, layers.depths, (SIZE, SIZE))
        steepest = max(float((d * pixels[:95, :95]).abs().max()) for d in slopes(layers.depths[0]))
        assert steepest > 0.5
        assert len(depth_slices(layers.depths, torch.ones(SIZE, SIZE), pixels, 1)) == 1
        assert (warp_image(grey, motion).frames - 0.5).abs().max() < 1e-4


def test_a_cut_cannot_be_seen_where_it_runs_through_an_even_slope():
    depth = torch.full((SIZE, SIZE), 0.1)
    depth[8:40, 30:66] = 0.9
    depth[48:] = torch.linspace(0.1, 0.9, 48)[:, None]
    picture = torch.rand(SIZE // 4, SIZE // 4, 3, generator=torch.Generator().manual_seed(2))
    picture = picture.repeat_interleave(4, 0).repeat_interleave(4, 1)
    motion = travelling(depth, truck=0.05)
    layered = layered_picture(picture, motion.in_layers(SIZE, SIZE), motion.times)
    assert len(layered.layers) >= 2
    assert next(layered.frames([1.0]))[0, KNOWN, 54:, 8:80].min() > 0.99  # nothing is uncovered
    seen, own = seen_where_it_lands(picture, motion, slice(54, 94), slice(24, 80))
    assert (seen - own).abs().mean(
        (1, 2)
    ).max() < 0.07  # of every row, mostly from sampling the hard squares twice


def test_the_parallax_of_a_dolly_grows_from_the_middle_to_the_corners():
    depth = torch.linspace(0, 1, SIZE).expand(SIZE, SIZE)
    motion = travelling(depth, dolly=0.2)
    layers = motion.in_layers(SIZE, SIZE)
    pixels = parallax_of(layers, -1, motion.times, layers.depths, (SIZE, SIZE))
    near, far = layers.depths.max(), layers.depths.min()
    # A point at the distance x from the middle and of inverse depth w comes to x / (1 - 0.2 w).
    wanted = SIZE / 2 * 2**0.5 * (1 / (1 - 0.2 * near) - 1 / (1 - 0.2 * far)) / (near - far)
    assert abs(pixels[0, 0] - wanted) < 0.03 * wanted and pixels[48, 48] < 0.05 * wanted


def test_a_slice_does_not_go_on_behind_a_near_thing_beside_another_slice():
    depth = torch.full((SIZE, SIZE), 0.1)
    depth[70:] = 0.5  # the ground, which touches the near thing only at its foot
    depth[20:76, 30:66] = 0.9
    pixels = torch.full((SIZE, SIZE), 20.0)
    sky, ground, thing = depth_slices(depth[None], torch.ones(SIZE, SIZE), pixels, 1)
    assert ground.cover[80, 48] == 1 and ground.cover[73, 48] > 0.9
    assert ground.cover[25:55, 33:63].max() == 0 and sky.cover[25:55, 33:63].min() == 1
    assert thing.cover[25:55, 33:63].min() == 1
