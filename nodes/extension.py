"""The pack as a ComfyUI extension."""

from comfy_api.latest import ComfyExtension, io

from . import node_classes


class FlowbrushExtension(ComfyExtension):
    """Gives ComfyUI the nodes."""

    async def get_node_list(self) -> list[type[io.ComfyNode]]:
        """See `nodes.node_classes`."""
        return node_classes()
