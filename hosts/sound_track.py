"""The sound of a video file, written as AAC beside its frames."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

_LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1"}


class SoundTrack:
    """An AAC track of an open container. It is added before the first frame is written, and filled after the last."""

    def __init__(self, container: Any, audio: dict[str, Any]):
        """`audio` is AUDIO: `{"waveform": [1,channels,samples], "sample_rate"}`. Raises ValueError for other channels."""
        self.waveform = audio["waveform"][0].detach().float().cpu()
        channels = len(self.waveform)
        if channels not in _LAYOUTS:
            raise ValueError(
                f"the audio has {channels} channels; 1 (mono), 2 (stereo) or 6 (5.1) can be written."
            )
        self.layout, self.rate = _LAYOUTS[channels], int(audio["sample_rate"])
        self.container = container
        self.stream = container.add_stream("aac", rate=self.rate, layout=self.layout)

    def write(self, seconds: Fraction) -> None:
        """Write the sound up to the length of the video."""
        import av

        samples = self.waveform[:, : math.ceil(seconds * self.rate)].contiguous()
        if samples.shape[1]:
            frame = av.AudioFrame.from_ndarray(samples.numpy(), format="fltp", layout=self.layout)
            frame.sample_rate, frame.pts = self.rate, 0
            self.container.mux(self.stream.encode(frame))
        self.container.mux(self.stream.encode(None))
