import io
import json

import numpy as np
import pytest
import torch
from flowbrush.motion.preview import plate_preview
from flowbrush.motion.preview.plate_preview import clean_plate_of, plate_pixels, plate_preview_bytes
from PIL import Image

SIZE = 96


def striped_picture():
    """A red disc over vertical stripes, and where the disc is."""
    at = (torch.arange(SIZE) + 0.5) / SIZE - 0.5
    disc = (at[None].square() + at[:, None].square()).sqrt() < 0.2
    stripes = ((torch.arange(SIZE) // 4) % 2).float()[None, :, None].expand(SIZE, SIZE, 3) * 0.6 + 0.2
    return torch.where(disc[..., None], torch.tensor([0.9, 0.1, 0.1]), stripes), disc


def asked(*layers, **more):
    document = {"flowbrush": "motion", "version": 2, "layers": list(layers)}
    return {"document": json.dumps(document), "aspect": 1, **more}


def disc_layer(radius=0.23, **motion):
    return {
        "region": {"strokes": [{"radius": radius, "points": [[0.5, 0.5]]}]},
        "motion": motion or {"vertical": 1},
    }


def read(answer):
    length = int.from_bytes(answer[4:8], "little")
    return json.loads(answer[8 : 8 + length]), answer[8 + length :]


def overlay(header, payload, index):
    about = header["layers"][index]["overlay"]
    png = payload[about["offset"] : about["offset"] + about["length"]]
    return np.asarray(Image.open(io.BytesIO(png))).astype(np.float32) / 255


def test_the_plate_has_what_is_behind_a_moving_disc():
    picture, disc = striped_picture()
    header, payload = read(plate_preview_bytes(asked(disc_layer()), picture))
    assert [each["layer"] for each in header["layers"]] == [-1, 0]
    assert header["completed_by"] == "patches"
    behind = overlay(header, payload, 0)
    assert (behind[..., 3][disc.numpy()] == 1).all() and (behind[..., 3][:20] == 0).all()
    completed = behind[disc.numpy()]
    assert completed[:, :3].std(-1).max() < 0.1  # the stripes are grey, the disc is red
    assert completed[:, 0].std() > 0.2  # and they go on
    about = header["layers"][0]["mask"]
    cover = np.frombuffer(payload, np.uint8, SIZE * SIZE, about["offset"])
    assert (cover == 255).all()  # the whole unpainted part, also where the disc hides it


def test_a_change_of_an_arrow_computes_nothing_and_of_a_region_does(monkeypatch):
    picture, _ = striped_picture()
    counted = []
    drawn = plate_preview.drawn_layers
    monkeypatch.setattr(plate_preview, "drawn_layers", lambda *given: counted.append(1) or drawn(*given))
    for layer, computed in (
        (disc_layer(0.24), 1),
        (disc_layer(0.24, horizontal=0.4), 1),
        (disc_layer(0.24, rotation=30), 1),
        (disc_layer(0.25), 2),
        (disc_layer(0.24), 2),
    ):
        plate_preview_bytes(asked(layer), picture)
        assert len(counted) == computed
    plate_preview_bytes(asked(disc_layer(0.24)), picture * 0.9)
    assert len(counted) == 3


def test_masks_that_the_editor_has_are_left_out():
    picture, _ = striped_picture()
    header, _ = read(plate_preview_bytes(asked(disc_layer()), picture))
    have = [each["mask"]["hash"] for each in header["layers"]]
    again, _ = read(plate_preview_bytes(asked(disc_layer(), have=have), picture))
    assert [each["mask"]["offset"] for each in again["layers"]] == [None, None]


def test_a_camera_over_a_depth_map_has_no_plate():
    picture, _ = striped_picture()
    document = {"version": 2, "camera": {"keyframes": [{"time": 1, "dolly": 0.2}]}}
    request = {"document": json.dumps(document), "aspect": 1}
    header, _ = read(plate_preview_bytes(request, picture, depth=torch.rand(8, 8)))
    assert header["layers"] == []


def test_the_clean_plate_is_a_picture_that_load_image_reads_with_its_mask():
    picture, disc = striped_picture()
    plate, removed = clean_plate_of(asked(disc_layer()), picture)
    assert bool(removed[disc].all()) and torch.equal(plate[~removed], picture[~removed])
    assert float(plate[disc].std(-1).max()) < 0.1
    pixels = plate_pixels(plate, removed)
    assert pixels.shape == (SIZE, SIZE, 4)
    assert ((pixels[..., 3] == 0) == removed.numpy()).all()  # Load Image's mask is 1 - alpha


def test_without_anything_that_moves_there_is_no_clean_plate():
    picture, _ = striped_picture()
    still = {**disc_layer(), "freeze": True}
    with pytest.raises(ValueError, match="nothing that is painted moves"):
        clean_plate_of(asked(still), picture)


@pytest.mark.parametrize("with_depth", [False, True], ids=["plane", "depth"])
def test_a_camera_shows_the_picture_continued_beyond_its_border(with_depth):
    picture = striped_picture()[0]
    document = {"version": 2, "camera": {"keyframes": [{"time": 1, "pan": 5}]}}
    request = {"document": json.dumps(document), "aspect": 1}
    depth = torch.linspace(0, 1, 8).expand(8, 8) if with_depth else None
    header, payload = read(plate_preview_bytes(request, picture, depth=depth))
    (frame,) = header["beyond"]
    assert frame["layer"] == -1
    left, top, right, bottom = frame["extent"]
    assert left == 1 - right and 1 < right <= 1.5 and top == 1 - bottom
    png = payload[frame["overlay"]["offset"] : frame["overlay"]["offset"] + frame["overlay"]["length"]]
    shown = np.asarray(Image.open(io.BytesIO(png))).astype(np.float32) / 255
    around, down = (round(edge * SIZE) for edge in (-left, -top))
    assert shown.shape == (SIZE + 2 * down, SIZE + 2 * around, 4)
    assert (shown[:, -around:, 3] == 1).all() and shown[
        down + 20 : -down - 20, around + 20 : -around - 20
    ].max() == 0
    continued = shown[down : -down or None, -around:, :3].mean((0, 2))
    assert continued.std() > 0.15  # the stripes go on


def test_a_thing_that_the_border_cuts_off_goes_on_beyond_it_and_its_surroundings_do_not():
    picture = striped_picture()[0]
    disc = {"strokes": [{"radius": 0.2, "points": [[0.1, 0.5]]}]}
    header, payload = read(
        plate_preview_bytes(asked({"region": disc, "motion": {"horizontal": 0.3}}), picture)
    )
    (frame,) = header["beyond"]
    assert frame["layer"] == 0 and frame["extent"] == [-0.375, 0, 1.375, 1]
    about = frame["mask"]
    cover = np.frombuffer(payload, np.uint8, about["width"] * about["height"], about["offset"])
    cover = cover.reshape(about["height"], about["width"])
    columns = np.flatnonzero(cover[:, : SIZE * 3 // 8].max(0) > 128)
    assert abs(len(columns) - 0.3 * SIZE) <= 3  # as far as it reaches into the picture
    inner = asked(
        {"region": {"strokes": [{"radius": 0.2, "points": [[0.5, 0.5]]}]}, "motion": {"horizontal": 0.3}}
    )
    assert read(plate_preview_bytes(inner, picture))[0]["beyond"] == []
