"""Extend Shot, Hold Frames and Join Parts: a clip that goes on, part by part, with one motion."""

from fractions import Fraction
from typing import Any

import torch
from comfy_api.latest import io
from torch import Tensor

from ..conditioning.in_place import held_frames
from ..hosts import host
from ..motion.continuation.continued import continued_field
from ..motion.continuation.joining import joined
from ..motion.sequence import ShotSpan, sound_in_a_row
from .checks import check_fps, check_loaded, checked_latent, checked_motion, checked_sound, checked_video
from .node import Node
from .sockets import CATEGORY, MotionSocket, length_input

OVERLAP = 5  # frames; a length of Wan's and many other video VAEs


def overlap_input(tooltip: str) -> io.Int.Input:
    """How many frames two parts of a shot share."""
    return io.Int.Input("overlap", default=OVERLAP, min=1, max=256, tooltip=tooltip)


class ExtendShot(Node):
    """Makes the first frame and the motion of the next part from the last frames of a clip."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushExtendShot",
            display_name="Flowbrush Extend Shot",
            category=CATEGORY,
            description="Lets a clip go on: gives the first frame and the motion of the next part. Regions lie where they have moved, "
            "and points keep their way, or their velocity after the motion's end.",
            search_aliases=["continue video", "long video", "next chunk", "last frame"],
            inputs=[
                io.Image.Input(
                    "frames",
                    tooltip="The clip so far, from its first frame on, for example from Decode Video or Join Parts.",
                ),
                MotionSocket.Input(
                    "motion",
                    tooltip="The motion of the whole shot, which begins with the clip's first frame. If it is shorter, points keep the "
                    "velocity that they have at its end.",
                ),
                length_input(),
                overlap_input(
                    "How many of the clip's last frames the next part shows again, so that the two can be joined. Wan and the bundled "
                    "model take 4k+1."
                ),
                io.Int.Input(
                    "starts_at",
                    default=0,
                    min=0,
                    max=100_000,
                    optional=True,
                    tooltip="The number of the motion's frame with which the clip begins. Leave it at 0 unless `frames` is only a later part of "
                    "the shot.",
                ),
            ],
            outputs=[
                io.Image.Output(
                    "first_image",
                    tooltip="The frame of the clip with which the next part begins: its last one but `overlap` - 1.",
                ),
                MotionSocket.Output("motion", tooltip="The motion from that frame on, for that picture."),
                io.Image.Output(
                    "overlap_frames",
                    tooltip="The clip's last `overlap` frames, for models that can be shown several first frames, and for Hold Frames.",
                ),
                io.Int.Output("length", tooltip="The length of the next part in frames."),
            ],
        )

    @classmethod
    def execute(
        cls, frames: Tensor, motion: Any, length: int, overlap: int, starts_at: int = 0
    ) -> io.NodeOutput:
        """Raises ValueError for an overlap that leaves nothing new, and for a motion with several cameras."""
        frames = checked_video(frames, "frames", 1)
        motion = checked_motion(motion)
        check_overlap(overlap, len(frames), "`frames`")
        if overlap >= length:
            raise ValueError(
                f"`overlap` is {overlap} and `length` {length}, so that nothing new is left; `overlap` must be less than `length`"
            )
        first = len(frames) - overlap
        shown = frames[first:]
        return io.NodeOutput(shown[:1], continued_field(motion, starts_at + first, length), shown, length)


class HoldFrames(Node):
    """Puts known frames at the beginning of a latent, with a noise mask that keeps them."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushHoldFrames",
            display_name="Flowbrush Hold Frames",
            category=CATEGORY,
            description="Puts known frames at the beginning of a latent and keeps them while the rest is sampled, so that the next part of "
            "a shot begins exactly as the last one ended.",
            search_aliases=["continue video", "noise mask", "overlap"],
            inputs=[
                io.Latent.Input(
                    "latent",
                    tooltip="The latent to sample, from Motion Conditioning or an empty latent node.",
                ),
                io.Vae.Input("vae", tooltip="The VAE of the model."),
                io.Image.Input(
                    "frames",
                    tooltip="The known frames, from `overlap_frames` of Extend Shot. Their number must be one that the VAE encodes whole: "
                    "4k+1 for Wan, 8k+1 for LTX.",
                ),
            ],
            outputs=[
                io.Latent.Output(
                    "latent", tooltip="The latent with the frames held, for Sampler or KSampler."
                )
            ],
        )

    @classmethod
    def execute(cls, latent: Any, vae: Any, frames: Tensor) -> io.NodeOutput:
        """Raises ValueError where the frames do not fit the latent."""
        check_loaded(vae, "vae", "the VAE of the model")
        samples = checked_latent(latent)
        known = host().encode_video(vae, checked_video(frames, "frames", 1))
        held, mask = held_frames(samples, latent.get("noise_mask"), known)
        return io.NodeOutput({**latent, "samples": held, "noise_mask": mask})


class JoinParts(Node):
    """Joins two clips that share frames."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushJoinParts",
            display_name="Flowbrush Join Parts",
            category=CATEGORY,
            description="Joins a clip and its next part where they overlap: frames are aligned by optical flow and cross-faded, and the "
            "colours of the next part are matched to the clip.",
            search_aliases=["concat video", "cross-fade", "append", "merge clips"],
            inputs=[
                io.Image.Input("frames", tooltip="The clip so far, the same as for Extend Shot."),
                io.Image.Input(
                    "next_frames",
                    tooltip="The next part, whose first `overlap` frames show the clip's last ones.",
                ),
                overlap_input("How many frames the two share; the same as in Extend Shot."),
                io.Boolean.Input(
                    "match_colours",
                    default=True,
                    tooltip="Give the next part the brightness and contrast that the clip has in the shared frames, so that colours do not drift.",
                ),
                io.Audio.Input(
                    "sound", optional=True, tooltip="The sound of the clip so far, if it has one."
                ),
                io.Audio.Input(
                    "next_sound",
                    optional=True,
                    tooltip="The sound of the next part, from its first frame on.",
                ),
                io.Float.Input(
                    "fps",
                    default=24.0,
                    min=1.0,
                    max=240.0,
                    step=0.01,
                    optional=True,
                    tooltip="Frames a second of both, which say how long the sounds overlap. Without sounds it has no effect.",
                ),
            ],
            outputs=[
                io.Image.Output(
                    "frames", tooltip="Both as one clip, for Create Video or another Extend Shot."
                ),
                io.Audio.Output(
                    "sound",
                    tooltip="Both sounds as one, cross-faded where the parts overlap and as long as the clip; none without `sound` and `next_sound`.",
                ),
            ],
        )

    @classmethod
    def execute(
        cls,
        frames: Tensor,
        next_frames: Tensor,
        overlap: int,
        match_colours: bool,
        sound: Any = None,
        next_sound: Any = None,
        fps: float = 24.0,
    ) -> io.NodeOutput:
        """Raises ValueError for clips of different sizes, an overlap that one of them does not have, and no sound where one is connected."""
        check_fps(fps)
        sounds = [
            None if given is None else checked_sound(given, name)
            for given, name in ((sound, "sound"), (next_sound, "next_sound"))
        ]
        frames = checked_video(frames, "frames", 1)
        following = checked_video(next_frames, "next_frames", 1)
        check_overlap(overlap, min(len(frames), len(following)), "the shorter part")
        progress = host().progress(overlap)

        def on_frame(_: int) -> None:
            host().check_cancel()
            progress.update()

        with torch.no_grad():
            whole = joined(frames, following, overlap, match_colours, on_frame)
        spans = [
            ShotSpan(0, len(frames), 0, Fraction(1)),
            ShotSpan(len(frames) - overlap, len(following), overlap, Fraction(1), True),
        ]
        return io.NodeOutput(whole, sound_in_a_row(spans, sounds, Fraction(fps)))


def check_overlap(overlap: int, count: int, whose: str) -> None:
    """Raises ValueError for an overlap that is longer than a clip."""
    if overlap > count:
        raise ValueError(f"`overlap` is {overlap}, but {whose} has {count} frames; choose at most {count}")
