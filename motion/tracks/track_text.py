"""The text in which other editors pass tracks: lists of points, as JSON or as Python writes them, one or several texts.

KJNodes' spline editor gives a list of {"x", "y"} objects for one spline and a list of such lists for several, in pixels
(`coord_str`) or as fractions of the picture's sides (`normalized_str`). Nodes that collect texts give a list of these
texts, as a Python list or printed as one.
"""

from __future__ import annotations

import json
import math
from ast import literal_eval as python_literal
from typing import Any, TypeGuard

from ..document.schema import abbreviated

LONGEST_TEXT = 20_000_000  # characters
_DEEPEST = 4  # texts in lists in texts
# Coordinates of a normalised track; a curve that leaves the picture exceeds 0..1.
_FRACTIONS = (-0.5, 1.5)


def point_lists(text: Any) -> list[list[tuple[float, float]]]:
    """The points (x, y) of every track in `text`: a string, or a list of strings, as other editors write them.

    Single quotes are accepted, as in ComfyUI's core nodes, since some editors write a Python list. Raises ValueError,
    which names the track and the point, for anything else.
    """
    tracks = _lists_of_points(text, 0)
    if not tracks:
        raise ValueError('the tracks must be a list of lists of {"x": number, "y": number}')
    return [_points_of(track, n) for n, track in enumerate(tracks)]


def are_fractions(tracks: list[list[tuple[float, float]]]) -> bool:
    """Whether the tracks are fractions of the picture's sides: in pixels they would all stay in its first corner."""
    low, high = _FRACTIONS
    return all(low <= value <= high for track in tracks for point in track for value in point)


def _lists_of_points(content: Any, depth: int) -> list[Any]:
    """The tracks in a text, a list of texts, a list of points, or a list of lists of points."""
    if isinstance(content, str):
        content = _parsed(content)
    if depth > _DEEPEST:
        raise ValueError("the tracks are texts inside texts; connect the text of the editor itself")
    if isinstance(content, tuple):
        content = list(content)
    if not isinstance(content, list):
        raise ValueError(
            f'the tracks must be a list of lists of {{"x": number, "y": number}}, not {abbreviated(content)}'
        )
    if content and isinstance(content[0], dict):
        return [content]
    if any(isinstance(entry, str) for entry in content):
        return [
            track
            for entry in content
            for track in (_lists_of_points(entry, depth + 1) if isinstance(entry, str) else [entry])
        ]
    return content


def _parsed(text: str) -> Any:
    """The value of JSON text, or of a Python list as `print` shows it."""
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"the tracks have {len(text)} characters; at most {LONGEST_TEXT} are read")
    try:
        return json.loads(text.removeprefix("\ufeff"))
    except RecursionError:
        raise ValueError("the tracks are not valid JSON: brackets are nested too deeply") from None
    except ValueError as error:
        problem = error
    try:
        return python_literal(text.strip())
    except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
        raise ValueError(f"the tracks are not valid JSON: {str(problem)[:200]}") from None


def _points_of(track: Any, n: int) -> list[tuple[float, float]]:
    if not isinstance(track, (list, tuple)) or not track:
        raise ValueError(f"track {n} must be a list of points, not {abbreviated(track)}")
    points = []
    for i, point in enumerate(track):
        x, y = (point.get("x"), point.get("y")) if isinstance(point, dict) else (None, None)
        if not (is_coordinate(x) and is_coordinate(y)):
            raise ValueError(
                f'point {i} of track {n} is {abbreviated(point)}; it must be {{"x": number, "y": number}}'
            )
        points.append((float(x), float(y)))
    return points


def is_coordinate(value: Any) -> TypeGuard[int | float]:
    """True for a number of pixels: finite in float32, and not a boolean."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return -1e30 < value < 1e30 and math.isfinite(value)
