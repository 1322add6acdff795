"""Wan-Move: the painted motion for Wan-Move weights, as copies of the first frame's latent cells."""

from comfy_api.latest import io

from ..conditioning.wan_move import SPACING, wan_move_latents
from .node import Node
from .sockets import CATEGORY
from .track_conditioning import track_conditioning, track_inputs, track_outputs


class WanMove(Node):
    """Copies cells of the first latent frame along moving points; see `conditioning.wan_move`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushWanMove",
            display_name="Flowbrush Wan-Move",
            category=CATEGORY,
            description="Gives the painted motion to Wan-Move weights: one point for each cell of the latent, which moves where you "
            "painted motion and stays in frozen regions.",
            search_aliases=["wan move", "trajectory", "tracks", "drag", "image to video"],
            inputs=track_inputs(SPACING, strongest=10.0),
            outputs=track_outputs(),
        )

    @classmethod
    def execute(cls, **inputs) -> io.NodeOutput:
        """See `track_conditioning.track_conditioning`."""
        return io.NodeOutput(*track_conditioning(wan_move_latents, **inputs))
