"""Latent Noise: the empty canvas and the noise that a video begins with."""

from comfy_api.latest import io

from ..conditioning.latent_frames import empty_latent
from ..sampling.noise import SeededNoise
from .checks import check_length, check_size
from .sockets import CATEGORY, length_input, size_inputs


class LatentNoise(io.ComfyNode):
    """NOISE of a seed and an empty LATENT of a size."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushLatentNoise",
            display_name="Flowbrush Latent Noise",
            category=CATEGORY,
            description="The seed and the empty canvas: noise equals that of the stock samplers for the same seed.",
            search_aliases=["seed", "empty latent video", "random noise"],
            inputs=[
                *size_inputs("the video"),
                length_input(),
                io.Int.Input(
                    "batch_size",
                    default=1,
                    min=1,
                    max=64,
                    tooltip="How many videos are made at once, each from other noise.",
                ),
                io.Int.Input(
                    "seed",
                    default=0,
                    min=0,
                    max=0xFFFF_FFFF_FFFF_FFFF,
                    control_after_generate=True,
                    tooltip="The same seed, graph and versions give the same video.",
                ),
            ],
            outputs=[
                io.Noise.Output(
                    "noise", display_name="NOISE", tooltip="For Sampler, or the stock SamplerCustomAdvanced."
                ),
                io.Latent.Output(
                    "latent", display_name="LATENT", tooltip="An empty canvas of that size and length."
                ),
            ],
        )

    @classmethod
    def execute(cls, width: int, height: int, length: int, batch_size: int, seed: int) -> io.NodeOutput:
        """Raises ValueError for a size or length that the model cannot take."""
        check_size(width, height)
        check_length(length)
        return io.NodeOutput(SeededNoise(seed), empty_latent(width, height, length, batch_size))
