import pytest
import torch
from flowbrush.hosts import host
from flowbrush.motion.field.field import field_from_document, field_from_flow
from flowbrush.nodes.clean_plate import CleanPlate
from flowbrush.nodes.warp import WarpImage

SIZE = 64
DISC = (
    '{"flowbrush": "motion", "version": 2, "layers": [{"region": {"strokes": [{"radius": 0.15, "points": [[0.5, 0.5]]}]}, '
    '"motion": {"horizontal": 0.2}}]}'
)


def picture():
    """Fine stripes, and a red disc in the middle."""
    y, x = torch.meshgrid(torch.arange(SIZE), torch.arange(SIZE), indexing="ij")
    image = (0.3 + 0.4 * (x // 4 % 2)).float()[..., None].repeat(1, 1, 3)
    image[(x - 31.5) ** 2 + (y - 31.5) ** 2 < 9.2**2] = torch.tensor([1.0, 0.0, 0.0])
    return image[None]


def test_what_the_motion_moves_is_gone_and_the_rest_is_untouched():
    plate, removed = CleanPlate.execute(picture(), 0, 0, motion=field_from_document(DISC, 5)).args
    assert plate.shape == (1, SIZE, SIZE, 3) and removed.shape == (1, SIZE, SIZE)
    assert torch.equal(plate[removed < 0.5], picture()[removed < 0.5])
    assert 0.05 < float(removed.mean()) < 0.15
    inside = plate[removed > 0.5]
    assert (inside[:, 0] - inside[:, 1]).abs().max() < 0.1  # nothing red is left


def test_what_moves_in_a_video_is_gone_too():
    field = field_from_document(DISC, 5)
    measured = field_from_flow(field.displacement(SIZE, SIZE))
    plate, removed = CleanPlate.execute(picture(), 0, 0, motion=measured).args
    covered = field.moving(SIZE, SIZE) > 0.5
    assert removed[0][covered].min() == 1 and 0.05 < float(removed.mean()) < 0.15
    inside = plate[removed > 0.5]
    assert (inside[:, 0] - inside[:, 1]).abs().max() < 0.1


def test_a_mask_is_removed_too_and_grows():
    mask = torch.zeros(1, SIZE // 2, SIZE // 2)
    mask[:, 10:22, 10:22] = 1
    removed = [CleanPlate.execute(picture(), grow, 0, mask=mask).args[1] for grow in (0, 4)]
    assert removed[0].sum() < removed[1].sum()
    assert removed[1][0, 16:48, 16:48].min() == 1


def test_without_anything_to_remove_it_says_so():
    with pytest.raises(ValueError, match="connect `motion`, `mask`, or both"):
        CleanPlate.execute(picture(), 0, 0)
    with pytest.raises(ValueError, match="nothing in it moves apart from its surroundings: connect `mask`"):
        CleanPlate.execute(picture(), 0, 0, motion=field_from_flow(torch.zeros(3, 8, 8, 2)))


def test_a_smooth_fill_is_announced(monkeypatch):
    said = []
    monkeypatch.setattr(host(), "notice", said.append)
    everything = torch.ones(1, SIZE, SIZE)
    everything[:, :2] = 0
    CleanPlate.execute(picture(), 0, 0, mask=everything)
    assert said == ["Clean Plate filled the area smoothly, because too little of the picture remains."]


def test_the_plate_is_what_warp_image_shows_behind_and_has_the_pictures_size():
    plate, motion = (
        torch.full((1, SIZE, SIZE, 3), 0.125),
        field_from_document(DISC.replace("0.2}", "0.4}"), 5),
    )
    frames = WarpImage.execute(picture(), motion, True, plate=plate).args[0]
    torch.testing.assert_close(frames[-1, 30:34, 30:34], plate[0, 30:34, 30:34], atol=1e-4, rtol=0)
    with pytest.raises(ValueError, match="`plate` is 64x63 pixels and `image` 64x64"):
        WarpImage.execute(picture(), motion, True, plate=plate[:, :-1])


def test_a_region_that_only_bends_the_picture_is_named(monkeypatch):
    said = []
    monkeypatch.setattr(host(), "notice", said.append)
    soft = DISC.replace('"layers": [{', '"layers": [{"name": "smoke", ').replace("0.2}", "0.05}")
    soft = soft.replace('"region": {', '"region": {"feather": 0.3, ')
    _, removed = CleanPlate.execute(picture(), 0, 0, motion=field_from_document(soft, 5)).args
    assert not removed.any()
    assert len(said) == 1 and said[0].startswith("Clean Plate keeps smoke: a region with a wide soft edge")
