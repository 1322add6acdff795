"""Train the interpolation network on procedural clips, with their exact flow and visibility.

    python -m flowbrush.training.interpolation --run runs/interpolation --minutes 75
    python -m flowbrush.training.interpolation --run runs/more --start models/bundled/flowbrush_interpolator.safetensors

A sample is three moments of a clip: a time in between, and the two frames around it that the network sees. Rendered
in that order, the generator gives the exact flow from the time in between to both frames, and which of them shows what.
Loss: L1 on the picture and on its gradients at three scales, L1 on the flow where it can be seen, and cross-entropy
on the blend where only one frame shows the place.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from ..models.checkpoint import read, read_header
from ..models.interpolator import Interpolator, InterpolatorConfig
from ..motion.agreement import composed, doubled, looked_up
from ..motion.correspondence import Correspondence
from .loop import Run
from .optimizer import Average, Muon, muon_for
from .scene import render_clips, texture_pool
from .textures import pictures, power_noise, uniform
from .vae import gradient_loss

# The part of a clip that lies between two frames: short, so that motion in it is nearly steady, as between real ones.
_WINDOW = 0.3
# How far a sample may go in a clip, in lengths of the generator: from slow drifts to a quarter of the crop.
_SLOWEST, _FASTEST = 0.25, 2.2
# Smooth bending of what is rigid in the generator, px of standard deviation over a whole window.
_BENDING = 2.0
# Beyond this many px a wrong flow costs no more.
_LARGEST_ERROR = 12.0


class Batch(NamedTuple):
    """What the network sees and what it should say.

    first, second: the frames [B,3,H,W]; flows [B,4,H/2,W/2] and seen [B,2,H/2,W/2], the estimate; t [B];
    target [B,3,H,W]; flow [B,4,H,W] px, exact; visible [B,2,H,W]: 1 where that frame shows what is there.
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
    """Batches of samples. A few are rendered for each batch, from a pool of pictures that is renewed; the rest are
    drawn from the last `kept` ones, mirrored, turned, run backwards and recoloured: rendering is what takes time."""

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
        """What a resumed run needs to go on with the same batches."""
        return {"pool": self.pool, "turn": self._turn, "store": self._store}

    def _number(self, low: float, high: float) -> float:
        return float(uniform((), low, high, self.generator))

    def batch(self, count: int) -> Batch:
        """`count` samples, some of them new."""
        while not self._store or len(self._store["t"]) < min(4 * count, self.kept):
            self._keep(self.rendered(2))
        self._keep(self.rendered(self.fresh))
        g = self.generator
        known = len(self._store["t"])
        drawn = torch.randperm(known, generator=g, device=g.device)[:count]
        return self._varied(_from_store({name: value[drawn] for name, value in self._store.items()}))

    def rendered(self, count: int) -> Batch:
        """`count` new samples at one time in between: 1/2 for every second call."""
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
        a, flow_a = bent(frames[0], flow[:, :2], -t * bend)
        b, flow_b = bent(frames[1], flow[:, 2:], (1 - t) * bend)
        a, b = (recorded(frame, g) for frame in (a, b))
        flow = torch.cat([flow_a, flow_b], 1)
        flows, seen = estimates(a, b, t)
        when = torch.full((count,), t, device=g.device)
        return Batch(a, b, flows, seen, when, target, flow, clips.visibility[:, 1:].float())

    def _keep(self, new: Batch) -> None:
        """Put new samples in the place of the oldest ones."""
        stored = _to_store(new)
        if self._store and len(self._store["t"]) + len(new.t) > self.kept:
            stored = {
                name: torch.cat((self._store[name][len(new.t) :], value)) for name, value in stored.items()
            }
        elif self._store:
            stored = {name: torch.cat((self._store[name], value)) for name, value in stored.items()}
        self._store = stored

    def _varied(self, batch: Batch) -> Batch:
        """The batch mirrored, transposed, run backwards and with its colours exchanged, each or not."""
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
    """A batch in few bytes: pictures of 8 bits, flows of 16."""
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


def bent(frame: Tensor, flow: Tensor, bend: Tensor) -> tuple[Tensor, Tensor]:
    """A frame [B,3,H,W] bent smoothly, what is seen at x taken from x + bend(x), and the flow to it, [B,2,H,W] px:
    what lay at y now lies at z with z + bend(z) = y."""
    where = -looked_up(bend, flow)
    for _ in range(2):  # fixed point: z = y - bend(z)
        where = -looked_up(bend, flow + where)
    return looked_up(frame, bend, "bicubic").clamp(0, 1), flow + where


def recorded(frames: Tensor, generator: torch.Generator) -> Tensor:
    """Frames [B,3,H,W] as a camera and a codec leave them: grain, and the blocks of a JPEG of any quality, in most."""
    import cv2

    def number(low: float, high: float) -> float:
        return float(uniform((), low, high, generator))

    made = []
    for frame in frames:
        grain = torch.randn(frame.shape, generator=generator, device=frame.device) * max(
            0.0, number(-0.02, 0.02)
        )
        frame = (frame + grain).clamp(0, 1)
        if number(0, 1) < 0.8:
            pixels = (frame.permute(1, 2, 0) * 255).round().to("cpu", torch.uint8).numpy()
            _, code = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, int(number(25, 96))])
            pixels = torch.from_numpy(cv2.imdecode(code, cv2.IMREAD_COLOR))
            frame = pixels.to(frame).permute(2, 0, 1) / 255
        made.append(frame)
    return torch.stack(made)


def estimates(a: Tensor, b: Tensor, t: float) -> tuple[Tensor, Tensor]:
    """What the network begins with, for frames [B,3,H,W]: see `Interpolator.refine`."""
    small = [F.avg_pool2d(frame, 2).permute(0, 2, 3, 1) for frame in (a, b)]
    found = [Correspondence(*pair).at(t) for pair in zip(*small, strict=True)]
    return torch.cat([one.flows for one in found]).to(a.device), torch.cat([one.seen for one in found]).to(
        a.device
    )


def losses(model: Interpolator, batch: Batch) -> dict[str, Tensor]:
    """The terms of the loss, weighted; and `psnr` and `epe` (px, of visible places), which are only looked at."""
    flows, share = model.refine(batch.first, batch.second, batch.flows, batch.seen, batch.t)
    made = composed(batch.first, batch.second, flows, share)
    visible = batch.visible
    error = (doubled(flows) * 2 - batch.flow).unflatten(1, (2, 2)).square().sum(2).add(1e-6).sqrt()
    one_sided = (visible[:, 0] != visible[:, 1]).float()
    mistaken = F.binary_cross_entropy_with_logits(doubled(share)[:, 0], visible[:, 0], reduction="none")
    return {
        "pixel": (made - batch.target).abs().mean(),
        "gradient": 0.5 * gradient_loss(made, batch.target),
        "flow": 0.01 * (error.clamp_max(_LARGEST_ERROR) * visible).sum() / visible.sum().clamp_min(1),
        "share": 0.02 * (mistaken * one_sided).mean(),
        "psnr": -10 * (made - batch.target).detach().square().mean((1, 2, 3)).clamp_min(1e-7).log10().mean(),
        "epe": (error.detach() * visible).sum() / visible.sum().clamp_min(1),
    }


def step(model: Interpolator, optimizer: Muon, average: Average, batch: Batch) -> dict[str, float]:
    """One step of learning from a batch; the values of the loss's terms."""
    terms = losses(model, batch)
    loss = terms["pixel"] + terms["gradient"] + terms["flow"] + terms["share"]
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    average.update(model)
    return {name: float(term.detach()) for name, term in {"loss": loss, **terms, "norm": norm}.items()}


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--run", type=Path, required=True, help="folder of the run; continued where it has a checkpoint"
    )
    parser.add_argument("--start", type=Path, help="weights to start from (a shipped .safetensors file)")
    parser.add_argument("--widths", type=int, nargs=3, default=InterpolatorConfig.widths)
    parser.add_argument("--blocks", type=int, nargs=3, default=InterpolatorConfig.blocks)
    parser.add_argument("--head", type=int, default=InterpolatorConfig.head)
    parser.add_argument("--size", type=int, default=128, help="side of the training crops in pixels")
    parser.add_argument("--batch", type=int, default=4, help="samples a step")
    parser.add_argument("--pool", type=int, default=48, help="still pictures that clips are cut from")
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--lr", type=float, default=1.5e-3)
    parser.add_argument("--threads", type=int, help="CPU threads; all by default")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    arguments = parser.parse_args(argv)

    if arguments.threads:
        import cv2

        torch.set_num_threads(arguments.threads)
        cv2.setNumThreads(arguments.threads)
    device = torch.device(arguments.device)
    torch.manual_seed(arguments.seed)  # initial weights only
    config = InterpolatorConfig(tuple(arguments.widths), tuple(arguments.blocks), arguments.head)
    model = Interpolator(config)
    if arguments.start:
        model.load_state_dict({name: value.float() for name, value in read(arguments.start)[0].items()})
    model = model.to(device).channels_last()
    generator = torch.Generator(device).manual_seed(arguments.seed + 1)
    optimizer, average = muon_for(model, arguments.lr, adam_only=("stem", "head")), Average(model, 0.998)
    run = Run(arguments.run, arguments.steps, arguments.minutes, arguments.lr, warmup=40)
    run.note(vars(arguments), read_header(arguments.start).get("facts") if arguments.start else None)
    resumed = run.resume(model, average, optimizer, generator)
    supply = Supply(arguments.size, generator, resumed and resumed["supply"], arguments.pool)

    saved = run.seconds
    while not run.done:
        run.set_rate(optimizer)
        run.advance(step(model, optimizer, average, supply.batch(arguments.batch)))
        if run.seconds - saved > 120 or run.done:
            run.save(model, average, optimizer, generator, supply=supply.state(), interpolator=vars(config))
            saved = run.seconds


if __name__ == "__main__":
    main()
