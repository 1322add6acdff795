"""Motion Conditioning: the first frame and the motion as conditioning latents."""

from typing import Any

from comfy_api.latest import io
from torch import Tensor

from ..conditioning.first_and_last import BETWEEN, GREYED
from ..conditioning.image_to_video import masked_latent, with_concat_latents
from ..conditioning.latent_frames import empty_latent
from ..conditioning.motion_latents import FORMS, ImageToVideo
from ..conditioning.warped_video import BEHIND, PLATE
from ..hosts import host
from .checks import (
    check_choice,
    checked_beginning,
    checked_image_to_video,
    checked_last_image,
    checked_motion,
    checked_plate,
)
from .node import Node
from .sockets import (
    ADVANCED,
    CATEGORY,
    FREE,
    STILL,
    MotionSocket,
    beginning_input,
    length_input,
    plate_input,
    unpainted_input,
)

MODES = tuple(FORMS)


class MotionConditioning(Node):
    """Adds `concat_latent_image` and `concat_mask` to both prompts; Wan's image-to-video networks read them."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushMotionConditioning",
            display_name="Flowbrush Motion Conditioning",
            category=CATEGORY,
            description="Gives the model the first frame and the painted motion. Without a motion this is plain image to video; "
            "with a last image it is first and last frame to video.",
            search_aliases=["wan move", "ati", "image to video", "first last frame"],
            inputs=[
                io.Conditioning.Input(
                    "positive", tooltip="The prompt, from Text Encode or any text encoder."
                ),
                io.Conditioning.Input(
                    "negative", tooltip="The negative prompt, from Text Encode or any text encoder."
                ),
                io.Vae.Input("vae", tooltip="The VAE that belongs to the model, from Load Model."),
                io.Image.Input("first_image", tooltip="The first frame of the video, from First Frame."),
                MotionSocket.Input(
                    "motion",
                    optional=True,
                    tooltip="The painted motion. Without it the model decides what moves.",
                ),
                io.Image.Input(
                    "last_image",
                    optional=True,
                    tooltip="The last frame of the video, from First Frame, if the video has to end in a certain way.",
                ),
                length_input(),
                io.Combo.Input(
                    "mode",
                    options=list(MODES),
                    default=MODES[0],
                    tooltip="The form in which the model reads the motion. Warped video is for the bundled model, latent copy for "
                    "Wan-Move weights and soft copy for ATI weights.",
                ),
                unpainted_input(
                    STILL,
                    "What happens outside the painted regions: still keeps them in place, free lets the model decide. A camera "
                    "move covers the whole picture, so that free has no effect under it.",
                ),
                io.Boolean.Input(
                    "motion_guidance",
                    default=False,
                    extra_dict=ADVANCED,
                    tooltip="Also make the output `no_motion`, which `motion_cfg` in Sampler needs. It takes a second encoding.",
                ),
                io.Boolean.Input(
                    "hold_known",
                    default=True,
                    extra_dict=ADVANCED,
                    tooltip="Start from the warped picture and let the model paint only what is unknown: areas that the motion "
                    "uncovers or leaves free. Best for the bundled model. Turn it off to let a large model redraw "
                    "everything.",
                ),
                io.Combo.Input(
                    "behind",
                    options=list(BEHIND),
                    default=PLATE,
                    optional=True,
                    extra_dict=ADVANCED,
                    tooltip="What the model is shown where the motion uncovers something (mode warped video). Plate: the completed "
                    "picture, which the model may repaint. Plate, kept: the completed picture as it is, best for the bundled "
                    "model. Smooth: a soft fill. Grey: nothing.",
                ),
                plate_input(),
                io.Combo.Input(
                    "between",
                    options=list(BETWEEN),
                    default=GREYED,
                    optional=True,
                    extra_dict=ADVANCED,
                    tooltip="What the model is shown between the first and the last image if no motion is connected. Grey: nothing, for "
                    "large models. Carried: both pictures, moved along the flow from one to the other; the model repaints what they "
                    "do not agree on. Carried, kept: the same, but nothing is repainted, best for the bundled model.",
                ),
                beginning_input(),
            ],
            outputs=[
                io.Conditioning.Output(
                    "positive", tooltip="The prompt with the first frame and the motion added, for Sampler."
                ),
                io.Conditioning.Output(
                    "negative",
                    tooltip="The negative prompt with the first frame and the motion added, for Sampler.",
                ),
                io.Conditioning.Output(
                    "no_motion",
                    tooltip="The prompt with the first frame but without the motion; empty unless `motion_guidance` is on.",
                ),
                io.Latent.Output(
                    "latent",
                    tooltip="The latent for Sampler or a stock KSampler to start from, with a noise mask over what is unknown; "
                    "an empty latent when `hold_known` is off.",
                ),
            ],
        )

    @classmethod
    def execute(
        cls,
        positive: list,
        negative: list,
        vae: Any,
        first_image: Tensor,
        length: int,
        mode: str,
        unpainted: str,
        motion_guidance: bool,
        hold_known: bool,
        motion: Any = None,
        last_image: Tensor | None = None,
        behind: str = PLATE,
        plate: Any = None,
        between: str = GREYED,
        beginning: Tensor | None = None,
    ) -> io.NodeOutput:
        """Raises ValueError where pictures differ in size, or motion and clip in length."""
        first = checked_image_to_video(positive, negative, vae, "the VAE of Load Model", first_image, length)
        last = checked_last_image(last_image, first)
        if motion is not None:
            motion = checked_motion(motion, frames=length, of="this clip")
        check_choice(mode, "mode", MODES)
        check_choice(unpainted, "unpainted", (STILL, FREE))
        check_choice(behind, "behind", BEHIND)
        check_choice(between, "between", BETWEEN)
        if between != GREYED and (last is None or motion is not None):
            host().notice(
                f"`between` is {between!r}, which has no effect here: it needs a `last_image`, and no `motion`."
            )

        clip = ImageToVideo(
            first,
            last,
            length,
            encode=lambda frames: host().encode_video(vae, frames),
            behind=behind,
            plate=checked_plate(plate, first, "first_image"),
            notice=lambda sentence: host().notice(sentence),
            between=between,
            check_cancel=lambda: host().check_cancel(),
            beginning=checked_beginning(beginning, first, "first_image"),
        )
        concat = clip.latents if motion is None else clip.latents_with(motion, mode, unpainted == FREE)
        no_motion = with_concat_latents(positive, clip.latents) if motion_guidance else None
        height, width = first.shape[1:3]
        start = masked_latent(concat) if hold_known else empty_latent(width, height, length)
        sides = (with_concat_latents(side, concat) for side in (positive, negative))
        return io.NodeOutput(*sides, no_motion, start)
