"""Extend Shot, Hold Frames and Join Parts, together with the bundled networks."""

import pytest
import torch
from flowbrush.conditioning.in_place import held_frames
from flowbrush.hosts import host
from flowbrush.motion import camera_field
from flowbrush.motion.document import Camera, Keyframe
from flowbrush.nodes.conditioning import MotionConditioning
from flowbrush.nodes.decode import DecodeVideo
from flowbrush.nodes.extend_shot import ExtendShot, HoldFrames, JoinParts
from flowbrush.nodes.text import TextEncode
from flowbrush.rendering import warp_image
from flowbrush.synthetic.pictures.render import render_example


@pytest.fixture(scope="module")
def clip():
    motion = camera_field(Camera(keyframes=(Keyframe(1.0, pan=6.0, zoom=1.2),)), 33)
    picture = render_example("balloon", 64, 96)[0]
    return warp_image(picture, motion.at_frames(33)).frames[:17], motion


def test_the_next_part_begins_with_the_overlap_and_goes_on_along_the_motion(clip):
    frames, motion = clip
    first, following, overlap, length = ExtendShot.execute(frames, motion, 17, 5).args
    assert torch.equal(first, frames[12:13]) and torch.equal(overlap, frames[12:]) and length == 17
    assert following.frames == 17
    part = warp_image(first[0], following)
    seen = part.coverage[:5] > 0.99
    assert (part.frames[:5] - overlap).abs().mean(-1)[seen].mean() < 0.01
    whole = JoinParts.execute(frames, part.frames, 5, True).args[0]
    assert len(whole) == 29 and torch.equal(whole[:12], frames[:12])


def test_a_later_part_of_a_shot_is_continued_where_it_says_that_it_starts(clip):
    frames, motion = clip
    first, whole_clip, *_ = ExtendShot.execute(frames, motion, 17, 5).args
    same, later_part, *_ = ExtendShot.execute(frames[10:], motion, 17, 5, starts_at=10).args
    assert torch.equal(first, same)
    assert torch.equal(whole_clip.displacement(16, 24), later_part.displacement(16, 24))


def test_a_part_of_a_part_is_a_part_of_the_whole(clip):
    frames, motion = clip
    _, part, *_ = ExtendShot.execute(frames, motion, 17, 5).args
    _, twice, *_ = ExtendShot.execute(frames, part, 17, 5).args
    _, once, *_ = ExtendShot.execute(frames[:5], motion, 17, 5, starts_at=24).args
    assert torch.allclose(twice.displacement(16, 24), once.displacement(16, 24), atol=1e-4)
    assert twice.whole_times == pytest.approx(once.whole_times)


def test_frames_are_held_in_the_latent(clip):
    frames, _ = clip
    _, _, vae = host().load_models("bundled", "bundled", "bundled")
    given = {"samples": torch.zeros(1, 16, 5, 8, 12), "noise_mask": torch.full((1, 1, 5, 8, 12), 0.5)}
    held = HoldFrames.execute(given, vae, frames[12:]).args[0]
    assert torch.equal(held["samples"][:, :, :2], host().encode_video(vae, frames[12:]))
    assert (held["samples"][:, :, 2:] == 0).all()
    assert (held["noise_mask"][:, :, :2] == 0).all() and (held["noise_mask"][:, :, 2:] == 0.5).all()
    assert (given["samples"] == 0).all()  # the input is not changed


def test_a_latent_without_a_mask_gets_one():
    held, mask = held_frames(torch.zeros(2, 4, 3, 2, 2), None, torch.ones(1, 4, 1, 2, 2))
    assert held.shape == (2, 4, 3, 2, 2) and (held[:, :, 0] == 1).all()
    assert mask.shape == (1, 1, 3, 2, 2) and mask[:, :, 0].max() == 0 and mask[:, :, 1:].min() == 1


@pytest.mark.parametrize(
    ("known", "message"),
    [
        ((1, 8, 1, 2, 2), "use the VAE of the model"),
        ((1, 4, 1, 3, 2), "2x3 latent cells and the latent 2x2"),
        ((1, 4, 3, 2, 2), "nothing is left to sample"),
    ],
)
def test_frames_that_do_not_fit_are_refused(known, message):
    with pytest.raises(ValueError, match=message):
        held_frames(torch.zeros(1, 4, 3, 2, 2), None, torch.ones(*known))


def test_overlaps_that_do_not_fit_are_refused(clip):
    frames, motion = clip
    with pytest.raises(ValueError, match="`overlap` is 18, but `frames` has 17 frames"):
        ExtendShot.execute(frames, motion, 33, 18)
    with pytest.raises(ValueError, match="`overlap` must be less than `length`"):
        ExtendShot.execute(frames, motion, 5, 5)
    with pytest.raises(ValueError, match="the shorter part has 3 frames"):
        JoinParts.execute(frames, frames[:3], 5, True)


def test_a_part_with_the_picture_of_the_beginning_is_not_taken_apart_anew(clip):
    frames, motion = clip
    _, clip_model, vae = host().load_models("bundled", "bundled", "bundled")
    first, following, _, length = ExtendShot.execute(frames, motion, 17, 5).args
    prompt = TextEncode.execute(clip_model, "hills", "").args
    whole = warp_image(frames[0], motion)
    given = {"motion": following, "beginning": frames[:1], "behind": "plate, kept"}
    _, _, _, latent = MotionConditioning.execute(
        *prompt, vae, first, length, "warped video", "still", False, True, **given
    ).args
    assert torch.equal(latent["samples"], host().encode_video(vae, whole.frames[12:29]))
    decoded = DecodeVideo.execute(
        vae, latent, 0, True, first, following, behind="plate", beginning=frames[:1]
    ).args[0]
    assert torch.equal(decoded, whole.frames[12:29])
    with pytest.raises(ValueError, match="`beginning` is 48x32 pixels and `source` 96x64"):
        DecodeVideo.execute(vae, latent, 0, True, first, following, beginning=frames[:1, ::2, ::2])
