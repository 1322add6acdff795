"""The sounds of shots in a row: no click where they meet, even power over a cross-fade, and the length of the frames."""

import math
from fractions import Fraction

import pytest
import torch
from flowbrush.motion.sequence import CUT, ShotSpan, Transition, shot_spans, sound_in_a_row

HERTZ, RATE = 16000, Fraction(24)


def tone(frames, pitch, phase=0.0, extra=0, seed=None):
    """A sound as long as `frames` at 24 a second, and `extra` samples: a tone, or noise of one seed."""
    count = round(frames * HERTZ / float(RATE)) + extra
    wave = 0.4 * torch.sin(2 * math.pi * pitch * torch.arange(count) / HERTZ + phase)
    if seed is not None:
        wave = 0.2 * torch.randn(count, generator=torch.Generator().manual_seed(seed))
    return {"waveform": wave[None, None], "sample_rate": HERTZ}


def continued(first, second, overlap):
    """The spans of two parts that share `overlap` frames."""
    return [
        ShotSpan(0, first, 0, Fraction(1)),
        ShotSpan(first - overlap, second, overlap, Fraction(1), True),
    ]


def jumps(wave, first, last):
    """The largest step from sample to sample in a part of a sound and outside it."""
    steps = wave.diff().abs()
    return float(steps[first - 1 : last].max()), float(torch.cat([steps[: first - 1], steps[last:]]).max())


@pytest.mark.parametrize("overlap", [1, 5, 9])
@pytest.mark.parametrize("extra", [0, -400, 700])
def test_the_joint_of_two_parts_has_no_click_and_the_length_of_the_frames(overlap, extra):
    start = round((97 - overlap) * HERTZ / 24)
    high = (
        math.pi / 2 - 2 * math.pi * 220 * start / HERTZ
    )  # the first is highest where the second begins lowest
    first, second = tone(97, 220.0, high, extra), tone(97, 220.0, -math.pi / 2)
    sound = sound_in_a_row(continued(97, 97, overlap), [first, second], RATE)
    wave = sound["waveform"][0, 0]
    assert len(wave) == round((2 * 97 - overlap) * HERTZ / 24)
    at_joint, inside = jumps(wave, start - 500, round(97 * HERTZ / 24) + 500)
    assert at_joint <= 1.3 * inside
    hard = torch.cat([first["waveform"][0, 0, :start], second["waveform"][0, 0]])
    assert jumps(hard, start, start)[0] > 3 * inside


def test_the_power_is_even_over_a_cross_fade_of_sounds_that_are_unlike_and_of_equal_ones():
    for sounds in ([tone(97, 0, seed=1), tone(97, 0, seed=2)], [tone(97, 220.0), tone(97, 220.0)]):
        wave = sound_in_a_row(continued(97, 97, 97), sounds, RATE)["waveform"][0, 0]
        power = torch.stack([part.square().mean() for part in wave.split(len(wave) // 16)[:16]])
        assert float(power.max() / power.min()) < 1.15


def test_equal_sounds_are_joined_to_themselves():
    long = tone(189, 330.0)
    second = {**long, "waveform": long["waveform"][..., round(92 * HERTZ / 24) :]}
    first = {**long, "waveform": long["waveform"][..., : round(97 * HERTZ / 24)]}
    joined = sound_in_a_row(continued(97, 97, 5), [first, second], RATE)["waveform"]
    assert joined.shape == long["waveform"].shape
    assert float((joined - long["waveform"]).abs().max()) < 2e-3


def test_a_cut_does_not_click_and_a_silent_part_fades():
    spans = shot_spans([(24, RATE, CUT), (24, RATE, CUT), (24, RATE, Transition(0.5))], RATE)
    wave = sound_in_a_row(spans, [tone(24, 220.0, 1.0), tone(24, 220.0, 2.5), None], RATE)["waveform"][0, 0]
    at_cut, inside = jumps(wave, HERTZ - 100, HERTZ + 100)
    assert at_cut <= 1.3 * inside
    assert float(wave[HERTZ - 1].abs()) < 0.02 and float(wave[HERTZ].abs()) < 0.02
    assert float(wave[HERTZ - 200 : HERTZ - 100].abs().max()) > 0.3
    assert float(wave[2 * HERTZ - 1].abs()) < 0.02
