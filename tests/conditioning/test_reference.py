import pytest
import torch
from flowbrush.conditioning.latent_frames import time_to_move_frames
from flowbrush.conditioning.reference import latent_strength, reference_video
from flowbrush.motion.field.field import field_from_document


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
    ("stride", "frames", "taken"), [(4, 9, [0, 1, 5]), (8, 17, [0, 1, 9]), (1, 3, [0, 1, 2])]
)
def test_each_latent_frame_takes_the_first_of_its_group(stride, frames, taken):
    strength = torch.arange(float(frames))[:, None, None].expand(-1, 16, 24)
    cells = latent_strength(strength, 2, 3, stride)
    assert cells.shape == (3, 2, 3) and cells[:, 0, 0].tolist() == taken
    with pytest.raises(ValueError, match=f"{stride}k\\+1"):
        time_to_move_frames(strength[:0] if stride == 1 else strength[1:], stride)


def test_a_cell_takes_the_value_at_its_middle():
    ramp = torch.arange(16.0)[None, None].expand(1, 16, -1)
    assert latent_strength(ramp, 2, 2)[0, 0].tolist() == [3.5, 11.5]
