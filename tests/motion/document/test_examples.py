"""The ten example documents."""

import pytest
from flowbrush.motion.document.document import dump, parse
from flowbrush.motion.document.examples import documents
from flowbrush.motion.field.field import field_from_document

NAMES = [
    *("one_arrow", "opposite_regions", "rotation", "proximity", "curved_easing"),
    *("freeze_over_pan", "dolly", "roll", "ambient", "overlapping_layers"),
]


def test_there_are_ten():
    assert list(documents()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_each_is_a_valid_document_in_its_canonical_form(name):
    text = documents()[name]
    assert dump(parse(text)) == text and not parse(text).is_empty


@pytest.mark.parametrize("name", NAMES)
def test_each_moves_by_ten_to_fifty_pixels(name):
    described = field_from_document(documents()[name], 17)
    reach = described.displacement(256, 256).norm(dim=-1).amax(0)
    assert 10 <= reach.max() <= 50
    asked = described.moving(256, 256) if described.moving(256, 256).max() > 0 else described.weight(256, 256)
    assert 8 <= reach[asked > 0.5].mean() <= 50
    assert asked.mean() > 0.1
