"""First Frame: a picture (and the last one, if it is known) made to fit the size of the video."""

from comfy_api.latest import io
from torch import Tensor

from ..rendering.resizing import FITS, fit_image
from .checks import check_length, check_size, checked_image
from .sockets import CATEGORY, length_input, size_inputs


class FirstFrame(io.ComfyNode):
    """Pictures at the size of the video."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushFirstFrame",
            display_name="Flowbrush First Frame",
            category=CATEGORY,
            description="Fits the first picture, and the last one if there is one, to the size of the video. "
            "The size and length are set here once and linked to the other nodes.",
            search_aliases=["start image", "resize", "image to video"],
            inputs=[
                io.Image.Input("image", tooltip="How the video begins. Of a batch, its first picture."),
                io.Image.Input(
                    "last_image",
                    optional=True,
                    tooltip="How the video ends, if that is wanted. Of a batch, its last picture.",
                ),
                *size_inputs("the video"),
                length_input(),
                io.Combo.Input(
                    "fit",
                    options=list(FITS),
                    default="crop",
                    tooltip="Where the shapes differ: crop cuts off what is too much, pad adds black bars, stretch distorts.",
                ),
            ],
            outputs=[
                io.Image.Output("first_image", tooltip="The first picture at that size."),
                io.Image.Output(
                    "last_image", tooltip="The last picture at that size; nothing if none was given."
                ),
                io.Int.Output("width", tooltip="The width that was set, for other nodes."),
                io.Int.Output("height", tooltip="The height that was set, for other nodes."),
                io.Int.Output("length", tooltip="The number of frames that was set, for other nodes."),
            ],
        )

    @classmethod
    def execute(
        cls, image: Tensor, width: int, height: int, length: int, fit: str, last_image: Tensor | None = None
    ) -> io.NodeOutput:
        """Raises ValueError for a size or length that the model cannot take."""
        check_size(width, height)
        check_length(length)
        first = fit_image(checked_image(image, "image")[:1], width, height, fit)
        last = None
        if last_image is not None:
            if length == 1:
                raise ValueError(
                    "`length` is 1, and `last_image` needs at least 5 frames to be another than the first"
                )
            last = fit_image(checked_image(last_image, "last_image")[-1:], width, height, fit)
        return io.NodeOutput(first, last, width, height, length)
