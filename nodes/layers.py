"""Picture to Layers and Layers to Motion: ComfyUI's LAYERS from painted layers, and painted layers from LAYERS."""

from typing import Any

import torch
from comfy_api.latest import io
from torch import Tensor

from ..conditioning.behind import FILLED_SMOOTHLY
from ..hosts import host
from ..motion.document.document import Document, Layer, Region, dump, parse
from ..motion.field.field import MotionField, combine, painted_field
from ..motion.field.layers import BrushLayer
from ..rendering.layer_separation import separated_layers
from ..rendering.layer_stack import LayerStack, layers_document, read_layers
from ..rendering.snapped_motion import snap_remark, snapped_motion
from ..rendering.warp import SMOOTH
from .checks import checked_image, checked_mask, checked_motion, checked_plate
from .editor_files import editor_ui
from .node import Node
from .sockets import CATEGORY, MotionSocket, length_input, plate_input


class PictureToLayers(Node):
    """Takes a picture apart into its painted layers and a completed background."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushPictureToLayers",
            display_name="Flowbrush Picture to Layers",
            category=CATEGORY,
            description="Takes a picture apart: each painted region becomes a layer with a soft edge and clean edge colours, over the "
            "completed background. Put together, the layers give the picture again.",
            search_aliases=["separate layers", "cut out", "matte", "psd", "decompose"],
            inputs=[
                io.Image.Input("image", tooltip="The picture: one image."),
                MotionSocket.Input(
                    "motion",
                    optional=True,
                    tooltip="The painted motion. Each of its regions with a crisp edge becomes a layer, in its depth order.",
                ),
                io.Mask.Input(
                    "masks",
                    optional=True,
                    tooltip="Regions that become layers too, in front of the painted ones: one for each mask, the last in front.",
                ),
                plate_input(),
                io.Int.Input(
                    "seed",
                    default=0,
                    min=0,
                    max=2**31 - 1,
                    tooltip="Another seed completes hidden areas with other patches.",
                ),
            ],
            outputs=[
                io.Layers.Output(
                    "layers",
                    tooltip="The layers, background first, for Create Layered Image, Layers to Motion, or an input `plate`.",
                )
            ],
        )

    @classmethod
    def execute(
        cls,
        image: Tensor,
        seed: int,
        motion: Any = None,
        masks: Tensor | None = None,
        plate: Any = None,
    ) -> io.NodeOutput:
        """Raises ValueError where nothing says what the layers are, and for a motion without layers."""
        picture = checked_image(image, "image", 1)
        plate = checked_plate(plate, picture, "image")
        fields = [] if motion is None else [checked_motion(motion)]
        if masks is not None:
            regions = checked_mask(masks, "masks")
            frames = fields[0].frames if fields else 1
            fields.append(painted_field(_frozen_masks(len(regions)), frames, regions))
        if not fields:
            raise ValueError(
                "nothing is connected that says what the layers are: connect `motion`, `masks`, or both"
            )
        field = combine(*fields)
        height, width = picture.shape[1:3]
        layered = field.in_layers(height, width)
        if layered is None:
            raise ValueError(
                "`motion` was measured in a video, so it has no regions: connect `masks` instead of it"
            )
        snapped = snapped_motion(layered, picture[0])
        if remark := snap_remark(len(snapped.unsnapped)):
            host().notice(remark)
        layers, completed_by = separated_layers(
            picture[0], snapped, lambda index: _name(field, index), plate, seed, host().check_cancel
        )
        if completed_by == SMOOTH:
            host().notice(FILLED_SMOOTHLY)
        return io.NodeOutput(layers_document(layers))


def _frozen_masks(count: int) -> Document:
    """A document with a frozen layer for each of so many masks, in front of everything."""
    return Document(
        layers=tuple(
            Layer(name=f"mask {index}", region=Region(mask=index, feather=0.0), freeze=True, order=1000)
            for index in range(count)
        )
    )


def _name(field: MotionField, index: int) -> str:
    """The name of a layer of a field; a negative index stands for the unpainted part."""
    if index < 0:
        return "background"
    layer = field.layers[index]
    name = layer.layer.name if isinstance(layer, BrushLayer) else ""
    return name or f"layer {index + 1}"


class LayersToMotion(Node):
    """Makes painted layers of LAYERS, which its editor shows for the artist to move."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushLayersToMotion",
            display_name="Flowbrush Layers to Motion",
            category=CATEGORY,
            description="Makes painted layers of LAYERS, for example of Qwen-Image-Layered or of a layered file: run it once, then give "
            "each layer an arrow in the editor. Connect the same LAYERS to `plate` of Animate Picture.",
            search_aliases=["psd", "qwen image layered", "multiplane", "2.5d", "cutout animation"],
            has_intermediate_output=True,
            inputs=[
                io.Layers.Input(
                    "layers",
                    tooltip="The layers of the picture. All but a background that covers the whole canvas can be moved.",
                ),
                io.String.Input(
                    "document",
                    multiline=True,
                    dynamic_prompts=False,
                    default="",
                    tooltip="The motion document (JSON). While it is empty, each layer gets a region of its own and stands still; the "
                    "editor takes these layers over after a run.",
                    extra_dict={"widgetType": "FLOWBRUSH_EDITOR"},
                ),
                length_input(),
            ],
            outputs=[
                MotionSocket.Output(
                    "motion", tooltip="The motion of the layers, for every node that takes a motion."
                ),
                io.Image.Output(
                    "image", tooltip="The picture: all layers put together. It is the first frame."
                ),
                io.Mask.Output(
                    "masks",
                    tooltip="The shape of each layer except the background, back to front, for a Motion Brush.",
                ),
                io.String.Output(
                    "document_text",
                    display_name="document",
                    tooltip="The motion document with a layer for each mask, for a Motion Brush or to be saved.",
                ),
            ],
        )

    @classmethod
    def validate_inputs(cls, document: str | None = None) -> bool | str:
        """Refuses a document that cannot be read; an empty one is filled from the layers."""
        if not document or not document.strip():
            return True
        try:
            parse(document)
        except ValueError as error:
            return f"`document`: {error}"
        return True

    @classmethod
    def execute(cls, layers: Any, document: str, length: int) -> io.NodeOutput:
        """Raises ValueError for LAYERS that cannot be read, for a bad document, and where there is only a background."""
        stack = read_layers(layers)
        objects = stack.objects
        if not objects:
            raise ValueError("`layers` holds a background only: add at least one layer that can be moved")
        height, width = stack.size
        masks = torch.stack([layer.shape for layer in objects])
        picture = _opaque_picture(stack)
        text = document if document.strip() else dump(_still_document(stack))
        motion = painted_field(parse(text), length, masks, aspect=width / height)
        ui = editor_ui(picture, masks, None) | {"flowbrush_document": [text]}
        return io.NodeOutput(motion, picture, masks, text, ui=ui)


def _opaque_picture(stack: LayerStack) -> Tensor:
    """All layers put together [1,H,W,3]; what stays transparent is black."""
    colour, alpha = stack.composite()
    return (colour * alpha[..., None])[None].clamp(0, 1)


def _still_document(stack: LayerStack) -> Document:
    """A document with a layer for each layer of the stack that can be moved, back to front, without motion."""
    return Document(
        layers=tuple(
            Layer(name=layer.name, region=Region(mask=index, feather=0.0), order=index + 1)
            for index, layer in enumerate(stack.objects)
        )
    )
