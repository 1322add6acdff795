import pytest
import torch
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
    import json

    points = json.loads(MotionToTracks.execute(motion, 64, 64, 32, False, "ati")[1])
    assert {len(track) for track in points} == {121}
