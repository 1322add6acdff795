import pytest
import torch
from flowbrush.sampling.guidance import STRENGTHS, Guidance, GuidedModel, fits_in_memory, guided_prediction

X, SIGMA = torch.ones(2, 3, 1, 2, 2), torch.full((2,), 0.5)
FULL, NO_TEXT, NO_MOTION = ({"context": torch.full((1, 4, 5), value)} for value in (1.0, 10.0, 100.0))


class Network:
    """Predicts x times the mean of its context, and records the batch size of each call."""

    def __init__(self, most=99):
        self.batches, self.most = [], most

    def __call__(self, x, sigma, context, scale=1.0):
        self.batches.append(len(x))
        if len(x) > self.most:
            raise torch.OutOfMemoryError("no room")
        assert len(sigma) == len(x)
        return scale * x * context.mean((1, 2)).reshape(-1, 1, 1, 1, 1)


def guided(network, batching="sequential", **scales):
    return GuidedModel(network, FULL, NO_TEXT, NO_MOTION, Guidance(**scales), batching)


def test_scales_of_one_are_the_network_itself():
    network = Network()
    assert torch.equal(guided(network)(X, SIGMA), X)
    assert network.batches == [2]


def test_text_guidance_is_plain_classifier_free_guidance():
    network = Network()
    torch.testing.assert_close(guided(network, text_scale=3.0)(X, SIGMA), (10 + 3.0 * (1 - 10)) * X)
    assert network.batches == [2, 2]


def test_motion_guidance_leaves_the_text_alone():
    network = Network()
    torch.testing.assert_close(guided(network, motion_scale=2.0)(X, SIGMA), (100 + 2.0 * (1 - 100)) * X)
    assert network.batches == [2, 2]


@pytest.mark.parametrize("batching", ["auto", "batched", "sequential"])
def test_text_and_motion_guidance_add_up_with_every_batching(batching):
    network = Network()
    result = guided(network, batching, text_scale=3.0, motion_scale=2.0)(X, SIGMA)
    torch.testing.assert_close(result, (1 + 2.0 * (1 - 10) + 1.0 * (1 - 100)) * X)
    assert network.batches == ([6] if batching == "batched" else [2, 2, 2])


def test_scale_zero_of_the_text_is_the_network_without_it():
    assert torch.equal(guided_prediction(X, 5 * X, None, 0.0, 1.0), 5 * X)


def test_out_of_memory_falls_back_to_sequential_calls():
    network = Network(most=2)
    model = guided(network, "batched", text_scale=3.0, motion_scale=2.0)
    first, second = model(X, SIGMA), model(X, SIGMA)
    assert torch.equal(first, second) and model.batching == "sequential"
    assert network.batches == [6, 2, 2, 2, 2, 2, 2]


def test_conditions_of_different_lengths_are_computed_sequentially():
    network = Network()
    model = GuidedModel(
        network, FULL, {"context": torch.ones(1, 9, 5)}, guidance=Guidance(2.0), batching="batched"
    )
    model(X, SIGMA)
    assert network.batches == [2, 2]


def test_values_that_are_not_tensors_are_passed_on_unchanged():
    conditions = ({**FULL, "scale": 2.0}, {**NO_TEXT, "scale": 2.0})
    network = Network()
    model = GuidedModel(network, *conditions, guidance=Guidance(3.0), batching="batched")
    torch.testing.assert_close(model(X, SIGMA), 2 * (10 + 3.0 * (1 - 10)) * X)
    assert network.batches == [4]


@pytest.mark.parametrize(
    "schedule, at_noise, at_middle, at_clean",
    [("constant", 5, 5, 5), ("falling", 5, 3, 1), ("rising", 1, 3, 5), ("middle", 1, 5, 1)],
)
def test_schedules_fade_guidance_with_the_noise_level(schedule, at_noise, at_middle, at_clean):
    guidance = Guidance(text_scale=5.0, motion_scale=5.0, schedule=schedule)
    for level, scale in ((1.0, at_noise), (0.5, at_middle), (0.0, at_clean)):
        assert guidance.at(level) == pytest.approx((scale, scale))
    assert set(STRENGTHS) == {"constant", "falling", "rising", "middle"}


def test_outside_the_interval_only_the_full_condition_is_evaluated():
    network = Network()
    model = guided(network, text_scale=3.0, motion_scale=2.0, interval=(0.2, 0.8))
    assert torch.equal(model(X, torch.full((2,), 0.9)), X)
    assert network.batches == [2]
    model(X, SIGMA)
    assert network.batches == [2, 2, 2, 2]


def test_the_memory_estimate_keeps_a_reserve():
    assert fits_in_memory(10, 3, 40) and not fits_in_memory(10, 3, 37)


@pytest.mark.parametrize(
    "options, words",
    [
        ({"text_scale": -1.0}, "`text_scale` is -1.0"),
        ({"motion_scale": float("nan")}, "`motion_scale` is nan"),
        ({"schedule": "sometimes"}, "'sometimes'"),
        ({"interval": (0.8, 0.2)}, "the lower one first"),
    ],
)
def test_wrong_guidance_is_refused(options, words):
    with pytest.raises(ValueError, match=words):
        Guidance(**options)


def test_a_scale_without_its_condition_is_refused():
    with pytest.raises(ValueError, match=r"`motion_scale` is 2\.0"):
        GuidedModel(Network(), FULL, NO_TEXT, guidance=Guidance(motion_scale=2.0))
    with pytest.raises(ValueError, match="'together'"):
        GuidedModel(Network(), FULL, batching="together")


def test_the_motion_may_have_a_schedule_of_its_own():
    guidance = Guidance(3.0, 2.0, "falling", (0.1, 1.0), "rising")
    assert guidance.at(0.75) == pytest.approx((1 + 2 * 0.75, 1 + 0.25))
    assert guidance.at(0.05) == (1.0, 1.0)
    assert Guidance(3.0, 2.0, "falling").at(0.25) == pytest.approx((1.5, 1.25))
    with pytest.raises(ValueError, match="'sideways'"):
        Guidance(motion_schedule="sideways")
