"""Single frames of video files, compared with what decoding the whole file gives."""

from fractions import Fraction

import av
import numpy as np
import pytest
from flowbrush.hosts import clip_frames
from flowbrush.hosts.clip_frames import UnreadableClip, clip_frame, clip_index

LENGTH = 40


def numbered(number: int, height: int = 32, width: int = 48) -> np.ndarray:
    """A frame whose grey tells its number, with a white corner at the upper left."""
    frame = np.full((height, width, 3), 5 * number + 20, np.uint8)
    frame[: height // 4, : width // 4] = 250
    return frame


def write_clip(path, times=range(LENGTH), rotation=0, codec="libx264", options=None):
    """A clip with B frames and a keyframe every 12 frames, whose frames are shown at `times` in 24ths of a second."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(
            codec, rate=24, options=options or {"g": "12", "bf": "3", "qp": "4", "sc_threshold": "0"}
        )
        stream.width, stream.height, stream.pix_fmt = 48, 32, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 24)
        for number, time in enumerate(times):
            frame = av.VideoFrame.from_ndarray(numbered(number), format="rgb24")
            frame.pts, frame.time_base = time, Fraction(1, 24)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    if rotation:
        turn(path, rotation)
    return str(path)


def turn(path, degrees: int) -> None:
    """Writes a rotation into the matrix of the video track's header (ISO 14496-12, 8.3.2), as phones do."""
    matrices = {90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4 + 40
    a, b, c, d = (value << 16 for value in matrices[degrees])
    for place, value in zip((0, 4, 12, 16), (a, b, c, d), strict=True):
        data[at + place : at + place + 4] = value.to_bytes(4, "big", signed=True)
    path.write_bytes(data)


def decoded(path) -> list[np.ndarray]:
    """All frames of a file, turned as ComfyUI turns them."""
    with av.open(path) as container:
        return [
            np.rot90(frame.to_ndarray(format="rgb24"), frame.rotation // 90)
            for frame in container.decode(video=0)
        ]


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv"])
def test_every_frame_is_what_decoding_the_whole_clip_gives(tmp_path, name):
    path = write_clip(tmp_path / name)
    whole, index = decoded(path), clip_index(path)
    assert index.count == len(whole) == LENGTH
    for number in range(LENGTH):
        assert np.array_equal(clip_frame(path, index, number), whole[number]), number


def test_frames_of_uneven_times_are_counted_and_not_timed(tmp_path):
    path = write_clip(tmp_path / "phone.mp4", times=[0, 1, 2, 7, 8, 20, 21, 22, 40, 41])
    whole, index = decoded(path), clip_index(path)
    assert index.count == 10
    assert all(np.array_equal(clip_frame(path, index, number), whole[number]) for number in range(10))


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_a_clip_that_was_filmed_upright_is_turned_as_get_video_components_turns_it(tmp_path, rotation):
    path = write_clip(tmp_path / "upright.mp4", rotation=rotation)
    frame = clip_frame(path, clip_index(path), 17)
    assert tuple(frame.shape[:2]) == ((32, 48) if rotation == 180 else (48, 32))
    assert np.array_equal(frame, decoded(path)[17])
    corners = [int(frame[y, x, 0]) for y, x in ((2, 2), (2, -3), (-3, -3), (-3, 2))]
    assert [value > 200 for value in corners].count(True) == 1 and corners[0] < 200


def test_a_trimmed_clip_begins_with_the_first_frame_that_is_kept(tmp_path):
    path = write_clip(tmp_path / "clip.mp4")
    whole, index = decoded(path), clip_index(path, start=0.5, duration=0.25)
    assert index.count == 6
    assert np.array_equal(clip_frame(path, index, 0), whole[12])
    assert np.array_equal(clip_frame(path, index, 5), whole[17])
    assert clip_index(path, start=-0.25).count == 6


def test_a_stream_without_times_is_decoded_from_its_beginning(tmp_path):
    path = write_clip(tmp_path / "raw.m4v", codec="mpeg4", options={"g": "12"})
    index = clip_index(path)
    assert index.count == LENGTH
    assert np.array_equal(clip_frame(path, index, 30), decoded(path)[30])


def test_what_cannot_be_shown_is_refused_without_its_path(tmp_path, monkeypatch):
    path = write_clip(tmp_path / "clip.mp4")
    with pytest.raises(UnreadableClip, match="has 40 frames, so there is no frame 40"):
        clip_frame(path, clip_index(path), 40)
    (tmp_path / "text.mp4").write_text("no video")
    with pytest.raises(UnreadableClip, match="not a video that can be read") as refused:
        clip_index(str(tmp_path / "text.mp4"))
    assert str(tmp_path) not in str(refused.value)
    monkeypatch.setattr(clip_frames, "MOST_PIXELS", 1000)
    with pytest.raises(UnreadableClip, match="48x32 pixels"):
        clip_index(path)
    monkeypatch.setattr(clip_frames, "MOST_PIXELS", 10_000)
    monkeypatch.setattr(clip_frames, "MOST_FRAMES", 30)
    with pytest.raises(UnreadableClip, match="more than 30 frames"):
        clip_index(path)


def test_a_request_that_is_not_wanted_any_more_stops(tmp_path):
    path = write_clip(tmp_path / "clip.mp4")
    index, asked = clip_index(path), []

    def check():
        asked.append(1)
        if len(asked) == 3:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        clip_frame(path, index, 11, check)
    assert len(asked) == 3
