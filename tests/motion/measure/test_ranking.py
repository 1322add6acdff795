import math

import pytest
from flowbrush.motion.measure.measure import MotionReport
from flowbrush.motion.measure.ranking import best_index, misfits, ranking_table


def report(epe=math.nan, followed=1.0, frozen=math.nan, leakage=math.nan):
    return MotionReport(epe, epe, leakage, leakage, frozen, frozen, math.nan, 0.5, 1.0, followed, followed)


def test_motion_in_still_areas_counts_only_if_it_is_asked_for():
    steady, restless = report(2.0, frozen=0.1, leakage=0.2), report(1.0, frozen=1.5, leakage=0.5)
    assert misfits([steady, restless]) == pytest.approx([2.3, 3.0])
    assert misfits([steady, restless], "motion") == [2.0, 1.0]
    with pytest.raises(ValueError, match="no judge 'taste'"):
        misfits([steady], "taste")


def test_a_video_in_which_most_dissolved_does_not_win_by_what_is_left():
    whole, dissolved = report(1.5), report(1.0, followed=0.25)
    assert misfits([whole, dissolved]) == [1.5, 4.0]


def test_what_cannot_be_measured_is_never_the_best_unless_nothing_can_be():
    gone, unseen, good = report(followed=0.0, leakage=0.1), report(), report(3.0)
    values = misfits([gone, unseen, good])
    assert math.isnan(values[0]) and math.isnan(values[1]) and best_index(values) == 2
    assert best_index([math.nan, math.nan]) == 0 and best_index([2.0, 1.0, 1.0]) == 1


def test_without_anything_that_moves_stillness_decides():
    only_frozen = [report(followed=math.nan, frozen=value) for value in (0.4, 0.2)]
    assert misfits(only_frozen) == [0.4, 0.2]


def test_the_table_names_every_seed_and_the_one_that_is_kept():
    lines = ranking_table([7, 8], [report(2.0, 0.5, frozen=0.1), report(1.0)]).splitlines()
    assert lines[0] == "kept: seed 8, 1.00 px off, the best of 2"
    assert lines[1] == "seed 7: 4.10 px off (moving 2.00, frozen 0.10, 50 % of the points found again)"
    assert lines[2] == "seed 8: 1.00 px off (moving 1.00, 100 % of the points found again) <- kept"
