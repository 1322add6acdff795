"""A layer's strength sets how closely its motion is followed; it does not change the motion."""

import json

import pytest
import torch
from flowbrush.motion.document.document import DocumentError, dump, parse
from flowbrush.motion.field.field import field_from_document
from flowbrush.motion.measure.measure import measure_motion
from flowbrush.motion.tracks.tracks import tracks_from_field
from flowbrush.rendering.warp import warp_image

SQUARE = {"polygons": [{"points": [[0.25, 0.25], [0.5, 0.25], [0.5, 0.75], [0.25, 0.75]]}], "feather": 0}


def square(strength, frames=5, camera=None, **layer):
    layer = {"region": SQUARE, "motion": {"horizontal": 0.25}, "strength": strength, **layer}
    content = {"version": 2, "layers": [layer], **({"camera": camera} if camera else {})}
    return field_from_document(json.dumps(content), frames)


def test_a_document_holds_a_strength_only_where_it_is_not_whole():
    text = dump(parse('{"version": 2, "layers": [{"strength": 0.25}, {"strength": 1}]}'))
    assert json.loads(text)["layers"] == [{"strength": 0.25}, {}]
    assert [layer.strength for layer in parse(text).layers] == [0.25, 1.0]
    for wrong in ("1.5", "-0.1", "true", '"weak"'):
        with pytest.raises(DocumentError, match=r"layers\[0\]\.strength"):
            parse('{"version": 2, "layers": [{"strength": ' + wrong + "}]}")


@pytest.mark.parametrize("strength", [0.0, 0.4])
def test_strength_leaves_the_displacement_and_the_order_alone(strength):
    weak, firm = square(strength), square(1.0)
    assert torch.equal(weak.displacement(32, 32), firm.displacement(32, 32))
    assert torch.equal(weak.order(32, 32), firm.order(32, 32))
    assert torch.equal(weak.moving(32, 32), firm.moving(32, 32))
    assert weak.fingerprint() != firm.fingerprint()


def test_a_layer_weighs_its_strength():
    weight = square(0.4).weight(32, 32)
    torch.testing.assert_close(weight[16, 12], torch.tensor(0.4))
    assert weight[16, 24] == 0
    strength = square(0.4).strength(32, 32)
    torch.testing.assert_close(strength[16, 12], torch.tensor(0.4))
    assert strength[16, 24] == 1


def test_under_a_camera_a_weak_layer_is_asked_for_less_than_the_rest():
    weight = square(0.4, camera={"keyframes": [{"time": 1, "truck": 0.1}]}).weight(32, 32)
    torch.testing.assert_close(weight[16, 12], torch.tensor(0.4))
    assert weight[16, 24] == 1


def test_a_weak_layer_hides_what_is_behind_it_and_lends_it_no_weight():
    whole = {"region": {"everything": True}, "freeze": True}
    front = {"region": SQUARE, "motion": {"horizontal": 0.25}, "strength": 0.3, "order": 1}
    weight = field_from_document(json.dumps({"version": 2, "layers": [whole, front]}), 5).weight(32, 32)
    torch.testing.assert_close(weight[16, 12], torch.tensor(0.3))
    assert weight[16, 24] == 1


def test_the_strength_travels_with_the_layer_and_the_picture_is_the_same():
    image = torch.rand(32, 32, 3, generator=torch.Generator().manual_seed(3))
    weak, firm = warp_image(image, square(0.4)), warp_image(image, square(1.0))
    assert torch.equal(weak.frames, firm.frames) and torch.equal(weak.coverage, firm.coverage)
    assert torch.equal(weak.moving, firm.moving) and bool((firm.strength == 1).all())
    torch.testing.assert_close(weak.strength[0, 16, 8:16], torch.full((8,), 0.4))
    torch.testing.assert_close(weak.strength[4, 16, 17:23], torch.full((6,), 0.4))
    assert weak.strength[4, 16, 9:15].min() == 1 and weak.strength[:, 2].min() == 1


def test_tracks_follow_a_weak_layer_but_not_one_without_strength():
    full = tracks_from_field(square(1.0), 32, 32, 4, painted_only=True)["track_path"]
    weak = tracks_from_field(square(0.1), 32, 32, 4, painted_only=True)["track_path"]
    assert torch.equal(weak, full)
    with pytest.raises(ValueError, match="no point to track"):
        tracks_from_field(square(0.0), 32, 32, 4, painted_only=True)


def test_a_weak_layer_is_measured_like_a_firm_one_and_one_without_strength_not_at_all():
    noise = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    image = torch.nn.functional.avg_pool2d(noise, 5, 1, 2).movedim(1, -1)[0]
    still = image.repeat(5, 1, 1, 1)
    firm, weak, none = (measure_motion(still, square(strength)) for strength in (1.0, 0.2, 0.0))
    assert weak.epe_median == firm.epe_median > 3
    assert none.epe_median != none.epe_median and none.leakage_median < 0.1
