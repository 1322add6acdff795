"""Every kind of motion that bends a layer is played by the editor where the library has it: within 0.1 px at the nodes of its mesh."""

import base64
import json

import numpy as np
import pytest
import torch
from flowbrush.motion.field.field import field_from_document
from flowbrush.motion.preview.field_preview import field_preview_bytes

from .node import answers

REGION = {"polygons": [{"points": [[0.35, 0.2], [0.65, 0.2], [0.65, 0.8], [0.35, 0.8]]}], "feather": 0.01}
PINS = [
    {"at": [0.5, 0.75]},
    {"at": [0.4, 0.3], "move": [0.06, 0.02]},
    {"at": [0.6, 0.3], "move": [0.02, -0.05]},
]
SUPPORT = {
    "name": "support",
    "region": {"strokes": [{"radius": 0.08, "points": [[0.15, 0.15]]}]},
    "motion": {"paths": [{"points": [[0.15, 0.15], [0.25, 0.12]]}]},
}
KINDS = {
    "modes of the region": {"sway": {"amount": 0.05, "speed": 2, "bend": "region", "seed": 3}},
    "travelling wind": {"sway": {"amount": 0.05, "speed": 2, "heading": 30, "gust": 0.5}},
    "let go": {"sway": {"kind": "release", "amount": 0.06, "speed": 3}},
    "hang": {"hang": {"on": "support", "anchor": [0.5, 0.2]}},
    "elastic pins": {"pins": PINS, "fit": "elastic"},
    "bones": {"pins": PINS, "fit": "elastic", "bones": [[0, 1], [0, 2]]},
    "a pin that follows": {"pins": [PINS[0], {"at": [0.5, 0.3], "follow": "support"}], "fit": "elastic"},
    "drive": {"horizontal": 0.06, "rotation": 8, "drive": [[0, 0], [0.3, 1], [0.6, 0.2], [1, 0.8]]},
}
# px between the nodes of the mesh, of which there are only so many; an elastic part bends sharply at its pins
BETWEEN = {"elastic pins": 1.2, "bones": 1.2, "a pin that follows": 1.2, "modes of the region": 0.3}
FRAMES, ASPECT = 9, 1.5
SIZE = torch.tensor([768.0, 512.0])  # px of the picture in which errors are measured


@pytest.mark.parametrize("loop", ["none", "seamless"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_mesh_that_is_played_goes_where_the_field_goes(kind, loop):
    text = json.dumps(
        {
            "version": 2,
            "loop": loop,
            "layers": [SUPPORT, {"name": "part", "region": REGION, "motion": KINDS[kind]}],
        }
    )
    answer = field_preview_bytes({"document": text, "length": FRAMES, "aspect": ASPECT})
    (layers,) = answers([{"ask": "field", "bytes": base64.b64encode(answer).decode()}])
    played = layers[-1]
    rows, columns = played["rows"], played["columns"]
    mesh = torch.tensor(played["mesh"]).reshape(FRAMES, rows + 1, columns + 1, 2)
    moving = field_from_document(text, FRAMES, aspect=ASPECT).in_layers(200, 300)
    assert moving is not None
    y, x = torch.meshgrid(torch.linspace(0, 1, rows + 1), torch.linspace(0, 1, columns + 1), indexing="ij")
    nodes = torch.stack([x, y], -1)
    between = (nodes[1:, 1:] + nodes[:-1, :-1]) / 2
    middle = (mesh[:, 1:, 1:] + mesh[:, :-1, :-1] + mesh[:, 1:, :-1] + mesh[:, :-1, 1:]) / 4
    inside = ((between > torch.tensor([0.35, 0.2])) & (between < torch.tensor([0.65, 0.8]))).all(-1)
    index, times = moving.layers[-1].index, np.linspace(0, 1, FRAMES)

    def error(places, found):
        return ((moving.positions(index, times, places) - found) * SIZE).norm(dim=-1).max()

    assert error(nodes.reshape(-1, 2), mesh.flatten(1, 2)) < 0.1
    if rows > 2:  # a mesh of fewer cells is that of an affine motion
        assert error(between[inside], middle[:, inside]) < BETWEEN.get(kind, 0.1)
