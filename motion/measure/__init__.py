"""A video compared with the motion field that it should follow: numbers, pictures, text, and a ranking of several."""

from .comparison import Comparison, compare_motion
from .error_map import error_picture, error_summary, error_video
from .measure import MotionReport, measure_motion, meter_floor, psnr
from .ranking import best_index, misfits, ranking_table

__all__ = [
    "Comparison",
    "MotionReport",
    "best_index",
    "compare_motion",
    "error_picture",
    "error_summary",
    "error_video",
    "measure_motion",
    "meter_floor",
    "misfits",
    "psnr",
    "ranking_table",
]
