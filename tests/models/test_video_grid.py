"""Which pixel frames the latent frames of each model family hold."""

import pytest
from flowbrush.models.video_grid import GRIDS, LTX, MINIMAX_H3, SVD, WAN, time_grid


@pytest.mark.parametrize(
    ("grid", "frames", "latents"),
    [(WAN, 81, 21), (LTX, 97, 13), (MINIMAX_H3, 124, 37), (MINIMAX_H3, 5, 2), (SVD, 14, 14)],
)
def test_a_clip_fills_so_many_latent_frames(grid, frames, latents):
    assert grid.time.latent_frames(frames) == latents == len(grid.time.sizes(frames))
    assert sum(grid.time.sizes(frames)) == frames


def test_latent_frames_of_minimax_h3_hold_one_and_four_times_four_frames():
    assert MINIMAX_H3.time.sizes(39) == [1, 4, 4, 4, 4, 1, 4, 4, 4, 4, 1, 4]
    assert MINIMAX_H3.time.starts(22) == [0, 1, 5, 9, 13, 17, 18]
    assert MINIMAX_H3.time.rule == "17k+5"


def test_the_nearest_length_is_offered():
    assert [MINIMAX_H3.time.nearest(n) for n in (1, 13, 14, 120, 124)] == [5, 5, 22, 124, 124]
    assert [WAN.time.nearest(n) for n in (0, 6, 7, 80)] == [1, 5, 9, 81]
    with pytest.raises(
        ValueError, match=r"`length` is 120; the VAE of MiniMax-H3 needs 17k\+5 frames: try 124"
    ):
        MINIMAX_H3.check_length(120)


def test_a_grid_is_found_by_its_numbers():
    for grid in GRIDS.values():
        frames = sum(grid.time.first) + 3 * sum(grid.time.more)
        assert time_grid(frames, grid.time.latent_frames(frames)).sizes(frames) == grid.time.sizes(frames)
    with pytest.raises(ValueError, match="17 frames do not divide into 4"):
        time_grid(17, 4)
