"""Training samples of the interpolation network: three frames of a procedural clip, with exact flow and visibility.

The frame in between is rendered first, because the generator gives flow and visibility from its first frame to the
others: here, to the two frames that the network sees.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from ..motion.flow.agreement import lookup
from ..motion.flow.correspondence import Correspondence
from ..synthetic.scene import render_clips, texture_pool
from ..synthetic.textures import pictures, power_noise, uniform

# Part of a clip's duration between the two frames: short, so that motion is nearly uniform, as between real frames.
_WINDOW = 0.3
# Range of speeds, as factors of the generator's own: from slow drifts to motion over a quarter of the crop.
_SLOWEST, _FASTEST = 0.25, 2.2
# Standard deviation in px of a smooth deformation over a whole window; the generator's own objects are mostly rigid.
_BENDING = 2.0


class Batch(NamedTuple):
    """The network's inputs and the exact results.

    Inputs: the frames `first` and `second` [B,3,H,W]; the estimated `flows` [B,4,H/2,W/2] and `seen` [B,2,H/2,W/2]; the
    time `t` [B] in 0..1. Results: the frame `target` [B,3,H,W]; the `flow` [B,4,H,W] in px; and `visible` [B,2,H,W], 1
    where the point of the target is visible in that frame.
    """

    first: Tensor
    second: Tensor
    flows: Tensor
    seen: Tensor
    t: Tensor
    target: Tensor
    flow: Tensor
    visible: Tensor


class Supply:
    """Batches of samples, most of them augmented copies of earlier ones, because rendering takes most of the time.

    Each batch adds `fresh` newly rendered samples to a store of the last `kept` ones and draws from the store. Drawn
    samples are mirrored, transposed, reversed in time and recoloured at random.
    """

    def __init__(
        self,
        size: int,
        generator: torch.Generator,
        state: dict | None = None,
        pool: int = 48,
        kept: int = 96,
        fresh: int = 1,
    ):
        self.size, self.generator, self.kept, self.fresh = size, generator, kept, fresh
        self.pool = texture_pool(pool, size * 4 // 3, generator) if state is None else state["pool"]
        self._turn = 0 if state is None else state["turn"]
        self._store: dict[str, Tensor] = {} if state is None else state["store"]

    def state(self) -> dict:
        """The state from which a resumed run continues with the same batches."""
        return {"pool": self.pool, "turn": self._turn, "store": self._store}

    def _number(self, low: float, high: float) -> float:
        return float(uniform((), low, high, self.generator))

    def batch(self, count: int) -> Batch:
        """A batch of `count` random samples from the store."""
        while not self._store or len(self._store["t"]) < min(4 * count, self.kept):
            self._keep(self.new_samples(2))
        self._keep(self.new_samples(self.fresh))
        g = self.generator
        known = len(self._store["t"])
        drawn = torch.randperm(known, generator=g, device=g.device)[:count]
        return self._augment(_from_store({name: value[drawn] for name, value in self._store.items()}))

    def new_samples(self, count: int) -> Batch:
        """`count` new samples, all at the same time between the frames: 1/2 in half of the calls, else random."""
        g = self.generator
        if self._turn % 8 == 7:
            at = (self._turn // 4) % (len(self.pool) - 1)
            self.pool[at : at + 2] = pictures(2, self.pool.shape[-1], g)[:2]
        self._turn += 1
        t = 0.5 if self._number(0, 1) < 0.5 else self._number(0.1, 0.9)
        begin = self._number(0.1, 0.5)
        times = torch.tensor([begin + _WINDOW * t, begin, begin + _WINDOW], device=g.device)
        length = math.exp(self._number(math.log(_SLOWEST), math.log(_FASTEST)))
        clips = render_clips(self.pool, count, 3, self.size, self.size, g, pace=length * 17 / 3, times=times)
        target, *frames = clips.video.unbind(2)
        flow = torch.cat([clips.displacement[:, 1], clips.displacement[:, 2]], -1).permute(0, 3, 1, 2)
        bend = self._number(-1, 1) * _BENDING * power_noise(count, 2, self.size // 8, g)
        bend = F.interpolate(bend, scale_factor=8, mode="bicubic")
        a, flow_a = bend_frame(frames[0], flow[:, :2], -t * bend)
        b, flow_b = bend_frame(frames[1], flow[:, 2:], (1 - t) * bend)
        a, b = (add_recording_defects(frame, g) for frame in (a, b))
        flow = torch.cat([flow_a, flow_b], 1)
        flows, seen = estimates(a, b, t)
        when = torch.full((count,), t, device=g.device)
        return Batch(a, b, flows, seen, when, target, flow, clips.visibility[:, 1:].float())

    def _keep(self, new: Batch) -> None:
        """Store new samples; a full store drops the oldest ones."""
        stored = _to_store(new)
        if self._store and len(self._store["t"]) + len(new.t) > self.kept:
            stored = {
                name: torch.cat((self._store[name][len(new.t) :], value)) for name, value in stored.items()
            }
        elif self._store:
            stored = {name: torch.cat((self._store[name], value)) for name, value in stored.items()}
        self._store = stored

    def _augment(self, batch: Batch) -> Batch:
        """The batch after random mirroring, transposition, reversal in time and permutation of the colour channels."""
        g = self.generator
        across, down, turned, backwards = torch.randint(0, 2, (4,), generator=g, device=g.device).tolist()
        colours = torch.randperm(3, generator=g, device=g.device)
        sign = torch.tensor([1 - 2 * across, 1 - 2 * down], device=g.device).repeat(2).view(4, 1, 1)
        first, second, flows, seen, t, target, flow, visible = batch

        def moved(x: Tensor) -> Tensor:
            mirrored = [dim for dim, use in ((-1, across), (-2, down)) if use]
            x = x.flip(mirrored) if mirrored else x
            return x.transpose(-1, -2) if turned else x

        def along(x: Tensor) -> Tensor:
            x = moved(x * sign)
            x = x[:, [1, 0, 3, 2]] if turned else x
            return x[:, [2, 3, 0, 1]] if backwards else x

        seen, visible = (moved(x.flip(1) if backwards else x) for x in (seen, visible))
        first, second, target = (moved(x[:, colours]) for x in (first, second, target))
        if backwards:
            first, second, t = second, first, 1 - t
        return Batch(first, second, along(flows), seen, t, target, along(flow), visible)


def _to_store(batch: Batch) -> dict[str, Tensor]:
    """The batch in a compact form: pictures with 8 bits, flows with 16."""
    pictures_of = ("first", "second", "target", "visible")
    return {
        name: (value * 255).round().to(torch.uint8)
        if name in pictures_of
        else value.clone()
        if name == "t"
        else value.half()
        for name, value in batch._asdict().items()
    }


def _from_store(stored: dict[str, Tensor]) -> Batch:
    return Batch(
        **{name: v.float() / 255 if v.dtype == torch.uint8 else v.float() for name, v in stored.items()}
    )


def bend_frame(frame: Tensor, flow: Tensor, bend: Tensor) -> tuple[Tensor, Tensor]:
    """A frame [B,3,H,W] deformed smoothly, and the flow [B,2,H,W] in px to the deformed frame.

    The new frame at x is the old one at x + bend(x), so the old point y moves to z with z + bend(z) = y.
    """
    where = -lookup(bend, flow)
    for _ in range(2):  # fixed point: z = y - bend(z)
        where = -lookup(bend, flow + where)
    return lookup(frame, bend, "bicubic").clamp(0, 1), flow + where


def add_recording_defects(frames: Tensor, generator: torch.Generator) -> Tensor:
    """Frames [B,3,H,W] with the defects of camera and codec: slight noise, and in half of them good JPEG compression.

    Stronger defects would teach the network to average them out by blurring, with slightly wrong flows.
    """
    import cv2

    def number(low: float, high: float) -> float:
        return float(uniform((), low, high, generator))

    made = []
    for frame in frames:
        grain = torch.randn(frame.shape, generator=generator, device=frame.device) * max(
            0.0, number(-0.01, 0.01)
        )
        frame = (frame + grain).clamp(0, 1)
        if number(0, 1) < 0.5:
            pixels = (frame.permute(1, 2, 0) * 255).round().to("cpu", torch.uint8).numpy()
            _, code = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, int(number(70, 99))])
            pixels = torch.from_numpy(cv2.imdecode(code, cv2.IMREAD_COLOR))
            frame = pixels.to(frame).permute(2, 0, 1) / 255
        made.append(frame)
    return torch.stack(made)


def estimates(a: Tensor, b: Tensor, t: float) -> tuple[Tensor, Tensor]:
    """The estimated flows and visibilities for frames [B,3,H,W] that `Interpolator.refine` starts from."""
    small = [F.avg_pool2d(frame, 2).permute(0, 2, 3, 1) for frame in (a, b)]
    found = [Correspondence(*pair).at(t) for pair in zip(*small, strict=True)]
    return torch.cat([one.flows for one in found]).to(a.device), torch.cat([one.visible for one in found]).to(
        a.device
    )
