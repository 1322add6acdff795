"""What the editor draws of a layer that is cross-faded is what the library draws."""

import json

import numpy as np
import torch
from flowbrush.motion.field.field import field_from_document
from flowbrush.motion.preview.field_preview import field_preview_bytes

from .node import answers

FLOW = {
    "version": 2,
    "loop": "seamless",
    "layers": [
        {
            "region": {"strokes": [{"radius": 0.25, "points": [[0.5, 0.5]]}]},
            "motion": {"paths": [{"points": [[0.3, 0.5], [0.5, 0.4], [0.7, 0.5]]}], "flow": {"speed": 0.4}},
        }
    ],
}


def test_both_copies_and_their_opacities_reach_the_player():
    import base64

    text = json.dumps(FLOW)
    answer = field_preview_bytes({"document": text, "length": 9, "aspect": 1.5})
    (layers,) = answers([{"ask": "field", "bytes": base64.b64encode(answer).decode()}])
    field = field_from_document(text, 9, aspect=1.5)
    moving, times = field.in_layers(200, 300), np.linspace(0, 1, 9)
    entry = moving.layers[-1]
    fade = entry.fade(times)
    assert [layer["layer"] for layer in layers] == [-1, 0, 0]
    np.testing.assert_allclose(layers[1]["opacity"], 1 - fade, atol=1e-3)
    np.testing.assert_allclose(layers[2]["opacity"], fade, atol=1e-3)
    for layer, index in zip(layers[1:], (entry.index, entry.second), strict=True):
        across, down = torch.tensor(layer["across"]), torch.tensor(layer["down"])
        mesh = torch.tensor(layer["mesh"]).reshape(9, len(down), len(across), 2)
        y, x = torch.meshgrid(down, across, indexing="ij")
        expected = moving.positions(index, times, torch.stack([x, y], -1).reshape(-1, 2))
        away = (mesh.reshape(9, -1, 2) - expected) * torch.tensor([768.0, 512.0])
        assert away.norm(dim=-1).max() < 0.1
