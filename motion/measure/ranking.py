"""Ranking of several videos of the same motion by the reports of `measure_motion`."""

from __future__ import annotations

import math
from collections.abc import Sequence

from .measure import MotionReport

JUDGES = ("motion and stillness", "motion")


def misfits(reports: Sequence[MotionReport], judge: str = JUDGES[0]) -> list[float]:
    """The misfit of each video in pixels: less is better, and NaN means that nothing could be measured.

    The judge "motion" takes the median endpoint error of the requested motion, divided by the share of points that were
    found again; without this division, a video in which most points dissolve could win by the few that remain. "motion and
    stillness" adds the median motion of frozen and of unpainted points. Raises ValueError for another judge.
    """
    if judge not in JUDGES:
        raise ValueError(f"there is no judge {judge!r}; choose one of {', '.join(JUDGES)}")
    return [_misfit(report, judge) for report in reports]


def best_index(values: Sequence[float]) -> int:
    """Index of the smallest value; 0 when all are NaN."""
    numbers = [math.inf if math.isnan(value) else value for value in values]
    return min(range(len(numbers)), key=numbers.__getitem__)


def ranking_table(seeds: Sequence[int], reports: Sequence[MotionReport], judge: str = JUDGES[0]) -> str:
    """Text with one line for the best video, then one line for each video."""
    values = misfits(reports, judge)
    best = best_index(values)
    lines = [f"kept: seed {seeds[best]}, {misfit_text(values[best])}, the best of {len(seeds)}"]
    for index, (seed, report, value) in enumerate(zip(seeds, reports, values, strict=True)):
        parts = {
            "moving": report.epe_median,
            "frozen": report.frozen_median,
            "not painted": report.leakage_median,
        }
        numbers = [f"{name} {amount:.2f}" for name, amount in parts.items() if not math.isnan(amount)]
        if not math.isnan(report.share_followed):
            numbers.append(f"{100 * report.share_followed:.0f} % of the points found again")
        mark = " <- kept" if index == best else ""
        lines.append(
            f"seed {seed}: {misfit_text(value)} ({', '.join(numbers) or 'nothing to measure'}){mark}"
        )
    return "\n".join(lines)


def misfit_text(value: float) -> str:
    """Text that gives a misfit in pixels, or says that it could not be measured."""
    return "could not be measured" if math.isnan(value) else f"{value:.2f} px off"


def _misfit(report: MotionReport, judge: str) -> float:
    if report.share_followed == 0:
        return math.nan  # no point was found again
    parts = [report.epe_median / report.share_followed]
    if judge == JUDGES[0]:
        parts += [report.frozen_median, report.leakage_median]
    known = [part for part in parts if not math.isnan(part)]
    return sum(known) if known else math.nan
