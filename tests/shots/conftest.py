"""A small workflow that paints, warps and measures within a moment, and lists of shots that use it."""

import csv
import json

import pytest
import torch
from flowbrush.hosts.headless.media import read_media
from flowbrush.hosts.headless.pictures import write_image
from flowbrush.hosts.headless.registry import object_info
from flowbrush.motion.continuation.joint import joint_ratios
from flowbrush.rendering.resizing import fit_image
from flowbrush.shots import command

DOCUMENT = {
    "flowbrush": "motion",
    "version": 2,
    "layers": [
        {
            "name": "stone",
            "region": {"strokes": [{"points": [[0.5, 0.5, 1]], "radius": 0.3}]},
            "motion": {"horizontal": 0.1},
        }
    ],
}

CHAIN_FRAMES = 9
"""Frames of each shot of the fixture `chain`."""


def node(class_type, **inputs):
    return {"class_type": class_type, "inputs": inputs}


def workflow():
    """The motion of a document, carried out on a picture, saved and measured; `7` is there for its seed."""
    return {
        "1": node("LoadImage", image="picture.png"),
        "2": node("FlowbrushMotionBrush", document=json.dumps(DOCUMENT), length=5, image=["1", 0]),
        "3": node("FlowbrushWarpImage", image=["1", 0], motion=["2", 0], fill_holes=True, behind="smooth"),
        "4": node("CreateVideo", images=["3", 0], fps=8),
        "5": node(
            "SaveVideo",
            **{"video": ["4", 0], "filename_prefix": "shot", "format": "mp4", "format.codec": "h264"},
        ),
        "6": node("FlowbrushMeasureMotion", frames=["3", 0], motion=["2", 0], with_floor=False),
        "7": node("FlowbrushLatentNoise", width=64, height=64, length=5, batch_size=1, seed=1),
    }


def write_csv(path, rows):
    """Write a table whose first row names the columns."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return path


@pytest.fixture(scope="session")
def known():
    return object_info()


@pytest.fixture
def folder(tmp_path):
    """A folder with a workflow, two pictures and a document."""
    folder = tmp_path / "given"
    folder.mkdir()
    (folder / "warp.json").write_text(json.dumps(workflow()))
    (folder / "still.json").write_text(json.dumps(DOCUMENT | {"layers": []}))
    for seed, name in enumerate(("stone.png", "sand.png")):
        noise = torch.rand(1, 12, 18, 3, generator=torch.Generator().manual_seed(seed))
        write_image(folder / name, fit_image(noise, 96, 64, "stretch").clamp(0, 1)[0])
    return folder


@pytest.fixture
def three(folder):
    """A list of three shots."""
    return write_csv(
        folder / "list.csv",
        [
            ["id", "workflow", "LoadImage.image", "2.length"],
            ["one", "warp.json", "stone.png", ""],
            ["two", "warp.json", "sand.png", ""],
            ["three", "warp.json", "stone.png", "6"],
        ],
    )


@pytest.fixture
def rendered(tmp_path):
    """A function that renders a list into one folder, and returns the exit status and the results."""

    def render(path, *arguments):
        out = tmp_path / "out"
        status = command.main([str(path), "--out", str(out), *arguments])
        file = out / "results.json"
        results = json.loads(file.read_text())["shots"] if file.is_file() else []
        return status, {result["id"]: result for result in results}

    render.out = tmp_path / "out"
    return render


def moving(distance):
    """A document whose one layer moves evenly, and therefore goes on with the same velocity after its end."""
    return DOCUMENT | {
        "layers": [DOCUMENT["layers"][0] | {"motion": {"horizontal": distance, "ease": "linear"}}]
    }


@pytest.fixture
def chain(folder):
    """A list of which the second and the third shot continue the one before."""
    content = workflow()
    content["2"]["inputs"]["length"] = content["7"]["inputs"]["length"] = CHAIN_FRAMES
    content["2"]["inputs"]["document"] = json.dumps(moving(0.1))
    grey = torch.rand(1, 8, 12, 1, generator=torch.Generator().manual_seed(3)).expand(1, 8, 12, 3)
    write_image(folder / "stone.png", fit_image(grey, 96, 64, "stretch").clamp(0, 1)[0])
    (folder / "warp.json").write_text(json.dumps(content))
    return write_csv(
        folder / "list.csv",
        [
            ["id", "workflow", "LoadImage.image", "transition"],
            ["one", "warp.json", "stone.png", ""],
            ["two", "warp.json", "sand.png", "continue 3"],
            ["three", "warp.json", "sand.png", "continue"],
            ["four", "warp.json", "sand.png", "cut"],
        ],
    )


def assert_one_motion(film):
    """The joined film of `chain` moves, is coloured and is sharp over its joints as it is beside them."""
    frames = read_media(film).images
    first, second = CHAIN_FRAMES - 3, 2 * CHAIN_FRAMES - 8
    assert len(frames) == 4 * CHAIN_FRAMES - 3 - 5
    joints = [(first, CHAIN_FRAMES - 1), (second, second + 4)]
    assert joint_ratios(frames[: 3 * CHAIN_FRAMES - 8], joints).worst <= 1.2
