"""Save Loop: frames as a file that repeats for ever."""

import math
from collections.abc import Iterator

from comfy_api.latest import io
from torch import Tensor

from ..hosts import host
from ..hosts.loop_writer import write_animation
from ..hosts.video_writer import write_frames
from ..motion.measure.seam import seam_ratio
from .checks import check_choice, check_fps, checked_video
from .node import Node
from .sockets import ADVANCED, CATEGORY

WEBP, GIF, MP4 = FORMATS = ("webp", "gif", "mp4")
SEAMLESS = 1.1  # of the usual step; a larger seam can be seen


class SaveLoop(Node):
    """Writes the frames of a loop to the output folder, and measures its seam."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushSaveLoop",
            display_name="Flowbrush Save Loop",
            category=CATEGORY,
            description="Saves frames as a loop: an animated WebP or GIF that repeats for ever, or an MP4 that plays it several times. "
            "Says how large the jump from the last frame to the first is.",
            search_aliases=["gif", "animated webp", "cinemagraph", "seamless loop", "save animation"],
            inputs=[
                io.Image.Input(
                    "frames",
                    tooltip="The frames of the loop, in order, without a copy of the first at the end.",
                ),
                io.Float.Input(
                    "fps",
                    default=24.0,
                    min=1.0,
                    max=100.0,
                    step=1.0,
                    round=0.001,
                    tooltip="Frames per second.",
                ),
                io.Combo.Input(
                    "format",
                    options=list(FORMATS),
                    default=WEBP,
                    tooltip="webp has all colours and is small; gif has 256 colours and plays everywhere; mp4 is smallest, and most "
                    "players stop at its end.",
                ),
                io.Int.Input(
                    "quality",
                    default=90,
                    min=1,
                    max=100,
                    display_mode=io.NumberDisplay.slider,
                    extra_dict=ADVANCED,
                    tooltip="Quality of webp and mp4: 90 looks like the frames, 75 is smaller. A gif has none.",
                ),
                io.Int.Input(
                    "times",
                    default=1,
                    min=1,
                    max=100,
                    extra_dict=ADVANCED,
                    tooltip="How often an mp4 plays the loop. webp and gif repeat for ever.",
                ),
                io.String.Input(
                    "filename_prefix",
                    default="flowbrush/loop",
                    tooltip="Folder and beginning of the file's name in the output folder.",
                ),
            ],
            outputs=[
                io.Float.Output(
                    "seam_ratio",
                    tooltip="The step from the last frame to the first, divided by the usual step; up to 1.1 the loop has no visible seam.",
                )
            ],
            is_output_node=True,
        )

    @classmethod
    def execute(
        cls, frames: Tensor, fps: float, format: str, quality: int, times: int, filename_prefix: str
    ) -> io.NodeOutput:
        """Raises ValueError for a single frame, an unknown format, and a prefix that leads out of the output folder."""
        video = checked_video(frames, "frames")
        check_choice(format, "format", FORMATS)
        check_fps(fps)
        height, width = video.shape[1:3]
        subfolder, name = host().next_output(filename_prefix, format, (width, height))
        path = host().output_directory() / subfolder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if format == MP4:
            write_frames(path, _repeated(video, times), fps, crf_of(quality))
        else:
            real = write_animation(path, video, fps, quality)
            if abs(real - fps) > 0.02 * fps:
                host().notice(
                    f"A {format} of {fps:g} frames per second is not possible; this one plays {real:.3g}."
                )
        seam = seam_ratio(video)
        if seam > SEAMLESS:
            host().notice(
                f"The loop jumps at its seam: {seam:.2f} times the usual step. A seamless document closes it."
            )
        shown = {"filename": name, "subfolder": subfolder, "type": "output"}
        return io.NodeOutput(0.0 if math.isnan(seam) else seam, ui={"images": [shown], "animated": (True,)})


def crf_of(quality: int) -> float:
    """The constant rate factor of H.264 for a quality from 1 to 100: 90 is 16, which looks like the frames."""
    return 51 - (51 - 12) * quality / 100 if quality < 90 else 16 - 0.4 * (quality - 90)


def _repeated(frames: Tensor, times: int) -> Iterator[Tensor]:
    """The frames one by one, `times` times over; each pass checks for a cancel."""
    for _ in range(times):
        for frame in frames:
            host().check_cancel()
            yield frame
