"""What each back-end shows where a motion uncovers something, and that it is never told that these pixels are known."""

import pytest
import torch
from flowbrush.conditioning.behind import BEHIND, FILLED_SMOOTHLY, warp_behind
from flowbrush.conditioning.guide_video import control_video, warped_picture
from flowbrush.conditioning.in_place import in_place_noise_mask
from flowbrush.conditioning.reference import reference_video
from flowbrush.motion.document.document import Document, Layer, Motion, Polygon, Region
from flowbrush.motion.field.field import field_from_document, field_from_flow

SIZE, FRAMES = 64, 5
HIDDEN = slice(18, 30), slice(18, 30)  # inside the square that has left its place in the last frame


def field():
    """A square of 16 px whose corner is at 16,16 moves right by 32 px."""
    box = ((0.25, 0.25), (0.5, 0.25), (0.5, 0.5), (0.25, 0.5))
    region = Region(polygons=(Polygon(points=box),), feather=0.0)
    document = Document(layers=(Layer(region=region, motion=Motion(horizontal=0.5)),))
    return field_from_document(document, FRAMES, aspect=1.0)


def picture():
    """Stripes of 4 px, and a red square on them."""
    stripes = 0.2 + 0.6 * (torch.arange(SIZE) // 4 % 2).float()
    image = stripes[:, None].expand(SIZE, SIZE)[..., None].repeat(1, 1, 3)
    image[16:32, 16:32] = torch.tensor([1.0, 0.0, 0.0])
    return image


def plate():
    return torch.full((SIZE, SIZE, 3), 0.125)


def uncovered(frames):
    return frames[-1][HIDDEN]


def test_the_plate_is_shown_where_it_is_connected_and_completion_elsewhere():
    shown = {behind: uncovered(warp_behind(picture(), field(), behind).frames) for behind in BEHIND}
    roughness = {behind: float(pixels[..., 0].std(0).mean()) for behind, pixels in shown.items()}
    assert roughness["plate"] > 0.2  # the stripes go on
    assert roughness["smooth"] < 0.1 * roughness["plate"]
    assert (shown["grey"] == 0.5).all()
    given = uncovered(warp_behind(picture(), field(), "plate", plate()).frames)
    torch.testing.assert_close(given, plate()[HIDDEN], atol=1e-4, rtol=0)
    with pytest.raises(ValueError, match="`behind` is 'black'; choose one of plate, smooth, grey"):
        warp_behind(picture(), field(), "black")


def test_a_smooth_fill_is_announced_where_a_plate_was_wanted():
    said = []
    flow = torch.zeros(3, 8, 8, 2)
    flow[1:, :, 4:, 0] = 3
    warp_behind(picture(), field_from_flow(flow), "smooth", notice=said.append)
    assert not said
    warp_behind(picture(), field_from_flow(flow), "plate", notice=said.append)
    assert said == [FILLED_SMOOTHLY]


def test_vace_is_shown_the_plate_and_still_told_to_paint_there():
    frames, masks = control_video(picture(), field(), behind="plate", plate=plate(), grow=2)
    torch.testing.assert_close(uncovered(frames), plate()[HIDDEN], atol=1e-4, rtol=0)
    grey, same_masks = control_video(picture(), field(), behind="grey", plate=plate(), grow=2)
    assert (uncovered(grey) == 0.5).all()
    assert torch.equal(masks, same_masks) and (masks[-1][HIDDEN] == 1).all()
    assert torch.equal(frames[masks == 0], grey[masks == 0])


def test_what_vace_is_free_to_repaint_stays_grey_and_what_is_uncovered_does_not():
    frames, masks = control_video(picture(), field(), True, behind="plate", plate=plate())
    torch.testing.assert_close(uncovered(frames), plate()[HIDDEN], atol=1e-4, rtol=0)
    assert (frames[-1, 40:] == 0.5).all() and (masks[-1, 40:] == 1).all()


def test_a_guide_shows_what_is_behind_only_where_holes_are_filled():
    frames, unknown = warped_picture(picture(), field(), "filled", "plate", plate())
    torch.testing.assert_close(uncovered(frames), plate()[HIDDEN], atol=1e-4, rtol=0)
    black, same = warped_picture(picture(), field(), "black", "plate", plate())
    assert uncovered(black).abs().max() == 0
    assert torch.equal(unknown, same) and (uncovered(unknown) == 1).all()


def test_time_to_move_is_shown_the_plate_with_no_strength():
    reference = reference_video(picture(), field(), "plate", plate())
    torch.testing.assert_close(uncovered(reference.frames), plate()[HIDDEN], atol=1e-4, rtol=0)
    assert uncovered(reference.strength).max() == 0
    assert reference.strength[-1, 20:28, 52:60].min() == 1  # where the square is now
    assert (uncovered(reference_video(picture(), field(), "grey").frames) == 0.5).all()


def test_in_place_guides_keep_what_is_behind_as_strongly_as_asked():
    coverage = torch.ones(5, 16, 16)
    coverage[1:, :8] = 0
    latents = torch.zeros(1, 4, 2, 2, 2)
    for strength in (0.0, 0.25):
        mask = in_place_noise_mask(latents, coverage, coverage, 0.75, 0.5, strength)
        assert mask[0, 0, 1].tolist() == [[1 - strength] * 2, [0.25] * 2]
        assert mask[0, 0, 0].abs().max() == 0
