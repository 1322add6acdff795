import json
import math
from pathlib import Path

import pytest
import torch
from flowbrush.hosts import host, use
from flowbrush.hosts.headless import HeadlessHost
from flowbrush.hosts.headless.videos import read_video
from flowbrush.motion.field.field import field_from_document
from flowbrush.nodes.save_loop import SaveLoop, crf_of
from flowbrush.rendering.warp import warp_image
from PIL import Image

LOOP = {
    "version": 2,
    "loop": "seamless",
    "layers": [{"region": {"everything": True}, "motion": {"ambient": {"amount": 0.1}}}],
}


@pytest.fixture
def folder(tmp_path):
    before = host()
    use(HeadlessHost(output_directory=tmp_path, show_progress=False))
    yield tmp_path
    use(before)


def frames(picture, loop="seamless", count=12):
    return warp_image(picture, field_from_document(json.dumps({**LOOP, "loop": loop}), count), 64, 64).frames


def save(video, form, fps=20.0, times=1, prefix="loops/sea"):
    result = SaveLoop.execute(video, fps, form, 90, times, prefix)
    entry = result.ui["images"][0]
    return Path(entry["subfolder"]) / entry["filename"], result.args[0]


@pytest.mark.parametrize("form", ["gif", "webp"])
def test_an_animation_repeats_for_ever_with_the_right_frames_and_times(folder, picture, form):
    video = frames(picture)
    name, seam = save(video, form)
    assert str(name) == f"loops/sea_00001_.{form}" and seam <= 1.1
    with Image.open(folder / name) as animation:
        assert animation.n_frames == 12 and animation.info["loop"] == 0
        seen, length = [], 0
        for number in range(12):
            animation.seek(number)
            animation.load()
            length += animation.info["duration"]
            seen.append(torch.tensor(list(animation.convert("RGB").getdata())).reshape(64, 64, 3) / 255)
    assert length == 600
    assert float((torch.stack(seen) - video).abs().mean()) < 0.03


def test_an_mp4_plays_the_loop_as_often_as_asked(folder, picture):
    name, _ = save(frames(picture), "mp4", times=3)
    shown, _ = read_video(folder / name)
    assert len(shown) == 36
    assert float((shown[:12] - shown[12:24]).abs().mean()) < 0.02


def test_a_clip_that_does_not_close_is_named(folder, picture, capsys):
    _, seam = save(frames(picture, "none"), "gif")
    assert seam > 1.5 and "jumps at its seam" in capsys.readouterr().err
    _, still = save(picture.expand(4, -1, -1, -1), "gif")
    assert still == 0 and not math.isnan(still)


def test_a_rate_that_a_gif_cannot_have_is_named(folder, picture, capsys):
    save(frames(picture), "gif", fps=100.0)
    assert "not possible" in capsys.readouterr().err


def test_names_count_up_and_stay_inside_the_output_folder(folder, picture):
    video = frames(picture, count=3)
    assert [str(save(video, "gif")[0])[-11:] for _ in range(2)] == ["_00001_.gif", "_00002_.gif"]
    with pytest.raises(ValueError, match="leads out"):
        save(video, "gif", prefix="../../loop")
    with pytest.raises(ValueError, match="at least 2"):
        save(picture, "gif")


def test_quality_becomes_the_rate_factor():
    assert crf_of(90) == pytest.approx(16, abs=0.1) and crf_of(100) == 12 and crf_of(1) > 50
