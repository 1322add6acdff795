import math

import pytest
import torch
from flowbrush.sampling.schedule import (
    SCHEDULES,
    checked_sigmas,
    rectified_flow_sigmas,
    shift_times,
)


@pytest.mark.parametrize("kind", SCHEDULES)
@pytest.mark.parametrize("steps", [1, 2, 3, 7, 50])
def test_every_schedule_falls_from_one_to_zero(kind, steps):
    sigmas = rectified_flow_sigmas(steps, shift=5.0, kind=kind)
    assert sigmas.shape == (steps + 1,) and sigmas.dtype == torch.float32
    assert sigmas[0] == 1.0 and sigmas[-1] == 0.0
    assert bool((sigmas[1:] < sigmas[:-1]).all())


def test_linear_schedule_is_equal_steps():
    assert torch.equal(rectified_flow_sigmas(4), torch.tensor([1.0, 0.75, 0.5, 0.25, 0.0]))


def test_shift_follows_its_formula():
    assert shift_times(torch.tensor(0.5), 3.0).item() == pytest.approx(0.75)
    sigmas = rectified_flow_sigmas(4, shift=3.0)
    assert sigmas.tolist() == pytest.approx([1.0, 0.9, 0.75, 0.5, 0.0])


def test_shift_multiplies_the_noise_to_signal_ratio():
    time = torch.linspace(0.1, 0.9, 9, dtype=torch.float64)
    sigma = shift_times(time, 5.0)
    torch.testing.assert_close(sigma / (1 - sigma), 5.0 * time / (1 - time))


def test_denoise_begins_part_way():
    assert rectified_flow_sigmas(2, denoise=0.5).tolist() == [0.5, 0.25, 0.0]


def test_log_snr_steps_are_equal_inside():
    sigmas = rectified_flow_sigmas(10, kind="log_snr").double()[1:-1]
    steps = ((1 - sigmas) / sigmas).log().diff()
    assert steps.std() < 1e-4 * steps.mean()


def test_karras_steps_shorten_towards_zero():
    steps = rectified_flow_sigmas(10, kind="karras").diff()[:-1].neg()
    assert bool((steps[1:] < steps[:-1]).all())


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"steps": 0}, "`steps` is 0"),
        ({"steps": 4, "shift": 0.0}, "`shift` is 0.0"),
        ({"steps": 4, "shift": math.nan}, "`shift` is nan"),
        ({"steps": 4, "denoise": 0.0}, "`denoise` is 0.0"),
        ({"steps": 4, "denoise": math.nan}, "`denoise` is nan"),
        ({"steps": 4, "kind": "banana"}, "'banana'"),
    ],
)
def test_errors_name_the_wrong_value(arguments, words):
    with pytest.raises(ValueError, match=words):
        rectified_flow_sigmas(**arguments)


@pytest.mark.parametrize(
    "values, words",
    [
        ([1.0], "at least two"),
        ([1.0, 1.0], "step 0"),
        ([0.5, 0.7], "step 0"),
        ([1.0, math.nan], "not a number"),
        ([1.0, -0.1], "negative"),
    ],
)
def test_levels_that_do_not_fall_are_refused(values, words):
    with pytest.raises(ValueError, match=words):
        checked_sigmas(torch.tensor(values))
