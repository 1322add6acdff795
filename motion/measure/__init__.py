"""A video compared with the motion field that it should follow: numbers, pictures, text, and a ranking of several."""

# ruff: noqa: F401  (the imports below are the public names, for type checkers)

from typing import TYPE_CHECKING

from ...exports import lazy_exports

if TYPE_CHECKING:
    from .comparison import Comparison, compare_motion
    from .error_map import error_picture, error_summary, error_video
    from .measure import MotionReport, measure_motion, meter_floor, psnr
    from .ranking import best_index, misfits, ranking_table

__all__, __getattr__, __dir__ = lazy_exports(  # pyright: ignore[reportUnsupportedDunderAll]
    __name__,
    {
        "comparison": ["Comparison", "compare_motion"],
        "error_map": ["error_picture", "error_summary", "error_video"],
        "measure": ["MotionReport", "measure_motion", "meter_floor", "psnr"],
        "ranking": ["best_index", "misfits", "ranking_table"],
    },
)
