"""Edit Clip: what it takes for the thing, and the mistakes that it names."""

import json

import pytest
import torch
from flowbrush.motion import camera_field, field_from_document, field_from_flow
from flowbrush.motion.document import Camera, Keyframe
from flowbrush.nodes.edit_clip import EditClip

SIZE = 64


@pytest.fixture(scope="module")
def clip():
    """A bright square that goes to the right in front of noise, and its region in frame 2."""
    noise = torch.rand(1, 3, 16, 16, generator=torch.Generator().manual_seed(1)) * 0.5
    still = torch.nn.functional.interpolate(noise, SIZE, mode="bicubic")[0].permute(1, 2, 0).clamp(0, 1)
    frames = still.repeat(5, 1, 1, 1)
    for number, frame in enumerate(frames):
        frame[24:40, 12 + 6 * number : 28 + 6 * number] = torch.tensor([1.0, 0.8, 0.1])
    mask = torch.zeros(1, SIZE, SIZE)
    mask[:, 24:40, 24:40] = 1
    return frames, still, mask


def painted(length, **motion):
    box = [[24 / SIZE, 24 / SIZE], [40 / SIZE, 24 / SIZE], [40 / SIZE, 40 / SIZE], [24 / SIZE, 40 / SIZE]]
    layer = {"region": {"polygons": [{"points": box}], "feather": 0.002}, "motion": motion}
    return field_from_document(json.dumps({"version": 2, "layers": [layer]}), length)


def test_a_masked_thing_is_removed_and_the_rest_does_not_change(clip):
    frames, still, mask = clip
    edited, changed, made = EditClip.execute(frames, "remove", 2, None, mask).args
    assert (edited - still).abs().mean() < 0.02 < (frames - still).abs().mean()
    assert torch.equal(edited[changed == 0], frames[changed == 0])
    assert changed.shape == made.shape == (5, SIZE, SIZE) and (made <= changed + 1e-6).all()


def test_the_region_of_a_painted_motion_is_the_thing_and_moves_from_its_frame_on(clip):
    frames, _, _ = clip
    edited, changed, _ = EditClip.execute(frames, "move", 2, painted(17, vertical=0.25)).args
    assert torch.equal(edited[:3], frames[:3]) and changed[:3].max() == 0
    rows = (edited[4, :, 39:49] - torch.tensor([1.0, 0.8, 0.1])).abs().sum(-1).mean(1)
    assert rows[44:52].mean() < 0.15  # it went down by 16 px, and still 6 px a frame to the right
    assert rows[24:36].mean() > 0.5


def test_mistakes_are_named(clip):
    frames, _, mask = clip
    with pytest.raises(ValueError, match="`frame` is 5, but `frames` has 5 frames; choose at most 4"):
        EditClip.execute(frames, "remove", 5, None, mask)
    with pytest.raises(ValueError, match="nothing is connected that says which thing is meant"):
        EditClip.execute(frames, "remove", 0)
    with pytest.raises(ValueError, match="needs a painted `motion`: connect Motion Brush"):
        EditClip.execute(frames, "move", 0, None, mask)
    with pytest.raises(ValueError, match="`mask` is 32x32 pixels and `frames` 64x64"):
        EditClip.execute(frames, "remove", 0, None, mask[:, ::2, ::2])
    with pytest.raises(ValueError, match="was measured in a video and has no regions"):
        EditClip.execute(frames, "remove", 0, field_from_flow(torch.zeros(5, SIZE, SIZE, 2)))
    with pytest.raises(ValueError, match="the region of the thing is empty"):
        EditClip.execute(frames, "remove", 0, camera_field(Camera(keyframes=(Keyframe(1.0, pan=5.0),)), 5))
