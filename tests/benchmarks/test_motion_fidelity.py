"""The motion table on one small picture and one document: the rows, their meaning, their order of quality."""

import json

import numpy as np
import pytest
from flowbrush.benchmarks import motion_fidelity
from flowbrush.synthetic.pictures.render import render_example
from PIL import Image

DOCUMENT = {
    "flowbrush": "motion",
    "version": 1,
    "layers": [
        {
            "name": "middle",
            "region": {"polygons": [{"points": [[0.2, 0.2], [0.8, 0.2], [0.8, 0.8], [0.2, 0.8]]}]},
            "motion": {"horizontal": 0.15},
        }
    ],
}


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    """The table for one 128-pixel picture, 9 frames."""
    folder = tmp_path_factory.mktemp("fidelity")
    picture = render_example("boat", 160, 160, 0)
    pixels = (picture.reshape(160, 160, 3).numpy() * 255).round().astype(np.uint8)
    (folder / "photos").mkdir()
    (folder / "documents").mkdir()
    Image.fromarray(pixels).save(folder / "photos" / "boat.png")
    (folder / "documents" / "shift.json").write_text(json.dumps(DOCUMENT))
    arguments = ["--photos", str(folder / "photos"), "--documents", str(folder / "documents")]
    arguments += ["--size", "128", "--frames", "9", "--json", str(folder / "rows.json")]
    assert motion_fidelity.main(arguments) == 0
    return {row["name"]: row for row in json.loads((folder / "rows.json").read_text())}


def test_the_rows_have_the_names_and_numbers_that_readers_expect(rows):
    assert tuple(rows) == motion_fidelity.ROWS
    for row in rows.values():
        assert {
            "epe_median",
            "epe_mean",
            "leakage_median",
            "frozen_median",
            "first_frame_psnr",
            "seconds",
        } <= set(row)
        assert row["settings"]["frames"] == 9 and row["settings"]["documents"] == ["shift"]


def test_the_model_follows_and_a_still_does_not(rows):
    assert rows["warp"]["epe_median"] < 0.5
    assert rows["static"]["epe_median"] > 4
    assert rows["conditioned"]["epe_median"] < 0.5 * rows["static"]["epe_median"]


def test_the_first_frame_is_kept(rows):
    assert rows["static"]["first_frame_psnr"] == rows["warp"]["first_frame_psnr"] == 100
    assert rows["composited"]["first_frame_psnr"] == 100
    assert 18 < rows["conditioned"]["first_frame_psnr"] < 60
    held = rows["conditioning_only"]["first_frame_psnr"]
    assert abs(rows["conditioned"]["first_frame_psnr"] - held) < 0.1


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(SystemExit, match="contains no pictures"):
        motion_fidelity.main(["--photos", str(tmp_path)])
