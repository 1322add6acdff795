"""Sampling in tiles: they cover the picture, a local network gives what it gives on the whole, and each call sees one tile."""

from itertools import pairwise

import pytest
import torch
from flowbrush.sampling.guidance import Guidance, GuidedModel
from flowbrush.sampling.run import sample
from flowbrush.sampling.schedule import rectified_flow_sigmas
from flowbrush.sampling.tiles import PATCH, Tiling, cut, spans, weighted_tiles, weights, with_tiles
from hypothesis import given
from hypothesis import strategies as st

TILING = Tiling(96, 64, 32)  # 12 x 8 cells of 8 px, of which 4 are shared


@given(length=st.integers(1, 200), tile=st.integers(1, 30).map(lambda n: PATCH * n), share=st.floats(0, 0.5))
def test_spans_cover_the_length_and_overlap_enough(length, tile, share):
    overlap = int(share * tile) // PATCH * PATCH
    found = spans(length, tile, overlap)
    assert found[0].start == 0 and found[-1].stop == length
    assert all(span.stop - span.start == min(tile, length) for span in found)
    assert all(span.start % PATCH == 0 for span in found[:-1])
    for before, after in pairwise(found):
        assert before.start < after.start <= before.stop - overlap
    fewer = len(found) - 1
    assert fewer == 0 or tile + (fewer - 1) * (tile - overlap) < length, "no tile too many"


def test_neighbours_are_blended_alike_in_rows_and_columns():
    found = spans(20, 12, 4)
    assert found == [slice(0, 12), slice(8, 20)]
    first, second = weights(found, 0), weights(found, 1)
    assert torch.equal(first, second.flip(0))
    assert torch.allclose(first[8:] + second[:4], torch.ones(4))
    assert torch.equal(first[:8], torch.ones(8))
    tiles = list(weighted_tiles(Tiling(96, 96, 32), 20, 20, 8))
    assert len(tiles) == 4
    total = torch.zeros(20, 20)
    for rows, columns, weight in tiles:
        total[rows, columns] += weight
        assert weight.min() > 0
    assert torch.allclose(total, torch.ones(20, 20)) and torch.allclose(total, total.T)


def test_a_tile_of_a_condition_goes_with_that_of_the_latents():
    maps = torch.arange(24.0).reshape(1, 1, 4, 6)
    fine = maps.repeat_interleave(8, 2).repeat_interleave(8, 3)
    text = torch.randn(1, 4, 6)
    rows, columns = slice(2, 4), slice(1, 3)
    assert torch.equal(cut(maps, rows, columns, 4, 6), maps[..., 2:4, 1:3])
    assert torch.equal(cut(fine, rows, columns, 4, 6)[..., ::8, ::8], maps[..., 2:4, 1:3])
    assert cut(text, rows, columns, 4, 6) is text
    assert cut("still", rows, columns, 4, 6) == "still"


@pytest.mark.parametrize("height, width", [(24, 40), (8, 12), (23, 31), (6, 40)])
def test_a_network_that_looks_at_single_cells_gives_what_it_gives_on_the_whole(height, width):
    x = torch.randn(2, 4, 3, height, width, generator=torch.Generator().manual_seed(0))
    place = torch.randn(2, 1, 3, height, width, generator=torch.Generator().manual_seed(1))
    assert torch.allclose(with_tiles(lambda x, _: x, TILING, 8)(x, torch.ones(2)), x, atol=1e-6)

    def predict(x, sigma, place, text):
        return torch.tanh(x) * place + sigma[:, None, None, None, None] + text

    sigma = torch.tensor([0.3, 0.7])
    whole = predict(x, sigma, place, 0.25)
    assert torch.allclose(with_tiles(predict, TILING, 8)(x, sigma, place=place, text=0.25), whole, atol=1e-6)


def test_each_call_sees_at_most_one_tile_and_the_number_of_calls_follows_the_size():
    seen = []

    def predict(x, sigma):
        seen.append(x.shape[-2:])
        return x

    with_tiles(predict, TILING, 8)(torch.zeros(1, 4, 2, 24, 40), torch.ones(1))
    assert set(seen) == {TILING.largest(24, 40, 8)} == {(8, 12)}
    assert len(seen) == 5 * 5  # (24 - 8) / (8 - 4) + 1 rows, ceil((40 - 12) / (12 - 4)) + 1 columns
    seen.clear()
    with_tiles(predict, TILING, 16)(torch.zeros(1, 4, 2, 4, 6), torch.ones(1))
    assert seen == [(4, 6)], "cells of 16 px: one tile holds the picture"


def test_a_network_that_sees_its_surroundings_has_no_seams_along_either_side():
    """A blur over the tile: without blending its tiles differ where they meet."""
    x = torch.randn(1, 1, 1, 32, 48, generator=torch.Generator().manual_seed(0))

    def blur(x, sigma):
        return torch.nn.functional.avg_pool3d(x, (1, 5, 5), 1, (0, 2, 2), count_include_pad=True)

    whole = blur(x, None)
    hard = with_tiles(blur, Tiling(96, 64, 0), 8)(x, torch.ones(1))
    soft = with_tiles(blur, Tiling(96, 64, 32), 8)(x, torch.ones(1))
    assert float((hard - whole).abs().max()) > 3 * float((soft - whole).abs().max())


def test_a_whole_run_in_tiles_equals_the_run_on_the_whole():
    goal = torch.randn(1, 4, 2, 16, 24, generator=torch.Generator().manual_seed(2))
    noise = torch.randn(1, 4, 2, 16, 24, generator=torch.Generator().manual_seed(3))
    sigmas = rectified_flow_sigmas(6, 3.0)

    def velocity(x, sigma, goal):
        return (x - goal) / sigma[:, None, None, None, None]

    def run(velocity):
        return sample(GuidedModel(velocity, {"goal": goal}, None, None, Guidance(1.0, 1.0)), noise, sigmas)

    assert torch.allclose(run(with_tiles(velocity, TILING, 8)), run(velocity), atol=1e-4)


def test_an_overlap_of_more_than_half_a_tile_is_refused():
    with pytest.raises(
        ValueError, match="`overlap` is 40 px; it must be at most half the shorter side of a tile, 32 px"
    ):
        Tiling(96, 64, 40)


@pytest.mark.parametrize("ratio", [8, 16, 32])
@pytest.mark.parametrize("width, overlap", [(640, 160), (608, 96), (352, 32)])
def test_no_tile_is_larger_than_asked_and_neighbours_share_at_least_the_overlap(width, overlap, ratio):
    tiling = Tiling(width, width, overlap)
    found = sorted({(columns.start, columns.stop) for _, columns, _ in weighted_tiles(tiling, 2, 200, ratio)})
    assert all((stop - start) * ratio <= width for start, stop in found)
    assert all((before[1] - after[0]) * ratio >= overlap for before, after in pairwise(found))


@pytest.mark.parametrize(
    "sides, said",
    [
        ((0, 64, 0), "a tile is 0x64 px; both sides must be at least 1 px"),
        ((64, 64, -32), "`overlap` is -32 px; it must be 0 or more"),
    ],
)
def test_sides_that_make_no_tile_are_refused(sides, said):
    with pytest.raises(ValueError, match=said):
        Tiling(*sides)
