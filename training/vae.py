"""Train the causal video VAE on procedural stills and clips.

    python -m flowbrush.training.vae --run runs/vae --minutes 45
    python -m flowbrush.training.vae --run runs/vae --start models/bundled/flowbrush_vae.safetensors --minutes 25

Loss: L1 on pixels, L1 on their gradients at three scales, a tiny KL term, and late in the run, if `critic` is above 0, an
adversarial term that favours texture (training/engine/critic.py). Most batches are stills, on which a causal convolution
is two-dimensional and therefore fast; the rest are short clips, which train the temporal layers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..models.checkpoint import read, read_header, save
from ..models.latent_format import latent_frames
from ..models.muon import muon_for
from ..models.vae import VAEConfig, WanVAE
from ..models.vae_layers import ResidualBlock
from ..motion.measure.measure import psnr
from ..motion.preview.visualization import contact_sheet
from ..synthetic.scene import render_clips, texture_pool
from ..synthetic.textures import pictures
from .engine.critic import PatchCritic, adversarial_loss, hinge_loss
from .engine.devices import Devices, checkpoint_gradients
from .engine.initialization import linear_vae
from .engine.learner import Learner
from .engine.settings import RunSettings, settings_from

_CRITIC_TIMES = (
    4.0  # the critic's learning rate relative to the VAE's; it is higher because the critic starts late
)


def gradient_loss(a: Tensor, b: Tensor, scales: int = 3) -> Tensor:
    """Mean absolute difference of the horizontal and vertical gradients of a and b [N,3,H,W] over octaves."""
    loss = a.new_zeros(())
    for scale in range(scales):
        error = a - b
        loss = loss + error.diff(dim=-1).abs().mean() + error.diff(dim=-2).abs().mean()
        if scale + 1 < scales:
            a, b = F.avg_pool2d(a, 2), F.avg_pool2d(b, 2)
    return loss / scales


class Supply:
    """Batches for the VAE: stills [B,3,1,S,S] and clips [B,3,T,S,S] in -1..1, from a pool of pictures that changes."""

    def __init__(self, size: int, generator: torch.Generator, state: dict | None = None, pool: int = 192):
        self.size, self.generator = size, generator
        self.pool = texture_pool(pool, 160, generator) if state is None else state["pool"]
        self._turn = 0 if state is None else state["turn"]

    def state(self) -> dict:
        """The state from which a resumed run continues with the same batches."""
        return {"pool": self.pool, "turn": self._turn}

    def stills(self, count: int) -> Tensor:
        """`count` random crops of the pool; each call replaces a few of the pool's pictures."""
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
        """`count` clips, in a third of the calls at the generator's own speed, else up to `pace` times as fast."""
        g = self.generator
        chosen = 1 + (pace - 1) * max(0.0, float(torch.rand((), generator=g, device=g.device)) * 1.5 - 0.5)
        return render_clips(self.pool, count, frames, self.size, self.size, g, pace=chosen).video * 2 - 1


class Autoencoder(nn.Module):
    """Encoder, sampling of the latents and decoder in one `forward`, which DDP can wrap."""

    def __init__(self, vae: WanVAE, frozen: bool):
        super().__init__()
        self.vae, self.frozen = vae, frozen

    def forward(self, video: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """(decoded video, mean and log variance of the latents) of a video [B,3,T,H,W], all float32."""
        with torch.set_grad_enabled(not self.frozen and torch.is_grad_enabled()):
            mean, logvar = self.vae.encode_moments(video)
        mean, logvar = mean.float(), logvar.float().clamp(-20, 4)
        noise = torch.randn(mean.shape, generator=generator, device=mean.device)
        return self.vae.decode(mean + (0.5 * logvar).exp() * noise).float(), mean, logvar


@dataclass(frozen=True, kw_only=True)
class VAETraining(RunSettings):
    """Settings of the VAE's training."""

    start: Annotated[Path | None, "weights to start from (a shipped .safetensors file)"] = None
    dim: Annotated[int, "width of the outermost layers"] = 24
    size: Annotated[int, "side of the training crops in pixels"] = 64
    batch: Annotated[int, "frames per step, in stills or in clips"] = 16
    lengths: Annotated[tuple[int, ...], "frames of the clips; the lengths take turns"] = (5, 9, 17)
    clip_every: Annotated[int, "N: every Nth step trains on clips, the others on stills"] = 3
    pool: Annotated[int, "number of still pictures that crops and clips are made from"] = 192
    lr: Annotated[float, "peak learning rate"] = 4e-4
    ema: Annotated[float, "decay of the averaged weights, which are the exported ones"] = 0.998
    kl: Annotated[float, "weight of the KL term"] = 1e-5
    encoder: Annotated[
        Literal["all", "branches", "frozen"],
        "part of the encoder that is trained: all, residual branches and temporal layers, or none (latents stay equal)",
    ] = "all"
    pace: Annotated[float, "largest speed of clips relative to the generator's, because crops are small"] = (
        3.0
    )
    critic: Annotated[
        float, "gradient of the adversarial loss relative to that of the pixel losses; 0: no critic"
    ] = 0.0
    critic_from: Annotated[float, "part of the run after which the adversarial loss starts"] = 0.6

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.critic < 0 or not 0 <= self.critic_from < 1:
            raise ValueError(
                f"`critic` is {self.critic} and `critic_from` {self.critic_from}; they must be at least 0, and from 0 to "
                "below 1"
            )
        for frames in self.lengths:
            latent_frames(frames)
        if self.size % 8:
            raise ValueError(f"`size` is {self.size}; the VAE needs a multiple of 8")
        if self.clip_every < 1 or self.batch < 4:
            raise ValueError(
                f"`clip_every` is {self.clip_every} and `batch` {self.batch}; they must be at least 1 and 4"
            )
        if self.sharded:
            raise ValueError("`sharded` does not help a network as small as the VAE: leave it out")


def first_vae(settings: VAETraining, devices: Devices) -> tuple[WanVAE, Path | None]:
    """The initial VAE, on the CPU, and the file of its weights (None if the run continues from a checkpoint)."""
    model, start = WanVAE(VAEConfig(dim=settings.dim)), settings.start
    if not start and not (settings.run / "checkpoint.pt").exists():
        # A file rounds the weights, so training starts from the rounded ones: then a frozen encoder exports unchanged.
        start = settings.run / "start.safetensors"
        if devices.main:
            cpu = torch.Generator().manual_seed(settings.seed + 2)
            linear_vae(model, render_clips(texture_pool(96, 160, cpu), 48, 5, 96, 96, cpu).video * 2 - 1)
            save(start, model.state_dict(), model.config, {"steps": 0})
        devices.wait()
    if start:
        model.load_state_dict({name: value.float() for name, value in read(start)[0].items()})
    return model, start


def frames_of(video: Tensor) -> Tensor:
    """Frames [B T,3,H,W] of a video [B,3,T,H,W]."""
    return video.transpose(1, 2).flatten(0, 1)


def losses(
    network: nn.Module,
    video: Tensor,
    settings: VAETraining,
    generator: torch.Generator,
    critic: tuple[PatchCritic, nn.Module] | None = None,
    share: float = 0.0,
) -> tuple[Tensor, dict[str, float]]:
    """The loss of a batch [B,3,T,H,W] and the numbers to log.

    `critic` is the critic and its wrapped form for several devices; `share` scales the adversarial term at this step.
    """
    cast = torch.autocast(video.device.type, torch.bfloat16, enabled=settings.precision == "bf16")
    with cast:
        restored, mean, logvar = network(video, generator)
    true, made = frames_of(video), frames_of(restored)

    def pixels(made: Tensor) -> Tensor:
        return (made - true).abs().mean() + 0.5 * gradient_loss(made, true)

    kl = 0.5 * (mean.square() + logvar.exp() - 1 - logvar).mean()
    loss = pixels(made) + settings.kl * kl
    values = {"psnr": psnr(restored.detach() / 2, video / 2), "kl": float(kl.detach())}
    if critic is not None:
        with cast:
            critic_loss, values["critic_accuracy"] = hinge_loss(critic[1], true, made)
            loss = loss + critic_loss + adversarial_loss(critic[0], made, pixels, share)
    return loss, values


@torch.no_grad()
def sheet(vae: WanVAE, supply: Supply) -> Tensor:
    """A contact sheet [H,W,3]: two stills and three frames of a clip, each above its reconstruction."""
    clip = Supply(
        supply.size, torch.Generator(supply.generator.device).manual_seed(17), supply.state()
    ).clips(1, 9, 1.0)
    still = supply.pool[:2, :, None, : supply.size, : supply.size] * 2 - 1
    rows = []
    for video, frames in ((still, (0,)), (clip, (0, 4, 8))):
        rows.append(
            [
                (v[:, :, t].movedim(1, -1) / 2 + 0.5)
                for v in (video, vae.decode(vae.encode(video)))
                for t in frames
            ]
        )
    stacked = [torch.cat([rows[0][i], *(frame for frame in rows[1][3 * i : 3 * i + 3])]) for i in range(2)]
    return contact_sheet(torch.cat(stacked), columns=5)


def main(argv: Sequence[str] | None = None) -> None:
    settings = settings_from(VAETraining, argv, __doc__)
    if settings.threads:
        torch.set_num_threads(settings.threads)
    devices = Devices(settings.device, settings.sharded)
    model, start = first_vae(settings, devices)
    model = model.to(devices.device).channels_last()
    if settings.encoder != "all":
        for name, parameter in (*model.encoder.named_parameters(), *model.conv1.named_parameters()):
            branch = any(part in name for part in ("residual", "shortcut", "time_conv", "middle"))
            parameter.requires_grad_(branch and settings.encoder == "branches")
    if settings.recompute:
        checkpoint_gradients(block for block in model.modules() if isinstance(block, ResidualBlock))
    network = devices.wrap(Autoencoder(model, settings.encoder == "frozen"))
    critic = None
    if settings.critic:
        torch.manual_seed(settings.seed)
        alone = PatchCritic().to(devices.device)
        critic = alone, devices.wrap(alone, uses_all=True)

    def supply(generator: torch.Generator, state: dict[str, Any] | None) -> Supply:
        return Supply(settings.size, generator, state, settings.pool)

    optimizer = muon_for(model, settings.lr)
    if critic:
        optimizer.add_param_group(
            {"params": list(critic[0].parameters()), "weight_decay": 0.0, "times": _CRITIC_TIMES}
        )
    learner = Learner(model, optimizer, settings, devices, supply, auxiliary=critic and critic[0])
    learner.run.write_settings(asdict(settings), read_header(start).get("facts") if start else None)

    def loss_of(stream: Supply) -> tuple[Tensor, dict[str, float]]:
        step = learner.run.step
        frames = settings.lengths[step // settings.clip_every % len(settings.lengths)]
        if step % settings.clip_every == settings.clip_every - 1:
            video = stream.clips(max(1, round(settings.batch / frames)), frames, settings.pace)
        else:
            video = stream.stills(settings.batch)
        video = video.contiguous(memory_format=torch.channels_last_3d)
        late = learner.run.position - settings.critic_from
        if critic is None or late < 0:
            return losses(network, video, settings, stream.generator)
        # The adversarial term grows slowly from zero, because an untrained critic's gradient is useless.
        share = settings.critic * min(1.0, late / (0.2 * (1 - settings.critic_from)))
        return losses(network, video, settings, stream.generator, critic, share)

    while not learner.done:
        learner.step(loss_of)
        if learner.sheet_due and devices.main:
            learner.run.save_sheet("restored", sheet(model, learner.streams[0]))


if __name__ == "__main__":
    main()
