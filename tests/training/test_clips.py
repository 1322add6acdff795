"""The user's own clips: how a folder is read and cut, and which parts of the conditioning are known."""

import pytest
import torch
from flowbrush.training.clips import (
    conditioning_video,
    draw_mode,
    estimate_motion,
    excerpts,
    object_region,
    sources,
)
from flowbrush.training.engine.buckets import bucket_grid

from .own_clips import PAN, scene, write_folder, write_video

BUCKETS = bucket_grid([1, 5, 9], [48, 64], [1.0, 1.75])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_folder(tmp_path_factory.mktemp("own") / "clips")


@pytest.fixture(scope="module")
def pan(folder):
    """The excerpt of the panning clip, and its motion."""
    clip = next(excerpts(folder / "pan.mp4", "a pan", BUCKETS, 16))
    return clip, estimate_motion(clip)


def test_captions_come_from_text_files_and_other_files_are_left_alone(folder):
    found = {path.name: caption for path, caption in sources(folder)}
    assert found == {"pan.mp4": "a blue square stays, the camera pans right", "cut.mp4": "", "still.png": ""}


def test_a_folder_without_clips_is_refused(tmp_path):
    with pytest.raises(ValueError, match="contains no videos"):
        sources(tmp_path)
    (tmp_path / "broken.mp4").write_bytes(b"no video at all")
    with pytest.raises(ValueError, match=r"broken.mp4 cannot be read as a video"):
        list(excerpts(tmp_path / "broken.mp4", "", BUCKETS, 16))


def test_videos_are_cut_to_buckets_and_not_across_scene_cuts(folder):
    shapes = [tuple(c.frames.shape) for c in excerpts(folder / "pan.mp4", "", BUCKETS, 16)]
    assert shapes == [(9, 64, 64, 3)]  # the 4 frames that are left fit no bucket of several frames
    wide = list(excerpts(folder / "cut.mp4", "", BUCKETS, 16))
    assert [tuple(c.frames.shape) for c in wide] == [(9, 48, 80, 3)] * 2
    for clip in wide:
        assert float(clip.frames.diff(dim=0).abs().mean((1, 2, 3)).max()) < 0.1
    stills = list(excerpts(folder / "still.png", "", BUCKETS, 16))
    assert [tuple(c.frames.shape) for c in stills] == [(1, 64, 64, 3)]


@pytest.mark.parametrize(("rate", "fps", "expected"), [(32, 16, 2 * PAN), (16, 16, PAN), (8, 16, PAN)])
def test_frames_are_taken_at_the_asked_pace_and_never_twice(tmp_path, rate, fps, expected):
    write_video(tmp_path / "v.mp4", scene(20, 64, 64, 5), rate)
    clip = next(excerpts(tmp_path / "v.mp4", "", BUCKETS, fps))
    step = estimate_motion(clip).displacement[1, 5:15, 30:55, 0].median()
    assert float(step) == pytest.approx(-expected, abs=0.25)


def test_tracked_points_are_shown_at_their_places_and_marked_as_known(pan):
    clip, motion = pan
    assert float(motion.displacement[-1, 50:, 30:60, 0].median()) == pytest.approx(-8 * PAN, abs=0.5)
    shown, known = conditioning_video(clip, motion, "painted", torch.Generator())
    assert torch.equal(shown[0], clip.frames[0]) and bool((known[0] == 1).all())
    sure = known[-1] > 0.95
    assert 0.5 < float(sure.float().mean()) < 0.9
    assert float((shown[-1] - clip.frames[-1]).abs().mean(-1)[sure].mean()) < 0.03
    # What the pan uncovers on the right was nowhere in the first frame.
    assert float(known[-1, :, -4:].mean()) < 0.1
    # Standing still instead would be far off: the test is of the motion.
    assert float((clip.frames[0] - clip.frames[-1]).abs().mean()) > 0.1


def test_a_painted_part_is_one_object_and_only_its_points_are_known(pan):
    clip, motion = pan
    generator = torch.Generator().manual_seed(0)
    regions = [object_region(motion.displacement, generator) for _ in range(8)]
    moving = motion.displacement[-1, ..., 0] < -4 * PAN
    for region in regions:
        share = float(moving[region > 0].float().mean())
        assert share > 0.85 or share < 0.15  # of the background or of the square, not both
    _, painted = conditioning_video(clip, motion, "painted", generator)
    _, part = conditioning_video(clip, motion, "partial", generator)
    assert 0.05 < float(part[1:].mean()) < float(painted[1:].mean()) - 0.01


def test_only_the_given_frames_are_known_without_a_motion(pan):
    clip, motion = pan
    for mode, known_frames in (("first", [0]), ("first_last", [0, 8]), ("nothing", [])):
        shown, known = conditioning_video(clip, motion, mode, torch.Generator())
        assert known.mean((1, 2)).nonzero().flatten().tolist() == known_frames
        assert all(torch.equal(shown[t], clip.frames[t]) for t in known_frames)
        assert bool((shown[known == 0] == 0.5).all())


def test_a_still_has_no_motion_to_give():
    generator = torch.Generator().manual_seed(0)
    assert {draw_mode(1, generator) for _ in range(40)} == {"first", "nothing"}
    assert len({draw_mode(9, generator) for _ in range(200)}) == 5
