"""Example graphs that open in ComfyUI's App mode: the picture, the editor and Run, without the canvas."""

from __future__ import annotations

from collections.abc import Callable

from .bundled import animate_picture, start_here
from .canvas import App, Graph


def start_here_app() -> Graph:
    """The graph start_here as an app."""
    return _app_of(start_here())


def animate_picture_app() -> Graph:
    """The graph animate_picture as an app."""
    return _app_of(animate_picture())


def _app_of(graph: Graph) -> Graph:
    """The graph as an app NAME.app, whose controls are the picture and its painted motion, and which shows the video."""
    image, brush, saved = (
        next(node for node in graph.nodes if node.kind == kind)
        for kind in ("FlowbrushExampleImage", "FlowbrushMotionBrush", "SaveVideo")
    )
    image.labels = {"name": "Picture"}
    graph.name = f"{graph.name}.app"
    graph.app = App([(image, "name"), (brush, "document")], [saved])
    return graph


APPS: tuple[Callable[[], Graph], ...] = (start_here_app, animate_picture_app)
