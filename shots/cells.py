"""The value of a cell, in the type that its input takes according to the schemas of `/object_info`."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from ..hosts.headless.upload import KINDS
from .problems import quoted

_SWITCH = {
    "true": True,
    "1": True,
    "yes": True,
    "on": True,
    "false": False,
    "0": False,
    "no": False,
    "off": False,
}


def declared(known: dict[str, Any], class_type: str, name: str) -> tuple[str, dict[str, Any]]:
    """The type of an input and its options, where choices are `options`; ("", {}) for an input that is not declared."""
    inputs = known.get(class_type, {}).get("input", {})
    entry = inputs.get("required", {}).get(name) or inputs.get("optional", {}).get(name)
    if not entry:
        return "", {}
    options = dict(entry[1]) if len(entry) > 1 and isinstance(entry[1], dict) else {}
    if isinstance(entry[0], list):
        return "COMBO", options | {"options": entry[0]}
    return str(entry[0]), options


def takes_file(options: dict[str, Any]) -> bool:
    """Whether an input with these options names a file that is sent to ComfyUI."""
    return any(options.get(kind) for kind in KINDS)


def cell_value(kind: str, options: dict[str, Any], name: str, value: Any, folder: Path, here: bool) -> Any:
    """The value of a cell for an input of this type.

    Paths are relative to `folder`, the list's. `here` allows the path of a model file where names are offered, as only
    the nodes of this machine can read it. Raises ValueError, which says what would be right.
    """
    if takes_file(options):
        return _file_name(options, value, folder)
    if kind == "INT":
        return _number(value, options, whole=True)
    if kind == "FLOAT":
        return _number(value, options, whole=False)
    if kind == "BOOLEAN":
        return _switch(value)
    if kind == "COMBO":
        return _choice(value, list(options.get("options") or ()), folder if here else None)
    if kind.startswith("COMFY_DYNAMICCOMBO"):
        return _choice(value, [option["key"] for option in options.get("options") or ()], None)
    if kind == "STRING":
        return _document(value, folder) if name == "document" else _text(value)
    if kind:
        raise ValueError(
            f"the input takes a link of type {kind}, and a list can only give values: link it in the workflow"
        )
    return value


def _file_name(options: dict[str, Any], value: Any, folder: Path) -> str:
    """The absolute path of a file beside the list, or a name that the host offers."""
    path = found_file(str(value), folder)
    if path is not None:
        return str(path)
    if value in (options.get("options") or ()):
        return str(value)
    raise ValueError(
        f"there is no file {quoted(value)}; it must be a path, relative to the list's folder {folder}"
    )


def found_file(name: str, folder: Path) -> Path | None:
    """The file at a path relative to `folder`, or None."""
    try:
        path = (folder / Path(name).expanduser()).resolve()
        return path if path.is_file() else None
    except (OSError, ValueError, RuntimeError):
        return None


def _document(value: Any, folder: Path) -> str:
    """The text of a motion document: the value itself, or the content of the file that it names."""
    from ..motion.document.document import parse
    from ..motion.document.schema import DocumentError

    text = _text(value)
    if not text.lstrip().startswith("{"):
        path = found_file(text, folder)
        if path is None:
            raise ValueError(
                f"there is no file {quoted(value)}; it must be the path of a motion document, relative to the list's folder {folder}"
            )
        text = path.read_text(encoding="utf-8-sig", errors="replace")
    try:
        parse(text)
    except DocumentError as error:
        raise ValueError(f"the motion document is not valid: {error}") from None
    return text


def _text(value: Any) -> str:
    return json.dumps(value) if isinstance(value, dict | list) else str(value)


def _number(value: Any, options: dict[str, Any], whole: bool) -> int | float:
    low, high = options.get("min"), options.get("max")
    right = "a whole number" if whole else "a number"
    if low is not None and high is not None:
        right += f" from {low} to {high}"
    try:
        if isinstance(value, bool):
            raise ValueError
        number = (_whole(value) if whole else float(value)) if value is not None else math.nan
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    inside = math.isfinite(number) and (low is None or number >= low) and (high is None or number <= high)
    if not inside:
        raise ValueError(f"the value is {quoted(value)}; it must be {right}")
    return number


def _whole(value: Any) -> int:
    """A whole number, also written as 4.0. Raises ValueError for any other."""
    try:
        return int(value) if not isinstance(value, float) or value.is_integer() else int("")
    except ValueError:
        number = float(value)
        if not number.is_integer():
            raise
        return int(number)


def _switch(value: Any) -> bool:
    word = str(value).strip().lower()
    if word not in _SWITCH:
        raise ValueError(f"the value is {quoted(value)}; it must be true or false")
    return _SWITCH[word]


def _choice(value: Any, choices: list[Any], folder: Path | None) -> Any:
    for choice in choices:
        if str(value) == str(choice):
            return choice
    path = None if folder is None else found_file(str(value), folder)
    if path is not None:
        return str(path)
    listed = ", ".join(map(str, choices))
    raise ValueError(
        f"the value is {quoted(value)}; it must be one of: {listed[:300] or 'nothing, as none is offered'}"
    )
