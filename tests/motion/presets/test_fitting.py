"""Presets fitted to a picture keep off what a flow would tear, and their camera moves around the subject."""

import json

import cv2
import numpy as np
import pytest
import torch
from flowbrush.motion.document.document import parse
from flowbrush.motion.field.field import field_from_document
from flowbrush.motion.presets import preset, preset_names
from flowbrush.motion.presets.fitting import (
    fitted_bundle,
    fitted_preset,
    flow_on_period,
    is_gentle,
    masked_preset,
)
from flowbrush.motion.presets.gentle import ABOUT


def portrait() -> torch.Tensor:
    """Pale mist [96,128,3], and in its middle something with many dark edges, as a face has."""
    y, x = torch.meshgrid(torch.arange(96.0), torch.arange(128.0), indexing="ij")
    picture = (0.75 + 0.06 * torch.sin(x / 4) * torch.sin(y / 5))[..., None].repeat(1, 1, 3)
    stripes = (torch.arange(40) // 4 % 2).float()
    picture[24:64, 44:84] = torch.stack([0.6 * stripes + 0.3, 0.5 * stripes, 0.3 * stripes], -1)
    return picture


def fur() -> torch.Tensor:
    """A tabby's fur [192,256,3]: short orange-brown hairs, and among them two green eyes."""
    hairs = np.random.default_rng(4).normal(0, 1, (192, 256)).astype(np.float32)
    hairs = cv2.GaussianBlur(hairs, (0, 0), 0.6, sigmaY=3)
    tone = 0.55 + 0.14 * hairs / hairs.std()
    picture = (tone[..., None] * np.array([1.0, 0.74, 0.5])).clip(0, 1)
    y, x = np.mgrid[:192, :256]
    for middle in (90, 160):
        picture[(x - middle) ** 2 + (y - 80) ** 2 < 12**2] = 0.45, 0.55, 0.2
    return torch.from_numpy(picture.astype(np.float32))


def waterfall() -> torch.Tensor:
    """White streaks [96,128,3] that fall between dark rocks."""
    streaks = np.random.default_rng(1).normal(0, 1, (1, 50)).astype(np.float32)
    streaks = cv2.GaussianBlur(streaks, (0, 0), 1.0)
    picture = np.full((96, 128, 3), 0.12, np.float32)
    picture[8:88, 39:89] = (0.75 + 0.2 * streaks / streaks.std()).clip(0.45, 1)[..., None]
    return torch.from_numpy(picture)


def moved_by(text: str, picture: torch.Tensor) -> torch.Tensor:
    """How far each pixel [H,W] goes at most, in px."""
    height, width = picture.shape[:2]
    field = field_from_document(text, 9, aspect=width / height)
    return field.displacement(height, width).norm(dim=-1).amax(0)


def test_smoke_moves_the_mist_and_not_the_face():
    picture = portrait()
    before, fitted = (moved_by(text, picture) for text in (preset("smoke"), fitted_preset("smoke", picture)))
    assert before[28:60, 50:78].mean() > 1
    assert fitted[28:60, 50:78].max() < 0.05
    assert fitted.max() > 1


def test_a_waterfall_falls_between_the_rocks():
    moved = moved_by(fitted_preset("waterfall", waterfall()), waterfall())
    assert moved[30:70, 50:78].mean() > 2
    assert moved[:, :36].max() < 0.05 and moved[:, 92:].max() < 0.05


FLOWS = "waterfall", "river", "smoke", "fire", "clouds_and_sea", "water_ripples", "leaves", "candle"


@pytest.mark.parametrize("name", [*FLOWS, "hair_in_wind", "flag", "heat_haze", "bobbing"])
def test_fur_neither_flows_nor_bends_and_the_camera_moves_instead(name):
    text = fitted_preset(name, fur())
    document = parse(text)
    assert is_gentle(name, text) and document.is_seamless
    assert document.camera.keyframes and not is_gentle(name, preset(name))
    assert 1 < moved_by(text, fur()).max() < 0.15 * 192


def test_hair_and_a_flag_do_not_bend_a_building():
    building = torch.full((192, 256, 3), 0.35)
    for column in (40, 100, 160, 220):
        building[20:180, column : column + 6] = 0.7
    assert all(is_gentle(name, fitted_preset(name, building)) for name in ("hair_in_wind", "flag"))
    for name in ("jelly", "bobbing", "heat_haze"):
        assert fitted_preset(name, building) == preset(name)


def test_hair_leaves_the_face_in_the_middle_still():
    moved = moved_by(preset("hair_in_wind"), torch.zeros(96, 144, 3))
    assert moved[38:50, 60:84].max() < 0.05 < 1 < moved[46, 24]


def test_leaves_sway_where_they_are_without_a_cut_edge():
    picture = torch.full((192, 256, 3), 0.5)
    noise = torch.from_numpy(np.random.default_rng(2).random((192, 256), dtype=np.float32))
    picture[60:, :, :] = noise[60:, :, None] * torch.tensor([0.4, 0.8, 0.3])
    text = fitted_preset("leaves", picture)
    moved = moved_by(text, picture)
    assert moved[:50].max() < 0.05 and moved[100:170, 40:216].mean() > 0.5
    field = field_from_document(text, 9, aspect=4 / 3)
    assert field.in_layers(192, 256).wide == [True]


def test_a_flame_flickers_where_it_burns():
    picture = torch.full((192, 256, 3), 0.05)
    picture[90:120, 180:196] = torch.tensor([1.0, 0.7, 0.3])
    moved = moved_by(fitted_preset("candle", picture), picture)
    row, column = divmod(int(moved.argmax()), 256)
    assert abs(row - 105) < 36 and abs(column - 188) < 24
    assert moved[:, :140].max() < 0.05 < moved.max() < 8


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
    about = {entry["name"]: entry["about"] for entry in content["presets"]}
    assert about["fire"] == ABOUT != about["smoke"]
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
