"""Latent Noise: the noise and the empty latent from which a video is sampled."""

from comfy_api.latest import io

from ..conditioning.latent_frames import empty_latent
from ..sampling.noise import SeededNoise
from .checks import check_length, check_size
from .node import Node
from .sockets import CATEGORY, length_input, size_inputs


class LatentNoise(Node):
    """Makes the NOISE of a seed and an empty LATENT."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushLatentNoise",
            display_name="Flowbrush Latent Noise",
            category=CATEGORY,
            description="Sets the seed and makes an empty latent of the right size. The noise of a seed equals that of the stock "
            "samplers.",
            search_aliases=["seed", "empty latent video", "random noise"],
            inputs=[
                *size_inputs("the video"),
                length_input(),
                io.Int.Input(
                    "batch_size",
                    default=1,
                    min=1,
                    max=64,
                    tooltip="How many videos to make at once, each from different noise.",
                ),
                io.Int.Input(
                    "seed",
                    default=0,
                    min=0,
                    max=0xFFFF_FFFF_FFFF_FFFF,
                    control_after_generate=True,
                    tooltip="The number that chooses the noise. The same seed, graph and versions give the same video.",
                ),
            ],
            outputs=[
                io.Noise.Output(
                    "noise", display_name="NOISE", tooltip="For Sampler, or the stock SamplerCustomAdvanced."
                ),
                io.Latent.Output(
                    "latent", display_name="LATENT", tooltip="An empty latent of this size and length."
                ),
            ],
        )

    @classmethod
    def execute(cls, width: int, height: int, length: int, batch_size: int, seed: int) -> io.NodeOutput:
        """Raises ValueError for a size or length that video models cannot process."""
        check_size(width, height)
        check_length(length)
        return io.NodeOutput(SeededNoise(seed), empty_latent(width, height, length, batch_size))
