import re

import pytest
import torch
from flowbrush.conditioning.latent_frames import time_to_move_frames
from flowbrush.conditioning.reference import constraint_strength, latent_strength, reference_video
from flowbrush.models.video_grid import LTX, MINIMAX_H3, SVD, WAN
from flowbrush.motion.field.field import field_from_document
from flowbrush.rendering.warp import warp_image


def field(layers, frames=5):
    return field_from_document(f'{{"flowbrush": "motion", "version": 2, "layers": [{layers}]}}', frames)


SQUARE = '"region": {"polygons": [{"points": [[0.25, 0.25], [0.5, 0.25], [0.5, 0.75], [0.25, 0.75]]}], "feather": 0}'
PICTURE = torch.rand(32, 32, 3, generator=torch.Generator().manual_seed(2))


def test_the_strength_moves_with_the_region_and_leaves_its_hole():
    reference = reference_video(PICTURE, field(f'{{{SQUARE}, "motion": {{"horizontal": 0.25}}}}'))
    first, last = reference.strength[0], reference.strength[-1]
    assert first[9:23, 9:15].min() == 1 and first[:, 17:].max() == 0
    assert last[9:23, 17:23].min() > 0.99 and last[9:23, 9:15].max() < 0.01
    assert torch.equal(reference.frames[0], PICTURE)
    assert (reference.frames[-1, 9:23, 17:23] - PICTURE[9:23, 9:15]).abs().max() < 1e-4


def test_a_weak_layer_and_a_frozen_one_keep_their_own_strength():
    frozen = (
        '{"freeze": true, "strength": 0.4, "region": {"polygons": [{"points": [[0, 0], [1, 0], [1, 0.2], [0, 0.2]]}], '
        '"feather": 0}}'
    )
    weak = f'{{{SQUARE}, "strength": 0.6, "motion": {{"horizontal": 0.25}}}}'
    strength = reference_video(PICTURE, field(f"{frozen}, {weak}")).strength
    assert strength[-1, 9:23, 17:23].mean() == pytest.approx(0.6, abs=0.01)
    assert strength[:, :5].mean() == pytest.approx(0.4, abs=0.01)


@pytest.mark.parametrize(
    ("grid", "frames", "taken"),
    [
        (WAN, 9, [0, 1, 5]),
        (LTX, 17, [0, 1, 9]),
        (SVD, 3, [0, 1, 2]),
        (MINIMAX_H3, 22, [0, 1, 5, 9, 13, 17, 18]),
    ],
)
def test_each_latent_frame_takes_the_first_of_its_group(grid, frames, taken):
    strength = torch.arange(float(frames))[:, None, None].expand(-1, 16, 24)
    cells = latent_strength(strength, 2, 3, grid.time)
    assert cells.shape == (len(taken), 2, 3) and cells[:, 0, 0].tolist() == taken
    with pytest.raises(ValueError, match=re.escape(grid.time.rule)):
        time_to_move_frames(strength[:0] if grid is SVD else strength[1:], grid.time)


def test_a_cell_takes_the_value_at_its_middle():
    ramp = torch.arange(16.0)[None, None].expand(1, 16, -1)
    assert latent_strength(ramp, 2, 2)[0, 0].tolist() == [3.5, 11.5]


def test_no_cell_away_from_the_object_is_held():
    document = """{"flowbrush": "motion", "version": 1, "layers": [{"region": {"strokes": [{"radius": 0.1333,
        "points": [[0.72535, 0.34922]]}]}, "motion": {"vertical": -0.02298, "rotation": -91.897, "proximity": 0.32188,
        "ambient": {"amount": 0.02476}, "paths": [{"points": [[0.61353, 0.33567], [0.7649, 0.65592]]},
        {"points": [[0.81047, 0.44626], [0.54808, 0.28145]]}]}}, {"region": {"strokes": [{"radius": 0.24197,
        "points": [[0.40114, 0.76893]]}]}, "motion": {"horizontal": -0.25903, "vertical": -0.16,
        "rotation": 21.3896, "proximity": -0.59509, "ambient": {"amount": 0.03693}}}]}"""
    height, width, field = 120, 208, field_from_document(document, 5)
    clip = warp_image(torch.full((height, width, 3), 0.5), field, behind="smooth")
    strength = constraint_strength(clip, field)
    fine = field.displacement(3 * height, 3 * width)
    y, x = (field.painted(3 * height, 3 * width) > 0).nonzero().unbind(1)
    places = (torch.stack([x, y], -1) + 0.5 + fine[:, y, x]) / 3
    stray = drawn = 0.0
    for t in range(5):
        held = strength[t] > 0.02
        centres = held.nonzero().flip(1) + 0.5
        stray = max(stray, float(torch.cdist(centres, places[t]).amin(1).max()))
        drawn = max(
            drawn, float(torch.cdist((clip.moving[t] > 0.3).nonzero().flip(1) + 0.5, places[t]).amin(1).max())
        )
    assert drawn > 12  # the picture itself is drawn there
    assert stray < 6
