"""Shots that go on where the one before ends: the picture with which they begin, and the graph that carries the motion on."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

from ..hosts.headless.graph import Graph, Link, Node, execution_order, parse
from ..motion.sequence import Transition
from .cells import declared

NODES = ("LoadImage", "FlowbrushExtendShot")
"""The nodes that are added to the graph of a continued shot."""
BEFORE = "before"
"""In front of the ids of nodes that come from the graph of the shot before."""
_PICTURE, _MOTION = "continued picture", "continued motion"
_PICTURES = ("LoadImage", "FlowbrushExampleImage")
_FIRST_FRAME = "FlowbrushFirstFrame"


def model_frames(graph: Graph, known: dict[str, Any]) -> int:
    """The one number of frames (`length`) of a graph. Raises ValueError where there is none, or several."""
    found = {
        node.inputs["length"]
        for node in graph.nodes.values()
        if type(node.inputs.get("length")) is int and declared(known, node.class_type, "length")[0] == "INT"
    }
    if len(found) != 1:
        several = f"the lengths {', '.join(map(str, sorted(found)))}" if found else "no input `length`"
        raise ValueError(
            f"its workflow has {several}; a shot that continues or is continued needs one `length`"
        )
    return found.pop()


def first_frame(transition: Transition, frames: int) -> int:
    """The number of the frame of a motion of `frames` frames with which the shot after it begins. Raises ValueError."""
    if transition.overlap > frames:
        raise ValueError(
            f"it shares {transition.overlap} frames, but the shot before has {frames}; share at most {frames}"
        )
    return frames - transition.overlap


def continued_graph(
    graph: Graph, before: Graph, transition: Transition, starts_at: int, picture: str, known: dict[str, Any]
) -> Graph:
    """The graph of a shot that begins with a picture of the shot before, and takes over its motion unless it has its own.

    before: the graph of the shot before. starts_at: the number of that shot's frame which `picture` shows, a path or a name for Load Image. Raises ValueError where
    a graph does not tell its picture or its motion.
    """
    prompt = copy.deepcopy(graph.prompt)
    _put_picture(graph, prompt, picture)
    moved = None if transition.own_motion else _motion(graph, known)
    if moved is not None:
        source = _motion(before, known)
        if source is None:
            raise ValueError("the shot before has no motion to continue; write `continue picture`")
        for name in execution_order(before, [source.node_id]):
            prompt[_renamed(name)] = _copied(before.prompt[name], before.nodes[name])
        length = model_frames(graph, known)
        if transition.overlap >= length:
            raise ValueError(
                f"it shares {transition.overlap} frames and has {length}, so that nothing new is left; share fewer"
            )
        prompt[_MOTION] = {
            "class_type": "FlowbrushExtendShot",
            "inputs": {
                "frames": [_PICTURE, 0],
                "motion": [_renamed(source.node_id), source.slot],
                "length": length,
                "overlap": 1,
                "starts_at": starts_at,
            },
        }
        for node, name in _consumers(graph, moved, known):
            prompt[node.id]["inputs"][name] = [_MOTION, 1]
    return parse(prompt)


def _put_picture(graph: Graph, prompt: dict[str, Any], picture: str) -> None:
    """Let the graph begin with a picture: in its First Frame, or where its one picture is used."""
    prompt[_PICTURE] = {"class_type": "LoadImage", "inputs": {"image": picture}}
    frames = [node for node in graph.nodes.values() if node.class_type == _FIRST_FRAME]
    if len(frames) == 1:
        prompt[frames[0].id]["inputs"]["image"] = [_PICTURE, 0]
        return
    sources = [node for node in graph.nodes.values() if node.class_type in _PICTURES]
    if len(frames) > 1 or len(sources) != 1:
        count = f"{len(frames)} First Frame nodes" if frames else f"{len(sources)} pictures"
        raise ValueError(f"its workflow has {count}, and needs one, to which the last picture is given")
    for node in graph.nodes.values():
        for name, link in node.links().items():
            if link == Link(sources[0].id, 0):
                prompt[node.id]["inputs"][name] = [_PICTURE, 0]


def _motion(graph: Graph, known: dict[str, Any]) -> Link | None:
    """The motion that a graph carries out: the one output that makes it from all others. None without any motion."""
    used = {
        link
        for node in graph.nodes.values()
        if not _makes_motion(node, known)
        for link in _motions(node, graph, known)
    }
    final = [
        link
        for link in used
        if {other.node_id for other in used} <= set(execution_order(graph, [link.node_id]))
    ]
    if used and len(final) != 1:
        names = ", ".join(sorted(graph.nodes[link.node_id].label for link in used))
        raise ValueError(
            f"a workflow carries out several motions ({names}), and it needs one that can be continued"
        )
    return final[0] if final else None


def _consumers(graph: Graph, motion: Link, known: dict[str, Any]) -> list[tuple[Node, str]]:
    """The nodes that carry a motion out, with the input that takes it."""
    return [
        (node, name)
        for node in graph.nodes.values()
        if not _makes_motion(node, known)
        for name, link in node.links().items()
        if link == motion
    ]


def _motions(node: Node, graph: Graph, known: dict[str, Any]) -> list[Link]:
    return [
        link
        for link in node.links().values()
        if _output(graph.nodes[link.node_id], link.slot, known) == _KIND
    ]


_KIND = "FLOWBRUSH_MOTION"


def _makes_motion(node: Node, known: dict[str, Any]) -> bool:
    return _KIND in known.get(node.class_type, {}).get("output", ())


def _output(node: Node, slot: int, known: dict[str, Any]) -> str:
    outputs = known.get(node.class_type, {}).get("output", ())
    return str(outputs[slot]) if slot < len(outputs) else ""


def _renamed(node_id: str) -> str:
    return f"{BEFORE} {node_id}"


def _copied(entry: dict[str, Any], node: Node) -> dict[str, Any]:
    """An entry of a prompt whose links lead to the copies of its sources."""
    links = {name: [_renamed(link.node_id), link.slot] for name, link in node.links().items()}
    return {**copy.deepcopy(entry), "inputs": {**copy.deepcopy(entry["inputs"]), **links}}


def write_picture(video: Path, from_end: float, target: Path) -> Path:
    """Write a frame of a video as a picture, unless it is there; `from_end` is 0 for the last frame and 1 for the first.

    Raises ValueError for a video that cannot be read.
    """
    from ..hosts.headless.pictures import write_image
    from ..hosts.headless.videos import read_video

    if not target.is_file():
        frames, _ = read_video(video)
        target.parent.mkdir(parents=True, exist_ok=True)
        write_image(target, frames[round((len(frames) - 1) * (1 - from_end))])
    return target
