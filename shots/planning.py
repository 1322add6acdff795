"""Graphs of shots: a workflow with the values of a row, and with seeds of its own for each attempt at the motion."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from ..hosts.headless.assignments import set_value, settable
from ..hosts.headless.convert import load
from ..hosts.headless.graph import Graph, Node, WorkflowError
from .cells import cell_value, declared
from .continuation import BEFORE, continued_graph, first_frame, model_frames
from .keys import shot_key
from .problems import ListError
from .shot_list import Row

_SEEDS = 2**32  # every node that draws noise takes seeds below this


@dataclass
class Shot:
    """A shot that can be rendered: its row, the graph with its values, and the key of its folder.

    draw: how often seeds were drawn anew; 0 has the seeds of the workflow and the list.
    """

    row: Row
    graph: Graph
    key: str
    draw: int = 0
    failed_on: set[str] = field(default_factory=set)
    """The places where it failed."""
    errors: list[str] = field(default_factory=list)

    @property
    def folder_name(self) -> str:
        """The name of the shot's folder."""
        return f"{self.row.id}-{self.key[:12]}"


def planned(rows: list[Row], known: dict[str, Any], here: bool) -> list[Shot]:
    """The shots of a list. `known` are schemas in the form of `/object_info`; `here` tells whether they are this machine's.

    Raises ListError, which names every cell that does not fit its input.
    """
    shots: list[Shot] = []
    problems = []
    workflows = _Workflows(known)
    for row in rows:
        try:
            shots.append(_shot(row, workflows.graph(row), known, here))
        except ListError as error:
            problems += error.problems
    if not problems:
        for before, shot in pairwise(shots):
            try:
                if shot.row.transition.continues:
                    continued(shot, before, before.graph, "", known)
            except ValueError as error:
                problems.append(shot.row.problem("transition", str(error)))
    if problems:
        raise ListError(list(dict.fromkeys(problems)))
    return shots


def continued(shot: Shot, before: Shot, rendered: Graph, picture: str, known: dict[str, Any]) -> Shot:
    """A shot of the list that goes on from the one before it, whose graph as it was rendered is `rendered`.

    `picture` is the path of the frame with which it begins. Raises ValueError where a graph does not tell its length, picture or motion.
    """
    transition = shot.row.transition
    starts_at = first_frame(transition, model_frames(before.graph, known))
    graph = continued_graph(shot.graph, rendered, transition, starts_at, picture, known)
    return Shot(shot.row, graph, shot_key(graph, known))


def drawn_anew(shot: Shot, known: dict[str, Any]) -> Shot | None:
    """The shot with other seeds, which are the same in every run; None where its graph has no seed to draw.

    Seeds are the numbers that the canvas can draw anew after each run, so the seed of a drawn picture is not one. Those of the shot
    before, which a continued shot's graph also holds, are kept.
    """
    graph = copy.deepcopy(shot.graph)
    draw = shot.draw + 1
    found = False
    for node, name in _seeds(graph, known):
        digest = hashlib.sha256(f"{node.inputs[name]} {draw}".encode()).digest()
        set_value(graph, node, name, int.from_bytes(digest[:8], "big") % _SEEDS)
        found = True
    return Shot(shot.row, graph, shot_key(graph, known), draw) if found else None


def seeds_of(shot: Shot, known: dict[str, Any]) -> dict[str, int]:
    """The seeds of a shot, by `NODE.input`."""
    return {f"{node.title}.{name}": node.inputs[name] for node, name in _seeds(shot.graph, known)}


def _seeds(graph: Graph, known: dict[str, Any]) -> list[tuple[Node, str]]:
    found = []
    for node in graph.nodes.values():
        if node.id.startswith(BEFORE):
            continue
        for name, value in node.values().items():
            kind, options = declared(known, node.class_type, name)
            if kind == "INT" and options.get("control_after_generate") and isinstance(value, int):
                found.append((node, name))
    return found


class _Workflows:
    """Workflow files, each of which is read and converted once."""

    def __init__(self, known: dict[str, Any]):
        self.known = known
        self._graphs: dict[Path, Graph] = {}

    def graph(self, row: Row) -> Graph:
        """A graph of the row's workflow that may be changed. Raises ListError."""
        if row.workflow not in self._graphs:
            try:
                self._graphs[row.workflow] = load(row.workflow, self.known)
            except WorkflowError as error:
                raise ListError([row.problem("workflow", str(error).rstrip("."))]) from None
        return copy.deepcopy(self._graphs[row.workflow])


def _shot(row: Row, graph: Graph, known: dict[str, Any], here: bool) -> Shot:
    """The shot of a row. Raises ListError with all bad cells of the row."""
    problems = []
    for column, value in row.inputs.items():
        try:
            for node, name in settable(graph, column, known):
                kind, options = declared(known, node.class_type, name)
                read = cell_value(kind, options, name, value, row.folder, here)
                set_value(graph, node, name, read)
        except ValueError as error:
            problems.append(row.problem(column, str(error).rstrip(".")))
    _tidy_numbers(graph, known)
    if row.seconds is not None:
        try:
            set_length(graph, row.seconds, known)
        except ValueError as error:
            problems.append(row.problem("seconds", str(error)))
    if problems:
        raise ListError(problems)
    return Shot(row, graph, shot_key(graph, known))


def _tidy_numbers(graph: Graph, known: dict[str, Any]) -> None:
    """Write numbers in the type of their inputs, so that 1 and 1.0 give the same key."""
    whole: dict[str, Callable[[Any], Any]] = {"INT": int, "FLOAT": float}
    for node in graph.nodes.values():
        for name, value in node.values().items():
            kind, _ = declared(known, node.class_type, name)
            if kind in whole and type(value) in (int, float) and value == whole[kind](value):
                set_value(graph, node, name, whole[kind](value))


def set_length(graph: Graph, seconds: float, known: dict[str, Any]) -> None:
    """Give a graph the number of frames that is nearest to a length, among those that its model takes.

    The frame rate is that of the node that makes or saves the video. Raises ValueError where the graph does not tell one
    frame rate, or has no one length.
    """
    from ..models.video_grid import GRIDS, WAN

    rates = {value for _, value in _numbers(graph, ("fps", "frame_rate"), known)}
    lengths = _numbers(graph, ("length",), known)
    if len(rates) != 1:
        found = f"{len(rates)} frame rates" if rates else "no frame rate"
        raise ValueError(
            f"the workflow has {found} (`fps`), and needs one; give the length in a column NODE.length"
        )
    if len({value for _, value in lengths}) != 1:
        found = f"{len(lengths)} different lengths" if lengths else "no input `length`"
        raise ValueError(f"the workflow has {found}; give the length in a column NODE.length")
    families = {str(node.inputs["model"]) for node, _ in lengths if str(node.inputs.get("model")) in GRIDS}
    time = GRIDS[families.pop()].time if len(families) == 1 else WAN.time
    frames = time.nearest(max(1, round(seconds * rates.pop())))
    for node, _ in lengths:
        set_value(graph, node, "length", frames)


def _numbers(graph: Graph, names: tuple[str, ...], known: dict[str, Any]) -> list[tuple[Node, float]]:
    """The nodes with an input of one of these names that is a number, and the number."""
    return [
        (node, node.inputs[name])
        for node in graph.nodes.values()
        for name in names
        if type(node.inputs.get(name)) in (int, float)
        and declared(known, node.class_type, name)[0] in ("INT", "FLOAT")
    ]
