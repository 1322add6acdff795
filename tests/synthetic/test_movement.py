import pytest
import torch
from flowbrush.synthetic.draws import Draws
from flowbrush.synthetic.movement import Movement, Odds

TIMES = torch.linspace(0, 1, 5)


def drawn(**odds: float) -> Movement:
    return Movement.random(Draws(range(40)), 4, 1.0, 1.0, (1.5, 1.0), Odds(**odds))


def test_view_and_plane_undo_each_other_even_where_layers_bend():
    place = drawn(bend=1.0, camera=1.0, shake=1.0).at(TIMES)
    generator = torch.Generator().manual_seed(0)
    x, y = (torch.rand(8, 8, generator=generator) * 2 - 1 for _ in range(2))
    for k in range(4):
        back = place.to_view(k, *place.to_plane(k, x, y))
        assert float((back[0] - x).abs().max()) < 1e-5 and float((back[1] - y).abs().max()) < 1e-5


def test_bending_bends():
    """Between three points on a line the middle one stays in the middle under an affine map, and only there."""
    line = torch.linspace(-1, 1, 3).view(1, 1, 1, 3)
    for odds, bends in (({"bend": 0.0}, False), ({"bend": 1.0}, True)):
        place = drawn(**odds).at(TIMES)
        x, y = place.to_view(1, line, 0.5 * line)
        off = torch.hypot(x[..., 1] - (x[..., 0] + x[..., 2]) / 2, y[..., 1] - (y[..., 0] + y[..., 2]) / 2)
        assert (float(off.max()) > 0.02) == bends
        assert place.bends == (bends,) * 4


def test_the_background_moves_with_the_camera_alone():
    still = drawn(camera=0.0, shake=0.0, bend=0.0).at(TIMES)
    assert torch.allclose(still.affine[:, 0], still.affine[:, 0, :1].expand(-1, 5, -1))
    assert float((still.affine[:, 1:, -1] - still.affine[:, 1:, 0]).abs().max()) > 0.3
    moved = drawn(camera=1.0).at(TIMES)
    assert float((moved.affine[:, 0, -1] - moved.affine[:, 0, 0]).abs().amax(-1).min()) > 0.005


def test_shaking_is_small_and_wanders_back():
    calm, shaken = (drawn(camera=0.0, shake=share).at(torch.linspace(0, 1, 60)) for share in (0.0, 1.0))
    offset = (shaken.affine - calm.affine)[:, 0, :, 4:]
    assert float(offset.abs().mean()) > 0.002 and float(offset.abs().max()) < 0.04
    turns = (offset.diff(dim=1)[:, 1:].sign() != offset.diff(dim=1)[:, :-1].sign()).float().sum(1)
    assert float(turns.mean()) > 4


def test_odds_are_checked():
    with pytest.raises(ValueError, match=r"`blur` is 1\.5; it must be a probability"):
        Odds(blur=1.5)
