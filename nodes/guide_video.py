"""Guide Video: a motion drawn as control models read it."""

from typing import Any

import torch
from comfy_api.latest import io
from torch import Tensor

from ..conditioning.guide_video import discs_by_age, gaussian_spots, guide_points, warped_picture
from ..motion.tracks.tracks import checked_tracks
from .checks import checked_image, checked_motion
from .sockets import CATEGORY, MotionSocket, size_inputs

CARRIED, SPOTS, DISCS = STYLES = ("carried picture", "spots", "discs by age")
HOLES = ("filled", "grey", "black", "white")
_LTX_STRIDE = 8
# Points drawn along the short side where no spacing is given.
_ALONG = {SPOTS: 5, DISCS: 10}


class GuideVideo(io.ComfyNode):
    """Pictures of a motion for Fun-Control, Uni3C, and the LTX motion-track LoRA."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushGuideVideo",
            display_name="Flowbrush Guide Video",
            category=CATEGORY,
            description="The motion as a control video: the picture (or its depth, or edges) carried along for Uni3C and "
            "Fun-Control, spots for Fun-Control's trajectories, discs coloured by age for LTX's motion tracks.",
            search_aliases=[
                "control video",
                "fun control",
                "uni3c",
                "ltx motion track",
                "trajectory",
                "ic-lora",
            ],
            inputs=[
                MotionSocket.Input("motion", tooltip="Where everything goes."),
                io.Image.Input(
                    "image",
                    optional=True,
                    tooltip="What is carried along: the first frame, or a depth, edge or pose picture of it. Its size is the "
                    "video's. Spots and discs need it for the size only.",
                ),
                io.Tracks.Input(
                    "tracks",
                    optional=True,
                    tooltip="Draw these trajectories instead of a grid of painted points.",
                ),
                io.Combo.Input(
                    "style",
                    options=list(STYLES),
                    default=CARRIED,
                    tooltip="Carried picture: for Uni3C and Fun-Control. Spots: for trajectories of Fun-Control. Discs by age: "
                    "for the motion-track LoRA of LTX.",
                ),
                io.Combo.Input(
                    "holes",
                    options=list(HOLES),
                    default="filled",
                    tooltip="What a carried picture shows where nothing of it is known: a smooth guess, or one tone.",
                ),
                io.Int.Input(
                    "spacing",
                    default=0,
                    min=0,
                    max=1024,
                    tooltip="Pixels between the points that are drawn; 0 takes few, as these models like it.",
                ),
                *size_inputs("the video, where no image is connected", step=8, default=832),
            ],
            outputs=[
                io.Image.Output("video", tooltip="The guide, one image a frame."),
                io.Mask.Output(
                    "holes",
                    tooltip="1 where nothing of a carried picture is known; all 0 for spots and discs.",
                ),
            ],
        )

    @classmethod
    def execute(
        cls,
        motion: Any,
        style: str,
        holes: str,
        spacing: int,
        width: int,
        height: int,
        image: Tensor | None = None,
        tracks: Any = None,
    ) -> io.NodeOutput:
        """Raises ValueError for a missing picture, nothing to draw, and a length that LTX would cut."""
        motion = checked_motion(motion)
        if image is not None:
            image = checked_image(image, "image", 1)
            height, width = image.shape[1:3]
        if style == CARRIED:
            if image is None:
                raise ValueError("`image` is missing; the style carried picture needs the picture to carry")
            return io.NodeOutput(*warped_picture(image[0], motion, holes))
        if style not in STYLES:
            raise ValueError(f"`style` is {style!r}; choose one of {', '.join(STYLES)}")
        if tracks is not None:
            path, visible = checked_tracks(tracks)
        else:
            short = min(height, width)
            path, visible = guide_points(motion, height, width, spacing or short / _ALONG[style])
        if style == DISCS and (len(path) - 1) % _LTX_STRIDE:
            nearest = round((len(path) - 1) / _LTX_STRIDE) * _LTX_STRIDE + 1
            raise ValueError(
                f"the motion is {len(path)} frames long; LTX takes 8k+1 and cuts off the rest: try {nearest}"
            )
        draw = gaussian_spots if style == SPOTS else discs_by_age
        return io.NodeOutput(draw(path, visible, height, width), torch.zeros(len(path), height, width))
