"""First Frame: the first picture, and the last one if there is one, at the size of the video."""

from comfy_api.latest import io
from torch import Tensor

from ..models.video_grid import GRIDS, WAN
from ..rendering.resizing import FITS, fit_image
from .checks import check_choice, check_length, check_size, checked_image
from .node import Node
from .sockets import CATEGORY, length_input, size_inputs


class FirstFrame(Node):
    """Resizes the pictures and passes size and length on."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushFirstFrame",
            display_name="Flowbrush First Frame",
            category=CATEGORY,
            description="Fits the first picture, and the last one if there is one, to the size of the video. Set size and length "
            "here once and link them to the other nodes.",
            search_aliases=["start image", "resize", "image to video"],
            inputs=[
                io.Image.Input(
                    "image",
                    tooltip="The picture with which the video begins. Of a batch, the first picture is used.",
                ),
                io.Image.Input(
                    "last_image",
                    optional=True,
                    tooltip="The picture with which the video ends, if you want to set it. Of a batch, the last picture is used.",
                ),
                *size_inputs("the video"),
                length_input(step=1),
                io.Combo.Input(
                    "fit",
                    options=list(FITS),
                    default="crop",
                    tooltip="What to do where the proportions differ: crop cuts off the edges, pad adds black bars, stretch distorts.",
                ),
                io.Combo.Input(
                    "model",
                    options=list(GRIDS),
                    default=WAN.name,
                    optional=True,
                    tooltip="The family of the video model. It decides which lengths and sizes fit: 4k+1 frames for most, 8k+1 for LTX, "
                    "17k+5 for MiniMax-H3, any number for SVD.",
                ),
            ],
            outputs=[
                io.Image.Output("first_image", tooltip="The first picture at the size of the video."),
                io.Image.Output(
                    "last_image",
                    tooltip="The last picture at the size of the video; empty if none is connected.",
                ),
                io.Int.Output("width", tooltip="The width, for other nodes."),
                io.Int.Output("height", tooltip="The height, for other nodes."),
                io.Int.Output("length", tooltip="The number of frames, for other nodes."),
            ],
        )

    @classmethod
    def execute(
        cls,
        image: Tensor,
        width: int,
        height: int,
        length: int,
        fit: str,
        last_image: Tensor | None = None,
        model: str = WAN.name,
    ) -> io.NodeOutput:
        """Raises ValueError for a size or length that video models cannot process."""
        check_choice(model, "model", GRIDS)
        grid = GRIDS[model]
        check_size(width, height, grid.multiple)
        check_length(length, grid=grid)
        first = fit_image(checked_image(image, "image")[:1], width, height, fit)
        last = None
        if last_image is not None:
            if length == 1:
                raise ValueError(
                    "`length` is 1, and a clip with a `last_image` needs at least 5 frames: try 5"
                )
            last = fit_image(checked_image(last_image, "last_image")[-1:], width, height, fit)
        return io.NodeOutput(first, last, width, height, length)
