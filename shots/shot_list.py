"""Reading a list of shots: a CSV table, a JSON file, or a timeline of OpenTimelineIO."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..motion.sequence import CUT, Transition, transition_of
from .problems import ListError, quoted, without_nothing

OWN_COLUMNS = ("id", "workflow", "seconds", "transition")
_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}")


@dataclass(frozen=True)
class Row:
    """A shot as the list describes it.

    place: where it stands in the list, in words. folder: that of the list, to which paths are relative. inputs: the values of the columns
    `NODE.input`. seconds: the length of the shot, or None for that of its workflow. transition: from the shot before.
    """

    place: str
    id: str
    workflow: Path
    folder: Path
    inputs: dict[str, Any] = field(default_factory=dict)
    seconds: float | None = None
    transition: Transition = CUT

    def problem(self, column: str, what: str) -> str:
        """A sentence about a cell of this row."""
        return f"{self.place} ({self.id}), column `{column}`: {what}."


def read_list(path: Path) -> list[Row]:
    """The shots of a list file, whose kind is told by its ending: .csv, .json, or one of OpenTimelineIO's (.otio, .otioz).

    Raises ListError, which names every mistake, and ListError for a file that cannot be read.
    """
    path = path.expanduser()
    if not path.is_file():
        raise ListError([f"There is no list of shots {path}."])
    ending = path.suffix.lower()
    if ending == ".csv":
        entries = _csv_entries(path)
    elif ending == ".json":
        entries = _json_entries(path)
    elif ending in (".otio", ".otioz"):
        from .timeline import timeline_entries

        entries = timeline_entries(path)
    else:
        raise ListError([f"{path.name} ends in `{ending}`; a list of shots is a .csv, .json or .otio file."])
    return checked_rows(entries, path.parent)


def checked_rows(entries: list[tuple[str, dict[str, Any]]], folder: Path) -> list[Row]:
    """The rows of (place, cells by column); paths are relative to `folder`. Raises ListError, which names every mistake."""
    rows, problems = [], []
    places: dict[str, str] = {}
    for place, cells in entries:
        try:
            row = _row(place, cells, folder)
        except ListError as error:
            problems += error.problems
            continue
        # Folders are named by the id, and some disks do not tell capital letters from small ones.
        if row.id.lower() in places:
            problems.append(
                row.problem(
                    "id", f"{places[row.id.lower()]} has this id too; every shot needs an id of its own"
                )
            )
        places.setdefault(row.id.lower(), place)
        rows.append(row)
    if rows and rows[0].transition.continues:
        problems.append(
            rows[0].problem(
                "transition",
                f"the value is '{rows[0].transition}', but no shot comes before it to be continued",
            )
        )
    if not entries:
        problems.append("The list has no shots: write one in each row.")
    if problems:
        raise ListError(problems)
    return rows


def _csv_entries(path: Path) -> list[tuple[str, dict[str, Any]]]:
    """The rows of a table; empty rows are skipped and empty cells left out."""
    text = _text(path)
    head = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = max(",;\t", key=head.count)
    table = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    filled = [(number, cells) for number, cells in enumerate(table, 1) if any(cell.strip() for cell in cells)]
    if not filled:
        raise ListError([f"{path.name} is empty; its first row names the columns: id, workflow, NODE.input."])
    columns = [cell.strip() for cell in filled[0][1]]
    problems = _column_problems(columns)
    entries = []
    for number, cells in filled[1:]:
        if any(cell.strip() for cell in cells[len(columns) :]):
            problems.append(
                f"Row {number} has {len(cells)} cells, but there are {len(columns)} columns; a text that contains `{delimiter}` needs quotes around it."
            )
        given = {
            name: cell.strip() for name, cell in zip(columns, cells, strict=False) if name and cell.strip()
        }
        entries.append((f"Row {number}", given))
    if problems:
        raise ListError(problems)
    return entries


def _column_problems(columns: list[str]) -> list[str]:
    """Sentences about the names of columns."""
    twice = sorted({name for name in columns if name and columns.count(name) > 1})
    problems = [f"There are several columns `{name[:80]}`; a name may stand only once." for name in twice]
    problems += [
        f"There is no column `{name}`; every list needs it."
        for name in OWN_COLUMNS[:2]
        if name not in columns
    ]
    return problems


def _json_entries(path: Path) -> list[tuple[str, dict[str, Any]]]:
    """The shots of a JSON list, or of an object `{"defaults": {…}, "shots": […]}`."""
    try:
        content = json.loads(_text(path))
    except (ValueError, RecursionError) as error:
        raise ListError([f"{path.name} is not a JSON file: {str(error)[:200]}."]) from None
    defaults = content.get("defaults", {}) if isinstance(content, dict) else {}
    shots = content.get("shots") if isinstance(content, dict) else content
    if not isinstance(shots, list) or not isinstance(defaults, dict):
        raise ListError(
            [
                f'{path.name} holds no list of shots: write [{{"id": …}}] or {{"defaults": {{…}}, "shots": […]}}.'
            ]
        )
    problems = [
        f"Shot {number} is a JSON {type(shot).__name__}; it must be an object with the columns as members."
        for number, shot in enumerate(shots, 1)
        if not isinstance(shot, dict)
    ]
    if problems:
        raise ListError(problems)
    return [(f"Shot {number}", without_nothing(defaults | shot)) for number, shot in enumerate(shots, 1)]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ListError([f"{path.name} is not UTF-8 text ({error.reason}); save it as UTF-8."]) from None
    except OSError as error:
        raise ListError([f"{path} cannot be read: {error.strerror}."]) from None


def _row(place: str, cells: dict[str, Any], folder: Path) -> Row:
    """The row of some cells. Raises ListError with all its mistakes."""
    name = str(cells.get("id", "")).strip()
    problems = []
    if not _ID.fullmatch(name):
        problems.append(
            f"{place}, column `id`: the value is {quoted(cells.get('id', ''))}; it must have 1 to 80 letters, digits, `_`, `-` or `.`, and no `-` or `.` in front."
        )
    row = Row(place, name or "no id", folder, folder)
    workflow = folder / Path(str(cells.get("workflow", ""))).expanduser()
    if not workflow.is_file():
        problems.append(
            row.problem(
                "workflow",
                f"the value is {quoted(cells.get('workflow', ''))}; it must be the path of a workflow file, relative to the list",
            )
        )
    unknown = [column for column in cells if column not in OWN_COLUMNS and "." not in column]
    problems += [
        row.problem(
            column[:80], f"there is no such column; the columns are {', '.join(OWN_COLUMNS)} and NODE.input"
        )
        for column in unknown
    ]
    seconds, transition = None, CUT
    try:
        if "seconds" in cells:
            seconds = _length(cells["seconds"])
    except ValueError as error:
        problems.append(row.problem("seconds", str(error)))
    try:
        transition = transition_of(str(cells.get("transition", CUT)))
    except ValueError as error:
        problems.append(row.problem("transition", str(error)))
    if problems:
        raise ListError(problems)
    inputs = {column: value for column, value in cells.items() if column not in OWN_COLUMNS}
    return Row(place, name, workflow, folder, inputs, seconds, transition)


def _length(value: Any) -> float:
    """A number of seconds above 0. Raises ValueError."""
    try:
        seconds = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        seconds = math.nan
    if not 0 < seconds <= 3600:
        raise ValueError(
            f"the value is {quoted(value)}; it must be a number of seconds above 0, at most 3600"
        )
    return seconds
