"""Train the interpolation network on procedural clips, with their exact flow and visibility.

    python -m flowbrush.training.interpolation --run runs/interpolation --minutes 75
    python -m flowbrush.training.interpolation --run runs/more --start models/bundled/flowbrush_interpolator.safetensors

A sample is three frames of a clip: two that the network sees, and one between them that it should predict, with the exact
flow and visibility from the middle frame to the other two (training/moments.py). Loss: L1 on the picture and on its
gradients at three scales, L1 on the flow of visible points, and cross-entropy on the blend of points that only one of the
frames shows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..models.checkpoint import read, read_header
from ..models.interpolator import ALIGN, Interpolator, InterpolatorConfig
from ..models.muon import muon_for
from ..motion.flow.agreement import compose_frame, upsample_2x
from .engine.devices import Devices
from .engine.learner import Learner
from .engine.settings import RunSettings, settings_from
from .moments import Batch, Supply
from .vae import gradient_loss

Loss = tuple[Tensor, dict[str, float]]

_LARGEST_ERROR = 12.0  # px; larger errors of the flow count as this


def losses(refine: Callable[..., tuple[Tensor, Tensor]], batch: Batch) -> dict[str, Tensor]:
    """The weighted terms of the loss, and `psnr` (dB) and `epe` (px, at visible points), which are only logged."""
    flows, share = refine(batch.first, batch.second, batch.flows, batch.seen, batch.t)
    made = compose_frame(batch.first, batch.second, flows, share)
    visible = batch.visible
    error = (upsample_2x(flows) * 2 - batch.flow).unflatten(1, (2, 2)).square().sum(2).add(1e-6).sqrt()
    one_sided = (visible[:, 0] != visible[:, 1]).float()
    mistaken = F.binary_cross_entropy_with_logits(upsample_2x(share)[:, 0], visible[:, 0], reduction="none")
    return {
        "pixel": (made - batch.target).abs().mean(),
        "gradient": 0.5 * gradient_loss(made, batch.target),
        "flow": 0.05 * (error.clamp_max(_LARGEST_ERROR) * visible).sum() / visible.sum().clamp_min(1),
        "share": 0.02 * (mistaken * one_sided).mean(),
        "psnr": -10 * (made - batch.target).detach().square().mean((1, 2, 3)).clamp_min(1e-7).log10().mean(),
        "epe": (error.detach() * visible).sum() / visible.sum().clamp_min(1),
    }


@dataclass(frozen=True, kw_only=True)
class InterpolationTraining(RunSettings):
    """Settings of the interpolation network's training."""

    start: Annotated[Path | None, "weights to start from (a shipped .safetensors file)"] = None
    widths: Annotated[tuple[int, ...], "channels at a quarter, an eighth and a sixteenth of the size"] = (
        32,
        48,
        64,
    )
    blocks: Annotated[tuple[int, ...], "residual blocks at each of these scales"] = (1, 1, 2)
    head: Annotated[int, "channels of the head"] = 16
    size: Annotated[int, "side of the training crops in pixels"] = 128
    batch: Annotated[int, "samples per step"] = 4
    pool: Annotated[int, "number of still pictures that clips are rendered from"] = 48
    lr: Annotated[float, "peak learning rate"] = 2e-3
    warmup: Annotated[int, "steps until the learning rate reaches its peak"] = 40
    precision: Annotated[Literal["bf16", "fp32"], "arithmetic of the network; weights are float32"] = "fp32"
    ema: Annotated[float, "decay of the averaged weights, which are the exported ones"] = 0.998

    def __post_init__(self) -> None:
        super().__post_init__()
        InterpolatorConfig(self.widths, self.blocks, self.head)  # type: ignore[arg-type]
        if self.size % ALIGN or self.size < 4 * ALIGN:
            raise ValueError(
                f"`size` is {self.size}; it must be a multiple of {ALIGN} and at least {4 * ALIGN}"
            )
        if not 1 <= self.batch <= 16:
            raise ValueError(f"`batch` is {self.batch}; it must be between 1 and 16")
        if self.sharded or self.recompute:
            raise ValueError("`sharded` and `recompute` do not help so small a network: leave them out")


def learner_of(settings: InterpolationTraining) -> tuple[Learner[Supply], Callable[[Supply], Loss]]:
    """A learner for the interpolation network, and a function that returns the loss of a stream's next batch."""
    devices = Devices(settings.device, settings.sharded)
    torch.manual_seed(settings.seed)  # initial weights only
    config = InterpolatorConfig(settings.widths, settings.blocks, settings.head)  # type: ignore[arg-type]
    model = Interpolator(config)
    if settings.start:
        model.load_state_dict({name: value.float() for name, value in read(settings.start)[0].items()})
    model = model.to(devices.device).channels_last()
    network = devices.wrap(_Refinement(model))

    def supply(generator: torch.Generator, state: dict[str, Any] | None) -> Supply:
        return Supply(settings.size, generator, state, settings.pool)

    def loss_of(stream: Supply) -> Loss:
        batch = stream.batch(settings.batch)
        with torch.autocast(devices.device.type, torch.bfloat16, enabled=settings.precision == "bf16"):
            terms = losses(network, batch)
        values = {name: float(term.detach()) for name, term in terms.items()}
        return terms["pixel"] + terms["gradient"] + terms["flow"] + terms["share"], values

    optimizer = muon_for(model, settings.lr, adam_only=("stem", "head"))
    learner = Learner(model, optimizer, settings, devices, supply, {"interpolator": asdict(config)})
    learner.run.write_settings(
        asdict(settings), read_header(settings.start).get("facts") if settings.start else None
    )
    return learner, loss_of


class _Refinement(nn.Module):
    """`Interpolator.refine` as the `forward` of a module, which DDP can wrap."""

    def __init__(self, model: Interpolator) -> None:
        super().__init__()
        self.model = model

    def forward(self, *frames_and_estimate: Tensor) -> tuple[Tensor, Tensor]:
        return self.model.refine(*frames_and_estimate)


def main(argv: Sequence[str] | None = None) -> None:
    settings = settings_from(InterpolationTraining, argv, __doc__)
    if settings.threads:
        import cv2

        torch.set_num_threads(settings.threads)
        cv2.setNumThreads(settings.threads)
    learner, loss_of = learner_of(settings)
    while not learner.done:
        learner.step(loss_of)


if __name__ == "__main__":
    main()
