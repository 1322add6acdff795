"""Guide Video: a motion drawn as a control video."""

from typing import Any

import torch
from comfy_api.latest import io
from torch import Tensor

from ..conditioning.behind import PLATE, SMOOTH
from ..conditioning.guide_video import discs_by_age, gaussian_spots, guide_points, warped_picture
from ..hosts import host
from ..models.video_grid import LTX
from ..motion.tracks.tracks import checked_tracks
from .checks import check_choice, checked_image, checked_motion, checked_plate
from .node import Node
from .sockets import ADVANCED, CATEGORY, MotionSocket, behind_input, plate_input, size_inputs

CARRIED, SPOTS, DISCS = STYLES = ("carried picture", "spots", "discs by age")
HOLES = ("filled", "grey", "black", "white")
# Number of points along the short side where no spacing is given.
_POINTS_ALONG = {SPOTS: 5, DISCS: 10}


class GuideVideo(Node):
    """Draws a motion in the styles that Fun-Control, Uni3C and the LTX motion-track LoRA read."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushGuideVideo",
            display_name="Flowbrush Guide Video",
            category=CATEGORY,
            description="Draws the motion as a control video: the warped picture (or its depth or edges) for Uni3C and "
            "Fun-Control, spots for trajectories of Fun-Control, or discs coloured by age for motion tracks of LTX.",
            search_aliases=[
                "control video",
                "fun control",
                "uni3c",
                "ltx motion track",
                "trajectory",
                "ic-lora",
            ],
            inputs=[
                MotionSocket.Input("motion", tooltip="The motion to draw."),
                io.Image.Input(
                    "image",
                    optional=True,
                    tooltip="The picture to warp: the first frame, or its depth, edges or pose. The video gets its size. Spots and "
                    "discs use its size only.",
                ),
                io.Tracks.Input(
                    "tracks",
                    optional=True,
                    tooltip="Trajectories to draw as spots or discs, in place of a grid of points in the painted regions.",
                ),
                io.Combo.Input(
                    "style",
                    options=list(STYLES),
                    default=CARRIED,
                    tooltip="What the video shows. Carried picture (the warped image) is for Uni3C and Fun-Control, spots are for "
                    "trajectories of Fun-Control, discs by age for the motion-track LoRA of LTX.",
                ),
                io.Combo.Input(
                    "holes",
                    options=list(HOLES),
                    default="filled",
                    extra_dict=ADVANCED,
                    tooltip="For a carried picture: how to fill areas that come into view, with what `behind` says or with one tone.",
                ),
                io.Int.Input(
                    "spacing",
                    default=0,
                    min=0,
                    max=1024,
                    extra_dict=ADVANCED,
                    tooltip="Distance between the points to draw, in pixels. 0 draws few points, as these models expect.",
                ),
                *size_inputs("the video if no image is connected", step=8, default=832),
                behind_input(
                    (PLATE, SMOOTH),
                    PLATE,
                    "For a carried picture with `holes` on filled. Plate: the completed picture, or the connected `plate`. Smooth: "
                    "the colours around them.",
                ),
                plate_input(),
            ],
            outputs=[
                io.Image.Output("video", tooltip="The control video, one image for each frame."),
                io.Mask.Output(
                    "holes",
                    tooltip="For a carried picture, 1 in areas that came into view; 0 everywhere for spots and discs.",
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
        behind: str = PLATE,
        plate: Any = None,
    ) -> io.NodeOutput:
        """Raises ValueError for a missing picture, a motion without points to draw, and a length that LTX would cut."""
        motion = checked_motion(motion)
        if image is not None:
            image = checked_image(image, "image", 1)
            height, width = image.shape[1:3]
        if style == CARRIED:
            if image is None:
                raise ValueError(
                    "`image` is missing; the style `carried picture` needs a picture to warp: connect one"
                )
            check_choice(behind, "behind", (PLATE, SMOOTH))
            plate = checked_plate(plate, image, "image")
            return io.NodeOutput(
                *warped_picture(image[0], motion, holes, behind, plate, host().notice, host().check_cancel)
            )
        check_choice(style, "style", STYLES)
        if tracks is not None:
            path, visible = checked_tracks(tracks)
        else:
            short = min(height, width)
            path, visible = guide_points(motion, height, width, spacing or short / _POINTS_ALONG[style])
        if style == DISCS:
            LTX.check_length(len(path), "motion")
        draw = gaussian_spots if style == SPOTS else discs_by_age
        return io.NodeOutput(draw(path, visible, height, width), torch.zeros(len(path), height, width))
