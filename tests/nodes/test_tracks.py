import json

import pytest
import torch
from flowbrush.conditioning.carriers import carriers_of_tracks
from flowbrush.hosts import host
from flowbrush.motion.field.field import field_from_document
from flowbrush.nodes.tracks import MotionFromTracks, MotionToTracks


def test_tracks_and_back_give_the_motion():
    everything = '{"layers": [{"region": {"everything": true}, "motion": {"horizontal": 0.125}}]}'
    motion = field_from_document(everything, 5)
    tracks, points = MotionToTracks.execute(motion, 64, 64, 8, False, "kjnodes").args
    assert tracks["track_path"].shape == (5, 64, 2)
    back = MotionFromTracks.execute("", "kjnodes", 64, 64, 5, 0.0, tracks)[0]
    middle = back.displacement(64, 64)[-1, 32, 32]
    assert torch.allclose(middle, torch.tensor([8.0, 0.0]), atol=0.3)
    from_text = MotionFromTracks.execute(points, "kjnodes", 64, 64, 5, 0.0)[0]
    assert torch.allclose(from_text.displacement(64, 64)[-1, 32, 32], middle, atol=0.1)


def test_exactly_one_source_is_taken(motion):
    tracks, points = MotionToTracks.execute(motion, 64, 64, 16, False, "kjnodes").args
    with pytest.raises(ValueError, match="neither of `tracks` and `points` were given"):
        MotionFromTracks.execute(" ", "kjnodes", 64, 64, 5, 0.0)
    with pytest.raises(ValueError, match="both of `tracks` and `points` were given"):
        MotionFromTracks.execute(points, "kjnodes", 64, 64, 5, 0.0, tracks)


def test_ati_text_has_its_121_points(motion):

    points = json.loads(MotionToTracks.execute(motion, 64, 64, 32, False, "ati")[1])
    assert {len(track) for track in points} == {121}


SPLINE = [{"x": 20 + 2 * i, "y": 100} for i in range(9)]
FRACTIONS = [{"x": point["x"] / 256, "y": point["y"] / 128} for point in SPLINE]


@pytest.mark.parametrize(
    "points",
    [
        json.dumps(SPLINE),
        json.dumps([SPLINE]),
        [json.dumps(SPLINE)],
        [json.dumps([SPLINE])],
        json.dumps([json.dumps(SPLINE)]),
        json.dumps([json.dumps([SPLINE])]),
        str([json.dumps(SPLINE)]),
        str([SPLINE]),
        str([str(SPLINE)]),
        json.dumps(FRACTIONS),
        json.dumps([FRACTIONS]),
        [json.dumps(FRACTIONS)],
    ],
)
def test_the_ways_in_which_editors_write_a_spline_give_the_same_motion(points):
    motion, tracks = MotionFromTracks.execute(points, "kjnodes", 256, 128, 9, 0.0).args
    torch.testing.assert_close(tracks["track_path"][:, 0, 0], torch.arange(20.0, 37, 2))
    torch.testing.assert_close(motion.displacement(128, 256)[-1, 100, 20], torch.tensor([16.0, 0.0]))


def test_several_splines_in_a_list_of_texts_are_all_read():
    other = [{"x": 200, "y": 30 + i} for i in range(9)]
    texts = [json.dumps(SPLINE), json.dumps([other])]
    for points in (texts, str(texts), json.dumps(texts)):
        tracks = MotionFromTracks.execute(points, "kjnodes", 256, 128, 9, 0.0)[1]
        assert tracks["track_path"][-1].tolist() == [[36, 100], [200, 38]]


@pytest.fixture
def notices(monkeypatch):
    said: list[str] = []
    monkeypatch.setattr(host(), "notice", said.append)
    return said


def test_fractions_and_starts_outside_are_mentioned(notices):
    MotionFromTracks.execute(json.dumps(FRACTIONS), "kjnodes", 256, 128, 9, 0.0)
    outside = [{"x": -50, "y": 100}, {"x": 20, "y": 100}]
    MotionFromTracks.execute(json.dumps([SPLINE, outside]), "kjnodes", 256, 128, 9, 0.0)
    assert len(notices) == 2
    assert "fractions of the picture" in notices[0]
    assert "1 of 2 tracks start hidden or outside the picture" in notices[1]
    with pytest.raises(ValueError, match=r"the first starts at \(-50, 100\), and the picture is 256x128"):
        MotionFromTracks.execute(json.dumps([outside]), "kjnodes", 256, 128, 9, 0.0)


@pytest.mark.parametrize("start", [(256, 100), (100, 128), (256, 128), (0, 0)])
def test_a_track_that_starts_at_the_border_is_in_the_picture(start, notices):
    points = [[{"x": start[0], "y": start[1]}, {"x": 150, "y": 100}]]
    motion, tracks = MotionFromTracks.execute(json.dumps(points), "kjnodes", 256, 128, 9, 0.0).args
    x, y = min(start[0], 255), min(start[1], 127)
    expected = torch.tensor([150.0 - start[0], 100.0 - start[1]])
    torch.testing.assert_close(motion.displacement(128, 256)[-1, y, x], expected, atol=1e-3, rtol=0)
    kept, lost = carriers_of_tracks(tracks, 128, 256)
    assert (kept.path.shape[1], lost) == (1, 0)
    assert (kept.path[0] < torch.tensor([256.0, 128.0])).all()
    assert not notices


def test_a_notice_says_that_tracks_stay_within_the_first_pixel(capsys):
    fractions = {"track_path": torch.tensor([[[0.1, 0.5]], [[0.4, 0.5]]])}
    MotionFromTracks.execute("", "kjnodes", 64, 64, 5, 0.0, fractions)
    assert "stay within the first pixel" in capsys.readouterr().err
