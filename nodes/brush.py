"""Motion Brush: the painted motion document as a motion field."""

from comfy_api.latest import io
from torch import Tensor

from ..motion.document.document import Document, parse
from ..motion.field.field import painted_field
from .checks import check_not_empty, checked_depth, checked_image, checked_mask
from .editor_files import editor_ui
from .node import Node
from .sockets import CATEGORY, MotionSocket, length_input

NOTHING_PAINTED = (
    "has no motion yet: in the Motion Brush, paint a region with the brush (B) and pull an arrow (A) from it, "
    "freeze a region, or move the camera"
)


class MotionBrush(Node):
    """Makes the motion field of the document, and gives the editor the pictures to paint on."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushMotionBrush",
            display_name="Flowbrush Motion Brush",
            category=CATEGORY,
            description="Paint regions on the picture and pull arrows that show where each region goes. The painting is stored "
            "in the workflow as readable text.",
            search_aliases=["paint motion", "trajectory", "drag", "spline"],
            has_intermediate_output=True,
            inputs=[
                io.Image.Input(
                    "image",
                    optional=True,
                    tooltip="The picture to paint on, or a clip, of which one frame is painted on. It sets the proportions of the motion.",
                ),
                io.Mask.Input(
                    "masks",
                    optional=True,
                    tooltip="Masks that layers can use as their region. A layer names one by its number; 0 is the first.",
                ),
                io.Image.Input(
                    "depth",
                    optional=True,
                    tooltip="A depth picture of the scene, near white and far black, which gives camera moves parallax.",
                ),
                io.String.Input(
                    "document",
                    display_name="Motion painting",
                    multiline=True,
                    dynamic_prompts=False,
                    default="",
                    tooltip="The motion document (JSON): layers, each with a region and a motion, and a camera. Coordinates run "
                    "from 0 to 1 across the picture.",
                    extra_dict={"widgetType": "FLOWBRUSH_EDITOR"},
                ),
                length_input(step=1),
            ],
            outputs=[
                MotionSocket.Output(
                    "motion",
                    tooltip="The painted motion, for Motion Conditioning, Preview Motion and others.",
                ),
                io.Int.Output(
                    "frame",
                    tooltip="The number of the frame of the clip that was painted on, for Edit Clip; 0 is the first.",
                ),
            ],
        )

    @classmethod
    def validate_inputs(cls, document: str | None = None) -> bool | str:
        """Refuses a document that cannot be read. One without motion may run, so that the editor is shown its picture; a document
        that comes from a link cannot be checked before the run."""
        if document is None:
            return True
        try:
            read_document(document)
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
        """Without a motion, the picture is shown in the editor and what comes after the node is blocked.

        Raises ValueError for a bad document, for one without motion where there is no picture to show, where it names a mask
        that is not connected, and where it was painted on a frame that the clip does not have.
        """
        parsed = read_document(document)
        clip = None if image is None else checked_image(image, "image")
        picture = None if clip is None else _painted_frame(clip, parsed.frame)
        regions = None if masks is None else checked_mask(masks, "masks")
        nearness = None if depth is None else checked_depth(depth)
        if parsed.is_empty:
            if picture is None:
                raise ValueError(f"`document` {NOTHING_PAINTED}")
            shown = editor_ui(picture, regions, nearness, clip)
            # ComfyUI blocks only a node that has a value for each output.
            return io.NodeOutput(
                None, parsed.frame, block_execution=f"Motion Brush {NOTHING_PAINTED}", ui=shown
            )
        _check_masks_used(parsed, regions)
        shape = (
            picture.shape[1:3] if picture is not None else regions.shape[1:3] if regions is not None else None
        )
        motion = painted_field(
            parsed,
            length,
            masks=regions,
            depth=nearness,
            aspect=None if shape is None else shape[1] / shape[0],
        )
        return io.NodeOutput(motion, parsed.frame, ui=editor_ui(picture, regions, nearness, clip))


def _painted_frame(clip: Tensor, frame: int) -> Tensor:
    """The frame [1,H,W,3] of a clip that was painted on; a single picture is the painted one. Raises ValueError for another number."""
    if len(clip) == 1:
        return clip
    if frame >= len(clip):
        raise ValueError(
            f"`document` was painted on frame {frame} of a clip, but `image` has {len(clip)} frames; choose at most {len(clip) - 1} "
            "with the slider *Clip* of the editor"
        )
    return clip[frame : frame + 1]


def _check_masks_used(document: Document, masks: Tensor | None) -> None:
    """Tells the user about each layer that moves or freezes nothing because its mask is empty."""
    for layer in document.layers:
        number, region = layer.region.mask, layer.region
        alone = not (region.everything or region.polygons or region.strokes or region.invert)
        if masks is not None and number is not None and number < len(masks) and layer.visible and alone:
            check_not_empty(masks[number], f"masks[{number}]", f"so the layer {layer.name!r} has no effect")


def read_document(source: str) -> Document:
    """The motion document in a JSON text; an empty one for a blank text. Raises ValueError where it cannot be read."""
    if not source.strip():
        return Document()
    try:
        return parse(source)
    except ValueError as error:
        raise ValueError(f"`document`: {error}") from None
