"""Every kind of motion that bends a layer is played by the editor where the library has it: within 0.1 px everywhere in its region."""

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
    "pins that turn": {
        "pins": [PINS[0], {"at": [0.5, 0.3], "rotation": 40, "move": [0.05, 0]}],
        "fit": "elastic",
    },
    "stiff pins": {"pins": PINS, "fit": "rigid"},
    "waves": {"ambient": {"amount": 0.03, "speed": 2, "seed": 5}},
    "beam": {"sway": {"amount": 0.05, "speed": 2}},
    "drive": {"horizontal": 0.06, "rotation": 8, "drive": [[0, 0], [0.3, 1], [0.6, 0.2], [1, 0.8]]},
}
FRAMES, ASPECT = 9, 1.5
SIZE = torch.tensor([768.0, 512.0])  # px of the picture in which errors are measured
PLACES = 20_000  # at which what is played is compared
FLOW = {"paths": [{"points": [[0.4, 0.3], [0.5, 0.5], [0.6, 0.7]]}], "flow": {"speed": 0.3}}


def drawn_at(layer, places):
    """Where a player draws places [P,2] of a layer in each frame: linear in the two triangles of a cell of its mesh."""
    across, down = (torch.tensor(layer[side]) for side in ("across", "down"))
    mesh = torch.tensor(layer["mesh"]).reshape(FRAMES, len(down), len(across), 2)

    def cells(lines, at):
        cell = (torch.searchsorted(lines, at.contiguous(), right=True) - 1).clamp(0, len(lines) - 2)
        return cell, ((at - lines[cell]) / (lines[cell + 1] - lines[cell]))[:, None]

    (column, x), (row, y) = cells(across, places[:, 0]), cells(down, places[:, 1])
    corner, right = mesh[:, row, column], mesh[:, row, column + 1]
    below, opposite = mesh[:, row + 1, column], mesh[:, row + 1, column + 1]
    first = corner + x * (right - corner) + y * (below - corner)
    second = opposite + (1 - x) * (below - opposite) + (1 - y) * (right - opposite)
    return torch.where(x + y <= 1, first, second)


def errors(motion, loop="none", region=REGION):
    """The largest distance in px between where the editor draws a place and where the field takes it, for each copy of a layer."""
    text = json.dumps(
        {
            "version": 2,
            "loop": loop,
            "layers": [SUPPORT, {"name": "part", "region": region, "motion": motion}],
        }
    )
    answer = field_preview_bytes({"document": text, "length": FRAMES, "aspect": ASPECT})
    (layers,) = answers([{"ask": "field", "bytes": base64.b64encode(answer).decode()}])
    moving = field_from_document(text, FRAMES, aspect=ASPECT).in_layers(200, 300)
    assert moving is not None
    low, high = torch.tensor([0.34, 0.19]), torch.tensor([0.66, 0.81])  # with the soft edge
    places = low + torch.rand(PLACES, 2, generator=torch.Generator().manual_seed(0)) * (high - low)
    part, times = moving.layers[-1], np.linspace(0, 1, FRAMES)
    copies = [part.index, *([] if part.second is None else [part.second])]
    played = layers[-len(copies) :]
    return [
        float(((moving.positions(index, times, places) - drawn_at(layer, places)) * SIZE).norm(dim=-1).max())
        for index, layer in zip(copies, played, strict=True)
    ]


@pytest.mark.parametrize("loop", ["none", "seamless"])
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_played_goes_where_the_field_goes(kind, loop):
    assert max(errors(KINDS[kind], loop)) < 0.1


@pytest.mark.parametrize("loop", ["none", "seamless"])
def test_a_flow_is_played_along_its_streamlines(loop):
    """Its velocity is linear between the cells of a lattice, so streamlines have kinks along lines that no mesh follows."""
    assert max(errors(FLOW, loop)) < 0.2


def test_a_part_as_large_as_the_picture_is_played_as_well():
    assert max(errors(KINDS["elastic pins"], region={"everything": True})) < 0.1
