"""Time-to-Move: any image-to-video model follows the painted motion, without training."""

from typing import Any

from comfy_api.latest import io, ui
from torch import Tensor

from ..conditioning.latent_frames import latent_frames
from ..conditioning.reference import latent_strength, reference_video
from ..hosts import host
from ..motion.field.field import MotionField
from ..sampling.time_to_move import PRESETS, WAN, WAN_CAMERA, Clocks
from .checks import check_connected, checked_first_image, checked_motion
from .sockets import CATEGORY, MotionSocket

AUTO, CUSTOM = "auto", "custom"


class TimeToMove(io.ComfyNode):
    """Patches a MODEL so that stock samplers run the two clocks."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushTimeToMove",
            display_name="Flowbrush Time-to-Move",
            category=CATEGORY,
            description="Makes any image-to-video model follow the motion, without special weights: sampling begins with the "
            "picture carried along, and painted parts are held to it longer than the rest. Use `model` and `latent` in "
            "any sampler.",
            search_aliases=["ttm", "dual clock", "cut and drag", "training-free", "motion control"],
            inputs=[
                io.Model.Input(
                    "model", tooltip="An image-to-video model, from Load Model or a stock loader."
                ),
                io.Vae.Input("vae", tooltip="The VAE that belongs to it."),
                io.Image.Input("first_image", tooltip="How the video begins, at the size of the video."),
                MotionSocket.Input("motion", tooltip="Where everything goes, over the length of the video."),
                io.Combo.Input(
                    "preset",
                    options=[AUTO, *PRESETS, CUSTOM],
                    default=AUTO,
                    tooltip="When the two clocks ring. Auto knows the model's family; custom takes the two numbers below.",
                ),
                io.Float.Input(
                    "weak_clock",
                    default=0.979,
                    min=0.0,
                    max=1.0,
                    step=0.001,
                    round=0.0001,
                    tooltip="With preset custom: the share of noise at which sampling begins and what is not painted is let "
                    "go. Lower keeps the rest stiller, higher lets it live.",
                ),
                io.Float.Input(
                    "strong_clock",
                    default=0.948,
                    min=0.0,
                    max=1.0,
                    step=0.001,
                    round=0.0001,
                    tooltip="With preset custom: the share of noise at which what is painted is let go. Lower follows the path "
                    "more strictly, higher looks less cut out.",
                ),
            ],
            outputs=[
                io.Model.Output("model", tooltip="The model with the two clocks in it, for any sampler."),
                io.Latent.Output(
                    "latent",
                    tooltip="The picture carried along, encoded: the canvas for the sampler. The one of the model's own "
                    "image-to-video node works too.",
                ),
                io.Mask.Output(
                    "mask", tooltip="How firmly each cell of the latent is held, one mask a latent frame."
                ),
                io.Image.Output(
                    "frames", tooltip="The picture carried along: look here first when a result is odd."
                ),
            ],
        )

    @classmethod
    def execute(
        cls,
        model: Any,
        vae: Any,
        first_image: Tensor,
        motion: Any,
        preset: str,
        weak_clock: float,
        strong_clock: float,
    ) -> io.NodeOutput:
        """Raises ValueError for a length or VAE that is not the model's, and clocks in the wrong order."""
        for name, given in (("model", model), ("vae", vae)):
            check_connected(given, name, "the one of a loader")
        first = checked_first_image(first_image, 8)
        motion = checked_motion(motion)
        clocks = (
            Clocks(weak_clock, strong_clock) if preset == CUSTOM else PRESETS[_named(preset, model, motion)]
        )
        form = host().latent_format(model)
        count = latent_frames(motion.frames, form.temporal_downscale_ratio)

        reference = reference_video(first[0], motion)
        latents = host().encode_video(vae, reference.frames)
        channels, frames = latents.shape[1], latents.shape[2 if latents.ndim == 5 else 0]
        if (channels, frames) != (form.latent_channels, count):
            raise ValueError(
                f"`vae` makes {channels} channels and {frames} frames of latents and `model` reads "
                f"{form.latent_channels} and {count}; connect the VAE that belongs to the model"
            )
        rows, columns = latents.shape[-2:]
        strength = latent_strength(reference.strength, rows, columns, form.temporal_downscale_ratio)
        following = host().following_model(model, latents, strength, clocks)
        said = f"weak clock {clocks.weak:g}, strong clock {clocks.strong:g}; {float(strength.mean()):.0%} is held"
        return io.NodeOutput(
            following, {"samples": latents}, strength, reference.frames, ui=ui.PreviewText(said)
        )


def _named(preset: str, model: Any, motion: MotionField) -> str:
    """The name of a preset; with auto that of the model's family, and of the kind of motion."""
    if preset != AUTO:
        return preset
    family = host().clock_family(model)
    return WAN_CAMERA if family == WAN and motion.cameras and not motion.layers else family
