import pytest
import torch
from flowbrush.training.scene import Clips, render_clips, texture_pool
from torch.nn import functional as F


@pytest.fixture(scope="module")
def clips() -> Clips:
    generator = torch.Generator().manual_seed(1)
    return render_clips(texture_pool(16, 96, generator), 6, 9, 64, 96, generator)


def looked_up(clips: Clips) -> torch.Tensor:
    """Every clip's frames, looked up where the flow says that the first frame's points are: [B,3,T,H,W]."""
    count, _, frames, height, width = clips.video.shape
    y, x = torch.meshgrid(torch.arange(height) + 0.5, torch.arange(width) + 0.5, indexing="ij")
    target = torch.stack((x, y), -1) + clips.displacement
    grid = target / torch.tensor([width / 2, height / 2]) - 1
    flat = clips.video.transpose(1, 2).flatten(0, 1)
    found = F.grid_sample(flat, grid.flatten(0, 1), padding_mode="border", align_corners=False)
    return found.unflatten(0, (count, frames)).transpose(1, 2)


def test_the_flow_brings_every_visible_point_back(clips):
    edge = (
        F.max_pool2d(((clips.alpha > 0.02) & (clips.alpha < 0.98)).any(1, keepdim=True).float(), 5, 1, 2)[
            :, 0
        ]
        > 0
    )
    seen = (clips.visibility & ~edge[:, None])[:, None].expand_as(clips.video)
    # Clips whose light changes are left out: there the point is found, but brighter.
    error = (looked_up(clips) - clips.video[:, :, :1]).square()
    steady = [
        i for i in range(6) if (clips.video[i, :, -1].mean() - clips.video[i, :, 0].mean()).abs() < 0.02
    ]
    assert len(steady) >= 3
    mse = torch.stack([error[i][seen[i]].mean() for i in steady])
    assert float(-10 * torch.log10(mse.median())) > 33


def test_hidden_points_are_marked(clips):
    error = (looked_up(clips) - clips.video[:, :, :1]).abs().mean(1)
    inside_frame = error[~clips.visibility]
    assert 0.0 < float((~clips.visibility).float().mean()) < 0.5
    assert float(inside_frame.mean()) > 3 * float(error[clips.visibility].mean())


def test_motion_starts_at_zero_and_grows(clips):
    speed = clips.displacement.norm(dim=-1).mean((0, 2, 3))
    assert float(speed[0]) < 1e-3
    assert float(speed[-1]) > float(speed[4]) > 0.1


def test_the_same_seed_gives_the_same_clip():
    def render() -> Clips:
        generator = torch.Generator().manual_seed(7)
        return render_clips(texture_pool(4, 64, generator), 2, 5, 32, 32, generator)

    a, b = render(), render()
    assert torch.equal(a.video, b.video) and torch.equal(a.displacement, b.displacement)
    assert a.captions == b.captions


def test_captions_say_what_is_there(clips):
    for caption in clips.captions:
        assert "the camera" in caption
        assert any(colour in caption for colour in ("red", "orange", "yellow", "green", "blue", "purple", "white",
                                                    "black", "brown", "pink"))  # fmt: skip


def test_a_still_is_a_clip_of_one_frame():
    generator = torch.Generator().manual_seed(3)
    still = render_clips(texture_pool(4, 64, generator), 2, 1, 32, 48, generator)
    assert still.video.shape == (2, 3, 1, 32, 48)
    assert bool(still.visibility.all())
