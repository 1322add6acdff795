import pytest
import torch
from flowbrush.benchmarks.chain import Chain
from flowbrush.benchmarks.held_out import ROWS, gradient_energy, held_out_rows, motion_error
from flowbrush.synthetic.scene import render_clips, texture_pool


@pytest.fixture(scope="module")
def rows():
    seen = []
    made = held_out_rows(
        Chain(1, 0), 2, 5, 64, seed=3, show=lambda clip, row, video: seen.append((clip, row, video.shape))
    )
    assert len(seen) == 2 * len(ROWS) and {shape for *_, shape in seen} == {(5, 64, 64, 3)}
    return {row["name"]: row for row in made}


def test_a_clip_is_equal_to_itself(rows):
    truth = rows["rendered"]
    assert (truth["psnr"], truth["ssim"], truth["hole_energy"], truth["frechet"]) == (100, 1, 1, 0)
    assert truth["epe_median"] is None or truth["epe_median"] < 1


def test_a_model_that_gets_more_conditioning_has_smaller_errors(rows):
    assert tuple(rows) == ROWS
    assert rows["painted"]["psnr"] > rows["first_frame"]["psnr"] + 2
    assert rows["painted"]["ssim"] > rows["first_frame"]["ssim"]
    assert rows["codec"]["psnr"] > rows["painted"]["psnr"] - 0.5
    assert 0 < rows["codec"]["frechet"] < rows["first_frame"]["frechet"]
    assert rows["static"]["temporal_flicker"] == 1 > rows["rendered"]["temporal_flicker"]


def test_the_motion_error_of_a_still_clip_is_the_length_of_the_motion():
    generator = torch.Generator().manual_seed(1)
    clips = render_clips(texture_pool(8, 128, generator), 3, 9, 128, 128, generator)
    floors = 0
    for index in range(3):
        video = clips.video[index].permute(1, 2, 3, 0)
        truth = clips.displacement[index], clips.visibility[index]
        length = torch.linalg.vector_norm(truth[0], dim=-1)[1:]
        still = motion_error(video[:1].expand_as(video), *truth)
        if length.max() < 2:
            continue
        floors += 1
        assert 0.5 < still <= float(length.max())
        assert motion_error(video, *truth) < 0.6 * still
    assert floors


def test_gradient_energy_counts_pairs_of_hole_pixels():
    video, where = torch.zeros(2, 3, 3, 3), torch.zeros(2, 3, 3, dtype=torch.bool)
    video[1, 1, 1] = 1.0
    where[1, 1] = True  # a row: two pairs across, none down
    assert gradient_energy(video, where) == 2 * 3
    assert gradient_energy(video, torch.ones_like(where)) == 4 * 3
    assert gradient_energy(video, torch.zeros_like(where)) == 0
