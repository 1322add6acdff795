"""Guide videos: VACE's holes and masks, spots, discs by age, and strengths on latents."""

import math

import numpy as np
import pytest
import torch
from flowbrush.conditioning.guide_video import (
    age_colours,
    control_video,
    discs_by_age,
    gaussian_spots,
    guide_points,
    warped_picture,
)
from flowbrush.conditioning.in_place import in_place_noise_mask, latent_cell_means
from flowbrush.motion.document.document import Camera, Document, Keyframe, Layer, Motion, Polygon, Region
from flowbrush.motion.field.field import MotionField, camera_field, field_from_document

SIZE, FRAMES, STEP = 64, 9, 24


def square(horizontal=STEP / SIZE, strength=1.0, freeze=False, left=0.25, top=0.25):
    """A square of 16 px whose corner is at 16,16 goes right by 24 px."""
    box = ((left, top), (left + 0.25, top), (left + 0.25, top + 0.25), (left, top + 0.25))
    region = Region(polygons=(Polygon(points=box),), feather=0.0)
    return Layer(region=region, motion=Motion(horizontal=horizontal), strength=strength, freeze=freeze)


def field(*layers, frames=FRAMES):
    return field_from_document(Document(layers=layers or (square(),)), frames, aspect=1.0)


def picture():
    """A texture that is nowhere near grey."""
    y, x = torch.meshgrid(torch.arange(SIZE), torch.arange(SIZE), indexing="ij")
    bits = torch.stack([x // 4 % 2, y // 4 % 2, (x + y) // 8 % 2], -1).float()
    return 0.1 + 0.15 * bits + 0.6 * bits.roll(1, -1)


def test_what_is_uncovered_is_grey_and_masked_and_all_else_is_the_picture():
    frames, masks = control_video(picture(), field())
    assert frames.shape == (FRAMES, SIZE, SIZE, 3) and masks.shape == (FRAMES, SIZE, SIZE)
    assert set(masks.unique().tolist()) == {0.0, 1.0}
    assert torch.equal(frames[0], picture()) and masks[0].sum() == 0
    wanted = torch.zeros(SIZE, SIZE)
    wanted[16:32, 16:32] = 1  # after 24 px the square has left its place whole
    assert torch.equal(masks[-1], wanted)
    assert (frames[-1][wanted == 1] == 0.5).all()
    torch.testing.assert_close(frames[-1, 16:32, 40:56], picture()[16:32, 16:32], atol=1e-4, rtol=0)
    torch.testing.assert_close(frames[-1, 40:], picture()[40:], atol=1e-6, rtol=0)
    # half way, the square covers a part of its own place
    assert masks[4, 16:32, 16:32].sum() == 16 * 12 and masks[4].sum() == 16 * 12


def test_only_what_is_painted_is_given_and_the_rest_is_painted_anew():
    still = square(horizontal=0.0, freeze=True, left=0.5, top=0.6)
    frames, masks = control_video(picture(), field(square(), still), painted_only=True)
    given = masks[-1] == 0
    assert given[16:32, 40:56].all() and given[40:54, 33:47].all()
    assert given.sum() == pytest.approx(2 * 256, rel=0.07)
    assert masks[0].sum() == 0 and (frames[-1][~given] == 0.5).all()


def test_layers_of_little_strength_are_left_to_the_model():
    for strength, given in ((0.4, 0), (0.6, 256)):
        masks = control_video(picture(), field(square(strength=strength)), painted_only=True)[1]
        assert (masks[-1] == 0).sum() == pytest.approx(given, rel=0.07)


def test_a_camera_move_constrains_the_whole_view():
    moved = camera_field(Camera((Keyframe(time=1, truck=0.25),)), FRAMES)
    for painted_only in (False, True):
        masks = control_video(picture(), moved, painted_only)[1]
        assert masks[-1, :, 48:].all() and not masks[-1, :, :47].any()


def test_holes_grow_and_the_last_frame_can_be_given():
    plain, grown = (control_video(picture(), field(), grow=grow)[1] for grow in (0, 3))
    assert grown[-1].sum() == 22 * 22 and plain[-1].sum() == 16 * 16
    assert grown[0].sum() == 0
    frames, masks = control_video(picture(), field(), grow=3, last=picture().flip(1))
    assert torch.equal(frames[-1], picture().flip(1)) and masks[-1].sum() == 0 and masks[-2].sum() > 0


@pytest.mark.parametrize(("holes", "tone"), [("black", 0.0), ("grey", 0.5), ("white", 1.0)])
def test_a_warped_picture_shows_its_holes_in_one_tone(holes, tone):
    frames, unknown = warped_picture(picture(), field(), holes)
    assert (unknown[-1, 18:30, 18:30] == 1).all() and unknown[0].sum() == 0
    assert (frames[-1, 18:30, 18:30] == tone).all()
    filled = warped_picture(picture(), field())[0]
    assert torch.equal(filled[unknown == 0], frames[unknown == 0])
    assert filled[-1, 18:30, 18:30].min() >= 0.1 and filled[-1, 18:30, 18:30].max() <= 0.85
    with pytest.raises(ValueError, match="`holes` is 'pink'; choose one of filled, black"):
        warped_picture(picture(), field(), "pink")


def test_spots_are_gaussians_of_fun_controls_size_where_points_are_seen():
    height, width = 90, 160
    radius = 50 * math.sqrt(height * width / (1280 * 720))  # 6.25 px
    path = torch.tensor([[[40.5, 30.5], [100.5, 60.5]], [[43.5, 30.5], [-2.0, 60.5]]])
    seen = torch.tensor([[True, True], [True, False]])
    frames = gaussian_spots(path, seen, height, width)
    assert frames.shape == (2, height, width, 3)
    assert frames[0, 30, 40].tolist() == [1, 1, 1] and frames[0, 60, 100, 0] == 1
    assert frames[0, 30, 44, 0] == pytest.approx(math.exp(-16 / (2 * (0.4 * radius) ** 2)), abs=1e-5)
    assert frames[0, 30, 47, 0] == 0 and frames[0, 30, 46, 0] > 0  # cut off beyond the radius
    assert frames[1].amax() == 1 and frames[1, 50:].sum() == 0
    beside = gaussian_spots(torch.tensor([[[-2.0, 45.0]]]), torch.ones(1, 1, dtype=torch.bool), height, width)
    assert 0 < beside[0, :, :4].amax() < 1 and beside[0, :, 6:].sum() == 0


def test_the_colour_and_size_of_a_disc_show_how_long_ago_a_point_was_there():
    """At a short side of 1080 nothing is made smaller: discs of radius 8 to 2 px, blue to red over 50 frames."""
    frames = 53
    path = torch.full((frames, 1, 2), 500.0)
    path[:, 0, 0] = 40.0 + 20 * torch.arange(frames)
    seen = torch.zeros(frames, 1, dtype=torch.bool)
    seen[[1, 2, 27, 52]] = True
    video = discs_by_age(path, seen, 1080, 1100)
    last = video[-1]
    for age, colour in {0: (0, 0, 1), 25: (0, 1, 0.5), 50: (1, 0, 0)}.items():
        x = 40 + 20 * (frames - 1 - age)
        torch.testing.assert_close(last[500, x], torch.tensor(colour, dtype=torch.float32), atol=1e-6, rtol=0)
        inside = (last[490:511, x - 9 : x + 10].amax(-1) > 0).sum()
        radius = 8 - 6 * age / 50
        assert inside == sum(a * a + b * b <= radius**2 for a in range(-8, 9) for b in range(-8, 9))
    assert last[500, 60].sum() == 0  # 51 frames ago: older than the trail
    assert video[0].sum() == 0 and (video[1].amax(-1) > 0).sum() == 197


def test_a_newer_disc_lies_over_an_older_one_and_unseen_points_leave_none():
    path = torch.full((3, 2, 2), 20.5)
    path[:, 1] = 60.5
    seen = torch.ones(3, 2, dtype=torch.bool)
    seen[1:, 1] = False
    video = discs_by_age(path, seen, 80, 80)
    torch.testing.assert_close(video[2, 20, 20], torch.tensor([0.0, 0.0, 1.0]), atol=1e-6, rtol=0)
    gone = video[2, 60, 60]
    torch.testing.assert_close(gone, torch.from_numpy(age_colours(np.array([2])))[0], atol=1e-6, rtol=0)
    assert gone[1] > 0.1  # two frames old: no longer pure blue


def test_points_are_found_in_a_region_that_the_grid_misses():
    small = Layer(
        region=Region(
            polygons=(Polygon(points=((0.4, 0.4), (0.45, 0.4), (0.45, 0.45), (0.4, 0.45))),), feather=0.0
        ),
        motion=Motion(horizontal=0.25),
    )
    path, visible = guide_points(field(small), SIZE, SIZE, 20)
    assert 1 <= path.shape[1] <= 4 and visible.all()
    torch.testing.assert_close(path[-1] - path[0], torch.tensor([[16.0, 0.0]]).expand_as(path[0]))
    with pytest.raises(ValueError, match="nothing is painted"):
        guide_points(MotionField(FRAMES), SIZE, SIZE, 20)


def test_a_latent_cell_has_the_mean_of_its_pixels():
    share = torch.zeros(17, 64, 96)
    share[0] = 1
    share[1:9, :32] = torch.arange(8).float()[:, None, None] / 7  # frames 1..8 are latent frame 1
    share[9:, :, :16] = 1
    got = latent_cell_means(share, torch.zeros(1, 128, 3, 2, 3))
    assert got.shape == (1, 1, 3, 2, 3)
    assert (got[0, 0, 0] == 1).all()
    torch.testing.assert_close(got[0, 0, 1], torch.tensor([[0.5, 0.5, 0.5], [0, 0, 0]]))
    torch.testing.assert_close(got[0, 0, 2], torch.tensor([[0.5, 0, 0], [0.5, 0, 0]]))
    for latents, said in (
        (torch.zeros(1, 128, 4, 2, 3), "17 frames do not divide into 4"),
        (torch.zeros(1, 128, 3, 3, 3), "96x64 pixels do not divide into 3x3"),
    ):
        with pytest.raises(ValueError, match=said):
            latent_cell_means(share, latents)


def test_in_place_strengths_are_set_for_the_first_frame_painted_regions_and_the_rest():
    latents, known = torch.zeros(1, 16, 3, 2, 2), torch.ones(9, 16, 16)
    asked = torch.zeros(9, 16, 16)
    asked[:, :8] = 1
    known[5:, :, 8:] = 0  # the right half came into view in the last group
    mask = in_place_noise_mask(latents, known, asked, 0.8, 0.25)[0, 0]
    torch.testing.assert_close(mask[0], torch.zeros(2, 2))
    torch.testing.assert_close(mask[1], torch.tensor([[0.2, 0.2], [0.75, 0.75]]))
    torch.testing.assert_close(mask[2], torch.tensor([[0.2, 1.0], [0.75, 1.0]]))
