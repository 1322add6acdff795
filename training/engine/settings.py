"""Settings of a training command: a frozen dataclass whose values come from a TOML file and from the command line.

Every field is a key of the file and a flag (`--save-minutes 5` is `save_minutes = 5`), described by its annotation. A
flag overrides the file, and the file overrides the default. An unknown key, or a value of a wrong type or out of range,
ends the command with an error message of one sentence.
"""

from __future__ import annotations

import argparse
import difflib
import types
from collections.abc import Sequence
from dataclasses import MISSING, Field, dataclass, field, fields
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import torch

T = TypeVar("T", bound="RunSettings")


def default_device() -> str:
    """cuda where PyTorch finds a GPU, otherwise cpu."""
    return "cuda" if torch.cuda.is_available() else "cpu"


@dataclass(frozen=True, kw_only=True)
class RunSettings:
    """The settings that all training commands have in common."""

    run: Annotated[Path, "folder of the run; the run continues if the folder has a checkpoint"]
    steps: Annotated[int, "number of steps after which the run ends"] = 100_000
    minutes: Annotated[float | None, "minutes after which the run ends, if that comes sooner"] = None
    lr: Annotated[float, "peak learning rate"] = 1e-3
    warmup: Annotated[int, "steps until the learning rate reaches its peak"] = 100
    decay_from: Annotated[
        float, "part of the run until which the learning rate stays at its peak; then it falls"
    ] = 0.0
    streams: Annotated[int, "batches per step, divided among the devices; 0: one for each device"] = 0
    ema: Annotated[float, "decay of the averaged weights, which are the exported ones"] = 0.999
    clip: Annotated[float, "largest norm of the gradient; a longer gradient is scaled down to it"] = 1.0
    precision: Annotated[Literal["bf16", "fp32"], "arithmetic of the networks; weights are float32"] = "bf16"
    recompute: Annotated[bool, "gradient checkpointing: less memory, a third more time"] = False
    sharded: Annotated[
        bool, "spread weights and optimizer state over the devices (FSDP); otherwise each has a copy (DDP)"
    ] = False
    save_minutes: Annotated[float, "minutes between checkpoints"] = 2.0
    sheet_minutes: Annotated[float, "minutes between contact sheets of samples in RUN/sheets; 0: none"] = 0.0
    tensorboard: Annotated[bool, "write losses and sheets to RUN/tensorboard"] = False
    threads: Annotated[int | None, "number of CPU threads; all by default"] = None
    seed: Annotated[int, "seed of the initial weights and of the data"] = 0
    device: Annotated[str, "cpu, cuda, cuda:1 ...; of several processes each takes its own GPU"] = field(
        default_factory=default_device
    )

    def __post_init__(self) -> None:
        for name, low, high in (
            ("steps", 1, None), ("lr", 0, None), ("warmup", 1, None), ("streams", 0, None), ("ema", 0, 1),
            ("clip", 0, None), ("minutes", 0, None), ("threads", 1, None), ("save_minutes", 0, None),
            ("sheet_minutes", 0, None), ("decay_from", 0, 0.99),
        ):  # fmt: skip
            value = getattr(self, name)
            if value is not None and (value < low or (high is not None and value > high)):
                bounds = f"at least {low}" if high is None else f"between {low} and {high}"
                raise ValueError(f"`{name}` is {value}; it must be {bounds}")


def settings_from(kind: type[T], argv: Sequence[str] | None, description: str | None) -> T:
    """Settings of `kind` from a command line (`--config FILE` and flags); a wrong value ends the program with a message."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--config", type=Path, help="a TOML file with any of the settings below")
    hints = get_type_hints(kind, include_extras=True)
    for one in fields(kind):
        _add_flag(parser, one, hints[one.name])
    given = vars(parser.parse_args(argv))
    config = given.pop("config")
    try:
        values = (read_toml(config, kind) if config else {}) | given
        missing = [one.name for one in fields(kind) if _is_required(one) and one.name not in values]
        if missing:
            raise ValueError(
                f"`{missing[0]}` is missing: give --{missing[0].replace('_', '-')} or set it in the file"
            )
        return kind(**values)
    except (ValueError, OSError) as error:
        parser.error(str(error))


def read_toml(path: Path, kind: type) -> dict[str, Any]:
    """The settings of a TOML file, of the types that `kind` declares. Raises ValueError in one sentence."""
    toml = _toml()
    try:
        table = toml.loads(path.read_text(encoding="utf-8"))
    except toml.TOMLDecodeError as error:
        raise ValueError(f"{path.name} is not TOML: {error}") from None
    hints = get_type_hints(kind)
    known = [one.name for one in fields(kind)]
    values = {}
    for key, value in table.items():
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            hint = f"did you mean `{near[0]}`?" if near else f"the known keys are {', '.join(known)}"
            raise ValueError(f"{path.name} has the key `{key}`, which is unknown: {hint}")
        values[key] = _convert(value, hints[key], f"`{key}` in {path.name}")
    return values


def _toml() -> Any:
    """The standard library's TOML parser, or on Python 3.10 the package `tomli`, which has the same functions."""
    try:
        import tomllib
    except ModuleNotFoundError:
        try:
            import tomli as tomllib  # pyright: ignore[reportMissingImports]
        except ModuleNotFoundError:
            raise ValueError(
                "Python 3.10 has no TOML parser: `pip install tomli`, or give the settings as flags"
            ) from None
    return tomllib


def _is_required(one: Field) -> bool:
    return one.default is MISSING and one.default_factory is MISSING


def _options(hint: Any) -> list[Any]:
    """The types of `A | B`, without None."""
    union = get_origin(hint) in (Union, types.UnionType)
    return [kind for kind in (get_args(hint) if union else (hint,)) if kind is not type(None)]


def _add_flag(parser: argparse.ArgumentParser, one: Field, hint: Any) -> None:
    hint, help = get_args(hint)
    kind = _options(hint)[0]
    default = "" if _is_required(one) or one.default in (None, MISSING) else f" (default: {one.default})"
    more: dict[str, Any] = {"default": argparse.SUPPRESS, "help": help + default}
    if kind is bool:
        more["action"] = argparse.BooleanOptionalAction
    elif get_origin(kind) is Literal:
        more["choices"] = get_args(kind)
    elif get_origin(kind) is tuple:
        more |= {"type": get_args(kind)[0], "nargs": "+"}
    else:
        more["type"] = kind
    parser.add_argument("--" + one.name.replace("_", "-"), dest=one.name, **more)


def _convert(value: Any, hint: Any, where: str) -> Any:
    """`value` as the type `hint`: an int is accepted as a float and a text as a path; any other type must match."""
    kind = _options(hint)[0]
    if get_origin(kind) is Literal:
        if value in get_args(kind):
            return value
        raise ValueError(f"{where} is {value!r}; it must be one of {', '.join(map(repr, get_args(kind)))}")
    if get_origin(kind) is tuple:
        if isinstance(value, list):
            return tuple(_convert(one, get_args(kind)[0], where) for one in value)
        raise ValueError(f"{where} is {value!r}; it must be a list")
    if kind is Path and isinstance(value, str):
        return Path(value)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, kind) and (kind is bool or not isinstance(value, bool)):
        return value
    words = {
        bool: "true or false",
        int: "a whole number",
        float: "a number",
        str: "a text",
        Path: "a text (a path)",
    }
    raise ValueError(f"{where} is {value!r}; it must be {words[kind]}")
