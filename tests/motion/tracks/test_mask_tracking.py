"""Following masks: shapes that are moved by a known similarity, hidden, and cut off by the border."""

import math

import numpy as np
import pytest
import torch
from flowbrush.motion.tracks.mask_tracking import track_shape
from flowbrush.motion.tracks.tracked_layer import field_from_masks
from flowbrush.motion.tracks.tracks import tracks_from_field

HEIGHT, WIDTH = 120, 200
PIVOT = (80.0, 60.0)  # px


def bent(x, y):
    """A corner piece, which looks different from every side."""
    return ((abs(x) < 28) & (abs(y) < 9)) | ((x > 10) & (x < 28) & (y > 0) & (y < 30))


def round_(x, y):
    return x * x + y * y < 22**2


def person(x, y):
    return (
        (x**2 + (y + 18) ** 2 < 8**2)
        | ((abs(x) < 9) & (y > -12) & (y < 16))
        | ((abs(abs(x) - 6) < 3) & (y > 8) & (y < 34))
    )


def masks(shape, poses, at=PIVOT):
    """MASK [T,H,W] of a shape under (dx, dy in px, scale, clockwise degrees) poses, anti-aliased."""
    fine = 3
    y, x = np.meshgrid(
        (np.arange(HEIGHT * fine) + 0.5) / fine, (np.arange(WIDTH * fine) + 0.5) / fine, indexing="ij"
    )
    frames = []
    for dx, dy, scale, angle in poses:
        a, b = x - at[0] - dx, y - at[1] - dy
        c, s = math.cos(math.radians(angle)) / scale, math.sin(math.radians(angle)) / scale
        inside = shape(a * c + b * s, b * c - a * s).astype(np.float32)
        frames.append(torch.from_numpy(inside.reshape(HEIGHT, fine, WIDTH, fine).mean((1, 3))))
    return torch.stack(frames)


def asked(poses, points, at=PIVOT):
    """Where points [N,2] (px) are under the poses, [T,N,2]."""
    rows = []
    for dx, dy, scale, angle in poses:
        c, s = scale * math.cos(math.radians(angle)), scale * math.sin(math.radians(angle))
        x, y = (points - torch.tensor(at)).unbind(1)
        rows.append(torch.stack([x * c - y * s + at[0] + dx, x * s + y * c + at[1] + dy], 1))
    return torch.stack(rows)


def path(*last, frames=7):
    """Poses from rest to `last`, with a bow in between."""
    t = np.linspace(0, 1, frames)
    dx, dy, scale, angle = last
    bow = 6 * np.sin(np.pi * t)
    return list(zip(dx * t, dy * t + bow, scale**t, angle * t, strict=True))


INSIDE = torch.tensor([[80.0, 60.0], [60.0, 58.0], [100.0, 62.0], [98.0, 80.0]])


def worst(shape, poses, points=INSIDE, **settings):
    """The largest distance in px between where points of the shape went and where they are found."""
    given = masks(shape, poses)
    field = field_from_masks(given, track_shape(given, **settings))
    found = tracks_from_field(field, HEIGHT, WIDTH, points=points)["track_path"]
    return float((found - asked(poses, points)).norm(dim=-1).max())


@pytest.mark.parametrize(
    "last",
    [(40, -15, 1, 0), (0, 0, 0.6, 0), (0, 0, 1, 75), (30, 10, 1.5, -50), (60, 0, 0.7, 130)],
)
def test_points_of_a_moved_shape_are_found_within_a_pixel(last):
    assert worst(bent, path(*last)) < 1.0


def test_a_walking_person_is_followed():
    points = torch.tensor([[80.0, 60.0], [80.0, 38.0], [75.0, 88.0]])
    assert worst(person, path(70, 4, 1.1, 0), points) < 1.0


def test_a_ball_that_rolls_shows_no_turn_and_gets_none():
    given = masks(round_, path(60, 0, 1.2, 0))
    track = track_shape(given)
    assert np.abs(np.degrees(track.pose[:, 3])).max() < 1.0
    assert np.exp(track.pose[-1, 2]) == pytest.approx(1.2, abs=0.02)
    assert track.overlap.min() > 0.95


def test_turns_and_growth_can_be_switched_off():
    given = masks(bent, path(20, 0, 1.4, 40))
    track = track_shape(given, turns=False, grows=False)
    assert (track.pose[:, 2:] == 0).all()
    assert np.abs(track.pose[-1, :2] * HEIGHT - [20, 0]).max() < 12


def test_a_shape_that_leaves_the_picture_is_not_shrunk():
    poses = path(118, 0, 1, 0)
    given = masks(bent, poses)
    assert given[-1].sum() < 0.6 * given[0].sum()
    assert worst(bent, poses) < 2.0


def test_a_shape_that_comes_in_from_the_border_is_not_pushed_there():
    at = (10.0, 60.0)
    poses = path(60, 0, 1, 0)
    given = masks(bent, poses, at)
    assert given[0].sum() < 0.8 * given[-1].sum()
    track = track_shape(given)
    assert np.abs(track.pose[-1, :2] * HEIGHT - [60, 0]).max() < 3.0


def test_while_hidden_it_goes_on_and_is_not_seen():
    poses = path(48, 0, 1, 0, frames=13)
    poses = [(dx, 0, scale, angle) for dx, _, scale, angle in poses]
    given = masks(bent, poses)
    given[5:8] = 0
    given[11:] = 0
    track = track_shape(given)
    assert track.visible.tolist() == [True] * 5 + [False] * 3 + [True] * 3 + [False] * 2
    assert np.abs(track.pose[:, 0] * HEIGHT - [pose[0] for pose in poses]).max() < 1.0
    field = field_from_masks(given, track)
    seen = field.visibility(HEIGHT, WIDTH)[:, 60, 80]
    assert (seen > 0.5).tolist() == track.visible.tolist()
    assert field.visibility(HEIGHT, WIDTH)[6, 5, 5] == 1  # nothing is known of what is outside


def test_what_is_outside_the_mask_is_left_alone():
    given = masks(bent, path(40, 0, 1, 0))
    field = field_from_masks(given, track_shape(given))
    assert field.aspect == pytest.approx(WIDTH / HEIGHT)
    weight = field.weight(HEIGHT, WIDTH)
    torch.testing.assert_close(weight, given[0], atol=1e-6, rtol=0)
    assert field.displacement(HEIGHT, WIDTH)[:, given[0] == 0].abs().max() == 0
    moved = field.moving(HEIGHT // 2, WIDTH // 2)
    assert moved.sum() * 4 == pytest.approx(float(given[0].sum()), rel=0.02)


def test_another_length_spreads_the_motion():
    given = masks(bent, path(40, 0, 1, 0))
    field = field_from_masks(given, track_shape(given))
    at = torch.tensor([[80.0, 60.0]])
    long = tracks_from_field(field.at_frames(13), HEIGHT, WIDTH, points=at)["track_path"]
    short = tracks_from_field(field, HEIGHT, WIDTH, points=at)["track_path"]
    torch.testing.assert_close(long[::2], short)


def half_plane(x, y):
    return y < -10


def band(x, y):
    return abs(y + 20) < 12


def corner(x, y):
    return (x < 10) & (y < -5)


def hills(x, y):
    return y < 8 * np.sin(x / 12)


def slope(x, y):
    return y < -x


@pytest.mark.parametrize(
    ("shape", "last", "seen", "unseen"),
    [
        (half_plane, (0, 20), (0, 20), (1, 0)),
        (half_plane, (25, 12), (0, 12), (1, 0)),
        (band, (0, 0), (0, 0), (1, 0)),
        (band, (15, 40), (0, 40), (1, 0)),
        (lambda x, y: band(y, x), (30, 9), (30, 0), (0, 1)),
        (slope, (12, 12), (12, 12), (0.5**0.5, -(0.5**0.5))),
        (slope, (20, -20), (0, 0), (0.5**0.5, -(0.5**0.5))),
        (corner, (15, 10), (15, 10), None),
        (hills, (9, 0), (9, 0), None),
    ],
)
def test_an_outline_that_the_picture_cuts_off_moves_only_as_far_as_it_shows(shape, last, seen, unseen):
    given = masks(shape, [(last[0] * t / 4, last[1] * t / 4, 1, 0) for t in range(5)])
    track = track_shape(given)
    moved = field_from_masks(given, track).displacement(HEIGHT, WIDTH)[-1][given[0] > 0.99]
    torch.testing.assert_close(moved, moved.new_tensor(seen).expand_as(moved), atol=0.8, rtol=0)
    if unseen is None:
        assert track.unseen is None
    else:
        assert abs(np.dot(track.unseen, unseen)) > 0.99


def test_noise_of_a_segmenter_along_a_cut_off_edge_is_not_followed():
    import cv2

    noise = np.random.default_rng(0).standard_normal((7, HEIGHT, WIDTH)).astype(np.float32)
    y = np.arange(HEIGHT)[:, None]
    given = []
    for t, layer in enumerate(noise):
        bumps = cv2.GaussianBlur(layer, (0, 0), 4) * 14  # about one pixel
        given.append(torch.from_numpy((y + bumps < 50 + 3 * t).astype(np.float32)))
    track = track_shape(torch.stack(given))
    assert np.abs(track.pose[:, 0] * HEIGHT).max() < 1.0
    assert track.pose[-1, 1] * HEIGHT == pytest.approx(18, abs=1.5)
    assert np.abs(track.pose[:, 2:]).max() < 0.02


def test_an_object_of_16_pixels_in_full_hd_is_followed():
    given = torch.zeros(4, 1080, 1920)
    for t in range(4):
        given[t, 500 + 40 * t : 516 + 40 * t, 900 + 100 * t : 916 + 100 * t] = 1
    track = track_shape(given)
    np.testing.assert_allclose(track.pose[-1] * [1080, 1080, 1, 1], [300, 120, 0, 0], atol=0.3)
    assert track.overlap.min() > 0.95


@pytest.mark.parametrize("convert", [lambda m: m * 255, lambda m: m * 24 - 12, lambda m: m * 1.2 - 0.1])
def test_bytes_and_logits_move_as_far_as_masks(convert):
    given = masks(bent, path(40, -15, 1, 0)).round()
    other = convert(given)
    field = field_from_masks(other, track_shape(other))
    expected = field_from_masks(given, track_shape(given))
    torch.testing.assert_close(
        field.displacement(HEIGHT, WIDTH), expected.displacement(HEIGHT, WIDTH), atol=0.02, rtol=0
    )


def test_masks_that_show_nothing_are_refused():
    given = torch.zeros(5, 40, 40)
    with pytest.raises(ValueError, match="first mask is empty"):
        track_shape(given)
    with pytest.raises(ValueError, match="covers the whole picture"):
        track_shape(torch.ones(5, 40, 40))
    with pytest.raises(ValueError, match=r"\[5, 40\]; they must be"):
        track_shape(given[0, :5])
