"""Dominant motions are recovered from optical flow, and carry thin things that the flow itself leaves behind."""

import torch
from flowbrush.motion.flow.clip_between import clip_between
from flowbrush.motion.flow.dominant_motions import dominant_motions, with_proposals
from flowbrush.synthetic.pictures.render import render_example

STILL = torch.zeros(96, 128, 2)


def test_each_motion_of_a_flow_is_found_the_largest_first():
    y, x = torch.meshgrid(torch.arange(96.0), torch.arange(128.0), indexing="ij")
    growing = torch.stack([0.1 * (x - 30), 0.1 * (y - 40)], -1)
    flow = STILL.clone()
    flow[20:60, 10:50] = growing[20:60, 10:50]
    flow[70:90, 80:120] = torch.tensor([5.0, -3.0])
    found = dominant_motions(flow, torch.ones(96, 128, dtype=torch.bool))
    assert len(found) == 3
    assert found[0].abs().max() < 0.05
    assert (found[1] - growing)[20:60, 10:50].abs().max() < 0.05
    assert (found[2] - torch.tensor([5.0, -3.0]))[70:90, 80:120].abs().max() < 0.05


def test_unreliable_flow_is_not_counted():
    flow = STILL.clone()
    flow[:, 64:] = torch.randn(96, 64, 2, generator=torch.Generator().manual_seed(0)) * 9
    reliable = torch.zeros(96, 128, dtype=torch.bool)
    assert dominant_motions(flow, reliable) == []
    reliable[:, :64] = True
    assert [float(motion.abs().max()) < 0.05 for motion in dominant_motions(flow, reliable)] == [True]


def test_a_proposal_is_taken_only_where_it_matches_much_better():
    here = torch.rand(1, 3, 96, 128, generator=torch.Generator().manual_seed(1))
    there = here.clone()
    there[..., 30:60, 48:78] = here[..., 30:60, 40:70]
    shift = torch.tensor([8.0, 0.0]).expand(96, 128, 2)
    made = with_proposals(STILL, [shift], here, there)
    assert torch.equal(made[33:57, 51:67], shift[33:57, 51:67])
    assert torch.equal(made[:25], STILL[:25]) and torch.equal(made[:, :30], STILL[:, :30])
    assert with_proposals(STILL, [], here, there) is STILL


def test_a_flag_on_a_mast_moves_with_its_boat():
    first = render_example("boat", 256, 256).reshape(256, 256, 3)
    sky = first[40:84, 60:110].mean(1, keepdim=True)
    bare = first.clone()
    bare[40:84, 104:150] = sky  # the sky, without the masthead

    def boat_at(shift: int) -> torch.Tensor:
        picture = bare.clone()
        picture[84:230, 70 + shift : 200 + shift] = first[84:230, 70:200]
        flag = torch.tensor([0.9, 0.5, 0.1])
        picture[50:84, 134 + shift : 136 + shift] = torch.tensor([0.3, 0.2, 0.1])
        picture[50:58, 122 + shift : 134 + shift] = flag
        return picture

    clip = clip_between(boat_at(0), boat_at(24), 5)
    part = (slice(44, 84), slice(110, 170))
    error = (clip.frames[2][part] - boat_at(12)[part]).abs().mean()
    assert error < 0.02
