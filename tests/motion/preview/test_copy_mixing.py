"""How the copies of a flow are mixed over a picture: the editor is told what the renderer does."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from flowbrush.motion.field.field import field_from_document
from flowbrush.motion.preview.field_preview import field_preview_bytes
from flowbrush.rendering.layered_picture import layered_picture

from .test_field_preview import DISC, document, read

FLOW = document({"region": DISC, "motion": {"horizontal": 0.2, "flow": {"speed": 2}}})


def test_the_times_at_which_places_change_are_those_of_the_renderer():
    rows, columns = torch.meshgrid(torch.linspace(0, 9, 160), torch.linspace(0, 14, 240), indexing="ij")
    picture = (
        torch.stack([(3 * columns).sin(), (2 * rows + columns).sin(), (rows * columns / 5).cos()], -1) / 2
        + 0.5
    )
    asked = {"document": FLOW, "length": 9, "aspect": 1.5}
    header, payload = read(field_preview_bytes(asked, picture=picture))
    rest, *copies = header["layers"]
    assert "mixing" not in rest and [layer["copy"] for layer in copies] == [0, 1]
    mixing, again = (layer["mixing"] for layer in copies)
    about = mixing["times"]
    assert again["times"]["hash"] == about["hash"]
    times = np.frombuffer(payload, np.uint8, about["width"] * about["height"], about["offset"])
    times = torch.tensor(times.reshape(1, 1, about["height"], about["width"]) / 255)
    field = field_from_document(FLOW, 9, aspect=1.5)
    motion = field.in_layers(160, 240)
    assert motion is not None
    blend = layered_picture(picture, motion, field.times).blends[-1]
    here = F.interpolate(times, (160, 240), mode="bilinear", antialias=True)[0, 0]
    assert float((here - blend.times).abs().mean()) < 0.02 < float(blend.times.std())
    assert mixing["correlation"] == pytest.approx(blend.correlation, abs=0.05)


def test_without_a_picture_the_copies_are_cross_faded_evenly():
    header, _ = read(field_preview_bytes({"document": FLOW, "length": 9, "aspect": 1.5}))
    first, second = header["layers"][1:]
    assert "mixing" not in first and "mixing" not in second
    np.testing.assert_allclose(np.add(first["opacity"], second["opacity"]), 1)
    assert first["mask"]["hash"] == second["mask"]["hash"]
