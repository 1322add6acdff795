"""The finished shots of a list as one video, and as a timeline for editing programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from torch import Tensor

from ..files import write_text
from ..motion.sequence import CUT, ShotSpan, Transition, frames_in_a_row, shot_spans, sound_in_a_row
from .sheet import VIDEOS
from .shot_list import Row


@dataclass(frozen=True)
class Take:
    """The video of a finished shot: its row, the file, how many frames it has, their rate, and its sound.

    length: the number of frames that its model made, where the shot continues another. The video has more where frames were
    interpolated.
    """

    row: Row
    video: Path
    frames: int
    rate: Fraction
    sound: dict[str, Any] | None
    length: int | None = None

    @property
    def transition(self) -> Transition:
        """The transition from the shot before, with an `overlap` that counts frames of the video."""
        given = self.row.transition
        if not given.continues or self.length is None or self.length < 2:
            return given
        return replace(given, overlap=round((given.overlap - 1) * (self.frames - 1) / (self.length - 1)) + 1)


def takes(rows: Sequence[Row], results: Sequence[dict[str, Any]], folder: Path) -> list[Take]:
    """The videos of a finished list, in its order. Raises ValueError, which names the shots that have none."""
    found, missing = [], []
    for row, result in zip(rows, results, strict=True):
        files = [Path(name) for name in result.get("files", ())]
        videos = [name for name in files if name.suffix.lower() in VIDEOS]
        if not videos:
            missing.append(row.id)
            continue
        path = folder / result["folder"] / videos[0]
        found.append(Take(row, path, *_facts(path), result.get("model_frames")))
    if missing:
        raise ValueError(
            f"The shots cannot be joined, because {', '.join(missing)} {'has' if len(missing) == 1 else 'have'} no video yet."
        )
    return found


def spans_of(found: Sequence[Take]) -> list[ShotSpan]:
    """Where each take lies in the whole, which has the frame rate of the first."""
    return shot_spans([(take.frames, take.rate, take.transition) for take in found], found[0].rate)


def write_joined(path: Path, found: Sequence[Take], sound: Path | None = None) -> int:
    """Write takes as one video with their transitions and sounds, or with the sound of a file; returns the number of frames.

    The frames of at most two shots are held at a time.
    """
    from ..hosts.headless.videos import read_video
    from ..hosts.video_writer import write_frames

    spans, rate = spans_of(found), found[0].rate
    if sound is None:
        audio = sound_in_a_row(spans, [take.sound for take in found], rate)
    else:
        audio = read_sound(sound)

    def frames_of(number: int) -> Tensor:
        return read_video(found[number].video)[0]

    return write_frames(path, frames_in_a_row(spans, frames_of), rate, audio=audio)


def read_sound(path: Path) -> dict[str, Any]:
    """The sound of a file. Raises ValueError for a file without any."""
    from ..hosts.headless.media import read_audio

    audio = read_audio(path)
    if audio is None:
        raise ValueError(f"{path} has no sound; give a sound or video file that has one.")
    return audio


def _facts(path: Path) -> tuple[int, Fraction, dict[str, Any] | None]:
    """The number of frames, the frame rate and the sound of a video file."""
    from ..hosts.headless.media import opened, read_audio, video_stream

    with opened(path) as container:
        stream = video_stream(container, path)
        rate = Fraction(stream.average_rate) if stream.average_rate else Fraction(1)
        count = stream.frames or sum(1 for _ in container.decode(stream))
    return count, rate, read_audio(path)


def write_timeline(path: Path, title: str, found: Sequence[Take]) -> None:
    """Write takes as a timeline of OpenTimelineIO, a cut of their files with the dissolves between them.

    Each clip's metadata `flowbrush` holds the columns of its row, so that `run.py shots` reads the timeline as a list again. Paths are
    relative to the timeline where they lie below it.
    """
    spans, rate = spans_of(found), float(found[0].rate)
    children: list[dict[str, Any]] = []
    for number, (take, span) in enumerate(zip(found, spans, strict=True)):
        # The cut lies in the middle of the shared frames, and the transition over it.
        after = spans[number + 1].shared if number + 1 < len(spans) else 0
        start, end = span.shared // 2, span.count - (after - after // 2)
        if span.shared and not span.continues:
            children.append(_dissolve(start, span.shared - start, rate))
        children.append(_clip(take, path.parent, start, end - start, span.count, rate))
    track = {"OTIO_SCHEMA": "Track.1", "name": "shots", "kind": "Video", "children": children, "metadata": {}}
    stack = {"OTIO_SCHEMA": "Stack.1", "name": "tracks", "children": [track], "metadata": {}}
    timeline = {"OTIO_SCHEMA": "Timeline.1", "name": title, "tracks": stack, "metadata": {}}
    write_text(path, json.dumps(timeline, indent=2, ensure_ascii=False) + "\n")


def _clip(take: Take, folder: Path, start: int, count: int, available: int, rate: float) -> dict[str, Any]:
    row = take.row
    inputs = {name: _absolute(value, row.folder) for name, value in row.inputs.items()}
    # A length of nothing says that the shot has that of its workflow, and not that of the clip.
    cells = {"id": row.id, "workflow": str(row.workflow.resolve()), "seconds": row.seconds, **inputs}
    if row.transition != CUT:
        cells["transition"] = str(row.transition)
    try:
        url = take.video.relative_to(folder).as_posix()
    except ValueError:
        url = take.video.as_uri()
    return {
        "OTIO_SCHEMA": "Clip.1",
        "name": row.id,
        "source_range": _range(start, count, rate),
        "media_reference": {
            "OTIO_SCHEMA": "ExternalReference.1",
            "target_url": url,
            "available_range": _range(0, available, rate),
            "metadata": {},
        },
        "metadata": {"flowbrush": cells},
    }


def _absolute(value: Any, folder: Path) -> Any:
    """A value that names a file relative to the list as an absolute path, because the timeline lies elsewhere."""
    path = folder / value if isinstance(value, str) and 0 < len(value) < 1000 and "\n" not in value else None
    return str(path.resolve()) if path is not None and path.is_file() else value


def _dissolve(before: int, after: int, rate: float) -> dict[str, Any]:
    """A dissolve over so many frames before and after a cut."""
    return {
        "OTIO_SCHEMA": "Transition.1",
        "name": "dissolve",
        "transition_type": "SMPTE_Dissolve",
        "in_offset": _time(before, rate),
        "out_offset": _time(after, rate),
        "metadata": {},
    }


def _range(start: int, count: int, rate: float) -> dict[str, Any]:
    return {"OTIO_SCHEMA": "TimeRange.1", "start_time": _time(start, rate), "duration": _time(count, rate)}


def _time(frames: int, rate: float) -> dict[str, Any]:
    return {"OTIO_SCHEMA": "RationalTime.1", "value": float(frames), "rate": rate}
