"""Decode Video: latents to frames, a few frames at a time and optionally in tiles."""

from functools import partial
from typing import Any

import torch
from comfy_api.latest import io
from torch import Tensor

from ..hosts import host
from ..motion.flow.clip_between import clip_between
from ..rendering.compositing import composite_known
from ..rendering.layer_stack import LayerStack
from ..rendering.resizing import fit_image, largest_part
from ..rendering.warp import PLATE, WarpedClip, warp_image
from ..sampling.latent_shift import loop_frames
from .checks import (
    check_choice,
    check_loaded,
    checked_beginning,
    checked_image,
    checked_last_image,
    checked_latent,
    checked_motion,
    checked_plate,
)
from .node import Node
from .sockets import ADVANCED, CATEGORY, MotionSocket, beginning_input, plate_input

MODEL = "model"  # in place of PLATE: uncovered areas are what the model made
SIZES = VIDEO, SOURCE = ("video", "source")  # whose size the composited frames have


class DecodeVideo(Node):
    """Decodes a latent; optionally puts back the pixels of the first frame where the motion says where they went."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushDecodeVideo",
            display_name="Flowbrush Decode Video",
            category=CATEGORY,
            description="Turns the finished latent into frames, a few at a time, so that memory does not grow with the length of "
            "the video.",
            search_aliases=["vae decode", "tiled", "composite"],
            inputs=[
                io.Vae.Input(
                    "vae", tooltip="The VAE that belongs to the model, from Load Model or a stock loader."
                ),
                io.Latent.Input("latent", tooltip="The finished latent, from Sampler."),
                io.Image.Input("source", optional=True, tooltip="The first frame, needed for `composite`."),
                MotionSocket.Input(
                    "motion", optional=True, tooltip="The painted motion, needed for `composite`."
                ),
                io.Int.Input(
                    "tile_size",
                    default=0,
                    min=0,
                    max=4096,
                    step=64,
                    extra_dict=ADVANCED,
                    tooltip="Side of a tile in pixels; 0 decodes whole frames. Tiles need less memory and more time. If memory runs "
                    "out, smaller tiles are tried automatically.",
                ),
                io.Boolean.Input(
                    "composite",
                    default=False,
                    tooltip="Replace what the model made by the pixels of `source`, moved along `motion`, wherever these are known. "
                    "It is sharper, but removes everything that the model changed there, such as light and shadow.",
                ),
                io.Combo.Input(
                    "behind",
                    options=[MODEL, PLATE],
                    default=MODEL,
                    optional=True,
                    extra_dict=ADVANCED,
                    tooltip="What `composite` shows where the motion uncovers something. Model: what the model made there. Plate: the "
                    "completed picture, best for the bundled model.",
                ),
                plate_input(),
                io.Image.Input(
                    "last_image",
                    optional=True,
                    tooltip="The last frame, from First Frame, if the video has one. Without a motion, `composite` then shows `source` "
                    "and this picture, moved along the flow from one to the other.",
                ),
                io.Combo.Input(
                    "size",
                    options=list(SIZES),
                    default=VIDEO,
                    optional=True,
                    tooltip="The size of the frames with `composite`. Video: that of the latent. Source: that of the largest part of "
                    "`source` with the video's proportions. Then connect the picture at its full size; what the model made is enlarged.",
                ),
                beginning_input(),
                io.Boolean.Input(
                    "loop",
                    default=False,
                    optional=True,
                    extra_dict=ADVANCED,
                    tooltip="For text to video with Close Loop: decodes the first latent frame as a group of frames, as all others, so "
                    "that the end goes over into the beginning. The clip gets a few frames longer. Leave it off for a video that starts from a picture.",
                ),
            ],
            outputs=[
                io.Image.Output(
                    "frames",
                    display_name="IMAGE",
                    tooltip="The frames of the video. The videos of a batch follow one another.",
                )
            ],
        )

    @classmethod
    def execute(
        cls,
        vae: Any,
        latent: dict,
        tile_size: int,
        composite: bool,
        source: Tensor | None = None,
        motion: Any = None,
        behind: str = MODEL,
        plate: Any = None,
        last_image: Tensor | None = None,
        size: str = VIDEO,
        beginning: Tensor | None = None,
        loop: bool = False,
    ) -> io.NodeOutput:
        """Raises ValueError for a value that is not a video latent, where `composite` lacks an input, and for it with `loop`."""
        check_loaded(vae, "vae", "the VAE of Load Model")
        samples = checked_latent(latent)
        if tile_size and tile_size < 128:
            raise ValueError(f"`tile_size` is {tile_size}; it must be 0 (no tiles) or at least 128")
        if loop and composite:
            raise ValueError(
                "`composite` and `loop` are on; a decoded loop does not begin with the first frame, which `composite` puts back: "
                "turn one of them off"
            )
        if loop:
            decode = partial(host().decode_video, vae, tile=tile_size)
            return io.NodeOutput(torch.cat([loop_frames(video, decode) for video in samples.split(1)]))
        if not composite:
            return io.NodeOutput(host().decode_video(vae, samples, tile_size))
        check_choice(behind, "behind", (MODEL, PLATE))
        check_choice(size, "size", SIZES)
        clip = cls._known_clip(samples, source, motion, plate, last_image, size, beginning)
        if behind == PLATE:
            clip = clip.with_plate_known()
        frames = host().decode_video(vae, samples, tile_size)
        frames = _resized(frames, *clip.frames.shape[1:3])
        for video in frames.split(len(clip.frames)):
            video.copy_(composite_known(video, clip))
        return io.NodeOutput(frames)

    @staticmethod
    def _known_clip(
        samples: Tensor, source: Any, motion: Any, plate: Any, last_image: Any, size: str, beginning: Any
    ) -> WarpedClip:
        """What `composite` puts back into the video of `samples`: `source` along `motion`, or carried to `last_image`.

        With `beginning`, that picture is carried along the whole motion of which `motion` is a part.
        """
        if source is None or (motion is None and last_image is None):
            raise ValueError(
                "`composite` is on, which needs `source` (the first frame) and `motion` or `last_image`: connect them"
            )
        image = checked_image(source, "source", 1)
        height, width, length = samples.shape[3] * 8, samples.shape[4] * 8, 4 * samples.shape[2] - 3
        last, plate = checked_last_image(last_image, image, "source"), checked_plate(plate, image, "source")
        start = checked_beginning(beginning, image, "source")
        if size == SOURCE and image.shape[1] >= height and image.shape[2] >= width:
            rows, columns = part = largest_part(width, height, image.shape[2], image.shape[1])
            height, width = rows.stop - rows.start, columns.stop - columns.start
            image = image[:, rows, columns]
            last = None if last is None else last[:, rows, columns]
            start = None if start is None else start[rows, columns]
            plate = (
                plate.part(part) if isinstance(plate, LayerStack) else None if plate is None else plate[part]
            )
        last = None if last is None else fit_image(last, width, height, "stretch")[0]
        if motion is None and last is not None:
            first = fit_image(image, width, height, "stretch")[0]
            return clip_between(first, last, length, host().check_cancel)
        motion = checked_motion(motion, frames=length, of="the video")
        clip = warp_image(image[0], motion, height, width, plate=plate, beginning=start)
        if last is not None:
            clip.frames[-1], clip.coverage[-1] = last, 1.0
        return clip


def _resized(frames: Tensor, height: int, width: int) -> Tensor:
    """Frames [T,H,W,3] at another size; the same tensor when they have it already."""
    if frames.shape[1:3] == (height, width):
        return frames
    return torch.cat([fit_image(frame, width, height, "stretch") for frame in frames.split(1)])
