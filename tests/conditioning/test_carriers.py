import pytest
import torch
from flowbrush.conditioning.carriers import carriers_of_field, painted_points

from .sliding import HEIGHT, WIDTH, box, painted, sliding


def starts(field, **more):
    return carriers_of_field(field, HEIGHT, WIDTH, **more).path[0]


def test_each_painted_cell_has_one_point_in_its_middle():
    points = starts(sliding())
    assert len(points) == 16
    assert {tuple(p) for p in points.tolist()} == {(x, y) for x in (20, 28, 36, 44) for y in (20, 28, 36, 44)}


def test_frozen_areas_have_points_that_stay():
    carriers = carriers_of_field(painted({"region": box(0, 0, 0.25, 1), "freeze": True}), HEIGHT, WIDTH)
    assert len(carriers) == 32
    assert torch.equal(carriers.path, carriers.path[:1].expand(9, -1, -1))


def test_everything_has_points_when_the_rest_is_held_or_the_camera_moves():
    assert len(starts(sliding(), painted_only=False)) == 128
    from flowbrush.motion.field.field import field_from_document

    camera = field_from_document('{"camera": {"keyframes": [{"time": 1, "truck": 0.1}]}}', 9)
    assert len(starts(camera)) == 128


@pytest.mark.parametrize(("spacing", "count"), [(8, 128), (16, 32), (24, 18), (64, 2)])
def test_spacing_thins_them_out_and_each_stays_in_the_middle_of_a_cell(spacing, count):
    points = starts(sliding(), painted_only=False, spacing=spacing)
    assert len(points) == count
    assert (points % 8 == 4).all() and (points < torch.tensor([WIDTH, HEIGHT])).all()


def test_thin_and_small_regions_are_not_missed():
    mask = torch.zeros(64, 128, dtype=torch.bool)
    mask[2:4, 8:40] = True  # a line between the rows of points
    mask[50, 100] = True
    points = painted_points(mask, 8)
    assert mask[points[:, 1].long(), points[:, 0].long()].all()
    on_line = points[points[:, 1] < 8]
    assert on_line[:, 0].sort().values.tolist() == [11.5, 19.5, 27.5, 35.5] and (on_line[:, 1] == 3.5).all()
    assert points[points[:, 1] > 8].tolist() == [[100.5, 50.5]]


def test_the_rim_of_a_region_that_has_points_gets_no_others():
    mask = torch.zeros(64, 128, dtype=torch.bool)
    mask[16:35, 16:35] = True  # 2.4 cells wide
    assert len(painted_points(mask, 8)) == 4


@pytest.mark.parametrize(("spacing", "width"), [(12, WIDTH), (0, WIDTH), (8, 60)])
def test_what_is_no_multiple_of_a_cell_is_refused(spacing, width):
    with pytest.raises(ValueError, match="multiple of 8"):
        carriers_of_field(sliding(), HEIGHT, width, spacing)


def test_a_layer_without_strength_has_no_points_and_a_weak_one_weak_ones():
    weak = carriers_of_field(sliding(strength=0.25), HEIGHT, WIDTH)
    assert torch.allclose(weak.strength, torch.tensor(0.25)) and len(weak) == 16
    with pytest.raises(ValueError, match="no point to track"):
        carriers_of_field(sliding(strength=0), HEIGHT, WIDTH)
