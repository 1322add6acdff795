import pytest
import torch
from flowbrush.hosts import host
from flowbrush.motion.field.field import field_from_document, field_from_flow
from flowbrush.nodes.animate_picture import AnimatePicture
from flowbrush.rendering import completion

SIZE = 64
DISC = (
    '{"flowbrush": "motion", "version": 2, "layers": [{"region": {"strokes": [{"radius": 0.15, "points": [[0.5, 0.5]]}]}, '
    '"motion": {"horizontal": 0.3}}]}'
)


def picture(height=SIZE, width=SIZE):
    """A smooth picture with a red disc in the middle."""
    y, x = torch.meshgrid(torch.linspace(0, 1, height), torch.linspace(0, 1, width), indexing="ij")
    image = torch.stack([0.2 + 0.1 * x, 0.5 + 0.2 * y, 0.6 + 0 * x], -1)
    image[(x - 0.5) ** 2 + (y - 0.5) ** 2 < 0.14**2] = torch.tensor([1.0, 0.0, 0.0])
    return image[None]


def animate(image, motion, behind="plate", length=0, fps=24.0, crf=4.0, **more):
    return AnimatePicture.execute(image, motion, behind, length, fps, crf, **more).args[0]


def red(frame):
    """The mean place (x, y) of what is red, in fractions of the sides."""
    y, x = torch.nonzero((frame[..., 0] > 0.7) & (frame[..., 1] < 0.3)).float().mean(0).tolist()
    return x / frame.shape[1], y / frame.shape[0]


def test_the_video_has_the_pictures_size_the_motions_length_and_the_frame_rate():
    video = animate(picture(48, 96), field_from_document(DISC, 6), fps=23.976)
    parts = video.get_components()
    assert tuple(parts.images.shape) == (6, 48, 96, 3)
    assert float(parts.frame_rate) == pytest.approx(23.976)
    assert float((parts.images[0] - picture(48, 96)[0]).abs().mean()) < 0.02


def test_the_disc_goes_where_it_was_painted_to_and_leaves_nothing_behind():
    frames = animate(picture(), field_from_document(DISC, 5)).get_components().images
    assert red(frames[0])[0] == pytest.approx(0.5, abs=0.02)
    assert red(frames[-1]) == pytest.approx((0.8, 0.5), abs=0.02)
    left = frames[-1, 24:40, 24:36, 0]  # the disc was there; the codec mixes colours near where it is now
    assert float((left - 0.25).abs().max()) < 0.05


def test_another_length_spreads_the_same_motion_over_more_frames():
    frames = animate(picture(), field_from_document(DISC, 5), length=11).get_components().images
    assert len(frames) == 11
    assert red(frames[-1])[0] == pytest.approx(0.8, abs=0.02)
    assert red(frames[5])[0] == pytest.approx(0.65, abs=0.02)


def test_what_the_mask_covers_stays_in_front():
    mask = torch.zeros(1, SIZE, SIZE)
    mask[:, :, 40:] = 1
    frames = animate(picture(), field_from_document(DISC, 5), mask=mask).get_components().images
    torch.testing.assert_close(frames[-1, :, 44:], picture()[0, :, 44:], atol=0.06, rtol=0)


def test_the_plate_shows_behind_and_must_have_the_pictures_size():
    plate = torch.full((1, SIZE, SIZE, 3), 0.75)
    frames = animate(picture(), field_from_document(DISC, 5), plate=plate).get_components().images
    assert float((frames[-1, 28:36, 28:36] - 0.75).abs().max()) < 0.05
    with pytest.raises(ValueError, match="`plate` is 64x63 pixels and `image` 64x64"):
        animate(picture(), field_from_document(DISC, 5), plate=plate[:, :-1])


def test_a_smooth_fill_is_announced_only_where_a_plate_was_wanted(monkeypatch):
    said = []
    monkeypatch.setattr(host(), "notice", said.append)
    monkeypatch.setattr(completion, "has_patchmatch", lambda: False)
    flow = torch.zeros(3, 8, 8, 2)
    flow[1:, :, :, 0] = 2
    animate(picture(), field_from_flow(flow), behind="smooth")
    assert not said
    animate(picture(), field_from_flow(flow))
    assert len(said) == 1 and said[0].startswith("What the motion uncovers is filled smoothly")


def test_a_cancel_leaves_no_file(monkeypatch):
    folder = host().temp_directory()
    before = set(folder.iterdir())
    calls = []

    def check_cancel():
        calls.append(None)
        if len(calls) > 6:
            raise KeyboardInterrupt

    monkeypatch.setattr(host(), "check_cancel", check_cancel)
    with pytest.raises(KeyboardInterrupt):
        animate(picture(), field_from_document(DISC, 50))
    assert set(folder.iterdir()) == before


def test_a_wrong_choice_is_named():
    with pytest.raises(ValueError, match="`behind` is 'grey'; choose one of plate, smooth"):
        animate(picture(), field_from_document(DISC, 5), behind="grey")
