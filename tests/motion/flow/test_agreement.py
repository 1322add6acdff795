"""The motion between two frames: steady candidates, the choice among them, and the blend."""

import pytest
import torch
from flowbrush.motion.flow.agreement import candidates, compose_frame, flow_agreement, softmax_mean
from flowbrush.motion.flow.correspondence import Correspondence
from flowbrush.motion.flow.frame_interpolation import FramePair
from flowbrush.motion.measure.measure import psnr

HALF = torch.tensor(0.5).view(1, 1, 1, 1)


@pytest.fixture(scope="module")
def moving():
    """A picture that moves left by 8 px, at three moments, planes [1,3,64,64]."""
    wide = torch.rand(1, 3, 16, 28, generator=torch.Generator().manual_seed(2))
    wide = torch.nn.functional.interpolate(wide, scale_factor=4, mode="bicubic").clamp(0, 1)
    return [wide[..., x : x + 64].contiguous() for x in (16, 20, 24)]


def small(plane):
    return torch.nn.functional.avg_pool2d(plane, 2)


def test_steady_candidates_lead_as_far_as_the_time_says():
    flows = torch.zeros(1, 4, 8, 8)
    flows[:, 0], flows[:, 2] = -3.0, 9.0
    options = candidates(flows, torch.tensor(0.25).view(1, 1, 1, 1))
    assert options.shape == (1, 6, 4, 8, 8)
    assert torch.equal(options[:, 0], flows)
    for k in (1, 2, 3):
        assert options[0, k, :, 0, 0].tolist() == [-3.0, 0.0, 9.0, 0.0]


def test_the_flow_along_which_the_frames_look_alike_is_chosen(moving):
    """The first frame's flow is right, the second's says that nothing moves."""
    a, truth, b = moving
    flows = torch.zeros(1, 4, 32, 32)
    flows[:, 0] = 2.0  # px of the half grid, from the middle to the first frame
    options, _, choice, share = flow_agreement(small(a), small(b), flows, torch.ones(1, 2, 32, 32), HALF)
    found = softmax_mean(options, choice)
    inner = (slice(4, -4), slice(8, -8))
    assert float((found[0, 0][inner] - 2).abs().mean()) < 0.05
    assert float((found[0, 2][inner] + 2).abs().mean()) < 0.05
    made = compose_frame(a, b, found, share)
    assert float((made - truth)[..., 8:-8, 16:-16].abs().mean()) < 0.01


def test_what_is_seen_in_one_frame_only_is_taken_more_from_it(moving):
    a, _, b = moving
    seen = torch.ones(1, 2, 32, 32)
    seen[:, 1] = 0.01
    share = flow_agreement(small(a), small(b), torch.zeros(1, 4, 32, 32), seen, HALF).share.sigmoid()
    assert 0.7 < float(share.min()) <= float(share.max()) < 0.9


def test_correspondence_carries_both_flows_to_the_time():
    wide = torch.rand(1, 3, 8, 14, generator=torch.Generator().manual_seed(2))
    wide = torch.nn.functional.interpolate(wide, scale_factor=8, mode="bicubic").clamp(0, 1)
    a, b = (wide[0, :, :, x : x + 64].permute(1, 2, 0) for x in (16, 20))
    flows, seen = Correspondence(a, b).at(0.25)
    assert flows.shape == (1, 4, 64, 64) and seen.shape == (1, 2, 64, 64)
    for channel, expected in enumerate((1.0, 0.0, -3.0, 0.0)):
        assert abs(float(flows[0, channel, 16:-16, 16:-16].median()) - expected) < 0.2
    assert float(seen[..., 16:-16, 16:-16].median()) > 0.7


@pytest.mark.parametrize("size", [(61, 63), (64, 62), (33, 90)])
def test_odd_sizes_come_out_as_they_went_in(size):
    frames = torch.nn.functional.interpolate(torch.rand(2, 3, 12, 12), size=size, mode="bicubic").clamp(0, 1)
    a, b = frames.permute(0, 2, 3, 1)
    made = FramePair(a, b, scene_threshold=1.0).at(0.4)
    assert made.shape == (*size, 3)
    assert psnr(FramePair(a, a, scene_threshold=1.0).at(0.4), a) > 60
