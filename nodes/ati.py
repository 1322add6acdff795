"""ATI: the painted motion for ATI weights, as features that move with points."""

from comfy_api.latest import io

from ..conditioning.ati import SPACING, ati_latents
from .sockets import CATEGORY
from .track_conditioning import track_conditioning, track_inputs, track_outputs


class ATI(io.ComfyNode):
    """Spreads features of the first latent frame around moving points; see `conditioning.ati`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushATI",
            display_name="Flowbrush ATI",
            category=CATEGORY,
            description="Gives the painted motion to ATI weights, for clips of any length: points inside the painted regions take "
            "the picture around them along.",
            search_aliases=[
                "ati",
                "any trajectory instruction",
                "trajectory",
                "tracks",
                "drag",
                "image to video",
            ],
            inputs=track_inputs(SPACING, strongest=1.0),
            outputs=track_outputs(),
        )

    @classmethod
    def execute(cls, **inputs) -> io.NodeOutput:
        """See `track_conditioning.track_conditioning`."""
        return io.NodeOutput(*track_conditioning(ati_latents, **inputs))
