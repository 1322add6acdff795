import pytest
import torch
from flowbrush.synthetic.outlines import NUMBERS, REACH, SHAPES, depth


def grid(size: int = 200, reach: float = 1.6) -> tuple[torch.Tensor, torch.Tensor]:
    axis = torch.linspace(-reach, reach, size)
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    return x[None], y[None]


@pytest.mark.parametrize("shape", range(len(SHAPES)), ids=SHAPES)
def test_depth_is_a_distance_near_the_outline(shape):
    x, y = grid()
    own = torch.randn(1, NUMBERS, generator=torch.Generator().manual_seed(shape))
    inside = depth(x, y, [shape], own)
    step = float(x[0, 0, 1] - x[0, 0, 0])
    slope = torch.stack(torch.gradient(inside[0], spacing=step)).norm(dim=0)
    near = inside[0].abs() < 0.08
    assert 0.75 < float(slope[near].median()) < 1.15
    assert float(inside[torch.hypot(x, y) > REACH].max()) < 0.0
    area = float((inside > 0).float().mean()) * 3.2**2
    assert 0.4 < area < 4.2


def test_each_clip_has_its_own_shape():
    x, y = grid(40)
    own = torch.zeros(3, NUMBERS)
    mixed = depth(x.expand(3, -1, -1), y.expand(3, -1, -1), [0, 5, 0], own)
    assert torch.equal(mixed[1:2], depth(x, y, [5], own[:1]))
    assert torch.equal(mixed[2:], depth(x, y, [0], own[:1]))
    assert not torch.equal(mixed[0], mixed[1])
