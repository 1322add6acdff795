import torch
from flowbrush.motion.tracks.grid_points import grid_points, points_inside


def test_a_grid_lies_evenly_over_the_picture():
    points = grid_points(20, 40, 10.0)
    assert points.tolist() == [[x, y] for y in (5.0, 15.0) for x in (5.0, 15.0, 25.0, 35.0)]


def test_only_points_of_the_region_are_kept():
    region = torch.zeros(64, 64, dtype=torch.bool)
    region[:, :32] = True
    points = points_inside(region, 16.0)
    assert len(points) == 8 and (points[:, 0] < 32).all()


def test_a_small_region_has_points_of_a_finer_grid():
    region = torch.zeros(64, 64, dtype=torch.bool)
    region[3:7, 3:7] = True
    points = points_inside(region, 16.0)
    assert len(points) >= 3 and ((points >= 3) & (points < 7)).all()
    assert len(points_inside(region, 16.0, least=1)) == 1


def test_an_empty_region_has_no_points():
    assert points_inside(torch.zeros(8, 8, dtype=torch.bool), 4.0).shape == (0, 2)
