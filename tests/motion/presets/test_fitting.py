"""Presets fitted to a picture keep off what a flow would tear, and their camera moves around the subject."""

import json

import numpy as np
import pytest
import torch
from flowbrush.motion.document.document import parse
from flowbrush.motion.field.field import field_from_document
from flowbrush.motion.presets import preset, preset_names
from flowbrush.motion.presets.fitting import fitted_bundle, fitted_preset, flow_on_period, masked_preset


def portrait() -> torch.Tensor:
    """A pale wall [96,128,3], and in its middle something with many dark edges, as a face has."""
    picture = torch.full((96, 128, 3), 0.75)
    stripes = (torch.arange(40) // 4 % 2).float()
    picture[24:64, 44:84] = torch.stack([0.6 * stripes + 0.3, 0.5 * stripes, 0.3 * stripes], -1)
    return picture


@pytest.mark.parametrize("name", ["smoke", "waterfall"])
def test_a_flow_moves_the_wall_and_not_the_face(name):
    picture = portrait()
    moved = [
        field_from_document(text, 9, aspect=4 / 3).displacement(96, 128).norm(dim=-1).amax(0)
        for text in (preset(name), fitted_preset(name, picture))
    ]
    assert moved[0][28:60, 50:78].mean() > 1
    assert moved[1][28:60, 50:78].max() < 0.05
    assert moved[1].max() > 1


def test_a_picture_without_the_material_leaves_the_preset_as_it_is():
    noise = torch.from_numpy(np.random.default_rng(0).random((96, 128, 3), dtype=np.float32))
    noise[..., 2] = 0
    for name in ("waterfall", "fire", "flag"):
        assert fitted_preset(name, noise) == preset(name)


def test_a_dolly_zoom_and_an_orbit_keep_a_near_subject_where_it_is():
    depth = torch.zeros(64, 96)
    depth[10:54, 20:76] = 0.6
    depth[:, 40:56] = 0.6
    away = {}
    for name in ("dolly_zoom", "orbit"):
        for kind, text in (
            ("preset", preset(name)),
            ("fitted", fitted_preset(name, torch.zeros(64, 96, 3), depth)),
        ):
            field = field_from_document(text, 17, depth=depth, aspect=1.5)
            away[kind] = float(field.displacement(64, 96)[:, 28:36, 40:56].norm(dim=-1).max())
        assert away["fitted"] < 1.0 < away["preset"]


def test_the_document_is_one_that_the_editor_reads_and_closes():
    content = json.loads(fitted_bundle(portrait()))
    assert [entry["name"] for entry in content["presets"]] == preset_names()
    for entry in content["presets"]:
        document = parse(json.dumps(entry["document"]))
        assert document.is_seamless and not document.is_empty


def test_a_mask_takes_the_place_of_the_regions():
    mask = torch.zeros(60, 60)
    mask[10:30, 10:30] = 1
    field = field_from_document(masked_preset("flag"), 9, [mask], aspect=1.0)
    moved = field.displacement(60, 60).norm(dim=-1).amax(0)
    assert moved[45:, 45:].max() < 1e-3 < 0.3 < moved[12:28, 12:28].max()
    with pytest.raises(ValueError, match="only moves the camera"):
        masked_preset("orbit")


def test_a_flow_over_steps_goes_whole_steps():
    steps = (torch.arange(96) % 12 / 12)[:, None, None].expand(96, 128, 3).clone()
    flow = parse(masked_preset("waterfall", steps, torch.ones(20, 20))).layers[0].motion.flow
    assert flow.reach * 96 / 12 == pytest.approx(round(flow.reach * 96 / 12), abs=0.02)
    assert flow.speed / flow.reach == pytest.approx(round(flow.speed / flow.reach), abs=1e-3)
    assert flow.reach != parse(preset("waterfall")).layers[0].motion.flow.reach


def repeating(period: int) -> torch.Tensor:
    """A picture [120,160,3] whose columns repeat every `period` px."""
    waves = torch.sin(torch.arange(160) * 2 * torch.pi / period)
    return (0.5 + 0.3 * waves).expand(3, 120, 160).permute(1, 2, 0)


def flowing(**region):
    motion = {"horizontal": 0.1, "flow": {"speed": 0.5, "reach": 0.24}}
    return parse(
        json.dumps({"flowbrush": "motion", "version": 2, "layers": [{"region": region, "motion": motion}]})
    )


def test_a_painted_flow_goes_whole_periods_of_the_picture():
    flow = flow_on_period(flowing(everything=True), 0, repeating(16))
    assert flow is not None
    assert flow.reach == pytest.approx(2 * 16 / 120, rel=0.02)
    assert flow.speed == pytest.approx(2 * flow.reach, rel=1e-4)


def test_only_the_part_of_the_picture_in_the_mask_counts():
    picture = torch.cat([repeating(16)[:, :80], repeating(23)[:, 80:]], 1)
    right = torch.zeros(30, 40)
    right[:, 20:] = 1
    flow = flow_on_period(flowing(mask=0), 0, picture, [right])
    assert flow is not None and flow.reach == pytest.approx(23 / 120, rel=0.03)


def test_a_layer_without_a_flow_or_without_its_mask_is_refused():
    still = parse('{"flowbrush": "motion", "version": 2, "layers": [{"region": {"everything": true}}]}')
    for index in (0, 1):
        with pytest.raises(ValueError, match=f"layer {index} does not flow"):
            flow_on_period(still, index, repeating(16))
    with pytest.raises(ValueError, match="is mask 1, which is not connected"):
        flow_on_period(flowing(mask=0), 0, repeating(16))
    assert flow_on_period(flowing(everything=True), 0, torch.full((60, 80, 3), 0.5)) is None
