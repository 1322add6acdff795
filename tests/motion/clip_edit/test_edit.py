"""A disc that crosses a panned picture is removed, moved and held still; the truth is known because the clip is drawn."""

import pytest
import torch
from flowbrush.motion.clip_edit import edited_clip, own_motion
from flowbrush.rendering import backward_warp
from flowbrush.synthetic.pictures.render import render_example

SIZE, COUNT, RADIUS, AT = 96, 9, 13.0, 3


def places(way):
    return torch.linspace(28, 64, COUNT) if way == "across" else torch.full((COUNT,), 46.0)


def disc(x, y=45.0):
    rows, columns = torch.meshgrid(torch.arange(SIZE), torch.arange(SIZE), indexing="ij")
    return (RADIUS + 0.5 - ((columns - x) ** 2 + (rows - y) ** 2).sqrt()).clamp(0, 1)


def drawn(x, texture, background):
    """The frame with the disc, whose texture moves with it, in front of a background."""
    flow = torch.zeros(1, SIZE, SIZE, 2)
    flow[..., 0] = 46 - x
    own = backward_warp(texture, flow)[0].permute(1, 2, 0)
    return torch.lerp(background, own, disc(x)[..., None])


@pytest.fixture(scope="module")
def clip():
    """The frames, the backgrounds without the disc, the region in frame AT, and the disc's texture."""
    scene = render_example("boat", SIZE, SIZE)[0].permute(2, 0, 1)[None]
    texture = torch.rand(1, 3, SIZE // 4, SIZE // 4, generator=torch.Generator().manual_seed(4))
    texture = torch.nn.functional.interpolate(texture, SIZE, mode="bicubic").clamp(0, 1)
    backgrounds = []
    for number in range(COUNT):
        flow = torch.zeros(1, SIZE, SIZE, 2)
        flow[..., 0] = 0.5 * number
        backgrounds.append(backward_warp(scene, flow)[0].permute(1, 2, 0))
    frames = [drawn(float(x), texture, one) for x, one in zip(places("across"), backgrounds, strict=True)]
    frames = torch.stack(frames)
    region = disc(float(places("across")[AT]))
    return frames, torch.stack(backgrounds), region, texture, own_motion(frames, region, AT)


def test_the_motions_of_thing_and_background_are_told_apart(clip):
    _, _, region, _, own = clip
    step = float(places("across")[1] - places("across")[0])
    for number in (0, COUNT - 1):
        thing = own.thing[number][region > 0.9].mean(0)
        assert thing[0] == pytest.approx(step * (number - AT), abs=0.5) and abs(float(thing[1])) < 0.5
        behind = own.background[number][region > 0.9].mean(0)
        assert behind[0] == pytest.approx(-0.5 * (number - AT), abs=0.4)


def test_a_removed_thing_leaves_what_other_frames_show_behind_it(clip):
    frames, backgrounds, region, _, own = clip
    edited = edited_clip(frames, region, own, "remove")
    covered = torch.stack([disc(float(x)) > 0.5 for x in places("across")])
    error = (edited.frames - backgrounds).abs().mean(-1)[covered].mean()
    assert error < 0.03 < 0.1 < (frames - backgrounds).abs().mean(-1)[covered].mean()
    assert torch.equal(edited.frames[edited.changed == 0], frames[edited.changed == 0])
    assert edited.changed[covered].min() > 0.8 and edited.changed.mean() < 0.25
    # The disc never leaves the middle of its way for long enough at every place, but some frame shows nearly all of it.
    assert edited.made.mean() < 0.02


def test_a_moved_thing_keeps_its_own_motion_and_adds_the_painted_one(clip):
    frames, backgrounds, region, texture, own = clip
    down = torch.zeros(COUNT - AT, SIZE, SIZE, 2)
    down[..., 1] = torch.linspace(0, 20, COUNT - AT)[:, None, None]
    edited = edited_clip(frames, region, own, "move", down)
    assert torch.equal(edited.frames[: AT + 1], frames[: AT + 1]) and (edited.changed[: AT + 1] == 0).all()
    flow = torch.zeros(1, SIZE, SIZE, 2)
    flow[..., 1] = -20
    disc_there = disc(float(places("across")[-1]), 65.0)
    truth = torch.lerp(
        backgrounds[-1],
        backward_warp(
            drawn(float(places("across")[-1]), texture, backgrounds[-1]).permute(2, 0, 1)[None], flow
        )[0].permute(1, 2, 0),
        disc_there[..., None],
    )
    assert (edited.frames[-1] - truth).abs().mean() < 0.02 < (frames[-1] - truth).abs().mean()


def test_a_held_thing_stays_where_it_was_painted(clip):
    frames, backgrounds, region, texture, own = clip
    edited = edited_clip(frames, region, own, "hold still")
    there = float(places("across")[AT])
    for number in (0, COUNT - 1):
        truth = drawn(there, texture, backgrounds[number])
        # The texture is that of the disc, so it is drawn at the same place in every frame.
        inner = disc(there) > 0.99
        assert (edited.frames[number] - truth).abs().mean(-1)[inner].mean() < 0.05
        assert (edited.frames[number] - truth).abs().mean() < 0.02


def test_mistakes_are_named(clip):
    frames, _, region, _, own = clip
    with pytest.raises(ValueError, match="`action` is 'turn'; choose one of remove, move, hold still"):
        edited_clip(frames, region, own, "turn")
    with pytest.raises(ValueError, match="`action` is 'move', which needs a painted motion"):
        edited_clip(frames, region, own, "move")
    with pytest.raises(ValueError, match="the region of the thing is empty"):
        edited_clip(frames, torch.zeros(SIZE, SIZE), own, "remove")
