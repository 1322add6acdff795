"""Tracks: from and to fields, from and to the JSON of other editors."""

import json
import math

import pytest
import torch
from flowbrush.motion.document.examples import documents
from flowbrush.motion.field.field import field_from_document
from flowbrush.motion.tracks.tracks import (
    checked_tracks,
    field_from_tracks,
    tracks_from_field,
    tracks_from_json,
    tracks_to_json,
)


def document(*layers):
    return json.dumps({"flowbrush": "motion", "version": 1, "layers": list(layers)})


def field(*layers, frames=9):
    return field_from_document(document(*layers), frames)


def disc(x, y, radius):
    return {"strokes": [{"points": [[x, y]], "radius": radius}], "feather": 0}


def test_tracks_of_a_grid_follow_the_field():
    described = field_from_document(documents()["rotation"], 9)
    tracks = tracks_from_field(described, 64, 96, spacing=8)
    assert tracks["track_path"].shape == (9, 8 * 12, 2) and tracks["track_visibility"].dtype == torch.bool
    start = tracks["track_path"][0]
    assert start[0].tolist() == [4, 4] and start[1].tolist() == [12, 4]  # x first, row by row
    moved = described.displacement(8, 12) * 8
    torch.testing.assert_close(tracks["track_path"] - start, moved.flatten(1, 2), atol=1e-3, rtol=0)


def test_chosen_points_are_tracked():
    points = torch.tensor([[32.0, 32.0], [3.5, 60.2]])
    described = field({"region": {"everything": True}, "motion": {"horizontal": 0.25}})
    tracks = tracks_from_field(described, 64, 64, points=points)
    torch.testing.assert_close(
        tracks["track_path"][-1], points + torch.tensor([16.0, 0.0]), atol=1e-4, rtol=0
    )


def test_points_out_of_frame_are_invisible():
    described = field({"region": {"everything": True}, "motion": {"horizontal": 1}})
    visible = tracks_from_field(described, 64, 64, points=torch.tensor([[32.0, 32.0]]))["track_visibility"]
    assert visible[:, 0].tolist() == [True] * 4 + [False] * 5


def test_points_that_something_in_front_covers_are_invisible():
    described = field({"region": disc(0.2, 0.5, 0.15), "motion": {"horizontal": 0.6}})
    points = torch.tensor([[64.0, 64.0], [64.0, 10.0], [25.0, 64.0]])
    visible = tracks_from_field(described, 128, 128, points=points)["track_visibility"]
    assert visible[0].all()
    assert not visible[4, 0] and visible[8, 0]  # passed over by the disc, then free again
    assert visible[:, 1].all() and visible[:, 2].all()


def test_only_painted_points_when_asked():
    described = field({"region": disc(0.5, 0.5, 0.2), "motion": {"horizontal": 0.1}})
    tracks = tracks_from_field(described, 64, 64, spacing=4, painted_only=True)
    offset = tracks["track_path"][0] - 32
    assert 30 < len(offset) < 40 and offset.norm(dim=1).max() < 13.5
    with pytest.raises(ValueError, match="no point"):
        tracks_from_field(field(), 64, 64, painted_only=True)


@pytest.mark.parametrize("spacing", [0, -4, math.nan, 1000])
def test_bad_spacing_is_refused(spacing):
    with pytest.raises(ValueError, match="spacing"):
        tracks_from_field(field(), 64, 64, spacing=spacing)


def test_a_field_survives_the_way_through_tracks():
    described = field_from_document(documents()["proximity"], 9).at_frames(9)
    tracks = tracks_from_field(described, 128, 128, spacing=6)
    tracks["track_visibility"][:] = True
    back = field_from_tracks(tracks, 128, 128)
    expected, moved = described.displacement(128, 128), back.displacement(128, 128)
    inside = described.moving(128, 128) > 0.99
    assert (moved - expected).norm(dim=-1)[:, inside].median() < 0.4
    assert expected.norm(dim=-1)[-1, inside].mean() > 5
    assert back.weight(128, 128).min() > 0.95


def test_one_track_moves_its_neighbourhood_and_leaves_the_rest_free():
    path = torch.tensor([[[30.0, 30.0]], [[40.0, 30.0]], [[50.0, 34.0]]])
    back = field_from_tracks(
        {"track_path": path, "track_visibility": torch.ones(3, 1, dtype=torch.bool)}, 100, 100
    )
    moved, weight = back.displacement(100, 100), back.weight(100, 100)
    torch.testing.assert_close(moved[-1, 30, 30], torch.tensor([20.0, 4.0]), atol=1e-3, rtol=0)
    assert weight[30, 30] > 0.99 and weight[80, 80] == 0 and moved[:, 80, 80].abs().max() == 0


def test_invisible_frames_are_bridged_and_tracks_without_a_start_left_out():
    path = torch.zeros(5, 2, 2)
    path[:, 0, 0] = torch.tensor([20.0, 24, 999, 32, 36])
    path[:, 0, 1] = 20
    path[:, 1] = 80
    visible = torch.ones(5, 2, dtype=torch.bool)
    visible[2, 0] = visible[0, 1] = False
    back = field_from_tracks({"track_path": path, "track_visibility": visible}, 100, 100)
    torch.testing.assert_close(
        back.displacement(100, 100)[:, 20, 20, 0], torch.arange(5) * 4.0, atol=1e-3, rtol=0
    )
    assert back.weight(100, 100)[80, 80] == 0
    assert back.visibility(100, 100)[2, 20, 20] == 0
    with pytest.raises(ValueError, match="no track is visible"):
        field_from_tracks({"track_path": path, "track_visibility": visible * False}, 100, 100)


def test_tracks_are_resampled_to_the_asked_frames():
    path = torch.arange(5.0).reshape(5, 1, 1).expand(5, 1, 2) * 4 + 20
    back = field_from_tracks({"track_path": path}, 64, 64, frames=9)
    assert back.frames == 9
    assert back.displacement(64, 64)[1, 20, 20, 0] == pytest.approx(2, abs=1e-3)


@pytest.mark.parametrize(
    ("tracks", "words"),
    [
        ([1], "dictionary"),
        ({"track_path": torch.zeros(3, 2)}, "shape"),
        ({"track_path": torch.full((3, 1, 2), math.nan)}, "not finite"),
        ({"track_path": torch.zeros(3, 2, 2), "track_visibility": torch.ones(3, 5)}, "track_visibility"),
    ],
)
def test_bad_tracks_are_refused(tracks, words):
    with pytest.raises(ValueError, match=words):
        field_from_tracks(tracks, 64, 64)


def test_kjnodes_lists_are_read_and_written():
    text = json.dumps([[{"x": 10, "y": 20}, {"x": 30, "y": 20.5}], [{"x": 5, "y": 5}, {"x": 5, "y": 9}]])
    tracks = tracks_from_json(text)
    assert tracks["track_path"].tolist() == [[[10, 20], [5, 5]], [[30, 20.5], [5, 9]]]
    assert json.loads(tracks_to_json(tracks)) == json.loads(text)
    assert tracks_from_json(text, frames=5)["track_path"][2].tolist() == [[20, 20.25], [5, 7]]


def test_a_single_list_is_one_track_and_lists_may_differ_in_length():
    assert tracks_from_json('[{"x": 1, "y": 2}, {"x": 3, "y": 4}]')["track_path"].shape == (2, 1, 2)
    mixed = [[{"x": 0, "y": 0}, {"x": 8, "y": 0}], [{"x": 3, "y": 3}], [{"x": i, "y": 0} for i in range(5)]]
    path = tracks_from_json(json.dumps(mixed))["track_path"]
    assert path[:, 0, 0].tolist() == [0, 2, 4, 6, 8] and path[:, 1, 0].tolist() == [3] * 5


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "valid JSON"),
        ("[]", "list of lists"),
        ("3", "list of lists"),
        ("[[1]]", "point 0 of track 0"),
        ('[[{"x": 1}]]', "point 0 of track 0"),
        ('[[{"x": 1, "y": NaN}]]', "point 0 of track 0"),
        ("[[]]", "track 0"),
        (r'[["\ud800"]]', r"point 0 of track 0 is '\\ud800'"),  # half of a surrogate pair cannot be printed
    ],
)
def test_bad_json_is_refused(text, words):
    with pytest.raises(ValueError, match=words):
        tracks_from_json(text)


@pytest.mark.parametrize("frames", [5, 17, 49, 81])
def test_every_frame_survives_the_way_through_ati(frames):
    generator = torch.Generator().manual_seed(2)
    path = torch.rand(frames, 3, 2, generator=generator) * 400
    text = tracks_to_json({"track_path": path}, "ati", digits=4)
    assert all(len(track) == 121 for track in json.loads(text))
    back = tracks_from_json(text, frames, "ati")
    torch.testing.assert_close(back["track_path"], path, atol=1e-3, rtol=0)


def test_a_short_list_is_stretched_for_ati_instead_of_vanishing():
    points = [{"x": float(i), "y": 0.0} for i in range(81)]
    path = tracks_from_json(json.dumps([points]), 81, "ati")["track_path"][:, 0, 0]
    assert path[-1] == pytest.approx(80, abs=0.7) and (path.diff() > 0).all()


def test_unknown_conventions_are_refused():
    with pytest.raises(ValueError, match="kjnodes, ati"):
        tracks_from_json("[]", convention="tora")
    with pytest.raises(ValueError, match="kjnodes, ati"):
        tracks_to_json({"track_path": torch.zeros(3, 1, 2)}, "tora")


def test_visibility_of_another_length_is_refused():
    tracks = {"track_path": torch.rand(2, 1, 2), "track_visibility": torch.ones(3, 1)}
    with pytest.raises(
        ValueError, match=r"`track_visibility` has shape \[3, 1\]; for this path it must be \[2, 1\]"
    ):
        checked_tracks(tracks)


def test_a_byte_order_mark_before_tracks_is_no_part_of_them():
    text = '\ufeff[{"x": 1, "y": 2}, {"x": 3, "y": 4}]'
    assert tracks_from_json(text, 2, "kjnodes", (32, 24))["track_path"][:, 0].tolist() == [[1, 2], [3, 4]]
