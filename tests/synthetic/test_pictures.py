import pytest
import torch
from flowbrush.synthetic.pictures.render import EXAMPLE_IMAGES, render_example


@pytest.fixture(scope="module", params=EXAMPLE_IMAGES)
def picture(request):
    return request.param, render_example(request.param, 64, 96)


def test_a_picture_is_an_image(picture):
    _, image = picture
    assert image.shape == (1, 64, 96, 3) and image.dtype == torch.float32
    assert bool(torch.isfinite(image).all()) and 0 <= float(image.min()) < float(image.max()) <= 1


def test_a_picture_is_bright_colourful_and_full_of_detail(picture):
    _, image = picture
    assert 0.3 < float(image.mean()) < 0.75
    assert float(image.std(dim=-1).mean()) > 0.08
    tiles = image[0].mean(-1).unfold(0, 16, 16).unfold(1, 16, 16)
    assert float(tiles.std(dim=(-1, -2)).min()) > 0.003


def test_the_same_call_gives_the_same_bytes(picture):
    name, image = picture
    assert torch.equal(render_example(name, 64, 96), image)


def test_another_seed_gives_another_picture(picture):
    name, image = picture
    assert float((render_example(name, 64, 96, seed=3) - image).abs().mean()) > 0.005


def test_a_picture_is_the_same_scene_at_every_size():
    small = render_example("balloon", 64, 64)[0].permute(2, 0, 1)[None]
    large = render_example("balloon", 128, 128)[0].permute(2, 0, 1)[None]
    shrunk = torch.nn.functional.avg_pool2d(large, 2)
    assert float((small - shrunk).abs().mean()) < 0.03


def test_unknown_names_and_sizes_are_refused():
    with pytest.raises(ValueError, match="balloon"):
        render_example("castle")
    with pytest.raises(ValueError, match="4096"):
        render_example("boat", 8, 64)
