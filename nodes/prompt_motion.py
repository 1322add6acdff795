"""Motion from Prompt: a motion proposed for a picture and a prompt, before anything is painted."""

from comfy_api.latest import io
from torch import Tensor

from ..hosts import host
from ..motion.document.document import dump
from ..motion.field.field import field_from_document
from ..motion.proposal.proposal import proposed_motion
from .checks import check_same_size, checked_image, checked_mask
from .node import Node
from .sockets import CATEGORY, MotionSocket, length_input


class MotionFromPrompt(Node):
    """Moves the camera as the prompt says, and what the prompt names and the picture shows."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushMotionFromPrompt",
            display_name="Flowbrush Motion from Prompt",
            category=CATEGORY,
            description="Proposes a motion for a picture: the camera moves as the prompt says, named water, plants, fire and sky "
            "come alive where the picture shows them. Without a word about the camera, it moves gently around the subject.",
            search_aliases=["camera prompt", "auto motion", "living still", "ken burns", "cinemagraph"],
            inputs=[
                io.Image.Input("image", tooltip="The picture that is to move, for example from First Frame."),
                io.Mask.Input(
                    "subject",
                    optional=True,
                    tooltip="A mask of the thing that moves by itself, for example from SAM. It does what the prompt says of it.",
                ),
                io.String.Input(
                    "prompt",
                    multiline=True,
                    default="",
                    tooltip="A description in English, such as: a lake under passing clouds, the camera pans left slowly.",
                ),
                length_input(),
                io.Float.Input(
                    "strength",
                    default=1.0,
                    min=0.0,
                    max=4.0,
                    step=0.05,
                    round=0.001,
                    display_mode=io.NumberDisplay.slider,
                    tooltip="Multiplies every motion; 0 is a still picture.",
                ),
            ],
            outputs=[
                MotionSocket.Output(
                    "motion", tooltip="The motion, for Motion Conditioning and every node that takes one."
                ),
                io.String.Output(
                    "document",
                    tooltip="The motion as the text of a document, which can be pasted into Motion Brush and corrected there.",
                ),
                io.Image.Output(
                    "depth",
                    tooltip="The depth that the camera move supposes, for `depth` of Motion Brush: the ground comes nearer towards the "
                    "lower border, and what stands out of the picture is nearer.",
                ),
            ],
        )

    @classmethod
    def execute(
        cls, image: Tensor, prompt: str, length: int, strength: float, subject: Tensor | None = None
    ) -> io.NodeOutput:
        """Raises ValueError for a strength out of range, and for a subject of another size than the picture."""
        picture = checked_image(image, "image")[:1]
        mask = None if subject is None else checked_mask(subject, "subject")[:1]
        if mask is not None:
            check_same_size(mask[..., None], "subject", picture, "image")
        proposal = proposed_motion(picture[0], prompt, strength, has_subject=mask is not None)
        host().notice(" ".join(proposal.sentences))
        height, width = picture.shape[1:3]
        motion = field_from_document(
            proposal.document, length, masks=mask, depth=proposal.depth, aspect=width / height
        )
        depth = proposal.depth[None, ..., None].expand(-1, -1, -1, 3).contiguous()
        return io.NodeOutput(motion, dump(proposal.document), depth)
