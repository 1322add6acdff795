import pytest
import torch
from flowbrush.rendering import backward_warp, warp_image


class SlidingSquare:
    """A field with one square that slides right; the rest stays."""

    def __init__(self, frames=5, reach=12.0, order=1.0):
        self.frames, self.reach, self.front = frames, reach, order

    def moving(self, height, width):
        mask = torch.zeros(height, width)
        mask[height // 4 : height // 2, width // 8 : width // 4] = 1
        return mask

    def weight(self, height, width):
        return self.moving(height, width)

    def strength(self, height, width):
        return torch.ones(height, width)

    def order(self, height, width):
        return self.front * self.moving(height, width)

    def in_layers(self, height, width):
        return None

    def frozen(self, height, width):
        return torch.zeros(height, width)

    def displacement(self, height, width, device="cpu"):
        time = torch.linspace(0, 1, self.frames)
        reach = torch.tensor([self.reach, 0.0])
        return time[:, None, None, None] * reach * self.moving(height, width)[None, :, :, None]


def scene(height=32, width=64):
    image = torch.full((height, width, 3), 0.2)
    image[height // 4 : height // 2, width // 8 : width // 4] = 0.9
    return image


def test_the_first_frame_is_the_image_bit_for_bit():
    image = torch.rand(32, 64, 3, generator=torch.Generator().manual_seed(1))
    clip = warp_image(image, SlidingSquare())
    assert torch.equal(clip.frames[0], image) and torch.equal(clip.raw[0], image)
    assert bool((clip.coverage[0] == 1).all())


@pytest.mark.parametrize("order", [1.0, 0.0])
def test_the_object_moves_and_its_hole_closes_with_background(order):
    clip = warp_image(scene(), SlidingSquare(order=order))
    last = clip.frames[-1]
    assert torch.allclose(last[8:16, 21:27], torch.full((8, 6, 3), 0.9), atol=1e-3)
    assert float((last[8:16, 8:16] - 0.2).abs().max()) < 0.05
    assert float(clip.coverage[-1, 9:15, 9:15].max()) == 0
    assert (
        float(clip.moving[-1, 8:16, 21:27].min()) > 0.99 and float(clip.moving[-1, 8:16, 8:16].max()) < 0.01
    )


def test_what_stays_is_not_touched():
    image = torch.rand(32, 64, 3, generator=torch.Generator().manual_seed(2))
    clip = warp_image(image, SlidingSquare())
    assert float((clip.frames[:, 20:] - image[20:]).abs().max()) < 1e-6


def test_a_warp_can_have_another_size_than_the_image():
    clip = warp_image(scene(64, 128), SlidingSquare(), 32, 64)
    assert clip.frames.shape == (5, 32, 64, 3) and clip.coverage.shape == (5, 32, 64)


def test_wrong_images_are_refused():
    with pytest.raises(ValueError, match="one image"):
        warp_image(torch.zeros(2, 32, 64, 3), SlidingSquare())
    with pytest.raises(ValueError, match="NaN"):
        warp_image(torch.full((32, 64, 3), float("nan")), SlidingSquare())


def test_backward_warp_looks_up_where_the_flow_points():
    image = torch.rand(1, 3, 20, 30, generator=torch.Generator().manual_seed(3))
    flow = torch.tensor([4.0, 2.0]).expand(1, 20, 30, 2)
    out = backward_warp(image, flow)
    assert torch.allclose(out[:, :, :18, :26], image[:, :, 2:, 4:], atol=1e-4)
    with pytest.raises(ValueError, match="same size"):
        backward_warp(image, flow[:, :10])


def test_a_camera_move_alone_moves_everything_and_nothing_by_itself():
    image = torch.rand(32, 64, 3, generator=torch.Generator().manual_seed(4))
    field = SlidingSquare(order=0.0)
    field.moving = lambda height, width: torch.zeros(height, width)
    field.displacement = lambda height, width, device="cpu": (
        torch.linspace(0, 8, 5)[:, None, None, None] * torch.tensor([1.0, 0.0]).expand(5, height, width, 2)
    )
    clip = warp_image(image, field)
    assert torch.allclose(clip.frames[4, :, 8:], image[:, :-8], atol=1e-5)
    assert float(clip.moving.max()) == 0 and float(clip.coverage[4, :, :8].max()) == 0
    assert bool((clip.frames[4, :, :8].std() > 0).all())
