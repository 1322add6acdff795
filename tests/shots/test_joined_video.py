"""Finished shots as one video with transitions and sound, and as a timeline."""

import json
from fractions import Fraction

import pytest
import torch
from flowbrush.hosts.headless.media import read_media
from flowbrush.hosts.headless.videos import write_video
from flowbrush.shots.joined_video import takes, write_joined, write_timeline
from flowbrush.shots.shot_list import read_list

from .conftest import write_csv


@pytest.fixture
def finished(folder):
    """The rows and results of a list with two shots of 8 frames, of which the first has a sound."""
    write_csv(
        folder / "list.csv",
        [
            ["id", "workflow", "LoadImage.image", "transition"],
            ["one", "warp.json", "stone.png", ""],
            ["two", "warp.json", "sand.png", "dissolve 0.5"],
        ],
    )
    rows, results = read_list(folder / "list.csv"), []
    for number, row in enumerate(rows):
        target = folder / f"{row.id}-x"
        target.mkdir()
        sound = {"waveform": torch.rand(1, 1, 48000) - 0.5, "sample_rate": 48000}
        write_video(
            target / "shot.mp4",
            torch.full((8, 32, 32, 3), number * 1.0),
            Fraction(8),
            audio=None if number else sound,
        )
        results.append({"folder": target.name, "files": ["shot.mp4"]})
    return rows, results, folder


def test_shots_are_joined_with_their_transition_and_sound(finished):
    rows, results, folder = finished
    found = takes(rows, results, folder)
    assert write_joined(folder / "film.mp4", found) == 12
    film = read_media(folder / "film.mp4")
    values = film.images.mean((1, 2, 3)).tolist()
    assert len(values) == 12 and film.frame_rate == 8
    assert values == pytest.approx([0] * 4 + [0.2, 0.4, 0.6, 0.8] + [1] * 4, abs=0.02)
    assert film.audio is not None
    wave, hertz = film.audio["waveform"][0, 0], film.audio["sample_rate"]
    assert wave.shape[0] / hertz == pytest.approx(1.5, abs=0.05)
    assert wave[: hertz // 4].std() > 0.1 and wave[int(1.1 * hertz) :].abs().max() < 0.01


def test_the_sound_of_a_file_takes_the_place_of_the_shots_own(finished):
    rows, results, folder = finished
    found = takes(rows[1:], results[1:], folder)
    write_joined(folder / "film.mp4", found, folder / "one-x" / "shot.mp4")
    assert read_media(folder / "film.mp4").audio is not None
    with pytest.raises(ValueError, match="has no sound; give a sound or video file that has one"):
        write_joined(folder / "film.mp4", found, folder / "two-x" / "shot.mp4")


def test_a_shot_without_a_video_is_named(finished):
    rows, results, folder = finished
    with pytest.raises(ValueError, match="because two has no video yet"):
        takes(rows, [results[0], {}], folder)


def test_the_timeline_holds_the_cut(finished):
    rows, results, folder = finished
    write_timeline(folder / "film.otio", "film", takes(rows, results, folder))
    (track,) = json.loads((folder / "film.otio").read_text())["tracks"]["children"]
    first, dissolve, second = track["children"]
    assert (
        first["source_range"]["duration"]["value"] == 6 and second["source_range"]["start_time"]["value"] == 2
    )
    assert (dissolve["in_offset"]["value"], dissolve["out_offset"]["value"]) == (2, 2)
    assert first["media_reference"]["target_url"] == "one-x/shot.mp4"


def test_a_written_timeline_is_read_as_the_same_list(finished):
    pytest.importorskip("opentimelineio", reason="timelines need OpenTimelineIO")
    rows, results, folder = finished
    write_timeline(folder / "film.otio", "film", takes(rows, results, folder))
    again = read_list(folder / "film.otio")
    assert [(row.id, row.transition.dissolve, row.seconds) for row in again] == [
        ("one", 0.0, None),
        ("two", 0.5, None),
    ]
    assert [row.workflow.name for row in again] == ["warp.json"] * 2
    assert again[0].inputs == {"LoadImage.image": str((folder / "stone.png").resolve())}


@pytest.mark.slow
def test_a_rendered_list_is_joined_when_asked(folder, three, rendered, capsys):
    status, _ = rendered(three, "--workers", "2", "--join", str(folder / "film.mp4"))
    assert status == 0
    film = read_media(folder / "film.mp4")
    assert len(film.images) == 5 + 5 + 6 and (folder / "film.otio").is_file()
    assert "film.mp4: 16 frames, 2.00 s" in capsys.readouterr().out
    assert rendered(three, "--sound", "music.wav")[0] == 1
    assert "name that video with `--join`" in capsys.readouterr().err
