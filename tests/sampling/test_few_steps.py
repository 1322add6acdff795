import pytest
import torch
from flowbrush.sampling.few_steps import FewSteps
from flowbrush.sampling.schedule import rectified_flow_sigmas

OWN = FewSteps((1.0, 0.9, 0.7, 0.4, 0.0))


def test_the_students_number_of_steps_gives_exactly_its_levels():
    assert OWN.schedule(4).tolist() == torch.tensor(OWN.sigmas).tolist()


def test_other_numbers_of_steps_interpolate_the_levels():
    assert OWN.schedule(8).tolist() == pytest.approx([1, 0.95, 0.9, 0.8, 0.7, 0.55, 0.4, 0.2, 0])
    assert OWN.schedule(2).tolist() == pytest.approx([1.0, 0.7, 0.0])
    assert OWN.schedule(1).tolist() == [1.0, 0.0]


def test_denoise_begins_part_way_along_its_levels():
    assert OWN.schedule(2, denoise=0.5).tolist() == pytest.approx([0.7, 0.4, 0.0])


def test_evenly_spaced_levels_change_nothing():
    straight = FewSteps((1.0, 0.75, 0.5, 0.25, 0.0))
    for steps, shift, kind in ((3, 1.0, "cosine"), (7, 3.0, "karras"), (4, 5.0, "linear")):
        expected = rectified_flow_sigmas(steps, shift, kind=kind)
        torch.testing.assert_close(straight.schedule(steps, shift, kind=kind), expected)


def test_facts_are_read_back_unchanged():
    student = FewSteps((1.0, 0.5, 0.0), "heun", 4.0)
    assert FewSteps.from_facts({"steps": 3, **student.facts()}) == student
    assert FewSteps.from_facts({"steps": 3}) is None


@pytest.mark.parametrize("sigmas", [(1.0, 0.5), (0.9, 0.0), (1.0, 0.5, 0.6, 0.0), (1.0,)])
def test_levels_that_do_not_fall_from_one_to_zero_are_refused(sigmas):
    with pytest.raises(ValueError, match="sigmas"):
        FewSteps(sigmas)


def test_an_unknown_solver_is_refused():
    with pytest.raises(ValueError, match="magic"):
        FewSteps((1.0, 0.0), "magic")


def test_unsuitable_settings_get_advice():
    assert OWN.settings_advice(4, "euler", 3.0) is None  # no guidance is built in, so any scale is fine
    assert (
        OWN.settings_advice(1, "unipc") == "This model was distilled to few steps and is best with `steps` 4."
    )
    assert "`steps` 4, `solver` euler" in (OWN.settings_advice(8, "unipc") or "")
    guided = FewSteps(OWN.sigmas, text_scale=4.0)
    assert "`cfg` 1 (it was trained with a guidance scale of 4 built in)" in (
        guided.settings_advice(4, "euler", 3.0) or ""
    )
