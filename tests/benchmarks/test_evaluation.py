"""The whole evaluation with the smallest clips: every part, the page, the pictures and the numbers."""

import json
import re

import numpy as np
import pytest
import torch
from flowbrush.benchmarks import evaluation, real_clips
from flowbrush.benchmarks.gates import gates
from flowbrush.benchmarks.interpolation import procedural_clips
from flowbrush.benchmarks.page import Section, Sheets, cell, text_table, write_page
from flowbrush.benchmarks.sizes import crop_photo
from flowbrush.hosts.headless.videos import write_video
from flowbrush.synthetic.pictures.render import render_example
from PIL import Image

TINY = evaluation.Amount(
    pairs=1, size=64, frames=5, held_out=1, held_out_size=64, shapes=((64, 64, 1), (64, 96, 5)), prompts=4,
    classifier_clips=64, classifier_steps=2, classifier_test_clips=24, files=2,
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with one photo, two clips (one too short), and what the command made of them."""
    folder = tmp_path_factory.mktemp("evaluation")
    (folder / "photos").mkdir()
    pixels = (render_example("boat", 96, 96, 0).reshape(96, 96, 3).numpy() * 255).round().astype(np.uint8)
    Image.fromarray(pixels).save(folder / "photos" / "boat.png")
    _, video = next(iter(procedural_clips(1, 96, 9, seed=2)))
    write_video(folder / "clips" / "moves.mp4", video, 16)
    write_video(folder / "clips" / "short.mp4", video[:3], 16)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(evaluation, "QUICK", TINY)
        arguments = ["--quick", "--photos", str(folder / "photos"), "--clips", str(folder / "clips")]
        arguments += ["--json", str(folder / "numbers.json"), "--out", str(folder / "page")]
        assert evaluation.main(arguments) == 0
    return folder


@pytest.mark.slow
def test_every_part_has_its_numbers(folder):
    numbers = json.loads((folder / "numbers.json").read_text())
    assert numbers == json.loads((folder / "page" / "evaluation.json").read_text())
    assert set(evaluation.PARTS) | {"gates", "weights", "settings", "seconds"} == set(numbers)
    assert [row["name"] for row in numbers["clips"]] == list(real_clips.ROWS)
    assert {row["clips"] for row in numbers["clips"]} == {1}, "the short file is left out"
    clip = {row["name"]: row for row in numbers["clips"]}
    assert clip["clip"]["psnr"] == 100 and clip["clip"]["frechet"] == 0 < clip["model"]["frechet"]
    still = {row["name"]: row["temporal_flicker"] for row in numbers["still"]}
    assert still["held still"] > still["first frame only"]
    assert numbers["weights"] == evaluation.weights_facts() and len(numbers["weights"]["dit"]["sha256"]) == 64
    assert len(numbers["gates"]) == 14


@pytest.mark.slow
def test_the_page_shows_pictures_that_exist(folder):
    page = (folder / "page" / "index.html").read_text()
    names = re.findall(r'src="([^"]+)"', page)
    assert {name.split("_")[0] for name in names} == {"motion", "held", "prompt", "clip"}
    for name in names:
        with Image.open(folder / "page" / name) as picture:
            assert min(picture.size) > 64
    assert page.index("Gates") < page.index("Motion on photos") < page.index("Real clips")


def test_a_gate_holds_up_to_its_limit():
    model = {"first_frame_psnr": 29.0, "epe_median": 0.56, "leakage_median": 0.4, "frozen_median": None}
    others = {"warp": {"epe_median": 0.2}, "composited": {"first_frame_psnr": 37.9}}
    given = {"conditioning_only": {"epe_median": 0.5, "first_frame_psnr": 29.6}}
    rows = gates({"conditioned": model, **others, **given}, {"painted": {"hole_energy": 1.19}}, [], {})
    assert [row["holds"] for row in rows] == [True, False, True, False, False, False, False, True]
    assert rows[2]["high"] == pytest.approx(0.56)
    sizes = [{"first_frame_psnr": 30.0, "epe_median": None, "floor": None}]
    sizes.append({"first_frame_psnr": 29.5, "epe_median": 0.6, "floor": 0.2})
    rows = gates({}, {}, sizes, {"model": {"colour": 0.8, "shape": 0.79, "direction": 1.0, "all": 0.79}})
    assert [(row["measured"], row["holds"]) for row in rows] == [
        (29.5, True), (pytest.approx(0.04), False), (0.8, True), (0.79, False), (1.0, True), (0.79, False)
    ]  # fmt: skip


def test_tables_are_escaped_and_read_alike(tmp_path):
    rows = [{"name": "<b>", "value": 0.5, "good": True}, {"name": "b", "value": None, "good": False}]
    section = Section("A & B", "text", rows, {"name": "row", "value": "value", "good": "good"})
    page = write_page(tmp_path, "title", ["fact"], [section]).read_text()
    assert "&lt;b&gt;" in page and "A &amp; B" in page and '<td class="no">no</td>' in page
    assert text_table(section).splitlines() == ["row  value  good", "<b>    0.5   yes", "b        –    no"]
    assert [cell(value) for value in (1.23456, 2.0, 3, "x")] == ["1.235", "2", "3", "x"]


def test_sheets_keep_the_first_clips_and_asked_rows(tmp_path):
    sheets = Sheets(tmp_path, ("a", "b"), most=1)
    video = torch.linspace(0, 1, 9).view(9, 1, 1, 1).expand(9, 32, 32, 3)
    for clip in ("one", "two"):
        for row in ("b", "c", "a"):
            sheets.add(clip, row, video)
    assert sheets.write("x") == [("x_0.jpg", "one: a, b")]
    with Image.open(tmp_path / "x_0.jpg") as picture:
        pixels = np.asarray(picture.convert("L")) / 255
    shown = [float(pixels[20, 22 + 38 * at]) for at in range(5)]
    assert shown == pytest.approx([0, 0.25, 0.5, 0.75, 1], abs=0.02)


def test_photos_are_cropped_in_their_middle():
    photo = np.zeros((40, 100, 3), np.uint8)
    photo[:, 40:60] = 255
    middle = crop_photo(photo, 20, 40)
    assert middle.shape == (40, 20, 3) and float(middle.min()) == 1
    assert crop_photo(photo, 200, 80).shape == (80, 200, 3)


def test_a_folder_without_videos_is_refused_before_anything_is_measured(tmp_path):
    with pytest.raises(SystemExit, match="contains no videos"):
        evaluation.main(["--clips", str(tmp_path), "--out", str(tmp_path)])
