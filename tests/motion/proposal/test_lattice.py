"""The period of repeated structures, and flows that close on it."""

import json

import numpy as np
import pytest
import torch
from flowbrush.motion.document.document import parse
from flowbrush.motion.field.field import field_from_document
from flowbrush.motion.presets.fitting import on_period
from flowbrush.motion.proposal.lattice import period_along
from flowbrush.rendering.warp import warp_image

SIZE = 120


def lattice(period, angle=0.0, size=(SIZE, 160)):
    """A lattice [H,W,3] that repeats every `period` px along `angle`, with shading and a little noise."""
    y, x = np.mgrid[: size[0], : size[1]].astype(np.float64)
    along = x * np.cos(angle) + y * np.sin(angle)
    across = -x * np.sin(angle) + y * np.cos(angle)
    shape = np.sin(2 * np.pi * along / period) + 0.5 * np.cos(4 * np.pi * along / period + 1)
    shape = shape + 0.4 * np.sin(2 * np.pi * across / 17.0)
    noise = np.random.default_rng(3).normal(0, 0.02, size)
    return (0.45 + 0.15 * shape + 0.1 * y / size[0] + noise).clip(0, 1)[..., None].repeat(3, -1)


@pytest.mark.parametrize(("period", "angle"), [(14.0, 0.0), (21.5, np.pi / 2), (18.3, 0.6)])
def test_the_period_of_a_lattice_is_found(period, angle):
    found = period_along(lattice(period, angle), np.ones((30, 40), bool), (np.cos(angle), np.sin(angle)))
    assert found == pytest.approx(period / SIZE, rel=0.01)


def test_only_the_region_counts():
    picture = lattice(14.0)
    picture[:, 80:] = lattice(23.0)[:, 80:]
    for period, columns in ((14.0, slice(0, 80)), (23.0, slice(80, 160))):
        inside = np.zeros((SIZE, 160), bool)
        inside[:, columns] = True
        assert period_along(picture, inside, (1, 0)) == pytest.approx(period / SIZE, rel=0.02)


def test_nothing_repeats_in_noise_or_in_a_slope():
    noise = np.random.default_rng(0).random((SIZE, 160, 1)).repeat(3, -1)
    slope = np.linspace(0, 1, 160)[None, :, None].repeat(SIZE, 0).repeat(3, -1)
    for picture in (noise, slope, np.zeros((SIZE, 160, 3))):
        assert period_along(picture, np.ones((SIZE, 160), bool), (1, 0)) is None


def test_a_flow_along_a_lattice_shows_it_unchanged_whenever_it_has_gone_a_period():
    picture = lattice(14.0)
    flow = {"speed": 0.3, "reach": 0.06, "hold": 0}
    part = {"region": {"everything": True}, "motion": {"horizontal": 0.5, "flow": flow}}
    document = parse(json.dumps({"version": 2, "loop": "seamless", "layers": [part]}))
    image = torch.from_numpy(picture).float()
    fitted = on_period(document.layers[0], picture, np.ones((SIZE, 160), bool))
    assert fitted.motion.flow.reach == pytest.approx(14 / SIZE, rel=0.01)
    rounds = fitted.motion.flow.speed / fitted.motion.flow.reach
    assert rounds == pytest.approx(round(rounds), abs=1e-3) and rounds >= 1
    errors = []
    for layer in (document.layers[0], fitted):
        text = json.dumps(
            {
                "version": 2,
                "loop": "seamless",
                "layers": [
                    part
                    | {
                        "motion": part["motion"]
                        | {
                            "flow": flow
                            | {"speed": layer.motion.flow.speed, "reach": layer.motion.flow.reach}
                        }
                    }
                ],
            }
        )
        field = field_from_document(text, 24, aspect=160 / SIZE)
        frames = warp_image(image, field).frames
        moved = field.displacement(SIZE, 160)[6, 60, 80, 0]
        expected = torch.from_numpy(
            np.stack(
                [np.interp(np.arange(160) - float(moved), np.arange(160), row) for row in picture[..., 0]]
            )
        ).float()
        errors.append(float((frames[6, 20:100, 40:120, 0] - expected[20:100, 40:120]).abs().mean()))
    assert errors[1] < 0.6 * errors[0]
