"""Dense layers from a displacement, and combining fields."""

import pytest
import torch
from flowbrush.motion.document.document import Camera, Document, Keyframe, Layer, Motion, Region, Stroke
from flowbrush.motion.field.field import (
    camera_field,
    combine,
    empty_field,
    field_from_document,
    field_from_flow,
)


def shifted(x, horizontal, aspect=None):
    """The field of one disc at (x, 0.5) that goes sideways."""
    region = Region(strokes=(Stroke(points=((x, 0.5, 1.0),), radius=0.1),), feather=0)
    layers = (Layer(region=region, motion=Motion(horizontal=horizontal)),)
    return field_from_document(Document(layers=layers), 9, aspect=aspect)


def test_flow_becomes_a_field_and_back():
    y, x = torch.meshgrid(torch.arange(20) / 20, torch.arange(30) / 30, indexing="ij")
    flow = torch.stack([torch.stack([t * x, -t * y], -1) for t in range(5)])
    weight, seen = x.clone(), torch.ones(5, 20, 30)
    seen[3, :, 10:] = 0
    described = field_from_flow(flow, None, seen)
    torch.testing.assert_close(described.displacement(20, 30), flow, atol=1e-5, rtol=0)
    fine = described.displacement(60, 90)
    torch.testing.assert_close(fine[:, 1::3, 1::3], 3 * flow, atol=1e-4, rtol=0)
    torch.testing.assert_close(described.visibility(20, 30), seen)
    torch.testing.assert_close(described.at_frames(9).displacement(20, 30)[1], flow[1] / 2, atol=1e-5, rtol=0)
    torch.testing.assert_close(field_from_flow(flow, weight).weight(20, 30), weight)
    torch.testing.assert_close(
        field_from_flow(flow, weight).displacement(20, 30), flow * weight[..., None], atol=1e-5, rtol=0
    )


@pytest.mark.parametrize(
    ("flow", "weight", "words"),
    [
        (torch.zeros(5, 4, 4), None, "shape"),
        (torch.full((5, 4, 4, 2), torch.nan), None, "NaN or infinite"),
        (torch.ones(5, 4, 4, 2), None, "frame 0"),
        (torch.zeros(5, 4, 4, 2), torch.ones(5, 5), "weight"),
    ],
)
def test_bad_flow_is_refused(flow, weight, words):
    with pytest.raises(ValueError, match=words):
        field_from_flow(flow, weight)


def test_combined_fields_stack_layers_and_cameras():
    left = shifted(0.3, 0.1)
    right = shifted(0.7, -0.1)
    both = combine(left, right)
    torch.testing.assert_close(
        both.displacement(40, 40), left.displacement(40, 40) + right.displacement(40, 40)
    )
    zoom = camera_field(Camera(keyframes=(Keyframe(time=1, zoom=2),)), 9)
    twice = combine(zoom, zoom).displacement(40, 40)[-1, 20, :, 0]
    torch.testing.assert_close(twice, 3 * (torch.arange(40) + 0.5 - 20), atol=1e-3, rtol=0)


def test_fields_that_do_not_fit_are_not_combined():
    with pytest.raises(ValueError, match="5, 9 frames"):
        combine(empty_field(5), empty_field(9))
    with pytest.raises(ValueError, match="aspect"):
        combine(shifted(0.3, 0.1, 1.0), shifted(0.3, 0.1, 1.5))
    with pytest.raises(ValueError, match="no motion"):
        combine()
