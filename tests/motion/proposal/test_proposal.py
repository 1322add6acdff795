"""The proposals are tested on a drawn landscape, whose parts are known: sky over plants over water, with a fire."""

import numpy as np
import pytest
import torch
from flowbrush.motion import dump, field_from_document, parse
from flowbrush.motion.proposal.picture_parts import MATERIALS, material_mask, outline
from flowbrush.motion.proposal.proposal import proposed_motion

HEIGHT, WIDTH = 120, 160
PARTS = {
    "sky": (slice(0, 50), slice(None), (0.45, 0.65, 0.9)),
    "plants": (slice(50, 80), slice(None), (0.25, 0.5, 0.15)),
    "water": (slice(80, 120), slice(None), (0.1, 0.25, 0.45)),
    "fire": (slice(56, 76), slice(100, 130), (1.0, 0.55, 0.1)),
}


@pytest.fixture(scope="module")
def landscape():
    image = np.zeros((HEIGHT, WIDTH, 3), np.float32)
    for rows, columns, colour in PARTS.values():
        image[rows, columns] = colour
    noise = np.random.default_rng(0).normal(0, 0.01, image.shape).astype(np.float32)
    return torch.from_numpy((image + noise).clip(0, 1))


@pytest.mark.parametrize("name", MATERIALS)
def test_a_material_is_found_where_it_is(landscape, name):
    true = np.zeros((HEIGHT, WIDTH), bool)
    rows, columns, _ = PARTS[name]
    true[rows, columns] = True
    if name == "plants":
        true[PARTS["fire"][:2]] = False
    found = material_mask(landscape.numpy(), name)
    assert found is not None and found.shape == true.shape
    assert (found & true).sum() / (found | true).sum() > 0.9


@pytest.mark.parametrize("name", MATERIALS)
def test_no_material_is_found_in_a_brown_wall(name):
    wall = torch.tensor([0.35, 0.25, 0.22]).expand(HEIGHT, WIDTH, 3).numpy()
    assert material_mask(wall, name) is None


def test_only_named_materials_move_and_the_camera_rests_if_it_is_told_to(landscape):
    proposal = proposed_motion(landscape, "a lake, the camera is still")
    field = field_from_document(parse(dump(proposal.document)), 9, aspect=WIDTH / HEIGHT)
    speed = field.displacement(HEIGHT, WIDTH).norm(dim=-1).amax(0)
    assert speed[105:].mean() > 0.5 and float(speed[:70].max()) == 0
    assert "water" in proposal.sentences[0] and proposal.sentences[1] == "The camera stays still."


def test_the_sky_drifts_to_the_right(landscape):
    field = field_from_document(proposed_motion(landscape, "clouds, static camera").document, 5)
    assert field.displacement(HEIGHT, WIDTH)[-1, 10, 80, 0] > 3


def test_without_words_the_camera_moves_in_gently(landscape):
    proposal = proposed_motion(landscape)
    field = field_from_document(proposal.document, 5, depth=proposal.depth)
    end = field.displacement(HEIGHT, WIDTH)[-1]
    assert end.norm(dim=-1).mean() > 1 and end.norm(dim=-1).max() < 0.15 * WIDTH
    assert end[-1].norm(dim=-1).mean() > end[0].norm(dim=-1).mean()  # the ground is nearer than the sky
    assert proposal.document.layers == () and proposal.sentences == (
        "The camera moves gently around the subject.",
    )


def test_the_subject_needs_a_mask(landscape):
    without = proposed_motion(landscape, "a boat sails left")
    assert without.document.layers == () and "connect a mask of it" in without.sentences[-1]
    mask = torch.zeros(1, HEIGHT, WIDTH)
    mask[0, 60:90, 60:90] = 1
    given = proposed_motion(landscape, "a boat sails left, the camera is still", has_subject=True)
    end = field_from_document(given.document, 5, masks=mask, aspect=WIDTH / HEIGHT).displacement(
        HEIGHT, WIDTH
    )[-1]
    assert end[75, 75, 0] < -5 and float(end[20].norm(dim=-1).max()) == 0


def test_strength_multiplies_everything(landscape):
    def end(strength):
        proposal = proposed_motion(landscape, "clouds, the camera pans left", strength)
        return field_from_document(proposal.document, 3).displacement(HEIGHT, WIDTH)[-1]

    assert float(end(0).abs().max()) == 0
    assert end(2).norm(dim=-1).mean() > 1.7 * end(1).norm(dim=-1).mean()
    with pytest.raises(ValueError, match="`strength` is 5; it must be from 0"):
        proposed_motion(landscape, "", 5)


def test_what_is_named_and_not_there_is_reported():
    wall = torch.tensor([0.35, 0.25, 0.22]).expand(HEIGHT, WIDTH, 3)
    proposal = proposed_motion(wall, "waves")
    assert "names water, but the picture shows none" in proposal.sentences[0]


def test_an_outline_lies_inside_its_mask_and_goes_on_beyond_the_border():
    mask = np.zeros((96, 128), bool)
    mask[:40] = True
    region = outline(mask, 0.1)
    ys = [y for polygon in region.polygons for _, y in polygon.points]
    assert min(ys) < 0 and 0.38 < max(ys) < 0.44
    assert region.grow == -0.05


def test_a_picture_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"one finite image \[H,W,3\], not \[1, 8, 8, 3\]"):
        proposed_motion(torch.zeros(1, 8, 8, 3))
