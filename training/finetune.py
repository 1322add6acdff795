"""Fine-tune the bundled model, or a public Wan checkpoint, on a folder of your own clips; docs/training.md is the guide.

    python -m flowbrush.training.finetune --run runs/mine --clips my_clips --minutes 30
    python -m flowbrush.training.finetune --run runs/mine --clips my_clips --rank 0
    python -m flowbrush.training.finetune --config training/recipes/finetune_wan.toml --run runs/mine --clips my_clips

First the clips are divided into excerpts, their motion is estimated by optical flow, and both are encoded into
RUN/latents; this happens once. Then a LoRA is trained (`rank`), or all weights (`rank` 0). The averaged weights are written
to RUN/lora.safetensors or RUN/model.safetensors (and RUN/text.safetensors if the bundled text encoder was trained too),
which ComfyUI loads as they are.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import torch
from torch import Tensor, nn
from tqdm import tqdm

from ..conditioning.image_to_video import validity_to_mask
from ..files import write_json
from ..models.bundled import bundled_path
from ..models.checkpoint import load_dit, load_text, load_vae, read_header, save
from ..models.dit import WanDiT
from ..models.muon import Muon, muon_for
from ..models.sharding import whole
from ..models.text import ByteTextEncoder
from ..models.text_encoders import load_text_encoder
from ..models.vae import WanVAE
from .clips import MODES, OwnClip, conditioning_video, draw_mode, estimate_motion, excerpts, sources
from .dit import FlowSettings, PromptEncoder, TextToVideo, losses
from .engine.buckets import bucket_grid
from .engine.devices import Devices, checkpoint_gradients
from .engine.learner import Learner
from .engine.lora import Adapters, save_lora
from .engine.settings import settings_from
from .latents import Shards, encode_video, write_shard
from .samples import latents_sheet

_IN_DIMS = (16, 36)  # input channels of models without and with Wan's image conditioning


@dataclass(frozen=True, kw_only=True)
class FineTuning(FlowSettings):
    """Settings of fine-tuning."""

    clips: Annotated[Path, "folder of videos and pictures, each with a caption in a .txt of the same name"]
    dit: Annotated[str, "the video transformer: bundled, or a file or folder of a Wan checkpoint"] = "bundled"
    vae: Annotated[str, "its VAE: bundled, or the file of the Wan 2.1 VAE"] = "bundled"
    text: Annotated[str, "its text encoder: bundled, or a folder of UMT5 as diffusers has it"] = "bundled"
    rank: Annotated[int, "rank of the LoRA; 0 trains all weights"] = 16
    alpha: Annotated[float | None, "alpha of the LoRA; equal to the rank by default"] = None
    lengths: Annotated[tuple[int, ...], "frames of the excerpts, 4k+1; 1 for pictures"] = (1, 17)
    sides: Annotated[tuple[int, ...], "sizes of excerpts: the side of a square of the same area"] = (128, 192)
    aspects: Annotated[tuple[float, ...], "width / height of the excerpts"] = (1.0, 1.6, 0.625)
    fps: Annotated[float, "frames a second at which clips are sampled"] = 16.0
    variants: Annotated[int, "number of kinds of conditioning that each excerpt gets"] = 4
    only_prepare: Annotated[bool, "prepare the clips and end before the training"] = False
    steps: Annotated[int, "number of steps after which the run ends"] = 2000
    lr: Annotated[float, "peak learning rate"] = 2e-4
    warmup: Annotated[int, "steps until the learning rate reaches its peak"] = 50
    ema: Annotated[float, "decay of the averaged weights, which are the exported ones"] = 0.99
    clean_share: Annotated[float, "share of the samples at sigma 1"] = 0.2

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.rank < 0 or self.variants < 1 or self.fps <= 0:
            raise ValueError(
                f"`rank` is {self.rank}, `variants` {self.variants} and `fps` {self.fps}; they must be at least 0, at "
                "least 1 and more than 0"
            )
        bucket_grid(self.lengths, self.sides, self.aspects)

    def path(self, kind: str) -> Path:
        """The file or folder of "dit", "vae" or "text"."""
        name = getattr(self, kind)
        return bundled_path(kind) if name == "bundled" else Path(name)


class CaptionTable(nn.Module):
    """Stands in for a text encoder that is not trained: all captions are encoded once, then looked up."""

    def __init__(self, encoder: PromptEncoder, captions: Sequence[str], device: torch.device):
        super().__init__()
        with torch.no_grad():
            self.table = {text: encoder.encode([text])[0].to(device) for text in captions}

    def encode(self, prompts: Sequence[str]) -> Tensor:
        """The encoded prompts [B,L,text_dim], each of which must be one of the captions."""
        return torch.stack([self.table[prompt] for prompt in prompts])


def prepare(settings: FineTuning, device: torch.device) -> Path:
    """The folder of shards with the user's encoded clips, which is written if it does not exist yet.

    Raises ValueError if there are no usable clips, or if the clips or the settings of their excerpts differ from those of
    an existing folder.
    """
    folder, found = settings.run / "latents", sources(settings.clips)
    made_from = _fingerprint(settings, [path for path, _ in found])
    note = folder / "prepared.json"
    if note.exists():
        if json.loads(note.read_text())["from"] != made_from:
            raise ValueError(
                f"the clips or their settings have changed: delete {folder} to prepare them again"
            )
        return folder
    vae = load_vae(settings.path("vae")).to(device).channels_last()
    generator = torch.Generator().manual_seed(settings.seed)
    buckets = bucket_grid(settings.lengths, settings.sides, settings.aspects)
    rows, clips, shards = defaultdict(list), 0, 0

    def flush(shape: tuple[int, ...]) -> None:
        nonlocal shards
        write_shard(folder / f"{'x'.join(map(str, shape))}_{shards:05d}.safetensors", rows.pop(shape))
        shards += 1

    for path, caption in tqdm(found, unit="file", desc="preparing"):
        for clip in excerpts(path, caption, buckets, settings.fps):
            shape = tuple(clip.frames.shape[:3])
            rows[shape].extend(_variants(vae, clip, settings.variants, generator, device))
            clips += 1
            if len(rows[shape]) >= 32:
                flush(shape)
    for shape in list(rows):
        flush(shape)
    if not clips:
        small, short = min(settings.sides), min(settings.lengths)
        raise ValueError(
            f"no clip in {settings.clips} has {short} frames at {settings.fps:g} a second and {small} pixels"
        )
    write_json(note, {"from": made_from, "excerpts": clips, "files": len(found)})
    return folder


def _fingerprint(settings: FineTuning, paths: Sequence[Path]) -> str:
    """A hash of the clips' names, sizes and captions and of all settings that the shards depend on."""
    values = [
        str(getattr(settings, n)) for n in ("vae", "lengths", "sides", "aspects", "fps", "variants", "seed")
    ]
    files = [
        (p.name, p.stat().st_size, q.read_text() if (q := p.with_suffix(".txt")).exists() else "")
        for p in paths
    ]
    return hashlib.sha256(json.dumps([values, files]).encode()).hexdigest()


def _variants(
    vae: WanVAE, clip: OwnClip, count: int, generator: torch.Generator, device: torch.device
) -> list[Any]:
    """Rows of a shard: the clip's latents with `count` kinds of conditioning, the first with all motion, others random."""
    motion = estimate_motion(clip)
    target = encode_video(vae, _batch(clip.frames, device))
    rows = []
    for number in range(count):
        mode = (
            draw_mode(len(clip.frames), generator) if number or len(clip.frames) == 1 else next(iter(MODES))
        )
        shown, known = conditioning_video(clip, motion, mode, generator)
        latents, mask = encode_video(vae, _batch(shown, device)), 1 - validity_to_mask(known)
        if mode == "nothing":  # without conditioning, the stock nodes fill all channels with zeros
            latents, mask = torch.zeros_like(latents), torch.zeros_like(mask)
        rows.append((target, latents, mask, [clip.caption], [mode]))
    return rows


def _batch(frames: Tensor, device: torch.device) -> Tensor:
    """Frames [T,H,W,3] in 0..1 as a batch [1,3,T,H,W] in -1..1."""
    return (frames.movedim(-1, 0)[None] * 2 - 1).to(device)


def text_of(
    settings: FineTuning, captions: Sequence[str], device: torch.device, learns: bool
) -> ByteTextEncoder | CaptionTable:
    """The text encoder if it is trained, otherwise a table of its output for all captions."""
    path = settings.path("text")
    if learns:
        return load_text(path).to(device)
    encoder = load_text_encoder(path, torch.bfloat16) if path.is_dir() else load_text(path)
    return CaptionTable(encoder.to(device), captions, device)


def write_weights(
    settings: FineTuning, learner: Learner, dit: WanDiT, before: dict[str, Any], trained: nn.Module
) -> None:
    """Write the averaged weights as files that ComfyUI loads. All processes must call this together."""
    average = whole(learner.average.shadow)
    if not learner.devices.main:
        return
    facts = {
        "data": "fine-tuned on clips of the user's own", "steps": learner.run.step,
        "minutes": round(learner.run.seconds / 60, 1), "before": before,
    }  # fmt: skip
    if isinstance(trained, Adapters):
        save_lora(settings.run / "lora.safetensors", average, trained.alpha, facts)
        return
    if "latent_rgb" in before:
        facts["latent_rgb"] = before["latent_rgb"]
    parts = {
        name: {n.removeprefix(f"{name}."): v for n, v in average.items() if n.startswith(f"{name}.")}
        for name in ("dit", "text")
    }
    save(settings.run / "model.safetensors", parts["dit"], dit.config, facts)
    if parts["text"]:
        assert isinstance(trained, TextToVideo) and isinstance(trained.text, ByteTextEncoder)
        save(settings.run / "text.safetensors", parts["text"], trained.text.config, facts)


def main(argv: Sequence[str] | None = None) -> None:
    settings = settings_from(FineTuning, argv, __doc__)
    if settings.threads:
        torch.set_num_threads(settings.threads)
    devices = Devices(settings.device, settings.sharded)
    if devices.main:
        try:
            prepare(settings, devices.device)
        except ValueError as error:
            raise SystemExit(f"Error: {error}.") from error
    devices.wait()
    if settings.only_prepare:
        return
    folder = settings.run / "latents"
    half = (
        settings.rank and settings.precision == "bf16"
    )  # frozen weights need no more precision than their file
    dit = load_dit(settings.path("dit"), torch.bfloat16 if half else torch.float32).to(devices.device)
    in_dim = dit.config.in_dim
    if in_dim not in _IN_DIMS:
        raise SystemExit(
            f"{settings.dit} reads {in_dim} channels; models of {_IN_DIMS} channels can be fine-tuned"
        )
    captions = sorted(Shards(folder, settings.tokens, torch.Generator()).captions | {""})
    learns_text = not settings.rank and not settings.path("text").is_dir()
    model = TextToVideo(dit, text_of(settings, captions, devices.device, learns_text))
    trained: nn.Module = model
    if settings.rank:
        trained = Adapters(dit, settings.rank, settings.alpha or settings.rank, seed=settings.seed).to(
            devices.device
        )
        model.adapters = trained
    if settings.recompute:
        checkpoint_gradients(dit.blocks)
    if settings.compile:
        for block in dit.blocks:
            block.compile()
    network = devices.wrap(model.train(), uses_all=dit.config.image_dim is None)
    # Muon's orthogonal updates do not suit the narrow matrices of a LoRA, so these get AdamW.
    optimizer = (
        Muon([{"params": list(trained.parameters())}], settings.lr)
        if settings.rank
        else muon_for(trained, settings.lr, adam_only=("patch_embedding", "head", "embedding"))
    )

    def batches(generator: torch.Generator, _state: dict[str, Any] | None) -> Shards:
        return Shards(folder, settings.tokens, generator, whole_captions=True)

    learner = Learner(trained, optimizer, settings, devices, batches)
    vae = (
        load_vae(settings.path("vae")).to(devices.device).channels_last() if settings.sheet_minutes else None
    )
    before = read_header(settings.path("dit")).get("facts") or {}
    learner.run.write_settings(asdict(settings), before)
    while not learner.done:
        if learner.step(lambda stream: losses(network, next(stream), in_dim, settings, stream.generator)):
            write_weights(settings, learner, dit, before, trained)
        if learner.sheet_due and vae is not None:
            learner.run.save_sheet("samples", latents_sheet(network, learner.streams[0], in_dim, vae))


if __name__ == "__main__":
    main()
