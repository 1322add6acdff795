"""The pack as a ComfyUI extension."""

from comfy_api.latest import ComfyExtension, io

from ..hosts import host
from . import node_classes


class FlowbrushExtension(ComfyExtension):
    """Registers the nodes with ComfyUI, and the routes of the editor with its server."""

    async def on_load(self) -> None:
        """See `hosts.Host.serve_editor`."""
        host().serve_editor()

    async def get_node_list(self) -> list[type[io.ComfyNode]]:
        """See `nodes.node_classes`."""
        return node_classes()
