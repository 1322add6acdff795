"""Motion Conditioning: the first frame and the motion, in the form that the model reads."""

from typing import Any

from comfy_api.latest import io
from torch import Tensor

from ..conditioning.image_to_video import masked_latent, with_concat_latents
from ..conditioning.latent_frames import empty_latent
from ..conditioning.motion_latents import FORMS, ImageToVideo
from ..hosts import host
from .checks import check_choice, checked_image_to_video, checked_last_image, checked_motion
from .sockets import CATEGORY, FREE, STILL, MotionSocket, length_input, unpainted_input

MODES = tuple(FORMS)


class MotionConditioning(io.ComfyNode):
    """Writes `concat_latent_image` and `concat_mask`, which Wan's image-to-video networks read."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushMotionConditioning",
            display_name="Flowbrush Motion Conditioning",
            category=CATEGORY,
            description="Tells the model how the video begins and where everything goes. Without a motion it is plain "
            "image-to-video.",
            search_aliases=["wan move", "ati", "image to video", "first last frame"],
            inputs=[
                io.Conditioning.Input("positive", tooltip="The prompt, from Text Encode."),
                io.Conditioning.Input("negative", tooltip="The negative prompt, from Text Encode."),
                io.Vae.Input("vae", tooltip="The VAE, from Load Model."),
                io.Image.Input("first_image", tooltip="How the video begins, from First Frame."),
                MotionSocket.Input(
                    "motion", optional=True, tooltip="Where everything goes. Without it the model decides."
                ),
                io.Image.Input("last_image", optional=True, tooltip="How the video ends, from First Frame."),
                length_input(),
                io.Combo.Input(
                    "mode",
                    options=list(MODES),
                    default=MODES[0],
                    tooltip="How the motion is told. Warped video: the first frame's pixels along the motion, for the bundled "
                    "model. Latent copy: for Wan-Move weights. Soft copy: for ATI weights.",
                ),
                unpainted_input(
                    STILL,
                    "What is not painted: still holds it in place, free leaves it to the model. A camera move asks for "
                    "everything, so nothing is free under it.",
                ),
                io.Boolean.Input(
                    "motion_guidance",
                    default=False,
                    tooltip="Also make `no_motion`, which Sampler's `motion_cfg` needs; it takes one more encoding.",
                ),
                io.Boolean.Input(
                    "hold_known",
                    default=True,
                    tooltip="`latent` holds what is known: the model fills only what the motion uncovers or leaves open. Best for "
                    "the bundled model; off, a large model may redraw everything.",
                ),
            ],
            outputs=[
                io.Conditioning.Output(
                    "positive", tooltip="The prompt with first frame and motion in it, for Sampler."
                ),
                io.Conditioning.Output(
                    "negative", tooltip="The negative prompt with the same in it, for Sampler."
                ),
                io.Conditioning.Output(
                    "no_motion",
                    tooltip="The prompt with the first frame only; nothing unless `motion_guidance` is on.",
                ),
                io.Latent.Output(
                    "latent",
                    tooltip="The canvas for Sampler or a stock KSampler, with what is known held by a noise mask; empty when "
                    "`hold_known` is off.",
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
    ) -> io.NodeOutput:
        """Raises ValueError for pictures of other sizes, and a motion of another length."""
        first = checked_image_to_video(positive, negative, vae, "the VAE of Load Model", first_image, length)
        last = checked_last_image(last_image, first)
        if motion is not None:
            motion = checked_motion(motion, frames=length, of="this clip")
        check_choice(mode, "mode", MODES)
        check_choice(unpainted, "unpainted", (STILL, FREE))

        clip = ImageToVideo(first, last, length, encode=lambda frames: host().encode_video(vae, frames))
        concat = clip.latents if motion is None else clip.latents_with(motion, mode, unpainted == FREE)
        no_motion = with_concat_latents(positive, clip.latents) if motion_guidance else None
        height, width = first.shape[1:3]
        canvas = masked_latent(concat) if hold_known else empty_latent(width, height, length)
        sides = (with_concat_latents(side, concat) for side in (positive, negative))
        return io.NodeOutput(*sides, no_motion, canvas)
