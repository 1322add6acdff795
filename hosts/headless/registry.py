"""The nodes that a workflow may use without ComfyUI: this pack's own, and stand-ins for some stock nodes."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import sys
import types
from functools import cache
from typing import Any

from .api.node import ComfyNode, Schema


def install() -> None:
    """Register this package's `api` as `comfy_api.latest`, so that `nodes/` can be imported without ComfyUI.

    Does nothing if it is registered already, or if this process has imported ComfyUI's own.
    """
    if "comfy_api.latest" in sys.modules:
        return
    latest = importlib.import_module(".api", __package__)
    parent = types.ModuleType(
        "comfy_api", "Stand-in for ComfyUI's package, registered by flowbrush.hosts.headless."
    )
    parent.__path__ = []
    parent.latest = latest  # type: ignore[attr-defined]
    sys.modules["comfy_api"] = parent
    sys.modules["comfy_api.latest"] = latest


@cache
def node_classes() -> dict[str, type[ComfyNode]]:
    """Return every node class by its id: the stand-ins, then this pack's own nodes."""
    install()
    from . import stock

    pack = importlib.import_module((__package__ or "").rsplit(".", 2)[0])  # the package that holds hosts/
    own = asyncio.run(_nodes_of(pack))
    return {cls.define_schema().node_id: cls for cls in [*stock.NODES, *own]}


async def _nodes_of(pack: types.ModuleType) -> list[type[ComfyNode]]:
    """Return the pack's nodes, through the same entry point as ComfyUI."""
    extension = await pack.comfy_entrypoint()
    await extension.on_load()
    return await extension.get_node_list()


def node_class(class_type: str) -> type[ComfyNode]:
    """Return the class of a node id. Raises ValueError, which lists the known nodes, for an unknown one."""
    classes = node_classes()
    if class_type not in classes:
        raise ValueError(
            f"There is no node `{class_type}` without ComfyUI. The known nodes are: {', '.join(sorted(classes))}. "
            "Run this workflow in ComfyUI, or replace the node."
        )
    return classes[class_type]


def object_info() -> dict[str, dict[str, Any]]:
    """Return the content of ComfyUI's `/object_info` for the nodes that run here."""
    return {name: schema_of(cls).node_info() for name, cls in node_classes().items()}


def schema_of(cls: type[ComfyNode]) -> Schema:
    """Return the node's current schema: choices such as lists of files change between runs."""
    return cls.define_schema()
