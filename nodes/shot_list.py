"""Shot List: videos one after the other, with cuts and dissolves, as one video with its sound."""

import secrets
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from comfy_api.latest import InputImpl, io
from torch import Tensor

from ..hosts import host
from ..hosts.video_writer import write_frames
from ..motion.sequence import (
    CUT,
    Transition,
    frames_in_a_row,
    shot_spans,
    sound_in_a_row,
    transition_of,
)
from .checks import check_choice, checked_sound
from .node import Node
from .sockets import ADVANCED, CATEGORY

MOST_SHOTS = 8
FITS = ("crop", "pad", "stretch")


class ShotList(Node):
    """Joins videos with the transitions of a list."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        shots = [
            io.Video.Input(
                f"shot_{number}",
                optional=number > 1,
                tooltip="The first shot. The whole video has its size and frame rate."
                if number == 1
                else "A further shot, or the video of another Shot List.",
            )
            for number in range(1, MOST_SHOTS + 1)
        ]
        return io.Schema(
            node_id="FlowbrushShotList",
            display_name="Flowbrush Shot List",
            category=CATEGORY,
            description="Puts shots one after the other, with cuts and dissolves, and keeps their sound. Each shot is a video, however it "
            "was made.",
            search_aliases=["concat video", "edit", "montage", "cross-fade", "sequence", "multi-shot"],
            inputs=[
                *shots,
                io.String.Input(
                    "transitions",
                    default="cut",
                    multiline=True,
                    tooltip="One line for each shot after the first: `cut`, `dissolve 0.5` with its seconds, or `continue 5` where the shot's "
                    "first 5 frames show the last 5 of the one before. The last line also holds for all further shots.",
                ),
                io.Combo.Input(
                    "fit",
                    options=list(FITS),
                    default=FITS[0],
                    extra_dict=ADVANCED,
                    tooltip="How a shot of another size is brought to that of the first: crop cuts off its sides, pad adds black bars, "
                    "stretch changes its proportions.",
                ),
                io.Audio.Input(
                    "sound",
                    optional=True,
                    tooltip="A sound track for the whole, in place of the sounds of the shots. It is cut off at the end.",
                ),
                io.Float.Input(
                    "crf",
                    default=18.0,
                    min=0.0,
                    max=51.0,
                    step=1.0,
                    display_mode=io.NumberDisplay.slider,
                    extra_dict=ADVANCED,
                    tooltip="Quality of the video file: lower is better and larger.",
                ),
            ],
            outputs=[
                io.Video.Output(
                    "video", display_name="VIDEO", tooltip="The whole, for Save Video or another Shot List."
                ),
                io.Int.Output("length", tooltip="The number of frames of the whole."),
            ],
        )

    @classmethod
    def execute(
        cls, shot_1: Any, transitions: str, fit: str, crf: float, sound: Any = None, **further: Any
    ) -> io.NodeOutput:
        """Raises ValueError for a transition that cannot be read. Frames of at most two shots are held at a time."""
        check_choice(fit, "fit", FITS)
        given = [shot_1, *(further.get(f"shot_{number}") for number in range(2, MOST_SHOTS + 1))]
        shots = [shot for shot in given if shot is not None]
        lines = _transitions(transitions, len(shots))
        known = []
        sounds = []
        for number, shot in enumerate(shots, 1):
            if not hasattr(shot, "get_components"):
                raise ValueError(
                    f"shot {number} is a {type(shot).__name__}; connect a VIDEO, for example of Create Video or Load Video"
                )
            parts = shot.get_components()
            known.append((len(parts.images), Fraction(parts.frame_rate), lines[number - 1]))
            sounds.append(None if parts.audio is None else checked_sound(parts.audio, f"shot {number}"))
            host().check_cancel()
        rate = known[0][1]
        spans = shot_spans(known, rate)
        audio = checked_sound(sound, "sound") if sound is not None else sound_in_a_row(spans, sounds, rate)
        total = spans[-1].start + spans[-1].count
        frames = frames_in_a_row(spans, lambda number: shots[number].get_components().images, fit)
        path = host().temp_directory() / f"flowbrush_{secrets.token_hex(8)}.mp4"
        write_frames(path, _with_progress(frames, total), rate, crf, audio)
        return io.NodeOutput(InputImpl.VideoFromFile(str(path)), total)


def _transitions(text: str, shots: int) -> list[Transition]:
    """The transition before each shot. Raises ValueError for a line that is none."""
    found = []
    for number, line in enumerate((line.strip() for line in text.splitlines() if line.strip()), 1):
        try:
            found.append(transition_of(line))
        except ValueError as error:
            raise ValueError(f"`transitions`, line {number}: {error}") from None
    if len(found) >= shots > 1:
        host().notice(
            f"`transitions` has {len(found)} lines for {shots} shots; those after line {shots - 1} have no effect."
        )
    found = found or [CUT]
    return [CUT, *(found[min(number, len(found) - 1)] for number in range(shots - 1))]


def _with_progress(frames: Iterator[Tensor], count: int) -> Iterator[Tensor]:
    progress = host().progress(count)
    for frame in frames:
        host().check_cancel()
        progress.update()
        yield frame
