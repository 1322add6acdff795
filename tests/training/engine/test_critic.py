"""The patch discriminator: it learns to classify, its loss has the requested share of the gradient, and runs resume exactly."""

import pytest
import torch
from flowbrush.synthetic.textures import pictures
from flowbrush.training import vae
from flowbrush.training.engine.critic import PatchCritic, adversarial_loss, hinge_loss
from torch.nn import functional as F


def blurred(frames):
    return F.interpolate(F.avg_pool2d(frames, 2), scale_factor=2, mode="bilinear")


@pytest.fixture(scope="module")
def taught():
    """A critic that has seen sharp and blurred pictures for a while, and pictures that it has not seen."""
    torch.manual_seed(0)
    generator = torch.Generator().manual_seed(0)
    known, others = pictures(48, 48, generator) * 2 - 1, pictures(16, 48, generator) * 2 - 1
    critic = PatchCritic((8, 16, 16))
    optimizer = torch.optim.Adam(critic.parameters(), 2e-3, betas=(0.5, 0.99))
    for step in range(150):
        some = known[step % 3 :: 3]
        optimizer.zero_grad()
        hinge_loss(critic, some, blurred(some))[0].backward()
        optimizer.step()
    return critic, others


def test_the_critic_learns_to_tell_sharp_from_blurred(taught):
    critic, others = taught
    loss, right = hinge_loss(critic, others, blurred(others))
    assert right > 0.7 and float(loss.detach()) < 1.9


def test_the_adversarial_loss_sharpens_blurred_frames_and_does_not_change_the_critic(taught):
    critic, others = taught
    critic.zero_grad()
    made = blurred(others).requires_grad_()
    before = float(critic(made).mean().detach())
    for _ in range(10):
        term = adversarial_loss(critic, made, lambda some: (some - others).square().mean(), 1.0)
        (gradient,) = torch.autograd.grad(term, made)
        made = (made.detach() - 0.3 * gradient / gradient.std() * 0.05).requires_grad_()
    assert float(critic(made).mean().detach()) > before + 0.1
    assert all(parameter.grad is None for parameter in critic.parameters())


def test_the_adversarial_gradient_has_the_requested_share_of_the_pixel_gradient(taught):
    critic, others = taught
    made = blurred(others).requires_grad_()

    def pixels(some):
        return (some - others).abs().mean()

    (wanted,) = torch.autograd.grad(pixels(made), made)
    (pulled,) = torch.autograd.grad(adversarial_loss(critic, made, pixels, 0.3), made)
    assert float(pulled.norm() / wanted.norm()) == pytest.approx(0.3, rel=1e-4)


def run(folder, start, steps, *more):
    vae.main(
        ["--run", str(folder), "--start", str(start), "--steps", str(steps), "--pool", "8", "--dim", "8", "--size", "32",
         "--batch", "4", "--lengths", "5", "--device", "cpu", "--critic", "0.5", "--critic-from", "0.4", *more]
    )  # fmt: skip
    return torch.load(folder / "checkpoint.pt", weights_only=True)


def test_a_run_with_a_critic_goes_on_exactly_where_it_stopped(tmp_path, monkeypatch):
    from flowbrush.models.checkpoint import save
    from flowbrush.models.vae import VAEConfig, WanVAE
    from flowbrush.training.engine.loop import Run

    config = VAEConfig(dim=8)
    torch.manual_seed(0)
    save(tmp_path / "start.safetensors", WanVAE(config).state_dict(), config, {"steps": 0})
    whole = run(tmp_path / "whole", tmp_path / "start.safetensors", 8)

    class Interrupted(Exception):
        pass

    advance = Run.advance

    def interrupted(self, losses, every=25):
        advance(self, losses, every)
        if self.step == 6:
            raise Interrupted

    with monkeypatch.context() as patch:
        patch.setattr(Run, "advance", interrupted)
        with pytest.raises(Interrupted):
            run(tmp_path / "halves", tmp_path / "start.safetensors", 8, "--save-minutes", "0")
    halves = run(tmp_path / "halves", tmp_path / "start.safetensors", 8)
    assert whole["beside"].keys() == halves["beside"].keys()
    for kind in ("model", "average", "beside"):
        assert all(torch.equal(value, halves[kind][name]) for name, value in whole[kind].items()), kind
    fresh = PatchCritic()
    assert any(not torch.equal(value, whole["beside"][name]) for name, value in fresh.state_dict().items())


def test_settings_out_of_range_are_refused(tmp_path, capsys):
    with pytest.raises(SystemExit):
        vae.main(["--run", str(tmp_path), "--critic-from", "1"])
    assert "`critic_from` 1.0; they must be at least 0, and from 0 to below 1" in capsys.readouterr().err
