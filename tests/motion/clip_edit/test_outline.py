"""A thing of a rendered clip that is held: its outline and what is behind it, against the same picture rendered without its motion."""

import pytest
import torch
from flowbrush.motion import field_from_document
from flowbrush.motion.clip_edit import edited_clip, over_all, own_motion
from flowbrush.motion.clip_edit.smooth_motion import affine_motion, followed
from flowbrush.rendering.morphology import grown
from flowbrush.rendering.snapped_motion import moving_cover, snapped_motion
from flowbrush.rendering.warp import warp_image
from flowbrush.synthetic.pictures.render import render_example
from flowbrush.workflows.graphs.documents import BALLOON_ALONE, RISING_BALLOON

SIZE, COUNT = 128, 9


@pytest.fixture(scope="module")
def balloon():
    """The clip of a balloon that rises, the clip in which it goes another way, its region and both motions."""
    picture = render_example("balloon", SIZE, SIZE)[0]
    rising, other = (field_from_document(one, COUNT) for one in (RISING_BALLOON, BALLOON_ALONE))
    frames, truth = (warp_image(picture, field, behind="plate").frames for field in (rising, other))
    layers = other.in_layers(SIZE, SIZE)
    assert layers is not None
    region = moving_cover(snapped_motion(layers, picture))
    painted = over_all(other.displacement(SIZE, SIZE), other.moving(SIZE, SIZE))
    return frames, truth, region, rising.displacement(SIZE, SIZE), painted


def test_a_thing_is_followed_alike_in_its_middle_and_at_its_outline(balloon):
    frames, _, region, moved, _ = balloon
    own = own_motion(frames, region, 0)
    for number in (COUNT // 2, COUNT - 1):
        truth = affine_motion(moved[number], (region > 0.95).float())
        assert truth.norm(dim=-1)[region > 0.95].mean() > 4
        assert (own.thing[number] - truth).norm(dim=-1)[region > 0.02].max() < 0.5
        assert own.background[number].norm(dim=-1).max() < 0.2


def test_a_thing_that_goes_another_way_looks_as_if_it_always_had(balloon):
    frames, truth, region, _, painted = balloon
    edited = edited_clip(frames, region, own_motion(frames, region, 0), "hold still", painted)
    error = (edited.frames - truth).abs().mean(-1)
    last, seen = error[-1], edited.made[-1] < 0.01
    there = over_there(region, painted[-1])
    outline = grown(there, 3) & ~grown(~grown(there, 1), 4) & seen
    assert outline.sum() > 300
    assert last[outline].mean() < 0.015
    assert last[seen].mean() < 0.0025
    assert (error[-1][outline] > 0.2).float().mean() < 0.01


def over_there(region, displacement):
    """The region [H,W] bool moved by an affine displacement."""
    rows, columns = torch.nonzero(region > 0.5, as_tuple=True)
    to = torch.stack([columns, rows], -1) + displacement[rows, columns]
    moved = torch.zeros(SIZE, SIZE, dtype=torch.bool)
    moved[to[:, 1].round().long().clamp(0, SIZE - 1), to[:, 0].round().long().clamp(0, SIZE - 1)] = True
    return moved


def test_a_thing_that_bends_is_followed_as_it_bends():
    rows, columns = torch.meshgrid(torch.arange(64.0), torch.arange(64.0), indexing="ij")
    bent = torch.stack([torch.zeros(64, 64), 5 * torch.sin(columns / 6)], -1)
    known = ((rows - 32).abs() < 12).float() * ((columns - 32).abs() < 24)
    motion = followed(torch.stack([torch.zeros_like(bent), bent]), known.expand(2, -1, -1))
    assert (motion[1] - bent)[known > 0].abs().max() < 0.01
    assert torch.isfinite(motion).all() and motion[1].abs().max() < 12


def test_a_thing_that_a_frame_hides_stays_where_it_was_last_seen():
    moved = torch.zeros(3, 32, 32, 2)
    moved[1], moved[2] = torch.tensor([3.0, 1.0]), torch.tensor([-20.0, 9.0])
    known = torch.zeros(3, 32, 32)
    known[:2, 10:13, 10:13] = 1
    motion = followed(moved, known)
    assert (motion[1:] - torch.tensor([3.0, 1.0])).abs().max() < 0.01
