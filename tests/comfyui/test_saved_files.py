"""What the stand-ins save is what ComfyUI's own nodes save: the same graph runs in both, and the files are compared."""

from fractions import Fraction

import av
import numpy as np
import pytest
from flowbrush.hosts import host, use
from flowbrush.hosts.headless import HeadlessHost
from flowbrush.hosts.headless.graph import parse
from flowbrush.hosts.headless.runner import run
from PIL import Image

from ..media_zoo import write_clip
from .graphs import completed, node

pytestmark = pytest.mark.comfyui


@pytest.fixture
def saved(comfyui, object_info, tmp_path):
    """A function that runs a graph in both; returns the files that ComfyUI and the stand-in of a node wrote."""
    usual = host()

    def both(graph, name, count=1):
        outputs = comfyui.run(completed(graph, object_info))
        listed = [item for items in outputs[name].values() for item in items if isinstance(item, dict)]
        theirs = [comfyui.directory / one["type"] / one["subfolder"] / one["filename"] for one in listed]
        use(
            HeadlessHost(input_directory=comfyui.directory / "input", output_directory=tmp_path, device="cpu")
        )
        ours = [path for path in run(parse(graph)).files() if path.is_relative_to(tmp_path)]
        assert len(theirs) == len(ours) == count
        assert [path.name for path in theirs] == [path.name for path in ours]
        return list(zip(theirs, ours, strict=True))

    yield both
    use(usual)


def facts(path):
    """What a player needs to know of a video, the decoded frames [T,H,W,3] and the sound [channels,samples]."""
    with av.open(path) as file:
        video = file.streams.video[0]
        form = (video.codec_context.name, video.codec_context.pix_fmt, video.width, video.height)
        rate = Fraction(video.average_rate)
        frames = np.stack([frame.to_ndarray(format="rgb24") for frame in file.decode(video)])
    with av.open(path) as file:
        sounds = file.streams.audio
        kind = (sounds[0].codec_context.name, sounds[0].rate, sounds[0].layout.name) if sounds else None
        pieces = [frame.to_ndarray() for frame in file.decode(sounds[0])] if sounds else [np.zeros((0, 0))]
    return (
        {"form": form, "rate": rate, "frames": len(frames), "sound": kind},
        frames,
        np.concatenate(pieces, 1),
    )


def test_pictures_are_equal_to_the_last_bit(saved):
    graph = {
        "1": node("FlowbrushExampleImage", name="balloon", width=128, height=96, variation=3),
        "2": node("SaveImage", images=["1", 0], filename_prefix="equal/picture"),
    }
    ((theirs, ours),) = saved(graph, "2")
    assert (np.asarray(Image.open(theirs)) == np.asarray(Image.open(ours))).all()


# libx264 does not always write the same bytes for the same frames: about one clip in forty comes out otherwise. So a
# graph is saved again, by both, before its frames are said to differ; frames that do differ differ every time.
ATTEMPTS = 4


@pytest.mark.parametrize("audio", [True, False])
def test_a_video_made_of_frames_is_the_same_video(saved, comfyui, audio):
    write_clip(comfyui.directory / "input" / "spoken.mp4", sound="stereo")
    graph = {
        "1": node("LoadVideo", file="spoken.mp4"),
        "2": node("GetVideoComponents", video=["1", 0]),
        "3": node("CreateVideo", images=["2", 0], fps=["2", 2], **({"audio": ["2", 1]} if audio else {})),
    }
    equal = False
    for attempt in range(ATTEMPTS):
        save = {"filename_prefix": f"equal/{audio}{attempt}", "format": "auto", "format.codec": "auto"}
        ((theirs, ours),) = saved({**graph, "4": node("SaveVideo", video=["3", 0], **save)}, "4")
        their_facts, their_frames, their_sound = facts(theirs)
        our_facts, our_frames, our_sound = facts(ours)
        assert our_facts == their_facts
        assert (their_facts["sound"] is not None) == audio
        assert our_sound.shape == their_sound.shape
        if audio:
            assert np.abs(our_sound - their_sound).mean() < 1e-3
        equal = (our_frames == their_frames).all()
        if equal:
            break
    assert equal


def test_a_loaded_video_is_saved_without_a_loss(saved, comfyui):
    source = comfyui.directory / "input" / "unchanged.mp4"
    write_clip(source, sound="mono", rate=16000)
    graph = {
        "1": node("LoadVideo", file="unchanged.mp4"),
        "2": node(
            "SaveVideo",
            video=["1", 0],
            filename_prefix="equal/unchanged",
            format="auto",
            **{"format.codec": "auto"},
        ),
    }
    ((theirs, ours),) = saved(graph, "2")
    (their_facts, their_frames, their_sound), (our_facts, our_frames, our_sound) = facts(theirs), facts(ours)
    source_facts, source_frames, source_sound = facts(source)
    assert our_facts == their_facts == source_facts
    assert (our_frames == their_frames).all() and (our_frames == source_frames).all()
    assert (our_sound == their_sound).all() and (our_sound == source_sound).all()
