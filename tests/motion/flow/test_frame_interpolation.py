import json

import pytest
import torch
from flowbrush.motion.field.field import field_from_document
from flowbrush.motion.flow.frame_interpolation import (
    FramePair,
    foreign_share,
    frames_at,
    interpolate,
    interpolated_frames,
    positions_at_rate,
)
from flowbrush.motion.measure.measure import psnr
from flowbrush.rendering.warp import warp_image
from flowbrush.synthetic.pictures.render import render_example


@pytest.fixture(scope="module")
def clip():
    box = {"polygons": [{"points": [[0.28, 0.1], [0.72, 0.1], [0.72, 0.78], [0.28, 0.78]]}]}
    layer = {"region": box, "motion": {"horizontal": 0.12, "vertical": -0.06}}
    motion = field_from_document(json.dumps({"flowbrush": "motion", "version": 1, "layers": [layer]}), 3)
    return warp_image(render_example("balloon", 128, 128)[0], motion, behind="smooth").frames


def test_a_held_out_frame_is_made_better_than_by_blending(clip):
    made = FramePair(clip[0], clip[2]).at(0.5)
    blended = (clip[0] + clip[2]) / 2
    assert psnr(made, clip[1]) > psnr(blended, clip[1]) + 3


def test_any_time_between_lies_between(clip):
    pair = FramePair(clip[0], clip[2])
    assert psnr(pair.at(0.02), clip[0]) > 30 and psnr(pair.at(0.98), clip[2]) > 30
    assert psnr(pair.at(0.25), clip[0]) > psnr(pair.at(0.75), clip[0])


def test_frames_that_were_there_come_back_bit_for_bit(clip):
    out = interpolate(clip, 2)
    assert out.shape[0] == 5 and torch.equal(out[::2], clip)


def test_a_still_clip_stays_still(clip):
    out = interpolate(clip[:1].expand(2, -1, -1, -1), 4)
    assert out.shape[0] == 5 and float((out - clip[0]).abs().max()) < 1e-3


def test_a_scene_cut_is_found_and_never_blended(clip):
    other = render_example("boat", 128, 128)[0]
    assert foreign_share(clip[0], other) > 0.5 and foreign_share(clip[0], clip[2]) < 0.2
    out = interpolate(torch.stack([clip[0], other]), 4)
    assert torch.equal(out[1], clip[0]) and torch.equal(out[2], other) and torch.equal(out[3], other)


@pytest.mark.parametrize("brightness", [0.5, 1.5])
def test_a_fade_or_a_flash_is_no_cut(clip, brightness):
    assert foreign_share(clip[0], (clip[1] * brightness).clamp(0, 1)) < 0.3


def test_a_target_rate_gives_that_many_frames(clip):
    assert positions_at_rate(13, 12, 30)[:3] == pytest.approx([0, 0.4, 0.8])
    assert len(positions_at_rate(13, 12, 30)) == 31 and positions_at_rate(13, 12, 6) == pytest.approx(
        [0, 2, 4, 6, 8, 10, 12]
    )
    out = interpolate(clip, positions_at_rate(3, 10, 15))
    assert len(out) == 4 and torch.equal(out[0], clip[0]) and torch.equal(out[3], clip[2])


def test_only_two_frames_are_read_ahead(clip):
    read = []

    def stream():
        for index in range(6):
            read.append(index)
            yield clip[0]

    out = interpolated_frames(stream(), 2)
    next(out)
    assert read == [0, 1]
    next(out), next(out)
    assert read == [0, 1, 2]
    assert len(list(out)) == 8


def test_progress_is_reported(clip):
    told = []
    interpolate(clip[:2], 2, on_frame=told.append)
    assert told == [1, 2, 3]


def test_bad_input_is_refused(clip):
    with pytest.raises(ValueError, match="2 to 16"):
        interpolate(clip, 17)
    with pytest.raises(ValueError, match="rise"):
        list(frames_at(clip, [0.5, 0.2]))
    with pytest.raises(ValueError, match="scene_threshold"):
        interpolate(clip, 2, scene_threshold=1.5)
    with pytest.raises(ValueError, match="differ in size"):
        list(interpolated_frames([clip[0], clip[1][:64]], 2))
    with pytest.raises(ValueError, match="NaN"):
        interpolate(clip * float("nan"), 2)
    with pytest.raises(ValueError, match="target_rate"):
        positions_at_rate(3, 12, 0)
