"""Motion from Preset: a ready-made looping motion, by name."""

from comfy_api.latest import io
from torch import Tensor

from ..hosts import host
from ..motion import presets
from ..motion.field.field import field_from_document
from ..motion.presets.fitting import fitted_preset, is_gentle, masked_preset
from .checks import check_choice, checked_image, checked_mask
from .node import Node
from .sockets import CATEGORY, MotionSocket, length_input


class MotionFromPreset(Node):
    """Gives the motion of a preset for a picture of any size, and its document, which can be edited."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        names = presets.preset_names()
        return io.Schema(
            node_id="FlowbrushMotionFromPreset",
            display_name="Flowbrush Motion from Preset",
            category=CATEGORY,
            description="A ready-made motion that loops without a seam and suits any picture: the camera drifts, water falls, a flag "
            "waves, a portrait breathes. Its document can be pasted into Motion Brush and fitted to the picture there.",
            search_aliases=["preset", "living still", "cinemagraph", "parallax", "loop", "ken burns"],
            inputs=[
                io.Combo.Input("preset", options=names, default=names[0], tooltip="The motion."),
                length_input(48, step=1),
                io.Image.Input(
                    "image",
                    optional=True,
                    tooltip="The picture that is to move; it sets the proportions of the motion.",
                ),
                io.Mask.Input(
                    "depth",
                    optional=True,
                    tooltip="A depth picture, near white and far black, which gives camera moves parallax.",
                ),
                io.Mask.Input(
                    "mask",
                    optional=True,
                    tooltip="Where it moves, in place of the preset's own regions.",
                ),
                io.Boolean.Input(
                    "fit",
                    default=True,
                    optional=True,
                    tooltip="Keeps flows off faces, roofs and other edges, and moves the camera around the middle of `depth`.",
                ),
            ],
            outputs=[
                MotionSocket.Output(
                    "motion",
                    tooltip="The motion, for Warp Image, Animate Picture and every node that takes one.",
                ),
                io.String.Output(
                    "document", tooltip="The text of the motion, for `document` of Motion Brush."
                ),
            ],
        )

    @classmethod
    def execute(
        cls,
        preset: str,
        length: int,
        image: Tensor | None = None,
        depth: Tensor | None = None,
        mask: Tensor | None = None,
        fit: bool = True,
    ) -> io.NodeOutput:
        """Raises ValueError for an unknown preset, and for a mask with a preset that only moves the camera."""
        check_choice(preset, "preset", presets.preset_names())
        aspect = None
        if image is not None:
            image = checked_image(image, "image")
            height, width = image.shape[1:3]
            aspect = width / height
        near = None if depth is None else checked_mask(depth, "depth")[0]
        masks = [] if mask is None else [checked_mask(mask, "mask")[0]]
        if masks:
            text = masked_preset(preset, image[0] if fit and image is not None else None, masks[0])
        else:
            text = fitted_preset(
                preset, *((image[0] if image is not None else None, near) if fit else (None,))
            )
            if is_gentle(preset, text):
                host().notice(
                    f"The picture shows nothing that would suit {preset}: the camera moves gently instead. Connect a `mask` of what is "
                    "to move, or turn `fit` off."
                )
        return io.NodeOutput(field_from_document(text, length, masks, near, aspect), text)
