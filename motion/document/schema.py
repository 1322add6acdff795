"""Dataclasses read from JSON and written back; every error message names the place in the document.

A document class declares each member once, with its default, its range and the function that reads it:

    @dataclass(frozen=True)
    class Keyframe:
        time: float = number(0.0, 0, 1)
        roll: float = number(0.0, -720, 720)

`read(Keyframe, value, place)` builds an instance from parsed JSON. It raises DocumentError for unknown members, wrong
types, values out of range and NaN. A class may define `problem()`, which returns `(member, sentence)` when its members
contradict each other, else None. `to_plain(instance)` is the inverse; it omits members that have their default value.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable
from functools import partial
from typing import Any


class DocumentError(ValueError):
    """Raised for a motion document that cannot be used.

    `place` is the member at fault, e.g. `layers[1].motion.paths[0].points[3]`, and `sentence` says what is wrong there.
    """

    def __init__(self, place: str, sentence: str):
        # Surrogates without their partner cannot be printed or sent.
        place, sentence = (text.encode("utf-8", "backslashreplace").decode() for text in (place, sentence))
        self.place = place if len(place) <= 200 else place[:197] + "..."
        self.sentence = sentence
        super().__init__(f"{self.place or 'document'}: {sentence}")


def abbreviated(value: Any) -> str:
    """The value as text for an error message, at most 60 characters long."""
    try:
        text = f"{value:g}" if isinstance(value, float) else repr(value)
    except (ValueError, RecursionError):  # Python does not print integers of thousands of digits
        return f"a very large {type(value).__name__}"
    return text if len(text) <= 60 else text[:57] + "..."


def is_deeper(value: Any, most: int) -> bool:
    """Whether parsed JSON has lists and objects inside one another to more than `most` levels."""
    level = [value]
    for _ in range(most):
        level = [
            inner
            for outer in level
            if isinstance(outer, (list, dict))
            for inner in (outer if isinstance(outer, list) else outer.values())
        ]
        if not level:
            return False
    return any(isinstance(entry, (list, dict)) for entry in level)


def read_number(value: Any, place: str, low: float, high: float) -> float:
    """A finite float from `low` to `high`; raises DocumentError for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise DocumentError(place, f"{abbreviated(value)} is not a number")
    if isinstance(value, float) and not math.isfinite(value):
        raise DocumentError(place, f"{value} is not a finite number")
    if not low <= value <= high:
        raise DocumentError(
            place, f"{abbreviated(value)} is out of range; it must be from {low:g} to {high:g}"
        )
    return float(value)


def read_integer(value: Any, place: str, low: int, high: int) -> int:
    """An integer from `low` to `high`; raises DocumentError for anything else."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise DocumentError(place, f"{abbreviated(value)} is not a whole number")
    if not low <= value <= high:
        raise DocumentError(place, f"{abbreviated(value)} is out of range; it must be from {low} to {high}")
    return value


def read_boolean(value: Any, place: str) -> bool:
    """True or False; raises DocumentError for anything else."""
    if not isinstance(value, bool):
        raise DocumentError(place, f"{abbreviated(value)} is not true or false")
    return value


def read_text(value: Any, place: str) -> str:
    """A string; raises DocumentError for anything else."""
    if not isinstance(value, str):
        raise DocumentError(place, f"{abbreviated(value)} is not a text")
    if not is_unicode(value):
        raise DocumentError(place, "holds half of a surrogate pair, which is not a character")
    return value


def is_unicode(text: str) -> bool:
    """Whether a text can be stored: JSON can name half of a surrogate pair, which no file can hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def read_choice(value: Any, place: str, choices: tuple[str, ...]) -> str:
    """One of `choices`; raises DocumentError for anything else."""
    if value not in choices:
        raise DocumentError(place, f"{abbreviated(value)} is not one of {', '.join(choices)}")
    return value


def read_optional(value: Any, place: str, read_value: Callable[[Any, str], Any]) -> Any:
    """None, or the value that `read_value` reads."""
    return None if value is None else read_value(value, place)


MOST_ENTRIES = 20_000
"""Entries of any list, such as the points of a stroke; more take minutes to draw."""


def read_list(
    value: Any,
    place: str,
    read_item: Callable[[Any, str], Any],
    shortest: int = 0,
    longest: int = MOST_ENTRIES,
) -> tuple:
    """A tuple of `shortest` to `longest` items, each read by `read_item`."""
    if not isinstance(value, (list, tuple)):
        raise DocumentError(place, f"{abbreviated(value)} is not a list")
    if len(value) < shortest:
        raise DocumentError(place, f"has {len(value)} entries; at least {shortest} are needed")
    if len(value) > longest:
        raise DocumentError(place, f"has {len(value)} entries; at most {longest} are allowed")
    return tuple(read_item(item, f"{place}[{index}]") for index, item in enumerate(value))


def read_numbers(value: Any, place: str, ranges: tuple[tuple[float, float], ...]) -> tuple[float, ...]:
    """A tuple of exactly as many numbers as there are ranges, each checked against its own range."""
    if not isinstance(value, (list, tuple)) or len(value) != len(ranges):
        raise DocumentError(place, f"{abbreviated(value)} is not a list of {len(ranges)} numbers")
    return tuple(
        read_number(item, f"{place}[{index}]", *bounds)
        for index, (item, bounds) in enumerate(zip(value, ranges, strict=True))
    )


# Declarations of members. Each returns a dataclass field whose metadata holds the function that reads it.


def member(default: Any, read_value: Callable[[Any, str], Any]) -> Any:
    """A member with a default and the function that reads it."""
    return dataclasses.field(default=default, metadata={"read": read_value})


def number(default: float, low: float, high: float) -> Any:
    """A number member with its range."""
    return member(default, partial(read_number, low=low, high=high))


def integer(default: int, low: int, high: int) -> Any:
    """An integer member with its range."""
    return member(default, partial(read_integer, low=low, high=high))


def boolean(default: bool) -> Any:
    """A true or false member."""
    return member(default, read_boolean)


def text(default: str) -> Any:
    """A text member."""
    return member(default, read_text)


def choice(*choices: str) -> Any:
    """A member that is one of several words; the first is the default."""
    return member(choices[0], partial(read_choice, choices=choices))


def optional(read_value: Callable[[Any, str], Any]) -> Any:
    """A member that is None by default."""
    return member(None, partial(read_optional, read_value=read_value))


def list_of(read_item: Callable[[Any, str], Any], longest: int = MOST_ENTRIES) -> Any:
    """A member that is a list, empty by default."""
    return member((), partial(read_list, read_item=read_item, longest=longest))


def required(read_value: Callable[[Any, str], Any]) -> Any:
    """A member without a default."""
    return dataclasses.field(metadata={"read": read_value})


def nested(kind: type) -> dict[str, Any]:
    """Field metadata of a member that is an object of another declared class."""
    return {"read": partial(read, kind)}


def read(kind: type, value: Any, place: str) -> Any:
    """An instance of the dataclass `kind` from parsed JSON; raises DocumentError, which names the wrong member."""
    if not isinstance(value, dict):
        raise DocumentError(place, f"{abbreviated(value)} is not an object with named members")
    fields = {field.name: field for field in dataclasses.fields(kind)}
    prefix = f"{place}." if place else ""
    for name in value:
        if name not in fields:
            raise DocumentError(
                f"{prefix}{str(name)[:60]}", f"is not known here; the known members are {', '.join(fields)}"
            )
    members = {}
    for name, field in fields.items():
        if name in value:
            members[name] = field.metadata["read"](value[name], prefix + name)
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise DocumentError(prefix + name, "is missing, and it has no default")
    result = kind(**members)
    problem = result.problem() if hasattr(result, "problem") else None
    if problem:
        raise DocumentError(prefix + problem[0], problem[1])
    return result


def to_plain(value: Any) -> Any:
    """JSON values of a dataclass: dictionaries without the members at their default, lists, and whole floats as integers."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        result = {}
        for field in dataclasses.fields(value):
            current = getattr(value, field.name)
            default = field.default
            if field.default_factory is not dataclasses.MISSING:
                default = field.default_factory()
            if default is dataclasses.MISSING or current != default:
                result[field.name] = to_plain(current)
        return result
    if isinstance(value, (list, tuple)):
        return [to_plain(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def format_json(value: Any, indent: str = "", width: int = 100) -> str:
    """JSON text with short values on one line and longer ones broken into lines, indented by two spaces a level."""
    line = json.dumps(value, ensure_ascii=False)
    if len(indent) + len(line) <= width or not isinstance(value, (dict, list)) or not value:
        return line
    inner = indent + "  "
    if isinstance(value, dict):
        entries = [f"{json.dumps(name)}: {format_json(item, inner, width)}" for name, item in value.items()]
        return "{\n" + ",\n".join(inner + entry for entry in entries) + f"\n{indent}}}"
    if all(isinstance(item, list) and not any(isinstance(x, (dict, list)) for x in item) for item in value):
        lines, current = [], inner  # points are packed into lines of at most `width`
        for index, item in enumerate(value):
            entry = json.dumps(item) + ("," if index + 1 < len(value) else "")
            if current.strip() and len(current) + len(entry) > width:
                lines.append(current.rstrip())
                current = inner
            current += entry + " "
        return "[\n" + "\n".join([*lines, current.rstrip()]) + f"\n{indent}]"
    return "[\n" + ",\n".join(inner + format_json(item, inner, width) for item in value) + f"\n{indent}]"
