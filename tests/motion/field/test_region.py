"""Regions: strokes, polygons, masks to anti-aliased coverage."""

import math

import numpy as np
import pytest
import torch
from flowbrush.motion.document.document import Polygon, Region, Stroke
from flowbrush.motion.field.region import Grid, rasterize, signed_distance


def soft(region, height=128, width=128, mask=None, aspect=None):
    return rasterize(region, Grid(height, width, aspect or width / height), mask).soft


def dab(x=0.5, y=0.5, radius=0.25, **more):
    return Stroke(points=((x, y, 1.0),), radius=radius, **more)


def square(low=0.25, high=0.75, mode="paint"):
    return Polygon(points=((low, low), (high, low), (high, high), (low, high)), mode=mode)


def test_a_dab_covers_its_disc():
    cover = soft(Region(strokes=(dab(),), feather=0))
    assert cover.mean() == pytest.approx(math.pi * 0.25**2, rel=1e-3)
    assert cover[64, 64] == 1 and cover[0, 0] == 0


def test_a_dab_is_round_in_a_wide_picture():
    cover = soft(Region(strokes=(dab(),), feather=0), 64, 128)
    rows, columns = (cover > 0.5).any(1).sum(), (cover > 0.5).any(0).sum()
    assert abs(int(rows) - int(columns)) <= 1 and abs(int(rows) - 32) <= 1


def test_a_stroke_is_a_capsule_and_pressure_narrows_it():
    stroke = Stroke(points=((0.2, 0.5, 1.0), (0.8, 0.5, 0.5)), radius=0.1)
    cover = soft(Region(strokes=(stroke,), feather=0), 200, 200)
    assert cover[:, 40].sum() == pytest.approx(40, abs=1)  # 2 x 0.1 x 200 at the start
    assert cover[:, 100].sum() == pytest.approx(30, abs=1)
    assert cover[:, 159].sum() == pytest.approx(20, abs=1)


def test_edges_are_anti_aliased_and_exact_coverage_is_not():
    cover = rasterize(Region(strokes=(dab(radius=0.3),), feather=0), Grid(64, 64, 1.0))
    assert ((cover.soft > 0.05) & (cover.soft < 0.95)).sum() > 50
    assert set(np.unique(cover.exact)) == {0.0, 1.0}


def test_exact_coverage_depends_on_the_place_alone():
    region = Region(strokes=(dab(0.4, 0.5, 0.2, hardness=0.4),), polygons=(square(),), feather=0.03)
    coarse = rasterize(region, Grid(40, 60, 1.5)).exact
    fine = rasterize(region, Grid(120, 180, 1.5)).exact
    np.testing.assert_allclose(fine[1::3, 1::3], coarse, atol=1e-5)


def test_feather_widens_the_edge_symmetrically():
    edge = soft(Region(polygons=(square(),), feather=0.2), 100, 100)[50]
    assert edge[15:25].max() < 0.5 < edge[25:35].min()
    assert 0 < edge[18] < edge[22] < edge[27] < edge[32] < 1
    assert edge[14] == 0 and edge[35] == 1


def test_softness_falls_off_inside_the_stroke():
    hard, brushed = (soft(Region(strokes=(dab(hardness=h),), feather=0), 128, 128)[64] for h in (1.0, 0.0))
    assert hard[40] == 1 and 0.3 < brushed[48] < 0.7  # half way to the rim
    assert brushed[63] > 0.98 and brushed[34] < 0.05


def test_erasing_takes_away_in_order():
    erased = soft(Region(strokes=(dab(radius=0.3), dab(radius=0.1, mode="erase")), feather=0))
    repainted = soft(
        Region(strokes=(dab(radius=0.3), dab(radius=0.1, mode="erase"), dab(radius=0.05)), feather=0)
    )
    assert erased[64, 64] == 0 and erased[64, 64 + 25] == 1
    assert repainted[64, 64] == 1 and repainted[64, 64 + 10] == 0


def test_polygon_inside_is_even_odd():
    star = Polygon(
        points=tuple(
            (0.5 + 0.4 * math.sin(4 * math.pi * k / 5), 0.5 - 0.4 * math.cos(4 * math.pi * k / 5))
            for k in range(5)
        )
    )
    cover = soft(Region(polygons=(star,), feather=0))
    assert cover[64, 64] == 0  # the pentagon in the middle is crossed twice
    assert cover[22, 64] == 1


def test_polygon_area_is_exact():
    assert soft(Region(polygons=(square(0.2, 0.7),), feather=0)).mean() == pytest.approx(0.25, abs=2e-3)


def test_invert_and_everything():
    assert soft(Region(everything=True)).min() == 1
    inside = soft(Region(strokes=(dab(),), feather=0.02))
    outside = soft(Region(strokes=(dab(),), feather=0.02, invert=True))
    np.testing.assert_allclose(inside + outside, 1, atol=1e-6)


@pytest.mark.parametrize("invert", [False, True])
def test_grow_enlarges_the_region_also_when_inverted(invert):
    base = soft(Region(polygons=(square(),), feather=0, invert=invert)).sum()
    assert soft(Region(polygons=(square(),), feather=0, grow=0.05, invert=invert)).sum() > base
    assert soft(Region(polygons=(square(),), feather=0, grow=-0.05, invert=invert)).sum() < base


def test_grow_moves_the_edge_by_its_value():
    row = soft(Region(polygons=(square(),), feather=0, grow=0.1), 100, 100)[50]
    assert row.sum() == pytest.approx(70, abs=0.5)


def test_an_incoming_mask_is_used_as_it_is():
    mask = torch.rand(64, 64, generator=torch.Generator().manual_seed(1))
    np.testing.assert_array_equal(soft(Region(mask=0, feather=0), 64, 64, mask), mask.numpy())


def test_a_mask_is_averaged_on_a_coarser_grid():
    mask = torch.zeros(64, 64)
    mask[:, :20] = 1
    row = soft(Region(mask=0, feather=0), 8, 8, mask)[4]
    np.testing.assert_allclose(row, [1, 1, 0.5, 0, 0, 0, 0, 0], atol=1e-6)


def test_a_mask_can_be_feathered_and_grown():
    mask = torch.zeros(100, 100)
    mask[:, :50] = 1
    row = soft(Region(mask=0, feather=0.2, grow=0.1), 100, 100, mask)[50]
    assert row[59] == pytest.approx(0.5, abs=0.1) and row[49] > 0.95 and row[71] == 0
    assert (np.diff(row) <= 1e-6).all()


def test_signed_distance_is_zero_on_the_outline():
    inside = np.zeros((9, 9), dtype=bool)
    inside[:, :4] = True
    np.testing.assert_allclose(
        signed_distance(inside)[4], [-3.5, -2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5, 4.5], atol=1e-4
    )


def test_a_stroke_over_the_edge_of_the_picture_is_cut_off():
    cover = soft(
        Region(strokes=(Stroke(points=((-0.5, 0.5, 1.0), (-0.05, 0.5, 1.0)), radius=0.1),), feather=0)
    )
    assert 0 < cover.sum() < 128 * 128 * 0.02
    assert soft(Region(strokes=(dab(1.9, 1.9, 0.1),))).sum() == 0
