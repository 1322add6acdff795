"""The blend of a flow's two copies: no double edges, an even contrast, and the picture itself where a round begins and ends."""

import json

import pytest
import torch
from flowbrush.benchmarks.loops import flow_faults
from flowbrush.motion.field.field import field_from_document
from flowbrush.rendering.copy_blending import CopyBlend, change_times, evenly_spread
from flowbrush.rendering.layered_picture import layered_picture

SIZE = 96


def field(frames=12):
    region = {"polygons": [{"points": [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.9]]}], "feather": 0.02}
    motion = {"horizontal": 0.3, "flow": {"speed": 0.3, "reach": 0.15, "hold": 0.1}}
    layers = [{"region": region, "motion": motion}]
    return field_from_document(
        json.dumps({"version": 2, "layers": layers, "loop": "seamless"}), frames, aspect=1
    )


def layers():
    found = field().in_layers(SIZE, SIZE)
    assert found is not None
    return found


def discs():
    """A few discs with sharp edges."""
    y, x = torch.meshgrid(torch.arange(SIZE) + 0.5, torch.arange(SIZE) + 0.5, indexing="ij")
    inside = ((x % 32 - 16).square() + (y % 32 - 16).square()) < 90
    return torch.where(inside[..., None], torch.tensor([0.9, 0.5, 0.1]), torch.tensor([0.1, 0.2, 0.4]))


def grain():
    return (
        torch.rand(SIZE, SIZE, 1, generator=torch.Generator().manual_seed(3)).expand(-1, -1, 3).contiguous()
    )


def test_edges_are_shown_once_and_contrast_stays(monkeypatch):
    ghosting, _ = flow_faults(discs(), field())
    _, pulsing = flow_faults(grain(), field())
    monkeypatch.setattr(
        CopyBlend, "mixed", lambda self, first, second, share: torch.lerp(first, second, share)
    )
    plain_ghosting, _ = flow_faults(discs(), field())
    _, plain_pulsing = flow_faults(grain(), field())
    assert plain_ghosting > 0.2 and ghosting < 0.55 * plain_ghosting
    assert plain_pulsing > 0.2 and pulsing < 0.5 * plain_pulsing


def test_a_round_begins_and_ends_with_the_picture():
    drawn = layered_picture(discs(), layers(), [0.0, 0.25])
    blend = drawn.blends[-1]
    assert blend.weights(0).max() == 0 and blend.weights(1).min() == 1
    assert blend.weights(0.5).mean() == pytest.approx(0.5, abs=0.12)


def test_the_change_does_not_depend_on_the_frames_that_are_drawn_together():
    motion = layers()
    both = torch.cat(list(layered_picture(grain(), motion, motion.times).frames([0.1, 0.3])))
    one = torch.cat(list(layered_picture(grain(), motion, motion.times).frames([0.3])))
    assert (both[1:] - one).abs().max() < 0.02


def test_places_that_differ_change_together_and_all_times_come_about_equally_often():
    difference = torch.zeros(40, 40)
    difference[:, 10:30] = 0.5
    everywhere = torch.ones(40, 40, dtype=torch.bool)
    times = change_times(difference, everywhere)
    steps, free = (
        found[:, 12:28].diff(dim=0).abs().mean()
        for found in (times, change_times(0 * difference, everywhere))
    )
    assert steps < 0.6 * free
    assert times.min() >= 0 and times.max() <= 1 and times.mean() == pytest.approx(0.5, abs=0.02)
    assert evenly_spread(
        torch.tensor([[3.0, 1.0], [2.0, 9.0]]), torch.ones(2, 2, dtype=torch.bool)
    ).flatten().tolist() == [0.5, 0, 0.25, 0.75]
