"""Motion from Masks: an object that was followed by its mask, as a moving region."""

from comfy_api.latest import io
from torch import Tensor

from ..hosts import host
from ..motion.tracks.mask_tracking import track_shape
from ..motion.tracks.tracked_layer import field_from_masks
from .checks import checked_mask
from .sockets import CATEGORY, MotionSocket, own_length_input

_BADLY_FOLLOWED = 0.5  # overlap


class MotionFromMasks(io.ComfyNode):
    """The motion that carries the first of many masks onto each of them."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushMotionFromMasks",
            display_name="Flowbrush Motion from Masks",
            category=CATEGORY,
            description="Follows the mask of an object through a clip, for example from SAM: where it goes, how it grows and "
            "turns. The first mask becomes a region that moves that way.",
            search_aliases=["sam", "segment", "rotoscope", "object tracking", "mask motion"],
            inputs=[
                io.Mask.Input(
                    "masks", tooltip="One mask a frame, of one object, for example of SAM 3's Track to Mask."
                ),
                own_length_input("masks"),
                io.Boolean.Input(
                    "turns",
                    default=True,
                    tooltip="Look for turns too. A shape that looks alike from every side gets none in any case.",
                ),
                io.Boolean.Input(
                    "grows",
                    default=True,
                    tooltip="Let the region grow and shrink, as a thing does that comes nearer or goes away.",
                ),
            ],
            outputs=[
                MotionSocket.Output(
                    "motion",
                    tooltip="The object's motion, for Combine Motion and every node that takes a motion.",
                ),
                io.Float.Output(
                    "overlap",
                    tooltip="How well the moved first mask covers the others at worst: 1 is exact, below 0.5 the shape changes "
                    "too much to be followed.",
                ),
            ],
        )

    @classmethod
    def execute(cls, masks: Tensor, length: int, turns: bool, grows: bool) -> io.NodeOutput:
        """Raises ValueError for a single mask, and where the first is empty or full."""
        masks = checked_mask(masks, "masks")
        if len(masks) < 2:
            raise ValueError("`masks` holds 1 mask; a motion needs one for each frame of a clip")
        progress = host().progress((1 + turns) * (len(masks) - 1))

        def on_frame(_: int) -> None:
            host().check_cancel()
            progress.update()

        track = track_shape(masks, turns, grows, on_frame)
        worst = float(track.overlap[track.seen].min())
        if worst < _BADLY_FOLLOWED:
            host().notice(
                f"The first mask, moved, covers only {100 * worst:.0f} % of one of the others: the shape changes too much to be "
                "followed as one."
            )
        motion = field_from_masks(masks, track)
        return io.NodeOutput(motion.at_frames(length or motion.frames), worst)
