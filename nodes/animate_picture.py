"""Animate Picture: the finished video of a picture along a motion, at the picture's own size and without a model."""

import secrets
from collections.abc import Iterator
from typing import Any

from comfy_api.latest import InputImpl, io
from torch import Tensor

from ..conditioning.behind import FILLED_SMOOTHLY
from ..hosts import host
from ..hosts.video_writer import write_frames
from ..motion.document.document import Document, Layer, Region
from ..motion.field.field import MotionField, combine, painted_field
from ..rendering.frame_stream import FrameStream, stream_frames
from ..rendering.snapped_motion import snap_remark
from ..rendering.warp import BEHIND, PLATE, SMOOTH
from .checks import check_choice, check_fps, checked_image, checked_mask, checked_motion, checked_plate
from .node import Node
from .sockets import ADVANCED, CATEGORY, MotionSocket, plate_input

MOST_FRAMES = 100_000
_IN_FRONT = 1000  # the largest depth order of a document
_PREVIEW_SIDE = 512  # px


class AnimatePicture(Node):
    """Draws the frames one by one into a video file, so that memory does not grow with the length of the video."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushAnimatePicture",
            display_name="Flowbrush Animate Picture",
            category=CATEGORY,
            description="Makes the finished video of a picture along the motion, sharp, at the picture's own size (also 4K) and of any "
            "length, without a model. Nothing is invented except what the motion uncovers, which comes from the picture or from "
            "a clean plate.",
            search_aliases=["cinemagraph", "2.5d", "parallax", "ken burns", "motion graphics", "4k"],
            inputs=[
                io.Image.Input(
                    "image", tooltip="The picture: one image, the first frame. The video gets its size."
                ),
                MotionSocket.Input("motion", tooltip="The motion to follow."),
                io.Mask.Input(
                    "mask",
                    optional=True,
                    tooltip="What stays in place in front of everything that moves, such as a fence or a frame: white stays.",
                ),
                plate_input(),
                io.Combo.Input(
                    "behind",
                    options=list(BEHIND),
                    default=PLATE,
                    extra_dict=ADVANCED,
                    tooltip="What fills the areas that come into view. Plate: the completed picture, or the connected `plate`. Smooth: "
                    "the colours around them.",
                ),
                io.Int.Input(
                    "length",
                    default=0,
                    min=0,
                    max=MOST_FRAMES,
                    tooltip="Number of frames of the video; 0 takes that of the motion. The motion is spread over all of them, so more "
                    "frames make it slower. Any number is possible.",
                ),
                io.Float.Input(
                    "fps",
                    default=24.0,
                    min=1.0,
                    max=240.0,
                    step=1.0,
                    round=0.001,
                    tooltip="Frame rate of the video, in frames per second.",
                ),
                io.Float.Input(
                    "crf",
                    default=16.0,
                    min=0.0,
                    max=51.0,
                    step=1.0,
                    display_mode=io.NumberDisplay.slider,
                    extra_dict=ADVANCED,
                    tooltip="Compression of the video (constant rate factor of H.264): lower is better and larger, 16 looks like the "
                    "picture, 23 is common for the web. Save Video keeps this compression if its `codec` is auto.",
                ),
            ],
            outputs=[
                io.Video.Output(
                    "video",
                    display_name="VIDEO",
                    tooltip="The finished video, for Save Video. It is a file in the temporary folder until it is saved.",
                )
            ],
        )

    @classmethod
    def execute(
        cls,
        image: Tensor,
        motion: Any,
        behind: str,
        length: int,
        fps: float,
        crf: float,
        mask: Tensor | None = None,
        plate: Any = None,
    ) -> io.NodeOutput:
        """Raises ValueError for a wrong size or choice. A cancel leaves no file behind."""
        picture = checked_image(image, "image", 1)
        field = checked_motion(motion)
        check_choice(behind, "behind", BEHIND)
        check_fps(fps)
        plate = checked_plate(plate, picture, "image")
        field = field.at_frames(length or field.frames)
        if mask is not None:
            field = combine(field, _still_in_front(checked_mask(mask, "mask")[0], field))
        stream = stream_frames(
            picture[0],
            field,
            behind,
            plate,
            check_cancel=host().check_cancel,
        )
        if behind == PLATE and stream.completed_by == SMOOTH:
            host().notice(FILLED_SMOOTHLY)
        if stream.unsnapped:
            host().notice(snap_remark(stream.unsnapped))
        path = host().temp_directory() / f"flowbrush_{secrets.token_hex(8)}.mp4"
        write_frames(path, _with_progress(stream), fps, crf)
        return io.NodeOutput(InputImpl.VideoFromFile(str(path)))


def _still_in_front(mask: Tensor, field: MotionField) -> MotionField:
    """A field of one frozen region in front of all others; its edge is that of the mask [h,w]."""
    frozen = Layer(name="mask", region=Region(mask=0, feather=0.0), freeze=True, order=_IN_FRONT)
    return painted_field(Document(layers=(frozen,)), field.frames, [mask], aspect=field.aspect)


def _with_progress(stream: FrameStream) -> Iterator[Tensor]:
    """The frames of a stream; each advances the progress bar, checks for a cancel, and is shown small on the node."""
    progress = host().progress(stream.count)
    for frame in stream.frames:
        host().check_cancel()
        step = max(1, max(frame.shape[:2]) // _PREVIEW_SIDE)
        progress.update(preview=frame[::step, ::step].contiguous())
        yield frame
