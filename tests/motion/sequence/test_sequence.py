"""Shots in a row: which frames are shown when, how they dissolve, and their sound."""

from fractions import Fraction

import pytest
import torch
from flowbrush.motion.sequence import (
    CUT,
    Transition,
    frames_in_a_row,
    shot_spans,
    sound_in_a_row,
    transition_of,
)


def grey(value, count, side=16):
    return torch.full((count, side, side, 3), value)


def test_a_cut_shows_every_frame_once():
    spans = shot_spans([(5, Fraction(8), CUT), (3, Fraction(8), CUT)], Fraction(8))
    shots = [grey(0.0, 5), grey(1.0, 3)]
    values = [float(frame.mean()) for frame in frames_in_a_row(spans, lambda number: shots[number])]
    assert values == [0.0] * 5 + [1.0] * 3


def test_a_dissolve_mixes_the_end_of_one_shot_and_the_beginning_of_the_next():
    spans = shot_spans([(8, Fraction(8), CUT), (8, Fraction(8), Transition(0.375))], Fraction(8))
    assert (spans[1].start, spans[1].shared) == (5, 3)
    shots = [grey(0.0, 8), grey(1.0, 8)]
    values = [float(frame.mean()) for frame in frames_in_a_row(spans, lambda number: shots[number])]
    assert values == pytest.approx([0.0] * 5 + [0.25, 0.5, 0.75] + [1.0] * 5)


def test_a_dissolve_takes_at_most_a_half_of_each_shot():
    spans = shot_spans(
        [(8, Fraction(8), CUT), (4, Fraction(8), Transition(9)), (8, Fraction(8), Transition(9))], Fraction(8)
    )
    assert [span.shared for span in spans] == [0, 2, 2]
    assert [span.start for span in spans] == [0, 6, 8]


def test_a_shot_of_another_rate_and_size_gets_those_of_the_first():
    spans = shot_spans([(4, Fraction(8), CUT), (6, Fraction(24), CUT)], Fraction(8))
    other = torch.arange(6.0)[:, None, None, None].expand(6, 8, 12, 3) / 8
    shots = [grey(0.0, 4), other]
    frames = list(frames_in_a_row(spans, lambda number: shots[number]))
    assert [frame.shape for frame in frames] == [(16, 16, 3)] * 6
    assert [round(float(frame.mean()) * 8) for frame in frames[4:]] == [0, 3]


def test_sounds_follow_their_shots_and_are_cross_faded():
    spans = shot_spans(
        [(8, Fraction(8), CUT), (8, Fraction(8), Transition(0.5)), (8, Fraction(8), CUT)], Fraction(8)
    )
    loud = {"waveform": torch.full((1, 1, 2000), 0.5), "sample_rate": 1000}
    half_rate = {"waveform": torch.full((1, 2, 250), 0.5), "sample_rate": 500}
    sound = sound_in_a_row(spans, [loud, loud, half_rate], Fraction(8))
    assert sound is not None and sound["sample_rate"] == 1000
    wave = sound["waveform"][0]
    assert wave.shape == (2, 2500)
    assert wave[:, :1495] == pytest.approx(0.5)  # the dissolve of two equal sounds is even
    assert (wave[:, 1505:1995] == 0.5).all() and (wave[:, 2000:] == 0).all()
    for fading in (
        wave[:, 1500:1505],
        wave[:, 1995:2000].flip(1),
    ):  # at a cut, and where a sound is too short
        assert (fading.diff() > 0).all() and fading[:, 0] == pytest.approx(0.05)
    assert sound_in_a_row(spans, [None] * 3, Fraction(8)) is None


def test_a_shot_without_frames_is_refused():
    with pytest.raises(ValueError, match="shot 2 has 0 frames at 8 a second"):
        shot_spans([(4, Fraction(8), CUT), (0, Fraction(8), CUT)], Fraction(8))


def test_a_continued_shot_shares_frames_that_are_aligned_and_has_the_colours_of_the_one_before():
    wave = torch.sin(torch.arange(96) / 5) * 0.2 + 0.5
    clip = torch.stack([wave.roll(2 * t).expand(48, 96)[..., None].expand(48, 96, 3) for t in range(13)])
    shots = [clip[:8], clip[4:].roll(1, dims=2) * 0.9 + 0.02]  # shifted by a pixel and a little darker
    spans = shot_spans([(8, Fraction(8), CUT), (9, Fraction(8), Transition(overlap=4))], Fraction(8))
    assert (spans[1].start, spans[1].shared, spans[1].continues) == (4, 4, True)
    frames = torch.stack(list(frames_in_a_row(spans, lambda number: shots[number])))
    assert len(frames) == 13 and torch.equal(frames[:4], clip[:4])
    inside = frames[:, :, 20:76]
    error = (inside - clip[:, :, 20:76]).abs().mean((1, 2, 3))
    later = (inside[8:] - clip[8:].roll(1, dims=2)[:, :, 20:76]).abs().mean()
    assert later < 0.005  # the colours are those of the clip
    assert (error[4:8].diff() > 0).all() and error[7] < error[-1] < 0.05  # it moves over to the second shot


def test_an_overlap_longer_than_a_shot_is_refused():
    with pytest.raises(
        ValueError, match="shot 2 continues the one before it over 6 frames, but the shorter of the two has 4"
    ):
        shot_spans([(4, Fraction(8), CUT), (9, Fraction(8), Transition(overlap=6))], Fraction(8))


@pytest.mark.parametrize(
    ("text", "transition"),
    [
        ("cut", CUT),
        ("Dissolve .5", Transition(0.5)),
        ("continue", Transition(overlap=5)),
        ("continue 9", Transition(overlap=9)),
        ("continue picture", Transition(overlap=1, own_motion=True)),
    ],
)
def test_a_transition_is_read_from_its_text_and_written_as_it(text, transition):
    assert transition_of(text) == transition
    assert transition_of(str(transition)) == transition


@pytest.mark.parametrize(
    "text", ["", "fade", "dissolve", "dissolve -1", "dissolve 0", "continue 0", "continue 5 s"]
)
def test_a_text_that_is_no_transition_is_refused(text):
    with pytest.raises(ValueError, match="the value is"):
        transition_of(text)
