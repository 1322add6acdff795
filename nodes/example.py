"""Example Image: pictures to try things with, drawn by the pack."""

from comfy_api.latest import io

from ..hosts.example_pictures import example_picture
from ..synthetic.pictures.render import EXAMPLE_IMAGES
from .node import Node
from .sockets import CATEGORY, size_inputs


class ExampleImage(Node):
    """Draws a picture. Equal inputs give the same picture."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushExampleImage",
            display_name="Flowbrush Example Image",
            category=CATEGORY,
            description="Draws a picture to try things with, at any size and without a file.",
            search_aliases=["test image", "demo"],
            inputs=[
                io.Combo.Input(
                    "name",
                    options=list(EXAMPLE_IMAGES),
                    default=EXAMPLE_IMAGES[0],
                    tooltip="What the picture shows.",
                ),
                *size_inputs("the picture", step=8),
                io.Int.Input(
                    "variation",
                    default=0,
                    min=0,
                    max=2**31 - 1,
                    tooltip="A different number gives different clouds, hills and details.",
                ),
            ],
            outputs=[io.Image.Output("image", display_name="IMAGE", tooltip="The picture.")],
        )

    @classmethod
    def execute(cls, name: str, width: int, height: int, variation: int) -> io.NodeOutput:
        """See `synthetic.pictures.render.render_example`."""
        return io.NodeOutput(example_picture(name, height, width, variation))
