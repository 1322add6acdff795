"""CogVideoX's rotary positions beside those of diffusers."""

import pytest
import torch
from flowbrush.models.cogvideox import rotary_positions

diffusers = pytest.importorskip("diffusers")


@pytest.mark.parametrize(("rows", "columns"), [(30, 45), (32, 32), (45, 30), (10, 44), (4, 4)])
def test_positions_are_those_of_diffusers(rows, columns):
    from diffusers.models.embeddings import get_3d_rotary_pos_embed
    from diffusers.pipelines.cogvideo.pipeline_cogvideox import get_resize_crop_region_for_grid

    region = get_resize_crop_region_for_grid((rows, columns), 45, 30)
    cosine, sine = get_3d_rotary_pos_embed(64, region, (rows, columns), temporal_size=2)
    # of the 64 channels, 16 are for time, 24 for rows, 24 for columns; the first of each turns by 1 a position
    angle = torch.atan2(sine, cosine).view(2, rows, columns, 64)[1]
    y, x = rotary_positions(rows, columns)
    for found, wanted in ((y, angle[:, 0, 16]), (x, angle[0, :, 40])):
        torch.testing.assert_close(torch.sin(found), torch.sin(wanted), atol=1e-4, rtol=0)
        torch.testing.assert_close(torch.cos(found), torch.cos(wanted), atol=1e-4, rtol=0)


def test_at_the_size_of_training_a_patch_is_one_position():
    y, x = rotary_positions(30, 45)
    torch.testing.assert_close(y, torch.arange(30.0))
    torch.testing.assert_close(x, torch.arange(45.0))
