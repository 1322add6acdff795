"""ATI: the painted motion for ATI weights, as features that move with points."""

from functools import partial

from comfy_api.latest import io

from ..conditioning.ati import BOUNDED, SPACING, SUMS, ati_latents
from .checks import check_choice
from .node import Node
from .sockets import ADVANCED, CATEGORY
from .track_conditioning import track_conditioning, track_inputs, track_outputs


class ATI(Node):
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
            inputs=[
                *track_inputs(SPACING, strongest=1.0),
                io.Combo.Input(
                    "sums",
                    options=list(SUMS),
                    default=BOUNDED,
                    optional=True,
                    extra_dict=ADVANCED,
                    tooltip="Where points are so close that their weights add up to more than 1: at most 1 keeps features at their own "
                    "size; as published adds them up as ComfyUI's own node does.",
                ),
            ],
            outputs=track_outputs(),
        )

    @classmethod
    def execute(cls, sums: str = BOUNDED, **inputs) -> io.NodeOutput:
        """See `track_conditioning.track_conditioning`."""
        check_choice(sums, "sums", SUMS)
        return io.NodeOutput(*track_conditioning(partial(ati_latents, sums=sums), **inputs))
