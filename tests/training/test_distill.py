"""The student's command, on a tiny transformer that learned a toy set: cells on a circle."""

import json
import math
from dataclasses import asdict
from itertools import pairwise

import pytest
import torch
from flowbrush.models.checkpoint import load_dit, read_header, save
from flowbrush.models.dit import DiTConfig, WanDiT
from flowbrush.models.text import ByteTextEncoder, TextConfig
from flowbrush.sampling.few_steps import FewSteps
from flowbrush.sampling.run import sample
from flowbrush.sampling.schedule import rectified_flow_sigmas
from flowbrush.training import distill
from flowbrush.training.dit import TextToVideo, draw_sigmas
from flowbrush.training.engine.windows import distances
from safetensors.torch import save_file

CONFIG = DiTConfig(dim=64, ffn_dim=128, num_heads=2, num_layers=1, text_dim=16, text_len=8, patch=(1, 1, 1))
SHAPE = (16, 1, 2, 2)
PLANE = torch.linalg.qr(torch.randn(16, 2, generator=torch.Generator().manual_seed(8)))[
    0
].T  # [2,16], orthonormal
RADIUS = 4.0  # so that the mean square of a latent is 1


def toy(count: int, generator: torch.Generator) -> torch.Tensor:
    """Clips [count,16,1,2,2]: every cell somewhere on a circle in one plane of the 16 channels, a little noisy."""
    angle = 2 * math.pi * torch.rand(count, *SHAPE[1:], generator=generator)
    clips = RADIUS * torch.einsum("kc,bkthw->bcthw", PLANE, torch.stack((angle.cos(), angle.sin()), 1))
    return clips + 0.05 * torch.randn((count, *SHAPE), generator=generator)


def off_the_circle(clips: torch.Tensor) -> float:
    """How far cells [B,16,...] are from the circle, in parts of its radius: the mean."""
    inside = torch.einsum("kc,bcthw->bkthw", PLANE, clips)
    return float((inside.norm(dim=1) / RADIUS - 1).abs().mean())


def nothing_given(x: torch.Tensor) -> torch.Tensor:
    return torch.cat((x, x.new_zeros(len(x), 20, *SHAPE[1:])), 1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a teacher of the toy set, its text encoder, and shards of the set."""
    folder = tmp_path_factory.mktemp("distill")
    torch.manual_seed(0)
    dit, text = WanDiT(CONFIG), ByteTextEncoder(TextConfig(dim=16, layers=1, heads=2, max_bytes=8))
    generator = torch.Generator().manual_seed(1)
    optimizer = torch.optim.Adam(dit.parameters(), 1e-2)
    context = text.encode([""]).detach()
    for step in range(400):
        clean = toy(64, generator)
        sigma = draw_sigmas(len(clean), 1.0, 0.1, generator)
        noise = torch.randn(clean.shape, generator=generator)
        level = sigma.view(-1, 1, 1, 1, 1)
        velocity = dit(nothing_given((1 - level) * clean + level * noise), 1000 * sigma, context)
        loss = (velocity - (noise - clean)).square().mean()
        optimizer.param_groups[0]["lr"] = 1e-2 * (1 - step / 400) + 1e-5
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    facts = {"steps": 400, "latent_rgb": [[0.1, 0.2, 0.3]] * 17}
    save(folder / "dit.safetensors", dit.state_dict(), dit.config, facts, torch.float32)
    save(folder / "text.safetensors", text.state_dict(), text.config, {"steps": 0}, torch.float32)
    target = toy(64, generator)
    (folder / "latents").mkdir()
    tensors = {
        "target": target.half(),
        "shown": torch.zeros_like(target).half(),
        "known": torch.zeros(64, 4, *SHAPE[1:]).byte(),
    }
    save_file(
        {k: v.contiguous() for k, v in tensors.items()},
        folder / "latents" / "toy.safetensors",
        {"caption": json.dumps([""] * 64)},
    )
    return folder


def arguments(folder, run: str, *more: str) -> list[str]:
    return [
        "--run", str(folder / run), "--latents", str(folder / "latents"), "--teacher", str(folder / "dit.safetensors"),
        "--teacher-text", str(folder / "text.safetensors"), "--tokens", "64", "--lr", "2e-3", "--warmup", "5",
        "--precision", "fp32", "--device", "cpu", "--substeps", "2", "--hole-weight", "1", "--ema", "0.95", *more,
    ]  # fmt: skip


def velocity(path):
    dit = load_dit(path).requires_grad_(False)
    context = torch.zeros(1, 8, 16)
    return lambda x, sigma: dit(nothing_given(x), 1000 * sigma, context)


def test_the_student_is_nearer_in_four_steps_than_its_teacher_in_four(folder):
    distill.main(arguments(folder, "run", "--steps", "90", "--at-start", "0.8"))
    path = folder / "run" / distill.FILE
    facts = read_header(path)["facts"]
    own = FewSteps.from_facts(facts)
    assert own is not None and own.sigmas == tuple(rectified_flow_sigmas(4, shift=3.0).tolist())
    assert facts["latent_rgb"] == [[0.1, 0.2, 0.3]] * 17 and facts["before"] == {"steps": 400}

    student, teacher = velocity(path), velocity(folder / "dit.safetensors")
    noise = torch.randn(32, *SHAPE, generator=torch.Generator().manual_seed(9))
    found = distances(student, teacher, noise, own.schedule(4), 8)
    assert found["teacher_distance"] > 0.1 and found["student_distance"] < 0.6 * found["teacher_distance"]
    assert facts["compared"]["student_distance"] < 0.6 * facts["compared"]["teacher_distance"]

    off = [off_the_circle(sample(v, noise, own.schedule(4), solver="euler")) for v in (student, teacher)]
    assert off[0] < 0.65 * off[1]


def test_an_interrupted_distillation_goes_on_exactly(folder):
    whole = arguments(folder, "whole", "--steps", "25", "--save-minutes", "0")
    distill.main(whole)
    halves = arguments(folder, "halves", "--save-minutes", "0", "--steps", "25")
    with pytest.raises(KeyboardInterrupt), pytest.MonkeyPatch.context() as patch:
        patch.setattr(distill, "lesson", _stopped_after(12))
        distill.main(halves)
    distill.main(halves)
    states = [torch.load(folder / run / "checkpoint.pt", weights_only=True) for run in ("whole", "halves")]
    with pytest.raises(ValueError, match=r"`student_steps` is 2, but the student in .* was trained with 4"):
        distill.main([*halves, "--student-steps", "2"])
    assert [state["step"] for state in states] == [25, 25]
    for name, value in states[0]["average"].items():
        assert torch.equal(value, states[1]["average"][name]), name


def _stopped_after(count: int):
    """`windows.lesson` that is interrupted at its call number `count` + 1."""
    from flowbrush.training.engine.windows import lesson

    calls = iter(range(count))

    def interrupted(*given):
        if next(calls, None) is None:
            raise KeyboardInterrupt
        return lesson(*given)

    return interrupted


def test_a_run_folder_teaches_with_its_averaged_weights(folder, tmp_path):
    dit, text = WanDiT(CONFIG), ByteTextEncoder(TextConfig(dim=16, layers=1, heads=2, max_bytes=8))
    model = TextToVideo(dit, text)
    average = {name: value + 1 for name, value in model.state_dict().items()}
    state = {"average": average, "model": model.state_dict(), "step": 7, "seconds": 60.0}
    torch.save({**state, "dit": asdict(dit.config), "text": asdict(text.config)}, tmp_path / "checkpoint.pt")
    (tmp_path / "log.jsonl").write_text('{"step": 7}\n')
    teacher, facts = distill.load_teacher(tmp_path, None)
    assert facts["steps"] == 7 and not any(p.requires_grad for p in teacher.parameters())
    for name, value in teacher.state_dict().items():
        assert torch.equal(value, model.state_dict()[name] + 1), name


def test_guidance_of_the_teacher_becomes_part_of_the_lesson(folder):
    teacher, _ = distill.load_teacher(folder / "dit.safetensors", folder / "text.safetensors")
    x = torch.randn(2, *SHAPE, generator=torch.Generator().manual_seed(0))
    given, sigma = torch.zeros(2, 20, *SHAPE[1:]), torch.tensor([0.9, 0.4])
    a, nothing = teacher.text.encode(["a", "b"]), teacher.text.encode(["", ""])
    said, unsaid, guided = (
        distill.velocity_of(teacher.dit, given, *rest)(x, sigma)
        for rest in ((a, "fp32"), (nothing, "fp32"), (a, "fp32", nothing, 3.0))
    )
    assert not torch.allclose(said, unsaid)
    torch.testing.assert_close(guided, unsaid + 3 * (said - unsaid))


@pytest.mark.parametrize(
    ("flag", "value"), [("--student-steps", "0"), ("--at-start", "1.5"), ("--substeps", "0")]
)
def test_settings_that_cannot_be_meant_are_refused(folder, capsys, flag, value):
    with pytest.raises(SystemExit):
        distill.main(arguments(folder, "refused", flag, value))
    assert f"`{flag[2:].replace('-', '_')}` is {value}" in capsys.readouterr().err


def test_levels_of_the_settings_fall_to_zero(folder):
    settings = distill.Distillation(run=folder / "x", latents=folder / "latents", student_steps=6, shift=5.0)
    assert len(settings.few_steps.sigmas) == 7
    assert all(b < a for a, b in pairwise(settings.few_steps.sigmas))
