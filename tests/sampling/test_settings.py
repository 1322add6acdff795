import pytest
import torch
from flowbrush.sampling.guidance import Guidance
from flowbrush.sampling.schedule import rectified_flow_sigmas
from flowbrush.sampling.settings import SamplingSettings


def test_settings_give_the_noise_levels_of_a_rectified_flow():
    settings = SamplingSettings(steps=4, shift=3.0, denoise=0.5, schedule="cosine")
    assert torch.equal(settings.noise_levels(), rectified_flow_sigmas(4, 3.0, 0.5, "cosine"))


def test_connected_noise_levels_replace_steps_shift_denoise_and_schedule():
    sigmas = torch.tensor([10.0, 1.0, 0.0])
    assert SamplingSettings(steps=9, schedule="karras", sigmas=sigmas).noise_levels() is sigmas


def test_settings_give_the_guidance():
    assert SamplingSettings(text_scale=2.0, motion_scale=3.0, scale_schedule="falling").guidance == Guidance(
        2.0, 3.0, "falling"
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"solver": "magic"}, "no solver 'magic'; choose one of"),
        ({"schedule": "magic"}, "no schedule 'magic'; choose one of"),
        ({"scale_schedule": "magic"}, "no guidance schedule 'magic'; choose one of"),
        ({"steps": 0}, "`steps` is 0"),
        ({"shift": 0.0}, "`shift` is 0.0"),
        ({"denoise": 1.5}, "`denoise` is 1.5"),
        ({"text_scale": float("nan")}, "`text_scale` is nan"),
        ({"motion_scale": -1.0}, "`motion_scale` is -1.0"),
        ({"sigmas": torch.tensor([0.5, 0.5, 0.0])}, "`sigmas` must fall at every step"),
    ],
)
def test_wrong_settings_are_refused_when_they_are_made(change, message):
    with pytest.raises(ValueError, match=message):
        SamplingSettings(**change)
