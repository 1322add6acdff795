import math

import pytest
import torch
from flowbrush.motion.field.field import field_from_document
from flowbrush.nodes.interpolate import InterpolateFrames
from flowbrush.nodes.measure import MeasureMotion
from flowbrush.nodes.transfer import MotionFromVideo
from flowbrush.nodes.warp import WarpImage


@pytest.fixture
def textured():
    """Smoothed noise [1,64,64,3], which flow can follow."""
    noise = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    return torch.nn.functional.avg_pool2d(noise, 5, 1, 2).movedim(1, -1)


@pytest.fixture
def sideways():
    """Everything goes right by 4 of 64 pixels, over 5 frames."""
    return field_from_document(
        '{"layers": [{"region": {"everything": true}, "motion": {"horizontal": 0.0625}}]}', 5
    )


def test_holes_are_where_nothing_of_the_picture_is(textured, sideways):
    frames, holes, moving = WarpImage.execute(textured, sideways, True).args
    assert frames.shape == (5, 64, 64, 3) and holes.shape == moving.shape == (5, 64, 64)
    assert holes[-1, :, :4].min() == 1 and holes[-1, :, 4:].max() < 0.01 and holes[0].max() == 0
    assert torch.allclose(frames[-1, :, 4:], textured[0, :, :-4], atol=1e-5)
    raw = WarpImage.execute(textured, sideways, False)[0]
    assert raw[-1, :, :4].max() == 0 and frames[-1, :, :4].min() > 0


def test_the_motion_of_a_clip_is_found_again(textured, sideways):
    clip = WarpImage.execute(textured, sideways, True)[0]
    found = MotionFromVideo.execute(clip, 9)[0]
    assert found.frames == 9
    assert abs(float(found.displacement(64, 64)[-1, 16:48, 16:48, 0].median()) - 4) < 0.3


def test_only_the_mask_of_a_clip_is_asked_for(textured, sideways):
    mask = torch.zeros(1, 64, 64)
    mask[:, 16:48, 16:48] = 1
    weight = MotionFromVideo.execute(WarpImage.execute(textured, sideways, True)[0], 5, mask)[0].weight(
        64, 64
    )
    assert weight[32, 32] == 1 and weight[4, 4] == 0


def test_a_mask_of_another_size_than_the_clip_is_refused(textured, sideways):
    clip = WarpImage.execute(textured, sideways, True)[0]
    with pytest.raises(ValueError, match="`mask` is 8x8 pixels and `frames` 64x64"):
        MotionFromVideo.execute(clip, 5, torch.ones(1, 8, 8))
    with pytest.raises(ValueError, match="`mask` holds 2 masks"):
        MotionFromVideo.execute(clip, 5, torch.ones(2, 64, 64))


def test_a_perfect_warp_measures_well(textured, sideways):
    clip = WarpImage.execute(textured, sideways, True)[0]
    report, *numbers, error_map, _ = MeasureMotion.execute(clip, sideways, False, textured).args
    epe_median, _, _, frozen_median, psnr, *_ = numbers
    assert epe_median < 0.3 and psnr > 60 and math.isnan(frozen_median)
    assert "error" in report and error_map.shape == (1, 64, 64, 3)


def test_a_still_video_measures_badly(textured, sideways):
    epe_median = MeasureMotion.execute(textured.repeat(5, 1, 1, 1), sideways, False)[1]
    assert epe_median > 1.5


def test_a_video_of_another_length_is_refused(textured, sideways):
    with pytest.raises(ValueError, match="`motion` is 5 frames long and `frames` 3"):
        MeasureMotion.execute(textured.repeat(3, 1, 1, 1), sideways, False)
    with pytest.raises(ValueError, match="`with_floor` is on, which measures a warp of `image`"):
        MeasureMotion.execute(textured.repeat(5, 1, 1, 1), sideways, True)


def test_interpolation_returns_the_new_frame_rate(textured, sideways):
    clip = WarpImage.execute(textured, sideways, True)[0]
    frames, fps = InterpolateFrames.execute(clip, 12.0, 2, 0.0, 0.5).args
    assert frames.shape == (9, 64, 64, 3) and fps == 24.0
    assert torch.allclose(frames[::2], clip, atol=1e-6)
    frames, fps = InterpolateFrames.execute(clip, 12.0, 2, 30.0, 0.5).args
    assert len(frames) == 11 and fps == 30.0
    with pytest.raises(ValueError, match="`frames` holds 1 image; a clip needs at least 2"):
        InterpolateFrames.execute(clip[:1], 12.0, 2, 0.0, 0.5)


def test_the_mask_of_what_moves_is_as_bright_as_its_strength(textured):
    document = '{"version": 2, "layers": [{"region": {"everything": true}, "motion": {"horizontal": 0.0625}, "strength": 0.5}]}'
    _, holes, moving = WarpImage.execute(textured, field_from_document(document, 5), True).args
    assert (moving[:, :, 8:] - 0.5).abs().max() < 1e-5
    assert holes[-1, :, :4].min() == 1 and holes[-1, :, 8:].max() < 0.01


def test_the_error_video_shows_where_a_video_departs_from_the_motion(textured, sideways):
    still = textured.repeat(5, 1, 1, 1)
    report, *_, heat_map = MeasureMotion.execute(still, sideways, False).args
    assert heat_map.shape == still.shape and not torch.equal(heat_map[-1], heat_map[0])
    assert "layer 1: requested 4.0 px, measured 0.0 px in that direction (0 %)" in report
