import json

import pytest
import torch
from flowbrush.motion.document.document import Camera, Keyframe
from flowbrush.motion.field.field import camera_field, field_from_document, field_from_flow
from flowbrush.rendering import frame_stream
from flowbrush.rendering.frame_stream import stream_frames
from flowbrush.rendering.warp import warp_image

DISC = json.dumps(
    {
        "flowbrush": "motion",
        "version": 2,
        "layers": [
            {
                "region": {"strokes": [{"radius": 0.15, "points": [[0.4, 0.5]]}]},
                "motion": {"horizontal": 0.3, "rotation": 30},
            }
        ],
    }
)


def picture(height=48, width=64):
    return torch.rand(height, width, 3, generator=torch.Generator().manual_seed(1))


def dense(frames):
    """Everything moves right, the right half faster, as measured in a video."""
    flow = torch.linspace(0, 6, frames)[:, None, None, None].repeat(1, 48, 64, 2)
    flow[:, :, 32:, 0] *= 2
    return field_from_flow(flow)


def depth_move(frames):
    """A camera that moves right past a picture whose right side is nearer."""
    depth = torch.linspace(0, 1, 64).expand(48, -1)
    return camera_field(Camera(keyframes=(Keyframe(time=1, truck=0.1),)), frames, depth)


@pytest.mark.parametrize(
    "field", [field_from_document(DISC, 9), depth_move(9), dense(9)], ids=["layers", "depth", "dense"]
)
@pytest.mark.parametrize("group", [1, 3, 100])
def test_the_stream_equals_the_clip_whatever_is_drawn_at_once(field, group, monkeypatch):
    monkeypatch.setattr(frame_stream, "_VALUES_AT_ONCE", group * 7 * 48 * 64)
    stream = stream_frames(picture(), field)
    clip = warp_image(picture(), field)
    frames = torch.stack([*stream.frames])
    assert stream.count == len(frames) == 9
    assert stream.completed_by == clip.completed_by
    torch.testing.assert_close(frames, clip.frames, atol=1e-6, rtol=0)
    assert torch.equal(frames[0], picture())


def test_a_cancel_stops_between_two_groups(monkeypatch):
    monkeypatch.setattr(frame_stream, "_VALUES_AT_ONCE", 1)
    asked = []

    def check_cancel():
        asked.append(None)
        if len(asked) > limit:
            raise KeyboardInterrupt

    limit = 1000
    stream = stream_frames(picture(), field_from_document(DISC, 9), check_cancel=check_cancel)
    limit = len(asked) + 2
    with pytest.raises(KeyboardInterrupt):
        list(stream.frames)
    assert len(asked) == limit + 1


def test_the_plate_shows_behind():
    plate = torch.full((48, 64, 3), 0.25)
    *_, last = stream_frames(picture(), field_from_document(DISC, 5), plate=plate).frames
    torch.testing.assert_close(last[22:26, 22:26], plate[22:26, 22:26], atol=1e-4, rtol=0)
