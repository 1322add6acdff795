"""Motion Brush: the painted document as a motion."""

from comfy_api.latest import io, ui
from torch import Tensor

from ..motion.document import parse
from ..motion.field import field_from_document
from ..motion.pictures import draw_arrows
from .checks import checked_depth, checked_image, checked_mask
from .default_document import DRIFTING_BALLOON
from .preview import grey_picture
from .sockets import CATEGORY, MotionSocket, length_input


class MotionBrush(io.ComfyNode):
    """The field of a motion document, and a picture of it on the node."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushMotionBrush",
            display_name="Flowbrush Motion Brush",
            category=CATEGORY,
            description="Painted motion: regions, and where each of them goes. The document is text that a person can read and edit.",
            search_aliases=["paint motion", "trajectory", "drag", "spline"],
            inputs=[
                io.Image.Input(
                    "image",
                    optional=True,
                    tooltip="The picture that is painted on: gives the shape, and the background of the preview.",
                ),
                io.Mask.Input(
                    "masks",
                    optional=True,
                    tooltip="Masks that the document's regions name by number: 0 is the first of the batch.",
                ),
                io.Image.Input(
                    "depth",
                    optional=True,
                    tooltip="A depth picture, near white and far black, for parallax under the document's camera.",
                ),
                io.String.Input(
                    "document",
                    multiline=True,
                    dynamic_prompts=False,
                    default=DRIFTING_BALLOON,
                    tooltip="The motion document (JSON): layers with a region and a motion, and a camera. Coordinates run from 0 "
                    "to 1 over the picture.",
                ),
                length_input(),
            ],
            outputs=[
                MotionSocket.Output(
                    "motion",
                    tooltip="The painted motion, for Motion Conditioning, Preview Motion and others.",
                )
            ],
        )

    @classmethod
    def validate_inputs(cls, document: str | None = None) -> bool | str:
        """The document can be read. A linked one is seen only when the node runs."""
        if document is None:
            return True
        try:
            parse(document)
        except ValueError as error:
            return f"`document`: {error}"
        return True

    @classmethod
    def execute(
        cls,
        document: str,
        length: int,
        image: Tensor | None = None,
        masks: Tensor | None = None,
        depth: Tensor | None = None,
    ) -> io.NodeOutput:
        """Raises ValueError for a bad or empty document and for masks that are not there."""
        painted = parse(document)
        if painted.is_empty:
            raise ValueError(
                "`document` asks for no motion: it needs a visible layer that moves or is frozen, or a camera that moves"
            )
        picture = None if image is None else checked_image(image, "image")[:1]
        regions = None if masks is None else checked_mask(masks, "masks")
        shape = (
            picture.shape[1:3] if picture is not None else regions.shape[1:3] if regions is not None else None
        )
        motion = field_from_document(
            painted,
            length,
            masks=regions,
            depth=None if depth is None else checked_depth(depth),
            aspect=None if shape is None else shape[1] / shape[0],
        )
        if picture is None:
            picture = grey_picture(motion.aspect)
        return io.NodeOutput(motion, ui=ui.PreviewImage(draw_arrows(picture[0], motion)[None], cls=cls))
