from fractions import Fraction

import pytest
import torch
from flowbrush.hosts import video_writer
from flowbrush.hosts.headless.videos import read_video, write_video


def gradient(frames=4, height=48, width=64):
    y, x = torch.meshgrid(torch.linspace(0, 1, height), torch.linspace(0, 1, width), indexing="ij")
    return torch.stack([torch.stack([x, y, torch.full_like(x, t / frames)], -1) for t in range(frames)])


def test_what_is_written_is_read_back(tmp_path):
    clip = gradient()
    write_video(tmp_path / "clip.mp4", clip, Fraction(24000, 1001), quality=1)
    frames, rate = read_video(tmp_path / "clip.mp4")
    assert frames.dtype == torch.float32
    assert frames.shape == clip.shape
    assert rate == Fraction(24000, 1001)
    assert float((frames - clip).abs().mean()) < 0.01


def test_odd_sides_gain_a_row_and_a_column(tmp_path):
    write_video(tmp_path / "odd.mp4", gradient(2, 33, 47), 8, quality=1)
    frames, _ = read_video(tmp_path / "odd.mp4")
    assert frames.shape == (2, 34, 48, 3)
    assert float((frames[:, :33, :47] - gradient(2, 33, 47)).abs().mean()) < 0.02


def test_the_file_plays_everywhere(tmp_path):
    import av

    write_video(tmp_path / "clip.mp4", gradient(), 8)
    with av.open(str(tmp_path / "clip.mp4")) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == "h264"
        assert stream.codec_context.pix_fmt == "yuv420p"


@pytest.mark.parametrize(
    ("frames", "rate", "message"),
    [
        (torch.zeros(4, 8, 8), 8, r"\[T,H,W,3\]"),
        (torch.zeros(0, 8, 8, 3), 8, r"\[T,H,W,3\]"),
        (torch.zeros(1, 8, 8, 3), 0, "above 0"),
    ],
)
def test_what_is_no_video_is_refused(tmp_path, frames, rate, message):
    with pytest.raises(ValueError, match=message):
        write_video(tmp_path / "clip.mp4", frames, rate)
    assert not list(tmp_path.glob("*.mp4"))


def test_a_video_that_is_stopped_leaves_the_old_one_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "clip.mp4"
    write_video(path, gradient(), 8)
    before = path.read_bytes()
    monkeypatch.setattr(video_writer, "_repeat_edge", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        write_video(path, gradient(8), 8)
    assert path.read_bytes() == before
    assert [entry for entry in tmp_path.iterdir() if entry.is_file()] == [path]


def test_other_files_are_no_video(tmp_path):
    with pytest.raises(ValueError, match="There is no video file"):
        read_video(tmp_path / "nothing.mp4")
    (tmp_path / "text.mp4").write_text("not a video at all")
    with pytest.raises(ValueError, match="is not a video that can be read"):
        read_video(tmp_path / "text.mp4")


def test_colours_are_those_of_bt709_and_tagged_so(tmp_path):
    import av

    colours = torch.tensor([[1.0, 0, 0], [0, 1, 0], [0, 0, 1], [0.2, 0.5, 0.7]])
    bars = colours[:, None].repeat_interleave(16, 0).repeat(1, 64, 1)
    write_video(tmp_path / "bars.mp4", bars[None].repeat(2, 1, 1, 1), 8, quality=1)
    frames, _ = read_video(tmp_path / "bars.mp4")
    assert float((frames[1, 8::16, 32] - colours).abs().max()) < 0.01
    with av.open(str(tmp_path / "bars.mp4")) as container:
        context = container.streams.video[0].codec_context
        assert (context.colorspace, context.color_primaries, context.color_trc) == (1, 1, 13)


def test_a_video_file_is_saved_without_a_second_compression(tmp_path):
    from flowbrush.hosts.headless.api.video import VideoFromFile

    write_video(tmp_path / "clip.mp4", gradient(), 8)
    VideoFromFile(tmp_path / "clip.mp4").save_to(tmp_path / "copy.mp4")
    assert (tmp_path / "copy.mp4").read_bytes() == (tmp_path / "clip.mp4").read_bytes()
    VideoFromFile(tmp_path / "clip.mp4").save_to(tmp_path / "small.mp4", crf=40)
    assert (tmp_path / "small.mp4").stat().st_size < (tmp_path / "clip.mp4").stat().st_size
