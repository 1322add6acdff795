"""ATI: the painted motion for ATI weights, as features that go along with points."""

from comfy_api.latest import io

from ..conditioning.ati import SPACING, ati_latents
from .sockets import CATEGORY
from .track_conditioning import track_conditioning, track_inputs, track_outputs


class ATI(io.ComfyNode):
    """Spreads features of the first latent frame around where they go; see `conditioning.ati`."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushATI",
            display_name="Flowbrush ATI",
            category=CATEGORY,
            description="Tells ATI weights where everything goes, for clips of any length: points inside what you painted take "
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
