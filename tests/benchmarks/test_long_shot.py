"""The benchmark of the seams of long_shot, on a clip that moves evenly and on one whose parts differ."""

import json

import pytest
import torch
from flowbrush.benchmarks.long_shot import LENGTH, OVERLAP, PARTS, WHOLE, joints, seam_row, write_sheet
from flowbrush.rendering import backward_warp
from flowbrush.synthetic.pictures.render import render_example


@pytest.fixture(scope="module")
def pan():
    picture = render_example("balloon", 64, 96)[0].permute(2, 0, 1)[None]
    flow = torch.zeros(1, 64, 96, 2)
    frames = []
    for frame in range(125):
        flow[..., 0] = frame / 8
        frames.append(backward_warp(picture, flow)[0].permute(1, 2, 0))
    return torch.stack(frames)


def test_an_even_pan_has_no_seams_and_a_jump_of_colour_is_one(pan):
    assert joints() == [(24, 28), (48, 52), (72, 76), (96, 100)]
    row = seam_row(pan)
    assert row["worst"] < 1.2 and json.dumps(row)
    jump = pan.clone()
    jump[74:] *= 0.9
    assert seam_row(jump)["colour"] > 2
    with pytest.raises(ValueError, match="the video has 100 frames; one of long_shot has 125"):
        seam_row(pan[:100])


def test_the_sheet_shows_every_frame(pan, tmp_path):
    from PIL import Image

    write_sheet(tmp_path / "sheet.png", pan[:20])
    width, height = Image.open(tmp_path / "sheet.png").size
    assert width >= 16 * 96 and 2 * 64 <= height < 3 * 64


def test_the_numbers_are_those_of_the_example_graph():
    from flowbrush.workflows.graphs import long_shot

    assert (PARTS, LENGTH, OVERLAP, WHOLE) == (
        long_shot.PARTS,
        long_shot.LENGTH,
        long_shot.OVERLAP,
        long_shot.WHOLE,
    )
