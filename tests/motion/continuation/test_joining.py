"""Two parts joined: the overlap is aligned, colours are matched, and the ratios at the joint tell good from bad."""

import pytest
import torch
from flowbrush.motion.continuation import joined, joint_ratios
from flowbrush.synthetic.pictures.render import render_example


def panning(frames, start=0, step=1.5, size=(96, 128)):
    """A clip [T,H,W,3] of a picture that moves to the left by `step` px a frame."""
    picture = render_example("balloon", 128, 256)[0].permute(2, 0, 1)[None]
    made = []
    for t in range(start, start + frames):
        x = torch.linspace(-1, 1, 256)[: size[1]] + 2 * t * step / 256
        y = torch.linspace(-1, 1, 128)[: size[0]]
        grid = torch.stack(torch.meshgrid(y, x, indexing="ij")[::-1], -1)[None]
        made.append(torch.nn.functional.grid_sample(picture, grid, mode="bicubic", align_corners=True))
    return torch.cat(made).permute(0, 2, 3, 1).clamp(0, 1)


OVERLAP, COUNT = 5, 13


def test_equal_overlaps_are_kept_to_the_last_bit():
    whole = panning(2 * COUNT - OVERLAP)
    both = joined(whole[:COUNT], whole[COUNT - OVERLAP :], OVERLAP)
    assert torch.equal(both, whole)


def test_the_count_and_the_outer_frames_stay():
    first, second = panning(9), panning(11, start=4)
    both = joined(first, second, 5)
    assert len(both) == 15
    assert torch.equal(both[:4], first[:4]) and torch.equal(both[9:], second[5:])


def test_a_shift_between_the_parts_becomes_a_glide():
    whole = panning(2 * COUNT - OVERLAP)
    second = panning(COUNT, start=COUNT - OVERLAP + 1)  # one frame too late: 1.5 px
    both = joined(whole[:COUNT], second, OVERLAP, match_colours=False)
    hard = torch.cat([whole[:COUNT], second[OVERLAP:]])
    joint = [(COUNT - OVERLAP, COUNT - 1)]
    assert joint_ratios(both, joint).motion < 0.7 * joint_ratios(hard, [(COUNT - 1, COUNT)]).motion
    plain = (whole[:COUNT][-3] + second[OVERLAP - 3]) / 2
    middle = both[COUNT - 3]

    def energy(frame):
        return sum(float(frame.diff(dim=axis).square().mean()) for axis in (0, 1))

    assert energy(middle) > 0.9 * energy(whole[COUNT - 3]) > energy(plain)


def test_a_drift_of_colour_is_held():
    whole = panning(2 * COUNT - OVERLAP)
    drifted = (whole[COUNT - OVERLAP :] * 0.9 + torch.tensor([0.06, 0.0, -0.02])).clamp(0, 1)
    joint = [(COUNT - OVERLAP, COUNT - 1)]
    both = joined(whole[:COUNT], drifted, OVERLAP)
    loose = joined(whole[:COUNT], drifted, OVERLAP, match_colours=False)
    assert (both - whole).abs().mean() < 0.006
    assert joint_ratios(both, joint).colour < 0.5 * joint_ratios(loose, joint).colour
    assert joint_ratios(both, joint).worst < 1.2


def test_another_scene_is_cut_and_not_matched_beyond_a_drift():
    first = panning(6)
    other = torch.rand(6, 96, 128, 3, generator=torch.Generator().manual_seed(0)) * 0.2
    both = joined(first, other, 3)
    assert torch.equal(both[:4], first[:4])  # the nearer frame is shown as it is


@pytest.mark.parametrize("overlap", [0, 7])
def test_an_overlap_that_does_not_fit_is_refused(overlap):
    with pytest.raises(ValueError, match=f"overlap is {overlap} frames"):
        joined(panning(6), panning(6), overlap)


def test_sizes_must_agree():
    with pytest.raises(ValueError, match="128x96 and 64x96 px"):
        joined(panning(6), panning(6)[:, :, :64], 3)


def test_cancelling_stops_between_frames():
    def stop(number):
        raise KeyboardInterrupt(number)

    with pytest.raises(KeyboardInterrupt):
        joined(panning(6), panning(6, start=2), 3, on_frame=stop)


def energy(frames):
    return float(frames.diff(dim=1).square().mean() + frames.diff(dim=2).square().mean())


def test_a_part_that_came_out_soft_is_as_sharp_as_the_clip():
    whole = panning(2 * COUNT - OVERLAP)
    planes = torch.nn.functional.pad(
        whole[COUNT - OVERLAP :].permute(0, 3, 1, 2), (1, 1, 1, 1), mode="replicate"
    )
    blurred = torch.nn.functional.avg_pool2d(planes, 3, 1).permute(0, 2, 3, 1)
    soft = torch.lerp(whole[COUNT - OVERLAP :], blurred, 0.3)
    assert energy(soft) < 0.8 * energy(whole)
    held, left = (joined(whole[:COUNT], soft, OVERLAP, match_colours=match) for match in (True, False))
    assert energy(held[COUNT:]) == pytest.approx(energy(whole[COUNT:]), rel=0.03)
    assert energy(left[COUNT:]) < 0.8 * energy(whole[COUNT:])


@pytest.mark.parametrize("height, width", [(1, 1), (1, 40), (40, 1)])
def test_frames_without_a_gradient_along_one_side_are_joined(height, width):
    first, second = torch.rand(2, 6, height, width, 3, generator=torch.Generator().manual_seed(0))
    both = joined(first, second, 2)
    assert both.shape == (10, height, width, 3) and torch.isfinite(both).all()
