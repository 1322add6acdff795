"""Motion Brush: the painted document as a motion."""

from comfy_api.latest import io
from torch import Tensor

from ..motion.document.document import Document, parse
from ..motion.field.field import painted_field
from .checks import checked_depth, checked_image, checked_mask
from .painted_on import painted_on
from .sockets import CATEGORY, MotionSocket, length_input

NOTHING_PAINTED = (
    "asks for no motion yet: in the Motion Brush, paint a region with the brush (B) and pull an arrow (A) from it, "
    "freeze a region, or move the camera"
)


class MotionBrush(io.ComfyNode):
    """The field of a motion document, and what the editor in the canvas paints on."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushMotionBrush",
            display_name="Flowbrush Motion Brush",
            category=CATEGORY,
            description="Paint regions on the picture and pull arrows: where each of them goes, over the clip. "
            "What is painted is kept as text that a person can read.",
            search_aliases=["paint motion", "trajectory", "drag", "spline"],
            has_intermediate_output=True,
            inputs=[
                io.Image.Input(
                    "image",
                    optional=True,
                    tooltip="The picture that is painted on; it gives the shape.",
                ),
                io.Mask.Input(
                    "masks",
                    optional=True,
                    tooltip="Masks that regions can be taken from: 0 is the first of the batch.",
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
                    default="",
                    tooltip="The motion document (JSON): layers with a region and a motion, and a camera. Coordinates run from 0 "
                    "to 1 over the picture.",
                    extra_dict={"widgetType": "FLOWBRUSH_EDITOR"},
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
        """The document can be read and asks for something. A linked one is seen only when the node runs."""
        if document is None:
            return True
        try:
            painted_document(document)
        except ValueError as error:
            return str(error)
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
        painted = painted_document(document)
        picture = None if image is None else checked_image(image, "image")[:1]
        regions = None if masks is None else checked_mask(masks, "masks")
        nearness = None if depth is None else checked_depth(depth)
        shape = (
            picture.shape[1:3] if picture is not None else regions.shape[1:3] if regions is not None else None
        )
        motion = painted_field(
            painted,
            length,
            masks=regions,
            depth=nearness,
            aspect=None if shape is None else shape[1] / shape[0],
        )
        return io.NodeOutput(motion, ui=painted_on(picture, regions, nearness))


def painted_document(source: str) -> Document:
    """The document of a text. Raises ValueError where it cannot be read or asks for nothing."""
    if not source.strip():
        raise ValueError(f"`document` {NOTHING_PAINTED}")
    try:
        document = parse(source)
    except ValueError as error:
        raise ValueError(f"`document`: {error}") from None
    if document.is_empty:
        raise ValueError(f"`document` {NOTHING_PAINTED}")
    return document
