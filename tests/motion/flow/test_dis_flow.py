import pytest
import torch
from flowbrush.motion.flow.dis_flow import dis_flow, flow_consistency, is_consistent, track_pixels
from flowbrush.synthetic.pictures.render import render_example


@pytest.fixture(scope="module")
def picture():
    return render_example("balloon", 128, 160)[0]


def window(picture, x, y, height=96, width=128):
    return picture[y : y + height, x : x + width]


def test_flow_of_a_shifted_picture_is_the_shift(picture):
    flow = dis_flow(window(picture, 10, 10), window(picture, 6, 13))
    inner = flow[12:-12, 12:-12].reshape(-1, 2)
    assert torch.allclose(inner.median(0).values, torch.tensor([4.0, -3.0]), atol=0.05)
    assert flow.shape == (96, 128, 2) and flow.dtype == torch.float32


def test_a_round_trip_along_true_flows_comes_home(picture):
    forward = torch.tensor([4.0, -3.0]).expand(96, 128, 2)
    assert float(flow_consistency(forward, -forward).max()) < 1e-5
    assert not bool(is_consistent(forward, forward).any())


def test_points_are_followed_through_a_clip_without_drift(picture):
    video = torch.stack([window(picture, 16 - 2 * t, 8 + t) for t in range(9)])
    displacement, visibility = track_pixels(video)
    asked = torch.tensor([2.0, -1.0]) * torch.arange(9)[:, None, None, None]
    error = torch.linalg.vector_norm(displacement - asked, dim=-1)
    assert bool((displacement[0] == 0).all()) and bool((visibility[0] == 1).all())
    assert float(error[8][visibility[8] > 0.5].median()) < 0.1
    assert float(visibility[8, 20:-20, 20:-30].mean()) > 0.9
    assert float(visibility[8, :, -14:].mean()) < 0.1  # has left the picture on the right


def test_small_pictures_are_measured_too(picture):
    flow = dis_flow(window(picture, 40, 40, 24, 32), window(picture, 38, 40, 24, 32))
    assert abs(float(flow[6:-6, 6:-6, 0].median()) - 2) < 0.3


def test_bad_input_is_refused(picture):
    with pytest.raises(ValueError, match="one size"):
        dis_flow(picture, picture[:64])
    with pytest.raises(ValueError, match="ultrafast"):
        dis_flow(picture, picture, preset="best")
    with pytest.raises(ValueError, match="NaN"):
        dis_flow(picture, picture * float("nan"))
    with pytest.raises(ValueError, match="video"):
        track_pixels(picture)


def test_a_picture_of_few_rows_is_refused_where_it_would_be_too_long():
    row = torch.zeros(1, 16384, 3)
    with pytest.raises(ValueError, match=r"Pictures of 16384 x 1 are too long .* at most 255 pixels"):
        dis_flow(row, row)
    assert dis_flow(row[:, :255], row[:, :255]).shape == (1, 255, 2)
