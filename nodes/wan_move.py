"""Wan-Move: the painted motion for Wan-Move weights, as copies in the first picture's latents."""

from comfy_api.latest import io

from ..conditioning.wan_move import SPACING, wan_move_latents
from .sockets import CATEGORY
from .track_conditioning import track_conditioning, track_inputs, track_outputs


class WanMove(io.ComfyNode):
    """Copies the cells of the first latent frame to where they go; see `conditioning.wan_move`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushWanMove",
            display_name="Flowbrush Wan-Move",
            category=CATEGORY,
            description="Tells Wan-Move weights where everything goes: one point for each spot that the model sees, moving "
            "where you painted motion and staying where you froze.",
            search_aliases=["wan move", "trajectory", "tracks", "drag", "image to video"],
            inputs=track_inputs(SPACING, strongest=10.0),
            outputs=track_outputs(),
        )

    @classmethod
    def execute(cls, **inputs) -> io.NodeOutput:
        """See `track_conditioning.track_conditioning`."""
        return io.NodeOutput(*track_conditioning(wan_move_latents, **inputs))
