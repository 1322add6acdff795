"""Masks in other ranges than 0 to 1."""

import pytest
import torch
from flowbrush.motion.field.field import field_from_document
from flowbrush.motion.field.mask_values import masks_in_unit_range


def test_masks_in_0_to_1_stay_as_they_are():
    mask = torch.rand(2, 5, 6, generator=torch.Generator().manual_seed(0))
    converted = masks_in_unit_range(mask)
    assert torch.equal(converted.values, mask)
    assert not converted.remark


def test_overshoot_of_a_resize_is_cut_off():
    assert masks_in_unit_range(torch.tensor([-0.1, 0.5, 1.2])).values.tolist() == [0, 0.5, 1]


def test_bytes_are_divided_and_logits_become_probabilities():
    values, remark = masks_in_unit_range(torch.tensor([0, 51, 255], dtype=torch.uint8), "mask")
    torch.testing.assert_close(values, torch.tensor([0, 0.2, 1]))
    assert "`mask` holds values from 0 to 255" in remark
    values, remark = masks_in_unit_range(torch.tensor([-20.0, 0, 20]))
    torch.testing.assert_close(values, torch.tensor([0, 0.5, 1]), atol=1e-6, rtol=0)
    assert "logits" in remark


@pytest.mark.parametrize("values", [[0.0, 2.0], [-1.0, 1.0], [0.0, 65535.0]])
def test_values_that_could_mean_anything_are_refused(values):
    with pytest.raises(
        ValueError, match=f"holds values from {values[0]:g} to {values[1]:g}; a mask has values"
    ):
        masks_in_unit_range(torch.tensor(values))


def test_a_painted_region_of_bytes_moves_as_far_as_one_of_a_mask():
    document = '{"flowbrush": "motion", "version": 1, "layers": [{"region": {"mask": 0}, "motion": {"horizontal": 0.2}}]}'
    mask = torch.zeros(40, 60)
    mask[10:20, 10:20] = 1
    fields = [field_from_document(document, 5, masks=[m]) for m in (mask, mask * 255)]
    moved = [field.displacement(40, 60) for field in fields]
    assert torch.equal(*moved)
    assert moved[0][-1, 15, 15, 0] == pytest.approx(12.0)
