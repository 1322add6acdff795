"""Train the small text-to-video transformer and its text encoder, on plain scenes that their captions describe.

    python -m flowbrush.training.text_to_video --config training/recipes/text_cpu.toml --run runs/text

Clips are rendered (synthetic/plain_scenes.py) and encoded during training. A store keeps the newest of them, and batches
are drawn from the store. A new text encoder is pretrained first (phrases.py). Objective: rectified flow, velocity
prediction (Liu et al. 2022; Lipman et al. 2022), at shifted logit-normal noise levels (Esser et al. 2024, section 3.1).
Latent cells that things cover have a higher weight in the loss, since most of a plain scene is background.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..models.checkpoint import load_dit, load_text, load_vae, read_header
from ..models.dit import DiTConfig, WanDiT
from ..models.latent_format import latent_frames, process_in, process_out
from ..models.muon import Muon, muon_for
from ..models.text import ByteTextEncoder, TextConfig
from ..models.vae import WanVAE
from ..motion.preview.visualization import contact_sheet
from ..sampling.schedule import rectified_flow_sigmas
from ..synthetic.draws import Draws, new_seeds
from ..synthetic.plain_scenes import render_plain, scene_plan, shades, shortened_caption
from .dit import TextToVideo, draw_sigmas
from .engine.devices import Devices
from .engine.learner import Learner
from .engine.settings import RunSettings, settings_from
from .latents import without_closed_blocks
from .phrases import teach_phrases

_SHADES, _SHADE_SIDE = 256, 64
_ENCODED_AT_ONCE = 16
_GATE = 0.5  # what a residual branch is multiplied with in the beginning
SHEET_PROMPTS = (
    "a red circle moves left, the camera is still", "a blue star moves right, the camera is still",
    "a green triangle moves up, the camera is still", "a yellow heart moves down, the camera is still",
    "a black cross stays", "a white ring moves left", "a purple moon grows", "an orange square turns clockwise",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class TextTraining(RunSettings):
    """Settings of the text-to-video transformer's training."""

    vae: Annotated[Path, "VAE to encode clips with, and to decode sheets with"]
    start_dit: Annotated[Path | None, "weights to start from"] = None
    start_text: Annotated[Path | None, "weights of the text encoder to start from"] = None
    frames: Annotated[int, "frames of a clip, 4k+1"] = 17
    side: Annotated[int, "height and width of a clip in pixels, a multiple of 16"] = 64
    clips: Annotated[int, "number of clips in a batch"] = 64
    fresh: Annotated[int, "number of clips that are rendered and encoded at once"] = 64
    batches: Annotated[int, "batches between two replacements of the oldest `fresh` clips of the store"] = 12
    store: Annotated[int, "number of clips in the store, a multiple of `fresh`"] = 512
    dim: Annotated[int, "width of the transformer"] = 128
    ffn_dim: Annotated[int, "width of its MLP"] = 384
    heads: Annotated[int, "attention heads"] = 2
    layers: Annotated[int, "blocks"] = 6
    text_dim: Annotated[int, "width of the text encoder"] = 128
    text_len: Annotated[int, "tokens of a prompt: its bytes, a begin and an end token"] = 64
    text_steps: Annotated[int, "steps of the pretraining of a new text encoder"] = 300
    optimizer: Annotated[Literal["muon", "adamw"], "Muon on matrices, or AdamW on everything"] = "muon"
    text_rate: Annotated[
        float, "learning rate of the text encoder relative to the transformer's; 0: frozen"
    ] = 0.2
    shift: Annotated[float, "shift of the noise levels towards noise"] = 3.0
    thing_weight: Annotated[float, "loss weight of cells that things cover"] = 3.0
    compile: Annotated[bool, "compile the blocks (torch.compile)"] = False
    precision: Annotated[Literal["bf16", "fp32"], "arithmetic of the networks; weights are float32"] = "fp32"
    steps: Annotated[int, "the run ends after so many steps"] = 200_000

    def __post_init__(self) -> None:
        super().__post_init__()
        latent_frames(self.frames)
        if self.side < 16 or self.side % 16:
            raise ValueError(f"`side` is {self.side}; it must be a multiple of 16")
        if min(self.fresh, self.clips, self.batches, self.store) < 1:
            raise ValueError("`clips`, `fresh`, `batches` and `store` must be at least 1")
        if self.store % self.fresh:
            raise ValueError(
                f"`store` is {self.store} and `fresh` {self.fresh}; `store` must be a multiple of `fresh`"
            )
        if self.shift <= 0 or self.thing_weight <= 0:
            raise ValueError(
                f"`shift` is {self.shift} and `thing_weight` {self.thing_weight}; both must be more than 0"
            )


Batch = tuple[Tensor, Tensor, list[str]]


def covered_cells(covered: Tensor) -> Tensor:
    """The largest coverage of any pixel in each latent cell [B,T',h,w], from [B,T,H,W] with T = 4k+1."""
    cells = F.max_pool2d(covered, 8)
    first, rest = cells[:, :1], cells[:, 1:]
    return torch.cat((first, rest.unflatten(1, (-1, 4)).amax(2)), 1)


class PlainClips:
    """Batches of encoded plain clips: latents [B,16,T',h,w], covered cells [B,T',h,w], captions.

    The clips are numbered, and a clip depends only on its number and the seed. A batch is drawn from the last `store`
    clips. Once in `batches` batches, `fresh` new clips replace the oldest ones.
    """

    def __init__(
        self,
        vae: WanVAE,
        settings: TextTraining,
        generator: torch.Generator,
        state: dict[str, Any] | None = None,
    ):
        self.vae, self.settings, self.generator = vae, settings, generator
        device = generator.device
        self._pool = shades(_SHADES, _SHADE_SIDE, torch.Generator(device).manual_seed(settings.seed))
        self._base = state["base"] if state else int(new_seeds(1, generator)[0])
        self._made = max(0, state["made"] - settings.store) if state else 0
        self._turn = state["turn"] if state else 0
        height = settings.side // 8
        cells = (settings.store, latent_frames(settings.frames), height, height)
        self._latents = torch.empty(cells[0], 16, *cells[1:], dtype=torch.float16, device=device)
        self._covered = torch.empty(cells, dtype=torch.float16, device=device)
        self._captions = [""] * settings.store
        until = state["made"] if state else settings.store - settings.fresh
        while self._made < until:
            self._make()

    def state(self) -> dict[str, Any]:
        """What a resumed run needs to continue with the same batches."""
        return {"base": self._base, "made": self._made, "turn": self._turn}

    @torch.no_grad()
    def _make(self) -> None:
        """The next `fresh` clips."""
        side, count = self.settings.side, self.settings.fresh
        seeds = range(self._base + self._made, self._base + self._made + count)
        video, covered, captions = render_plain(self._pool, list(seeds), self.settings.frames, side, side)
        at = self._made % self.settings.store
        video = (video * 2 - 1).contiguous(memory_format=torch.channels_last_3d)
        latents = torch.cat([self.vae.encode(part) for part in video.split(_ENCODED_AT_ONCE)])
        self._latents[at : at + count] = process_in(latents.float()).half()
        self._covered[at : at + count] = covered_cells(covered).half()
        self._captions[at : at + count] = captions
        self._made += count

    def __iter__(self) -> Iterator[Batch]:
        return self

    def __next__(self) -> Batch:
        if self._turn % self.settings.batches == 0:
            self._make()
        self._turn += 1
        g = self.generator
        rows = torch.randint(0, len(self._captions), (self.settings.clips,), generator=g, device=g.device)
        draws = Draws(new_seeds(len(rows), g).cpu())
        limit = self.settings.text_len - 2
        captions = [
            shortened_caption(self._captions[row], draws, i, limit) for i, row in enumerate(rows.tolist())
        ]
        return self._latents[rows].float(), self._covered[rows].float(), captions


def losses(
    network: nn.Module, batch: Batch, settings: TextTraining, generator: torch.Generator
) -> tuple[Tensor, dict[str, float]]:
    """The loss of a batch and the numbers to log: the squared error of the velocity in all cells, and in covered ones."""
    device = generator.device
    target, covered, captions = batch
    sigma = draw_sigmas(len(target), settings.shift, 0.0, generator)
    noise = torch.randn(target.shape, generator=generator, device=device)
    level = sigma.view(-1, 1, 1, 1, 1)
    with torch.autocast(device.type, torch.bfloat16, enabled=settings.precision == "bf16"):
        velocity = network((1 - level) * target + level * noise, sigma, captions).float()
    error = (velocity - (noise - target)).square().mean(1)
    weight = 1 + (settings.thing_weight - 1) * covered
    loss = (error * weight).sum() / weight.sum()
    on_things = (error.detach() * covered).sum() / covered.sum().clamp_min(1e-6)
    return loss, {"everywhere": float(error.detach().mean()), "on_things": float(on_things)}


@torch.no_grad()
def sampled_latents(
    network: nn.Module,
    prompts: list[str],
    shape: tuple[int, int, int],
    generator: torch.Generator,
    steps: int = 16,
    guidance: float = 4.0,
    shift: float = 3.0,
) -> Tensor:
    """Latents [B,16,T',h,w] of `shape` (T', h, w), sampled by Euler steps with classifier-free guidance (Ho and Salimans
    2022)."""
    x = torch.randn(len(prompts), 16, *shape, generator=generator, device=generator.device)
    both = [*prompts, *[""] * len(prompts)]
    for level, following in pairwise(rectified_flow_sigmas(steps, shift).tolist()):
        sigma = torch.full((2 * len(x),), level, device=x.device)
        told, untold = network(torch.cat((x, x)), sigma, both).float().chunk(2)
        x = x + (following - level) * (untold + guidance * (told - untold))
    return x


@torch.no_grad()
def sheet(model: nn.Module, vae: WanVAE, settings: TextTraining, device: torch.device) -> Tensor:
    """A contact sheet [H,W,3]: first, middle and last frame of a sample for each of `SHEET_PROMPTS`. The noise is the same
    in every sheet of a run."""
    generator = torch.Generator(device).manual_seed(20)
    shape = (latent_frames(settings.frames), settings.side // 8, settings.side // 8)
    latents = sampled_latents(model, list(SHEET_PROMPTS), shape, generator, shift=settings.shift)
    pictures, labels = [], []
    for clip, prompt in zip(vae.decode(process_out(latents)), SHEET_PROMPTS, strict=True):
        for t in (0, settings.frames // 2, settings.frames - 1):
            pictures.append(clip[:, t].movedim(0, -1).cpu() / 2 + 0.5)
            labels.append(prompt.removesuffix(", the camera is still"))
    return contact_sheet(torch.stack(pictures).clamp(0, 1), columns=6, labels=labels)


@torch.no_grad()
def new_dit(settings: TextTraining) -> WanDiT:
    """A transformer whose time and text embeddings have unit scale and whose gates start at `_GATE`, for short runs.

    Wan's own initialization (0.02, gates near zero) needs hundreds of steps before text and timestep have an effect.
    """
    config = DiTConfig(
        dim=settings.dim, ffn_dim=settings.ffn_dim, num_heads=settings.heads, num_layers=settings.layers,
        in_dim=16, out_dim=16, text_dim=settings.text_dim, text_len=settings.text_len,
    )  # fmt: skip
    generator = torch.Generator().manual_seed(settings.seed)
    dit = WanDiT(config, generator=generator)
    for name, parameter in dit.named_parameters():
        if name.startswith(("text_embedding", "time_embedding")) and parameter.ndim == 2:
            nn.init.xavier_uniform_(parameter, generator=generator)
    for block in dit.blocks:
        modulation: Any = block.modulation  # [1,6,dim]; every third row is a gate
        modulation[:, 2::3] = _GATE
    return dit


def new_text(settings: TextTraining) -> ByteTextEncoder:
    """A text encoder, pretrained on captions of plain scenes."""
    config = TextConfig(dim=settings.text_dim, layers=2, heads=4, max_bytes=settings.text_len)
    text = ByteTextEncoder(config, generator=torch.Generator().manual_seed(settings.seed))
    generator = torch.Generator().manual_seed(settings.seed + 1)
    pool = shades(16, 8, generator)

    def captions(count: int) -> list[str]:
        seeds = new_seeds(count, generator).tolist()
        draws = Draws(seeds)
        whole = scene_plan(pool, seeds, settings.side, settings.side).captions()
        return [
            shortened_caption(caption, draws, row, settings.text_len - 2) for row, caption in enumerate(whole)
        ]

    if settings.text_steps:
        teach_phrases(text, captions, settings.text_steps, settings.seed)
    return text


def first_networks(settings: TextTraining) -> tuple[WanDiT, ByteTextEncoder]:
    """The initial networks, on the CPU: stored ones, or new ones. A resumed run skips the pretraining of the text."""
    dit = load_dit(settings.start_dit) if settings.start_dit else new_dit(settings)
    if settings.start_text:
        return dit, load_text(settings.start_text)
    if (settings.run / "checkpoint.pt").exists():
        config = TextConfig(dim=settings.text_dim, layers=2, heads=4, max_bytes=settings.text_len)
        return dit, ByteTextEncoder(config)
    return dit, new_text(settings)


def optimizer_for(model: TextToVideo, settings: TextTraining) -> Muon:
    """Muon or AdamW for both networks. The pretrained text encoder has a lower learning rate."""
    everything = ("",)  # part of every name
    adam = everything if settings.optimizer == "adamw" else ("patch_embedding", "head", "embedding")
    groups = muon_for(model.dit, settings.lr, adam).param_groups
    if settings.text_rate > 0:
        assert isinstance(model.text, nn.Module)
        slower = muon_for(model.text, settings.lr, adam).param_groups
        groups += [{**group, "times": settings.text_rate} for group in slower]
    return Muon(groups, settings.lr)


def main(argv: Sequence[str] | None = None) -> None:
    settings = settings_from(TextTraining, argv, __doc__)
    if settings.threads:
        torch.set_num_threads(settings.threads)
    devices = Devices(settings.device, settings.sharded)
    dit, text = first_networks(settings)
    text.requires_grad_(settings.text_rate > 0)
    model = TextToVideo(dit, text).to(devices.device).train()
    if settings.compile:
        for block in dit.blocks:
            block.compile()
    network = devices.wrap(model, uses_all=True)
    vae = without_closed_blocks(load_vae(settings.vae).to(devices.device).float().channels_last())

    def stream(generator: torch.Generator, state: dict[str, Any] | None) -> PlainClips:
        return PlainClips(vae, settings, generator, state)

    facts = {"dit": asdict(dit.config), "text": asdict(text.config)}
    learner = Learner(model, optimizer_for(model, settings), settings, devices, stream, facts)
    before = read_header(settings.start_dit).get("facts") if settings.start_dit else None
    learner.run.write_settings(asdict(settings), before)

    while not learner.done:
        learner.step(lambda stream: losses(network, next(stream), settings, stream.generator))
        if learner.sheet_due:
            learner.run.save_sheet("samples", sheet(model, vae, settings, devices.device))


if __name__ == "__main__":
    main()
