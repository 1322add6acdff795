"""Train the causal video VAE on procedural stills and clips.

    python -m flowbrush.training.vae --run runs/vae --minutes 45
    python -m flowbrush.training.vae --run runs/vae --start models/bundled/flowbrush_vae.safetensors --minutes 25

Loss: L1 on pixels, L1 on their gradients at three scales, and a tiny KL term. Most batches are stills, on which a
causal convolution is a two-dimensional one; the rest are short clips, so that the temporal layers learn too.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from ..models.checkpoint import read, read_header, save
from ..models.vae import VAEConfig, WanVAE
from .loop import Run
from .optimizer import Average, muon_for
from .scene import render_clips, texture_pool
from .start import linear_vae
from .textures import pictures


def gradient_loss(a: Tensor, b: Tensor, scales: int = 3) -> Tensor:
    """Mean absolute difference of the horizontal and vertical gradients of a and b [N,3,H,W] over octaves."""
    loss = a.new_zeros(())
    for scale in range(scales):
        error = a - b
        loss = loss + error.diff(dim=-1).abs().mean() + error.diff(dim=-2).abs().mean()
        if scale + 1 < scales:
            a, b = F.avg_pool2d(a, 2), F.avg_pool2d(b, 2)
    return loss / scales


def psnr(a: Tensor, b: Tensor) -> float:
    """Peak signal-to-noise ratio of two videos in -1..1, in dB."""
    return float(-10 * torch.log10(((a - b) / 2).square().mean().clamp_min(1e-10)))


class Supply:
    """Batches for the VAE: stills [B,3,1,S,S] and clips [B,3,T,S,S], in -1..1, cut from a pool that is renewed."""

    def __init__(self, size: int, generator: torch.Generator, state: dict | None = None, pool: int = 192):
        self.size, self.generator = size, generator
        self.pool = texture_pool(pool, 160, generator) if state is None else state["pool"]
        self._turn = 0 if state is None else state["turn"]

    def state(self) -> dict:
        """What a resumed run needs to go on with the same batches."""
        return {"pool": self.pool, "turn": self._turn}

    def stills(self, count: int) -> Tensor:
        g, size = self.generator, self.size
        fresh = pictures(count // 4, self.pool.shape[-1], g)
        at = (self._turn * len(fresh)) % (len(self.pool) - len(fresh) + 1)
        self.pool[at : at + len(fresh)] = fresh
        self._turn += 1
        chosen = torch.randperm(len(self.pool), generator=g, device=g.device)[:count]
        y, x = (
            int(v)
            for v in torch.randint(0, self.pool.shape[-1] - size + 1, (2,), generator=g, device=g.device)
        )
        crop = self.pool[chosen, :, y : y + size, x : x + size]
        if int(torch.randint(0, 2, (1,), generator=g, device=g.device)):
            crop = crop.flip(-1)
        if int(torch.randint(0, 2, (1,), generator=g, device=g.device)):
            crop = crop.transpose(-1, -2)
        return crop[:, :, None] * 2 - 1

    def clips(self, count: int, frames: int, pace: float) -> Tensor:
        """A third of the clips moves at pace 1, the rest up to `pace` times as fast."""
        g = self.generator
        chosen = 1 + (pace - 1) * max(0.0, float(torch.rand((), generator=g, device=g.device)) * 1.5 - 0.5)
        return render_clips(self.pool, count, frames, self.size, self.size, g, pace=chosen).video * 2 - 1


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--run", type=Path, required=True, help="folder of the run; continued where it has a checkpoint"
    )
    parser.add_argument("--start", type=Path, help="weights to start from (a shipped .safetensors file)")
    parser.add_argument("--dim", type=int, default=24)
    parser.add_argument("--size", type=int, default=64, help="side of the training crops in pixels")
    parser.add_argument("--batch", type=int, default=16, help="frames a step, of stills or of clips")
    parser.add_argument(
        "--lengths", type=int, nargs="+", default=[5, 9, 17], help="frames of the clips, in turn"
    )
    parser.add_argument("--clip-every", type=int, default=3, help="every which step trains on clips")
    parser.add_argument(
        "--pool", type=int, default=192, help="still pictures that crops and clips are cut from"
    )
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--lr", type=float, default=4e-4)
    parser.add_argument("--kl", type=float, default=1e-5)
    parser.add_argument("--encoder", choices=("all", "branches", "frozen"), default="all", help="what of the encoder "
                        "trains: all, its residual branches and temporal layers, or nothing (latents stay as they are)")  # fmt: skip
    parser.add_argument(
        "--pace", type=float, default=3.0, help="how fast clips move; crops are small, pictures are not"
    )
    parser.add_argument("--threads", type=int, help="CPU threads; all by default")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    arguments = parser.parse_args(argv)

    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    device = torch.device(arguments.device)
    torch.manual_seed(arguments.seed)  # initial weights only
    model = WanVAE(VAEConfig(dim=arguments.dim))
    generator = torch.Generator(device).manual_seed(arguments.seed + 1)
    if not arguments.start and not (arguments.run / "checkpoint.pt").exists():
        cpu = torch.Generator().manual_seed(arguments.seed + 2)
        linear_vae(model, render_clips(texture_pool(96, 160, cpu), 48, 5, 96, 96, cpu).video * 2 - 1)
        save(arguments.run / "start.safetensors", model.state_dict(), model.config, {"steps": 0})
        arguments.start = (
            arguments.run / "start.safetensors"
        )  # as it is stored, so that a frozen encoder stays equal
    if arguments.start:
        model.load_state_dict({name: value.float() for name, value in read(arguments.start)[0].items()})
    model = model.to(device).channels_last()
    if arguments.encoder != "all":
        for name, parameter in (*model.encoder.named_parameters(), *model.conv1.named_parameters()):
            branch = any(part in name for part in ("residual", "shortcut", "time_conv", "middle"))
            parameter.requires_grad_(branch and arguments.encoder == "branches")
    optimizer, average = muon_for(model, arguments.lr), Average(model, 0.998)
    run = Run(arguments.run, arguments.steps, arguments.minutes, arguments.lr)
    run.note(vars(arguments), read_header(arguments.start).get("facts") if arguments.start else None)
    resumed = run.resume(model, average, optimizer, generator)
    supply = Supply(arguments.size, generator, resumed and resumed["supply"], arguments.pool)

    saved = run.seconds
    while not run.done:
        clips = run.step % arguments.clip_every == arguments.clip_every - 1
        frames = arguments.lengths[run.step // arguments.clip_every % len(arguments.lengths)]
        count = max(1, round(arguments.batch / frames))
        video = supply.clips(count, frames, arguments.pace) if clips else supply.stills(arguments.batch)
        video = video.contiguous(memory_format=torch.channels_last_3d)
        run.set_rate(optimizer)
        with torch.autocast(device.type, torch.bfloat16):
            with torch.set_grad_enabled(arguments.encoder != "frozen"):
                mean, logvar = model.encode_moments(video)
            mean, logvar = mean.float(), logvar.float().clamp(-20, 4)
            noise = torch.randn(mean.shape, generator=generator, device=device)
            restored = model.decode(mean + (0.5 * logvar).exp() * noise).float()
        flat, flat_restored = video.transpose(1, 2).flatten(0, 1), restored.transpose(1, 2).flatten(0, 1)
        pixel = (restored - video).abs().mean()
        kl = 0.5 * (mean.square() + logvar.exp() - 1 - logvar).mean()
        loss = pixel + 0.5 * gradient_loss(flat_restored, flat) + arguments.kl * kl
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        average.update(model)
        with torch.no_grad():
            values = {
                "loss": float(loss),
                "psnr": psnr(restored, video),
                "norm": float(norm),
                "kl": float(kl),
            }
        run.advance(values)
        if run.seconds - saved > 120 or run.done:
            run.save(model, average, optimizer, generator, supply=supply.state())
            saved = run.seconds


if __name__ == "__main__":
    main()
