"""Sample in Tiles: a model draws a large video one tile at a time."""

from typing import Any

from comfy_api.latest import io

from ..hosts import host
from ..sampling.tiles import Tiling
from .checks import check_loaded
from .node import Node
from .sockets import CATEGORY


class SampleInTiles(Node):
    """Patches a MODEL so that any sampler draws a large video in tiles that overlap."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushSampleInTiles",
            display_name="Flowbrush Sample in Tiles",
            category=CATEGORY,
            description="Lets any sampler draw a large video in tiles, so that the memory follows the size of a tile. In every step the tiles "
            "are blended where they overlap. For a second pass over an enlarged video.",
            search_aliases=["tiled diffusion", "multidiffusion", "upscale", "refine", "low vram"],
            inputs=[
                io.Model.Input(
                    "model", tooltip="A picture or video model, from Load Model or a stock loader."
                ),
                io.Int.Input(
                    "tile_width",
                    default=640,
                    min=64,
                    max=8192,
                    step=32,
                    tooltip="The largest width of a tile in pixels of the video.",
                ),
                io.Int.Input(
                    "tile_height",
                    default=640,
                    min=64,
                    max=8192,
                    step=32,
                    tooltip="The largest height of a tile in pixels of the video.",
                ),
                io.Int.Input(
                    "overlap",
                    default=160,
                    min=0,
                    max=4096,
                    step=32,
                    tooltip="How many pixels neighbouring tiles share at least, at most half a tile. More hides the joints better and takes longer.",
                ),
            ],
            outputs=[io.Model.Output("model", tooltip="The patched model, for any sampler.")],
        )

    @classmethod
    def execute(cls, model: Any, tile_width: int, tile_height: int, overlap: int) -> io.NodeOutput:
        """Raises ValueError for an overlap of more than half a tile."""
        check_loaded(model, "model", "the MODEL of a loader")
        return io.NodeOutput(host().tiled_model(model, Tiling(tile_width, tile_height, overlap)))
