"""Clean Plate: the picture without its moving objects, which shows when they move away."""

from typing import Any

import torch
import torch.nn.functional as F
from comfy_api.latest import io
from torch import Tensor

from ..hosts import host
from ..motion.field.field import MotionField
from ..rendering.completion import complete_picture, has_patchmatch
from ..rendering.dense_background import coarse_size, dense_parts
from ..rendering.layered_picture import hidden_area
from ..rendering.resizing import fit_image
from ..rendering.snapped_motion import snapped_motion
from .checks import check_not_empty, checked_image, checked_mask, checked_motion
from .node import Node
from .sockets import CATEGORY, MotionSocket


class CleanPlate(Node):
    """Removes moving regions, or the region of a mask, from a picture and completes it from the rest of the picture."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushCleanPlate",
            display_name="Flowbrush Clean Plate",
            category=CATEGORY,
            description="Removes the moving objects from a picture and fills their place with patches of the rest. Nodes that warp a "
            "picture do this automatically; use this node to inspect or correct the plate, or to let an inpainting model "
            "paint it instead.",
            search_aliases=["inpaint", "remove object", "background", "patchmatch", "content aware fill"],
            inputs=[
                io.Image.Input("image", tooltip="The picture: one image, the first frame."),
                MotionSocket.Input(
                    "motion",
                    optional=True,
                    tooltip="The painted motion. Every region that it moves is removed from the picture.",
                ),
                io.Mask.Input(
                    "mask",
                    optional=True,
                    tooltip="A region to remove in addition to the moving ones, or instead of them: white is removed.",
                ),
                io.Int.Input(
                    "grow",
                    default=0,
                    min=0,
                    max=256,
                    tooltip="Pixels by which the removed area is enlarged, for shadows and soft outlines.",
                ),
                io.Int.Input(
                    "seed",
                    default=0,
                    min=0,
                    max=2**31 - 1,
                    tooltip="Another seed fills the area with other patches.",
                ),
            ],
            outputs=[
                io.Image.Output(
                    "plate",
                    tooltip="The picture without the removed areas, for the input `plate` of other nodes.",
                ),
                io.Mask.Output(
                    "removed", tooltip="1 where the plate was filled: the mask for an inpainting model."
                ),
            ],
        )

    @classmethod
    def execute(
        cls, image: Tensor, grow: int, seed: int, motion: Any = None, mask: Tensor | None = None
    ) -> io.NodeOutput:
        """Raises ValueError where neither a motion nor a mask is connected, and for a measured motion in which nothing moves by itself."""
        picture = checked_image(image, "image", 1)[0]
        height, width = picture.shape[:2]
        if motion is None and mask is None:
            raise ValueError(
                "nothing is connected that says what to remove: connect `motion`, `mask`, or both"
            )
        removed = torch.zeros(height, width, dtype=torch.bool)
        if motion is not None:
            removed |= _moving_area(checked_motion(motion), picture)
        if mask is not None:
            area = checked_mask(mask, "mask")[0]
            check_not_empty(area, "mask", "so it removes nothing")
            if tuple(area.shape) != (height, width):
                planes = area[None, ..., None].expand(-1, -1, -1, 3)
                area = fit_image(planes, width, height, "stretch")[0, ..., 0]
            removed |= area > 0.02
        if grow:
            removed = F.max_pool2d(removed[None].float(), 2 * grow + 1, 1, grow)[0] > 0
        found = complete_picture(picture, removed, seed=seed, check_cancel=host().check_cancel)
        if bool(removed.any()) and not found.by_patches:
            reason = (
                "too little of the picture remains"
                if has_patchmatch()
                else "the package pypatchmatch is not installed"
            )
            host().notice(f"Clean Plate filled the area smoothly, because {reason}.")
        return io.NodeOutput(found.picture[None], removed[None].float())


def _moving_area(field: MotionField, picture: Tensor) -> Tensor:
    """[H,W] bool: what moves in front of the background of a picture [H,W,3], and a rim around it."""
    height, width = picture.shape[:2]
    layers = field.in_layers(height, width)
    if layers is None:
        coarse = field.displacement(*coarse_size(height, width))
        parts = dense_parts(
            (height, width), coarse, lambda keys: field.displacement_at(field.times[keys], height, width)
        )
        if parts is None or not bool(parts.front.any()):
            raise ValueError(
                "`motion` was measured in a video, and nothing in it moves apart from its surroundings: connect `mask`"
            )
        return parts.hidden
    if layers.fading:
        host().notice(
            f"Clean Plate keeps {', '.join(layers.fading)}: a region with a wide soft edge that moves only a little bends the "
            "picture and uncovers nothing. To remove it all the same, connect `mask`."
        )
    return hidden_area(snapped_motion(layers, picture), height, width)
