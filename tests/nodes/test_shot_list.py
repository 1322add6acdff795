"""Shot List: shots in a row as one video with their sound."""

from fractions import Fraction

import pytest
import torch
from comfy_api.latest import InputImpl, Types
from flowbrush.nodes.shot_list import ShotList


def shot(value, frames=8, rate=8, sound=True, size=(32, 48)):
    audio = {"waveform": torch.full((1, 1, 48000 * frames // rate), 0.3), "sample_rate": 48000}
    parts = Types.VideoComponents(
        images=torch.full((frames, *size, 3), value),
        audio=audio if sound else None,
        frame_rate=Fraction(rate),
    )
    return InputImpl.VideoFromComponents(parts)


def joined(*shots, transitions="cut", fit="crop", **more):
    given = {f"shot_{number}": one for number, one in enumerate(shots, 1)}
    video, length = ShotList.execute(**given, transitions=transitions, fit=fit, crf=18.0, **more).args
    return video.get_components(), length


def test_shots_follow_one_another_with_their_transitions_and_sounds():
    parts, length = joined(shot(0.0), shot(1.0, sound=False), shot(0.0), transitions="dissolve 0.5\ncut")
    values = parts.images.mean((1, 2, 3)).tolist()
    assert length == len(values) == 20 and parts.frame_rate == 8
    assert values == pytest.approx([0] * 4 + [0.2, 0.4, 0.6, 0.8] + [1] * 4 + [0] * 8, abs=0.02)
    wave, hertz = parts.audio["waveform"][0, 0], parts.audio["sample_rate"]
    assert wave[: hertz // 4].abs().mean() > 0.2  # the first shot
    assert wave[int(1.1 * hertz) : int(1.4 * hertz)].abs().max() < 0.02  # the second one is silent
    assert wave[int(1.7 * hertz) : int(2.3 * hertz)].abs().mean() > 0.2


def test_a_continued_shot_shows_shared_frames_once():
    parts, length = joined(shot(0.5), shot(0.5, frames=9), shot(0.2), transitions="continue 5\ncut")
    assert length == len(parts.images) == 8 + 4 + 8
    with pytest.raises(ValueError, match="over 9 frames, but the shorter of the two has 8"):
        joined(shot(0.5), shot(0.5), transitions="continue 9")


def test_a_sound_track_takes_the_place_of_the_shots_own_and_ends_with_the_video():
    track = {"waveform": torch.full((1, 2, 44100 * 5), 0.1), "sample_rate": 44100}
    parts, _ = joined(shot(0.5), shot(0.5), sound=track)
    wave = parts.audio["waveform"]
    assert wave.shape[1] == 2 and wave.shape[2] / parts.audio["sample_rate"] == pytest.approx(2, abs=0.05)


def test_a_shot_of_another_size_is_fitted():
    parts, _ = joined(shot(0.0), shot(1.0, size=(32, 32)), fit="pad")
    assert parts.images.shape[1:3] == (32, 48)
    last = parts.images[-1]
    assert last[:, :6].mean() < 0.05 and last[:, 12:36].mean() > 0.95


def test_one_shot_is_the_whole():
    assert joined(shot(0.5, frames=3))[1] == 3


def test_mistakes_are_named():
    with pytest.raises(
        ValueError,
        match="`transitions`, line 2: the value is 'wipe'; it must be `cut`, `dissolve` with seconds",
    ):
        joined(shot(0.0), shot(1.0), shot(1.0), transitions="cut\nwipe")
    with pytest.raises(ValueError, match="shot 2 is a Tensor; connect a VIDEO"):
        joined(shot(0.0), torch.zeros(3, 8, 8, 3))
    with pytest.raises(ValueError, match="`fit` is 'tile'"):
        joined(shot(0.0), fit="tile")
