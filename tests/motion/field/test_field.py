"""The motion field: composition, grids, freezing, order, time."""

import json

import pytest
import torch
from flowbrush.motion.document.document import DocumentError
from flowbrush.motion.document.examples import documents
from flowbrush.motion.field.field import empty_field, field_from_document

EVERYTHING = {"everything": True}
ARROW = [[0.3, 0.5], [0.5, 0.4]]


def disc(x, y, radius, feather=0.0):
    return {"strokes": [{"points": [[x, y]], "radius": radius}], "feather": feather}


def layer(region, freeze=False, order=0, **motion):
    return {"region": region, "motion": motion, "freeze": freeze, "order": order}


def field(*layers, frames=9, camera=None, **more):
    document = {"flowbrush": "motion", "version": 1, "layers": list(layers)}
    if camera:
        document["camera"] = {"keyframes": [camera]}
    return field_from_document(json.dumps(document), frames, **more)


@pytest.mark.parametrize("name", list(documents()))
def test_frame_0_does_not_move_and_nothing_is_nan(name):
    moved = field_from_document(documents()[name], 9).displacement(30, 40)
    assert moved.shape == (9, 30, 40, 2) and moved.dtype == torch.float32
    assert moved[0].abs().max() == 0
    assert torch.isfinite(moved).all() and moved.abs().max() > 0.5


@pytest.mark.parametrize("name", list(documents()))
def test_a_finer_grid_gives_the_same_motion_in_its_own_pixels(name):
    described = field_from_document(documents()[name], 5)
    coarse, fine = described.displacement(24, 40), described.displacement(72, 120)
    torch.testing.assert_close(fine[:, 1::3, 1::3] / 3, coarse, atol=2e-4, rtol=1e-4)


def test_twice_the_grid_is_twice_the_displacement_on_average_of_four():
    described = field(layer(EVERYTHING, rotation=20, proximity=0.3, horizontal=0.1))
    coarse, fine = described.displacement(20, 30), described.displacement(40, 60)
    mean = fine.reshape(9, 20, 2, 30, 2, 2).mean((2, 4))
    torch.testing.assert_close(mean, 2 * coarse, atol=1e-3, rtol=0)


def test_one_arrow_is_an_exact_translation():
    moved = field(layer(EVERYTHING, paths=[{"points": ARROW}])).displacement(50, 100)
    torch.testing.assert_close(moved[-1], torch.tensor([20.0, -5.0]).expand(50, 100, 2), atol=1e-4, rtol=0)
    torch.testing.assert_close(moved[4], torch.tensor([10.0, -2.5]).expand(50, 100, 2), atol=1e-4, rtol=0)


def test_what_is_not_painted_stays_and_is_free():
    described = field(layer(disc(0.5, 0.5, 0.2), horizontal=0.2))
    moved, weight = described.displacement(64, 64), described.weight(64, 64)
    assert moved[:, 0, 0].abs().max() == 0 and weight[0, 0] == 0
    assert moved[-1, 32, 32, 0] == pytest.approx(12.8) and weight[32, 32] == 1
    assert weight.mean() == pytest.approx(3.14159 * 0.04, rel=0.01)


def test_rotation_turns_clockwise_about_the_regions_centre_at_any_aspect():
    moved = field(layer(disc(0.5, 0.5, 0.3), rotation=90)).displacement(100, 200)
    # (19.5, 0.5) from the centre turns to (-0.5, 19.5)
    torch.testing.assert_close(moved[-1, 50, 119], torch.tensor([-20.0, 19.0]), atol=0.05, rtol=0)


def test_proximity_half_is_one_and_a_half_times_nearer():
    near = field(layer(EVERYTHING, proximity=0.5)).displacement(64, 64)[-1, :, :, 0]
    far = field(layer(EVERYTHING, proximity=-0.5)).displacement(64, 64)[-1, :, :, 0]
    x = torch.arange(64) + 0.5 - 32
    torch.testing.assert_close(near[10], x * 0.5, atol=1e-3, rtol=0)
    torch.testing.assert_close(far[10], x * (1 / 1.5 - 1), atol=1e-3, rtol=0)


def test_a_named_pivot_stays_where_it_is():
    moved = field(layer(EVERYTHING, rotation=70, proximity=0.2, pivot=[0.25, 0.75])).displacement(64, 64)
    middle = moved[-1, 47:49, 15:17].mean((0, 1))
    torch.testing.assert_close(middle, torch.zeros(2), atol=1e-3, rtol=0)


def test_start_end_and_easing_shape_time():
    moved = field(layer(EVERYTHING, horizontal=0.1, start=0.25, end=0.75, ease="ease_in")).displacement(
        10, 100
    )
    expected = [0, 0, 0, 0.625, 2.5, 5.625, 10, 10, 10]
    torch.testing.assert_close(moved[:, 5, 50, 0], torch.tensor(expected), atol=1e-4, rtol=0)


def test_pingpong_returns():
    moved = field(layer(EVERYTHING, horizontal=0.1, end=0.5, loop="pingpong")).displacement(10, 100)
    assert moved[4, 0, 0, 0] == pytest.approx(10) and moved[8, 0, 0, 0] == pytest.approx(0, abs=1e-5)


def test_the_layer_in_front_wins_and_later_layers_win_ties():
    back, front = layer(EVERYTHING, horizontal=0.1), layer(disc(0.5, 0.5, 0.2), horizontal=-0.1)
    for described in (field(back, front), field({**front, "order": 5}, back)):
        moved, order = described.displacement(50, 50)[-1, :, :, 0], described.order(50, 50)
        assert moved[25, 25] == pytest.approx(-5) and moved[2, 2] == pytest.approx(5)
        assert order[25, 25] == 2 and order[2, 2] == 1


def test_negative_order_is_behind_what_is_not_painted():
    order = field(layer(disc(0.2, 0.5, 0.1), order=-1, vertical=1)).order(50, 50)
    assert order[25, 10] == -1 and order[25, 40] == 0


def test_frozen_regions_stay_under_a_moving_camera_and_layers():
    described = field(
        layer(EVERYTHING, horizontal=0.3),
        layer(disc(0.5, 0.5, 0.2, feather=0.05), freeze=True),
        camera={"time": 1, "pan": 8, "zoom": 1.3},
    )
    moved, frozen = described.displacement(60, 60), described.frozen(60, 60)
    assert moved[:, frozen == 1].abs().max() == 0
    assert moved[-1, frozen == 0].norm(dim=-1).min() > 1
    assert described.moving(60, 60)[30, 30] == 0 and described.moving(60, 60)[0, 0] == 1


def test_a_frozen_region_without_a_camera_is_constrained_and_still():
    described = field(layer(disc(0.5, 0.5, 0.2), freeze=True, horizontal=0.5))
    assert described.displacement(40, 40).abs().max() == 0
    assert described.weight(40, 40)[20, 20] == 1 and described.weight(40, 40)[0, 0] == 0


def test_a_layer_in_front_of_a_frozen_one_moves():
    described = field(layer(EVERYTHING, freeze=True), layer(disc(0.5, 0.5, 0.2), order=1, horizontal=0.1))
    assert described.displacement(40, 40)[-1, 20, 20, 0] == pytest.approx(4)
    assert described.frozen(40, 40)[20, 20] == 0


def test_the_camera_sees_what_the_layers_moved():
    shift, zoom = field(layer(EVERYTHING, horizontal=0.1)), {"time": 1, "zoom": 2}
    moved = field(layer(EVERYTHING, horizontal=0.1), camera=zoom).displacement(40, 40)[-1, :, :, 0]
    x = torch.arange(40) + 0.5 - 20
    torch.testing.assert_close(moved[7], 2 * (x + 4) - x, atol=1e-3, rtol=0)
    assert shift.weight(40, 40).min() == 1


def test_a_moving_camera_asks_for_motion_everywhere():
    described = field(camera={"time": 1, "roll": 5})
    assert described.weight(8, 8).min() == 1 and described.moving(8, 8).max() == 0
    assert not described.is_empty and empty_field(5).is_empty


def test_feathered_edges_move_in_between():
    row = field(layer(disc(0.5, 0.5, 0.2, feather=0.2), horizontal=0.2)).displacement(100, 100)[-1, 50, :, 0]
    assert row[50] == pytest.approx(20) and row[10] == 0 and 0 < row[25] < 10 < row[35] < 20
    assert (row[5:45].diff() >= -1e-5).all()


def test_pressing_several_arrows_bends_the_region():
    paths = [{"points": [[0.3, 0.5], [0.3, 0.3]]}, {"points": [[0.7, 0.5], [0.7, 0.7]]}]
    moved = field(layer(EVERYTHING, paths=paths)).displacement(100, 100)[-1]
    at_left, at_right = moved[49:51, 29:31].mean((0, 1)), moved[49:51, 69:71].mean((0, 1))
    torch.testing.assert_close(at_left, torch.tensor([0.0, -20.0]), atol=0.5, rtol=0)
    torch.testing.assert_close(at_right, torch.tensor([0.0, 20.0]), atol=0.5, rtol=0)


def test_any_time_can_be_asked_for_and_lengths_can_change():
    described = field(layer(disc(0.5, 0.5, 0.3), rotation=30, ambient={"amount": 0.02}), frames=9)
    between = described.displacement_at([0.125, 0.5], 20, 20)
    frames = described.displacement(20, 20)
    torch.testing.assert_close(between, frames[[1, 4]])
    torch.testing.assert_close(described.at_frames(17).displacement(20, 20)[::2], frames)


def test_single_points_move_like_the_grid():
    described = field_from_document(documents()["overlapping_layers"], 5)
    moved = described.displacement(48, 64)
    rows, columns = torch.tensor([24, 10, 40]), torch.tensor([32, 20, 63])
    points = torch.stack([columns + 0.5, rows + 0.5], dim=1)
    torch.testing.assert_close(
        described.displacement_of(points, 48, 64), moved[:, rows, columns], atol=1e-4, rtol=0
    )


def test_masks_are_regions_by_index():
    masks = torch.zeros(2, 32, 32)
    masks[1, :, :16] = 1
    described = field(layer({"mask": 1, "feather": 0}, horizontal=0.1), masks=masks)
    moved = described.displacement(32, 32)[-1, 16, :, 0]
    assert moved[0] == pytest.approx(3.2) and moved[31] == 0
    with pytest.raises(ValueError, match=r"layers\[0\].region.mask.*2 are connected"):
        field(layer({"mask": 2}, horizontal=0.1), masks=masks)
    with pytest.raises(ValueError, match="finite"):
        field(layer({"mask": 0}, horizontal=0.1), masks=masks * torch.nan)


def test_hidden_layers_and_unpainted_layers_do_nothing():
    hidden = {**layer(EVERYTHING, horizontal=0.1), "visible": False}
    assert field(hidden, layer({}, horizontal=0.1)).is_empty


def test_fingerprints_tell_fields_apart_and_repeat():
    same = [field(layer(EVERYTHING, rotation=9)).fingerprint() for _ in range(2)]
    mask = torch.ones(1, 4, 4)
    others = [
        field(layer(EVERYTHING, rotation=8)).fingerprint(),
        field(layer(EVERYTHING, rotation=9), frames=5).fingerprint(),
        field(layer({"mask": 0}, rotation=9), masks=mask).fingerprint(),
        field(layer({"mask": 0}, rotation=9), masks=mask * 0.5).fingerprint(),
        field(layer(EVERYTHING, rotation=9), camera={"time": 1, "pan": 1}).fingerprint(),
    ]
    assert same[0] == same[1] and len({same[0], *others}) == 6


def test_the_same_document_gives_the_same_bytes():
    text = documents()["ambient"]
    first, second = (field_from_document(text, 9).displacement(30, 40) for _ in range(2))
    assert torch.equal(first, second)


def test_evaluating_in_inference_mode_leaves_the_field_usable():
    described = field(layer(disc(0.5, 0.5, 0.3), rotation=30))
    with torch.inference_mode():
        inside = described.displacement(20, 20)
    torch.testing.assert_close(described.displacement(20, 20), inside.clone())


@pytest.mark.parametrize("frames", [0, -3, True, 2.5])
def test_a_field_needs_frames(frames):
    with pytest.raises(ValueError, match="at least 1 frame"):
        empty_field(frames)


def test_a_bad_document_or_grid_is_refused():
    with pytest.raises(DocumentError, match="rotation"):
        field(layer(EVERYTHING, rotation="much"))
    with pytest.raises(ValueError, match="grid of 0 x 4"):
        empty_field(5).displacement(0, 4)
