"""Distil a trained video transformer to a student that samples in few steps.

    python -m flowbrush.training.distill --run runs/student --latents runs/latents --minutes 30
    python -m flowbrush.training.distill --run runs/student --latents runs/latents --teacher runs/dit --student-steps 4
    python -m flowbrush.training.distill --config training/recipes/distill_gpu.toml --run runs/student

The teacher is the averaged weights of a training.dit run, or a weights file with its text encoder, or by default the
bundled model. The student starts from the teacher's weights and learns the teacher's path as straight lines, one for each
sampling step (training/engine/windows.py). Finally the command writes RUN/flowbrush_student.safetensors, whose header
tells Load Model the noise levels to sample at. The student uses the teacher's text encoder.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any, cast

import torch
from torch import Tensor, nn

from ..models.bundled import bundled_path
from ..models.checkpoint import load_dit, load_text, load_vae, read_header, save
from ..models.dit import DiTConfig, WanDiT
from ..models.muon import muon_for
from ..models.text import ByteTextEncoder, TextConfig
from ..sampling.few_steps import FewSteps
from ..sampling.guidance import guided_prediction
from ..sampling.schedule import rectified_flow_sigmas
from .dit import TextToVideo
from .engine.devices import Devices, checkpoint_gradients
from .engine.learner import Learner
from .engine.settings import settings_from
from .engine.windows import Velocity, distances, lesson
from .export import facts_of, part, weights
from .latents import Batch
from .samples import latents_sheet, separate_stream
from .sources import SourceSettings, batches_of

FILE = "flowbrush_student.safetensors"


@dataclass(frozen=True, kw_only=True)
class Distillation(SourceSettings):
    """Settings of a student's training."""

    teacher: Annotated[Path, "weights file, or run folder of training.dit (default: the bundled model)"] = (
        field(default_factory=lambda: bundled_path("dit"))
    )
    teacher_text: Annotated[
        Path | None, "text encoder of the teacher, if `teacher` is a file (default: bundled)"
    ] = None
    student_steps: Annotated[int, "number of sampling steps of the student"] = 4
    shift: Annotated[float, "shift of the student's noise levels towards noise"] = 3.0
    substeps: Annotated[int, "midpoint steps (of two calls) that the teacher takes per student step"] = 4
    text_scale: Annotated[float, "the teacher's guidance scale for text, which the student learns"] = 1.0
    at_start: Annotated[float, "share of examples at the student's own noise levels, not between them"] = 0.5
    hole_weight: Annotated[float, "loss weight of cells without known conditioning"] = 2.0
    lr: Annotated[float, "peak learning rate"] = 3e-4
    ema: Annotated[float, "decay of the averaged weights, which are the exported ones"] = 0.99
    steps: Annotated[int, "number of steps after which the run ends"] = 20_000

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, low in (("student_steps", 1), ("substeps", 1), ("at_start", 0), ("text_scale", 0)):
            if getattr(self, name) < low:
                raise ValueError(f"`{name}` is {getattr(self, name)}; it must be at least {low}")
        if self.at_start > 1:
            raise ValueError(f"`at_start` is {self.at_start}; it is a share and must be at most 1")

    @property
    def few_steps(self) -> FewSteps:
        """The student's noise levels and guidance, as its header stores them."""
        levels = rectified_flow_sigmas(self.student_steps, self.shift)
        return FewSteps(tuple(levels.tolist()), text_scale=self.text_scale)


def load_teacher(path: Path, text: Path | None) -> tuple[TextToVideo, dict[str, Any]]:
    """The teacher with frozen weights, from a run folder or a file, and the facts about its training."""
    if path.is_dir():
        average, state = weights(path)
        dit = WanDiT(DiTConfig(**state["dit"]), device="meta")
        dit.load_state_dict(part(average, "dit."), assign=True)
        encoder = ByteTextEncoder(TextConfig(**state["text"]), device="meta")
        encoder.load_state_dict(part(average, "text."), assign=True)
        facts = facts_of(path, state)
    else:
        dit, encoder = load_dit(path), load_text(text or bundled_path("text"))
        facts = read_header(path)["facts"]
    return TextToVideo(dit, encoder).eval().requires_grad_(False), facts


def velocity_of(
    dit: nn.Module,
    condition: Tensor,
    text: Tensor,
    precision: str,
    empty_text: Tensor | None = None,
    scale: float = 1.0,
) -> Velocity:
    """The velocity of latents [B,16,T',h,w] given the conditioning [B,C,T',h,w] and the encoded text [B,L,text_dim].

    With `empty_text`, the encoded empty prompt, classifier-free guidance of that scale is applied.
    """

    def predicted_velocity(x: Tensor, sigma: Tensor, text: Tensor) -> Tensor:
        with torch.autocast(x.device.type, torch.bfloat16, enabled=precision == "bf16"):
            return dit(torch.cat((x, condition), 1), 1000 * sigma, text).float()

    def velocity(x: Tensor, sigma: Tensor) -> Tensor:
        full = predicted_velocity(x, sigma, text)
        if empty_text is None or scale == 1.0:
            return full
        return guided_prediction(full, predicted_velocity(x, sigma, empty_text), None, scale, 1.0)

    return velocity


@torch.no_grad()
def both_velocities(
    student: nn.Module, teacher: TextToVideo, batch: Batch, settings: Distillation, device: torch.device
) -> tuple[Velocity, Velocity]:
    """The velocities of the student, and of the teacher with guidance `text_scale`, under the conditioning of a batch."""
    condition = conditioning(batch, teacher.dit.config.in_dim, device)
    with torch.autocast(device.type, torch.bfloat16, enabled=settings.precision == "bf16"):
        text, empty_text = (teacher.text.encode(texts) for texts in (batch[3], [""] * len(batch[3])))
    return (
        velocity_of(student, condition, text, settings.precision),
        velocity_of(teacher.dit, condition, text, settings.precision, empty_text, settings.text_scale),
    )


def conditioning(batch: Batch, in_dim: int, device: torch.device) -> Tensor:
    """The network's input channels besides the noisy latents: [B,in_dim - 16,T',h,w]."""
    target, shown, known = (value.to(device) for value in batch[:3])
    return torch.cat((known, shown), 1)[:, : in_dim - target.shape[1]]


def losses(
    student: nn.Module,
    teacher: TextToVideo,
    batch: Batch,
    levels: Tensor,
    settings: Distillation,
    generator: torch.Generator,
) -> tuple[Tensor, dict[str, float]]:
    """The student's loss on a batch; the numbers to log have the loss that the teacher's own prediction would have."""
    device = generator.device
    student_velocity, teacher_velocity = both_velocities(student, teacher, batch, settings, device)
    clean = batch[0].to(device)
    example = lesson(teacher_velocity, clean, levels, settings.substeps, settings.at_start, generator)
    weight = 1 + (settings.hole_weight - 1) * (1 - batch[2].to(device).mean(1))

    def loss_of(velocity: Velocity) -> Tensor:
        error = velocity(example.x, example.sigma) - example.velocity
        return (error.square().mean(1) * weight).mean()

    loss = loss_of(student_velocity)
    with torch.no_grad():
        teacher_loss = loss_of(teacher_velocity)
    return loss, {"teacher_loss": float(teacher_loss)}


@torch.no_grad()
def endpoint_distances(
    student: WanDiT, teacher: TextToVideo, batch: Batch, settings: Distillation, device: torch.device
) -> dict[str, float]:
    """`windows.distances` of student and teacher on a batch, from the same noise at every call."""
    noise = torch.randn(batch[0].shape, generator=torch.Generator().manual_seed(5)).to(device)
    levels = torch.tensor(settings.few_steps.sigmas, device=device)
    velocities = both_velocities(student, teacher, batch, settings, device)
    found = distances(velocities[0], velocities[1], noise, levels, 2 * settings.substeps)
    return {name: round(value, 5) for name, value in found.items()}


def check_continues(settings: Distillation) -> None:
    """Raise ValueError if the run folder has a student with other sampling settings."""
    file = settings.run / "settings.json"
    before = json.loads(file.read_text()) if file.exists() else {}
    for name in ("student_steps", "shift", "text_scale"):
        value = getattr(settings, name)
        if before.get(name, value) != value:
            raise ValueError(
                f"`{name}` is {value}, but the student in {settings.run} was trained with {before[name]}: use that "
                "value or another `run`"
            )


def main(argv: Sequence[str] | None = None) -> None:
    settings = settings_from(Distillation, argv, __doc__)
    if settings.threads:
        torch.set_num_threads(settings.threads)
    check_continues(settings)
    devices = Devices(settings.device, settings.sharded)
    teacher, teacher_facts = load_teacher(settings.teacher, settings.teacher_text)
    teacher = teacher.to(devices.device)
    student = copy.deepcopy(teacher.dit).train().requires_grad_(True)
    if settings.recompute:
        checkpoint_gradients(student.blocks)
    network = devices.wrap(student)
    vae = load_vae(settings.vae).to(devices.device).channels_last() if settings.vae else None
    config, few_steps = teacher.dit.config, settings.few_steps
    levels = torch.tensor(few_steps.sigmas, device=devices.device)

    optimizer = muon_for(student, settings.lr, adam_only=("patch_embedding", "head", "embedding"))
    facts = {"dit": asdict(config), **few_steps.facts()}
    learner = Learner(student, optimizer, settings, devices, batches_of(settings, vae), facts)
    before = {name: value for name, value in teacher_facts.items() if name != "latent_rgb"}
    learner.run.write_settings(asdict(settings), before)

    whole = TextToVideo(
        cast(WanDiT, network), teacher.text
    )  # the network may be wrapped; `forward` is the same
    while not learner.done:
        learner.step(
            lambda stream: losses(network, teacher, next(stream), levels, settings, stream.generator)
        )
        if learner.sheet_due and vae is not None:
            learner.run.save_sheet("samples", latents_sheet(whole, learner.streams[0], config.in_dim, vae))

    if devices.main:
        average, state = weights(settings.run)
        averaged = copy.deepcopy(teacher.dit)
        averaged.load_state_dict(average)
        batch = next(separate_stream(learner.streams[0]))
        found = endpoint_distances(averaged, teacher, batch, settings, devices.device)
        print(found, flush=True)
        facts = facts_of(settings.run, state) | few_steps.facts() | {"compared": found}
        facts |= {name: teacher_facts[name] for name in ("latent_rgb",) if name in teacher_facts}
        save(settings.run / FILE, average, config, facts)
    devices.wait()


if __name__ == "__main__":
    main()
