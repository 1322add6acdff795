"""A few steps of a tiny video transformer on streams of random batches: alone, or as one of several processes."""

import json
import sys
from pathlib import Path

import torch
from flowbrush.models.dit import DiTConfig, WanDiT
from flowbrush.models.muon import muon_for
from flowbrush.models.text import ByteTextEncoder, TextConfig
from flowbrush.training.dit import FlowSettings, TextToVideo, losses
from flowbrush.training.engine.devices import Devices, checkpoint_gradients
from flowbrush.training.engine.learner import Learner

PROMPTS = ["a red circle moves left", ""]


class Random:
    """Batches of random latents, of stills and of clips in turn."""

    def __init__(self, generator, state):
        self.generator, self.turn = generator, state["turn"] if state else 0

    def state(self):
        return {"turn": self.turn}

    def __next__(self):
        frames = 1 + self.turn % 2
        self.turn += 1
        target, shown = (torch.randn(2, 16, frames, 4, 4, generator=self.generator) for _ in range(2))
        return target, 0.5 * target + 0.5 * shown, torch.ones(2, 4, frames, 4, 4), PROMPTS


def network():
    """A new network with a head that is not closed, so that gradients reach all of it from the first step on."""
    sizes = {"dim": 32, "ffn_dim": 48, "num_heads": 2, "num_layers": 2, "text_dim": 32, "freq_dim": 32}
    dit = WanDiT(DiTConfig(**sizes, in_dim=36, text_len=48))
    torch.nn.init.normal_(dit.head.head.weight, 0, 0.02, generator=torch.Generator().manual_seed(3))
    return TextToVideo(dit, ByteTextEncoder(TextConfig(dim=32, layers=1, heads=2, max_bytes=32)))


def train(folder, steps, sharded=False, until=None, recompute=False):
    """Losses of a run of `steps` steps that stops after `until` of them."""
    settings = FlowSettings(
        run=folder, steps=steps, lr=2e-2, warmup=1, streams=2, precision="fp32", device="cpu", sharded=sharded,
        clean_share=0.5, ema=0.5, save_minutes=1e9,
    )  # fmt: skip
    devices = Devices(settings.device, settings.sharded)
    model = network()
    if recompute:
        checkpoint_gradients(model.dit.blocks)
    wrapped = devices.wrap(model)
    learner = Learner(model, muon_for(model, settings.lr, ("head", "embedding")), settings, devices, Random)
    found = []

    def loss_of(stream):
        loss, values = losses(wrapped, next(stream), 36, settings, stream.generator)
        found.append(float(loss.detach()))
        return loss, values

    while learner.run.step < (until or steps):
        learner.step(loss_of)
    learner.save()
    return found


if __name__ == "__main__":
    torch.set_num_threads(1)
    folder = Path(sys.argv[1])
    for name, sharded in (("ddp", False), ("fsdp", True)):
        train(folder / name, 4, sharded)
    train(folder / "half", 4, True, until=2)
    found = train(folder / "half", 4, True)
    (folder / f"losses_{Devices('cpu').rank}.json").write_text(json.dumps(found))
