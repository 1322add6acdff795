"""Presets are documents that loop, can be applied to any picture by name, and are shared as one JSON."""

import json

import numpy as np
import pytest
from flowbrush.motion.document.document import dump, parse
from flowbrush.motion.field.field import field_from_document
from flowbrush.motion.measure.seam import seam_ratio
from flowbrush.motion.presets import FOLDER, bundle, preset, preset_names
from flowbrush.rendering.warp import warp_image
from flowbrush.synthetic.pictures.render import render_example


def test_there_are_twenty_and_every_file_is_listed():
    names = preset_names()
    assert len(names) == len(set(names)) == 20
    assert {path.stem for path in FOLDER.glob("*.json")} == {*names, "descriptions"}


@pytest.mark.parametrize("name", preset_names())
def test_a_preset_moves_closes_and_is_written_as_the_editor_writes_it(name):
    document = parse(preset(name))
    assert document.is_seamless and not document.is_empty
    assert dump(document) == preset(name)
    for aspect in (0.6, 1.5):
        moved = field_from_document(preset(name), 8, aspect=aspect).displacement_at(
            np.linspace(0, 1, 9), 24, 32
        )
        flows = any(layer.motion.flows for layer in document.layers)
        assert moved.abs().max() > 0.05
        assert flows or moved[-1].abs().max() < 1e-3


@pytest.mark.parametrize("name", preset_names())
def test_the_seam_is_not_seen_even_in_a_short_loop(name):
    picture = render_example("boat", 96, 144)[0]
    frames = warp_image(picture, field_from_document(preset(name), 16, aspect=1.5)).frames
    assert seam_ratio(frames) <= 1.1


def test_all_presets_are_one_json():
    shared = json.loads(bundle())
    assert shared["flowbrush"] == "presets" and [e["name"] for e in shared["presets"]] == preset_names()
    for entry in shared["presets"]:
        assert parse(json.dumps(entry["document"])) == parse(preset(entry["name"]))
        assert entry["about"].endswith(".")


def test_an_unknown_name_is_refused():
    with pytest.raises(ValueError, match="no preset 'moon'; there are drift"):
        preset("moon")
