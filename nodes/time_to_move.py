"""Time-to-Move: makes any image-to-video model follow the painted motion, without training."""

from typing import Any

from comfy_api.latest import io, ui
from torch import Tensor

from ..conditioning.behind import BEHIND, PLATE
from ..conditioning.reference import ending_with, latent_strength, reference_video
from ..hosts import host
from ..motion.field.field import MotionField
from ..sampling.time_to_move import AS_IN_PAPER, HOLDS, PRESETS, WAN, WAN_CAMERA, Clocks
from .checks import (
    check_choice,
    check_loaded,
    checked_first_image,
    checked_last_image,
    checked_motion,
    checked_plate,
)
from .node import Node
from .sockets import ADVANCED, CATEGORY, MotionSocket, behind_input, plate_input

AUTO, CUSTOM = "auto", "custom"


class TimeToMove(Node):
    """Patches a MODEL so that any sampler keeps painted regions to the warped picture until their clock."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushTimeToMove",
            display_name="Flowbrush Time-to-Move",
            category=CATEGORY,
            description="Makes any image-to-video model follow the painted motion, without special weights: sampling starts from "
            "the warped picture, and painted regions keep to it longer than the rest. Use `model` and `latent` in any "
            "sampler.",
            search_aliases=["ttm", "dual clock", "cut and drag", "training-free", "motion control"],
            inputs=[
                io.Model.Input(
                    "model", tooltip="An image-to-video model, from Load Model or a stock loader."
                ),
                io.Vae.Input("vae", tooltip="The VAE that belongs to the model."),
                io.Image.Input("first_image", tooltip="The first frame, at the size of the video."),
                MotionSocket.Input("motion", tooltip="The painted motion, as long as the video."),
                io.Combo.Input(
                    "preset",
                    options=[AUTO, *PRESETS, CUSTOM],
                    default=AUTO,
                    tooltip="The noise levels of the two clocks. Auto chooses them by the kind of model; few steps counts steps, "
                    "for LoRAs of 4 to 8 steps; custom uses the two numbers below.",
                ),
                io.Float.Input(
                    "weak_clock",
                    default=0.979,
                    min=0.0,
                    max=1.0,
                    step=0.001,
                    round=0.0001,
                    extra_dict=ADVANCED,
                    tooltip="For preset custom: the noise level at which sampling starts and everything that is not painted becomes "
                    "free. Lower keeps it stiller, higher lets it move more.",
                ),
                io.Float.Input(
                    "strong_clock",
                    default=0.948,
                    min=0.0,
                    max=1.0,
                    step=0.001,
                    round=0.0001,
                    extra_dict=ADVANCED,
                    tooltip="For preset custom: the noise level at which painted regions become free. Lower follows the path more "
                    "strictly, higher looks less like a cut-out.",
                ),
                io.Image.Input(
                    "last_image",
                    optional=True,
                    tooltip="The last frame, of the same size, if the video has to end in a certain way.",
                ),
                io.Int.Input(
                    "trim_latent",
                    default=0,
                    min=0,
                    max=64,
                    optional=True,
                    extra_dict=ADVANCED,
                    tooltip="Latent frames in front of the video. Connect the output `trim_latent` of the node that makes the latent, "
                    "for example VACE with a reference image; they stay free.",
                ),
                io.Combo.Input(
                    "hold",
                    options=list(HOLDS),
                    default=AS_IN_PAPER,
                    optional=True,
                    extra_dict=ADVANCED,
                    tooltip="How parts keep to the warped picture: as in the paper, the sampler stays on it until the clock; as "
                    "released for Wan, only the model sees it, which holds less firmly. Choose uni_pc with the latter.",
                ),
                behind_input(
                    BEHIND,
                    PLATE,
                    "What the warped picture shows in areas that come into view, which are free from the weak clock on. Plate: the "
                    "completed picture, or the connected `plate`. Smooth: a soft fill. Grey: nothing.",
                ),
                plate_input(),
            ],
            outputs=[
                io.Model.Output("model", tooltip="The patched model, for any sampler."),
                io.Latent.Output(
                    "latent",
                    tooltip="The warped picture as a latent, for the sampler to start from. The latent of the model's own "
                    "image-to-video node works too.",
                ),
                io.Mask.Output(
                    "mask",
                    tooltip="How strongly each cell keeps to the warped picture, one mask for each latent frame.",
                ),
                io.Image.Output(
                    "frames", tooltip="The warped picture. Look at it first when a result is odd."
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
        trim_latent: int = 0,
        hold: str = AS_IN_PAPER,
        last_image: Tensor | None = None,
        behind: str = PLATE,
        plate: Any = None,
    ) -> io.NodeOutput:
        """Raises ValueError where length or VAE do not suit the model, and for clocks in the wrong order."""
        for name, given in (("model", model), ("vae", vae)):
            check_loaded(given, name, f"the {name} of a loader")
        first = checked_first_image(first_image, 8)
        last = checked_last_image(last_image, first)
        check_choice(hold, "hold", HOLDS)
        motion = checked_motion(motion)
        clocks = (
            Clocks(weak_clock, strong_clock)
            if preset == CUSTOM
            else PRESETS[_preset_name(preset, model, motion)]
        )
        grid = host().video_grid(model)
        grid.check_length(motion.frames, "motion")
        count = grid.time.latent_frames(motion.frames)

        check_choice(behind, "behind", BEHIND)
        plate = checked_plate(plate, first, "first_image")
        reference = reference_video(first[0], motion, behind, plate, host().notice, host().check_cancel)
        if last is not None:
            reference = ending_with(reference, last[0], grid.time)
        latents = host().encode_video(vae, reference.frames)
        channels, frames = latents.shape[1], latents.shape[2 if latents.ndim == 5 else 0]
        if (channels, frames) != (grid.channels, count):
            raise ValueError(
                f"`vae` makes latents of {channels} channels and {frames} frames, but `model` reads "
                f"{grid.channels} and {count}; connect the VAE that belongs to the model"
            )
        rows, columns = latents.shape[-2:]
        strength = latent_strength(reference.strength, rows, columns, grid.time)
        patched = host().following_model(model, latents, strength, clocks, trim_latent, hold)
        share = float(strength.mean())
        kind = " of the steps left" if clocks.in_steps else ""
        text = f"weak clock {clocks.weak:g}{kind}, strong clock {clocks.strong:g}{kind}; {share:.0%} of the video is painted"
        return io.NodeOutput(
            patched,
            host().canvas_of(model, latents),
            strength,
            reference.frames,
            ui=ui.PreviewText(text),
        )


def _preset_name(preset: str, model: Any, motion: MotionField) -> str:
    """The name of the preset; for auto, that of the model's family and the kind of motion."""
    if preset != AUTO:
        return preset
    family = host().clock_family(model)
    return WAN_CAMERA if family == WAN and motion.cameras and not motion.layers else family
