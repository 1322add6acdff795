import json
import os
import subprocess
import sys

import pytest
import torch
from flowbrush.hosts.headless import command, demo, pictures
from flowbrush.hosts.headless.graph import WorkflowError, parse
from flowbrush.hosts.headless.videos import read_video

pytestmark = pytest.mark.usefixtures("toys")


def node(class_type, **inputs):
    return {"class_type": class_type, "inputs": inputs}


@pytest.fixture
def workflow(folders):
    graph = {
        "1": node("Frames", count=4, seed=7, size="large"),
        "2": node("Mean", frames=["1", 0], times=1.0),
        "3": node("CreateVideo", images=["1", 0], fps=8),
        "4": node(
            "SaveVideo", video=["3", 0], filename_prefix="toy", format="mp4", **{"format.codec": "h264"}
        ),
    }
    path = folders / "toy.json"
    path.write_text(json.dumps(graph))
    return path


def test_render_names_its_files_and_prints_what_nodes_show(workflow, folders, capsys):
    out = folders / "results"
    assert command.main(["render", str(workflow), "--set", "Frames.count=2", "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    frames, rate = read_video(out / "toy_00001_.mp4")
    assert frames.shape[0] == 2
    assert rate == 8
    assert str(out / "toy_00001_.mp4") in printed
    assert "node 2: 0." in printed


def test_a_mistake_is_one_sentence(workflow, folders, capsys):
    arguments = ["render", str(workflow), "--out", str(folders / "results")]
    assert command.main([*arguments, "--set", "Frames.count=200"]) == 1
    errors = capsys.readouterr().err
    assert "Error: Input `count` of node 1 Frames is 200; the maximum is 9." in errors
    assert "Traceback" not in errors
    assert command.main(["render", str(folders / "nowhere.json")]) == 1
    assert not (folders / "results").exists()


def test_a_device_that_is_not_there_is_one_sentence(workflow, folders, capsys):
    for device in ("cuda:7", "nonsense", "meta:x"):
        assert command.main(["render", str(workflow), "--device", device]) == 1
        errors = capsys.readouterr().err
        assert errors.startswith(f"Error: `--device` is {device!r}, which does not work here")
        assert errors.count("\n") == 1


def test_a_terminal_without_unicode_shows_escapes(folders):
    (folders / "bild\u00e9.json").write_text("{")
    shown = subprocess.run(
        [sys.executable, "-m", "flowbrush.hosts.headless", "render", str(folders / "bild\u00e9.json")],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )
    assert shown.returncode == 1
    assert b"bild\\xe9.json is not a JSON file" in shown.stderr
    assert b"Traceback" not in shown.stderr


def test_stopping_leaves_no_half_written_file(workflow, folders, capsys, monkeypatch):
    import flowbrush.hosts.video_writer as video_writer

    def stopped(*pixels):
        raise KeyboardInterrupt

    monkeypatch.setattr(video_writer, "_repeat_edge", stopped)
    assert command.main(["render", str(workflow), "--out", str(folders / "results")]) == 130
    assert "Stopped." in capsys.readouterr().err
    assert not [path for path in (folders / "results").rglob("*") if path.is_file()]


def test_demo_writes_a_video_and_a_contact_sheet(workflow, folders, capsys, monkeypatch):
    monkeypatch.setattr(command, "WORKFLOW", workflow)
    assert command.main(["demo", "--out", str(folders / "results")]) == 0
    printed = capsys.readouterr().out
    sheet, _ = pictures.read_image(folders / "results" / "toy_00001_sheet.png")
    assert sheet.shape[1] >= 64
    assert sheet.shape[2] >= 96
    assert "toy_00001_.mp4" in printed
    assert "node 2: 0." in printed
    assert "32x32, 4 frames" in printed


def example_graph(**links):
    return parse(
        {
            "1": node("FlowbrushExampleImage", name="balloon"),
            "2": node("PreviewImage", images=["1", 0]),
            **links,
        }
    )


def test_the_users_image_takes_the_place_of_the_example(folders):
    pictures.write_image(folders / "photo.png", torch.full((8, 8, 3), 0.5))
    graph = example_graph()
    demo.use_image(graph, folders / "photo.png")
    assert graph.nodes["1"].class_type == "LoadImage"
    assert graph.nodes["1"].inputs == {"image": str(folders / "photo.png")}


def test_an_image_that_cannot_be_read_is_refused_first(folders):
    (folders / "text.png").write_text("no picture")
    with pytest.raises(ValueError, match="not a picture that can be read"):
        demo.use_image(example_graph(), folders / "text.png")


def test_a_graph_that_uses_more_of_the_example_is_refused(folders):
    pictures.write_image(folders / "photo.png", torch.full((8, 8, 3), 0.5))
    graph = example_graph(**{"3": node("PreviewAny", source=["1", 1])})
    with pytest.raises(WorkflowError, match="gives more than a picture"):
        demo.use_image(graph, folders / "photo.png")
