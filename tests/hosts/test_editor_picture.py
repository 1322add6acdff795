import io

import numpy as np
import pytest
import torch
from flowbrush.hosts.editor_picture import picture_preview
from flowbrush.motion.document.schema import DocumentError
from flowbrush.synthetic.pictures.render import render_example
from PIL import Image


def test_an_example_is_shown_as_its_node_paints_it():
    source = {"kind": "example", "name": "boat", "width": 96, "height": 64, "variation": 3}
    picture = Image.open(io.BytesIO(picture_preview({"source": source, "fit": None}, lambda source: None)))
    assert picture.size == (96, 64) and picture.format == "JPEG"
    shown = torch.from_numpy(np.array(picture)) / 255
    assert (shown - render_example("boat", 64, 96, 3)[0]).abs().mean() < 0.02


def test_a_file_is_fitted_as_first_frame_does():
    given = torch.zeros(1, 100, 200, 3)
    given[:, :, 50:150] = 1
    asked = []

    def load(source):
        asked.append(source)
        return given

    source = {"kind": "file", "filename": "a.png", "type": "input"}
    for mode, size, corner in (("crop", (64, 64), 255), ("pad", (64, 64), 0), ("stretch", (64, 64), 0)):
        fit = {"width": 64, "height": 64, "mode": mode}
        picture = Image.open(io.BytesIO(picture_preview({"source": source, "fit": fit}, load)))
        assert picture.size == size and abs(picture.getpixel((2, 32))[0] - corner) < 8
    assert asked == [source] * 3


def test_a_large_picture_comes_smaller():
    fit = {"width": 4096, "height": 2048, "mode": "stretch"}
    answer = picture_preview({"source": {"kind": "file"}, "fit": fit}, lambda source: torch.rand(1, 8, 8, 3))
    assert Image.open(io.BytesIO(answer)).size == (2048, 1024)
    answer = picture_preview({"source": {"kind": "file"}}, lambda source: torch.rand(1, 3000, 30, 3))
    assert Image.open(io.BytesIO(answer)).size == (20, 2048)


@pytest.mark.parametrize(
    ("request_", "place"),
    [
        ({}, "source"),
        ({"source": {"kind": "url"}}, "source.kind"),
        ({"source": {"kind": "example", "name": "../x", "width": 64, "height": 64}}, "source.name"),
        ({"source": {"kind": "example", "name": "boat", "width": 1e9, "height": 64}}, "source.width"),
        ({"source": {"kind": "file"}, "fit": {"width": 64, "height": 64, "mode": "zoom"}}, "fit.mode"),
        ({"source": {"kind": "file"}, "fit": {"width": 64}}, "fit.height"),
        ({"source": {"kind": "file"}, "fit": 5}, "fit"),
    ],
)
def test_a_wrong_request_for_a_picture_is_refused(request_, place):
    with pytest.raises(DocumentError) as error:
        picture_preview(request_, lambda source: torch.zeros(1, 8, 8, 3))
    assert error.value.place == place
