import math

import pytest
import torch
from flowbrush.sampling.noise import step_noise
from flowbrush.sampling.parameterization import FLOW, VARIANCE_EXPLODING
from flowbrush.sampling.schedule import rectified_flow_sigmas
from flowbrush.sampling.solvers import SOLVERS, STOCHASTIC
from flowbrush.sampling.time_to_move import PRESETS, Clocks, TimeToMove, following, from_weak_clock

SHAPE = (1, 4, 3, 6, 8)


def seeded(seed, shape=SHAPE):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def network(x, sigma):
    """Any smooth denoiser: x0 depends on x, on its neighbours and on sigma."""
    return torch.tanh(0.6 * x + 0.3 * x.roll(1, -1)) * (1 - 0.5 * sigma.reshape(-1, 1, 1, 1, 1))


def masked(kind="binary"):
    mask = torch.zeros(1, 1, *SHAPE[2:])
    mask[..., 2:5, 2:6] = 1.0
    return mask if kind == "binary" else mask * torch.linspace(0, 1, SHAPE[-1])


def papers_loop(z, eps, mask, sigmas, weak, strong):
    """The loop of the paper for Euler on a rectified flow, with indices as clocks."""
    x = (1 - sigmas[weak]) * z + sigmas[weak] * eps
    for i in range(weak, len(sigmas) - 1):
        velocity = (x - network(x, sigmas[i].reshape(1))) / sigmas[i]
        x = x + (sigmas[i + 1] - sigmas[i]) * velocity
        if i < strong:
            x = (1 - mask) * x + mask * ((1 - sigmas[i + 1]) * z + sigmas[i + 1] * eps)
    return x


def run(z, eps, mask, sigmas, clocks, solver="euler", path=FLOW):
    asked = TimeToMove(z, mask, clocks, path)
    sigmas, canvas, steered = asked.begun(sigmas, torch.zeros_like(z))
    x = path.noised(canvas, eps, sigmas[:1])
    return SOLVERS[solver](steered(network), x, sigmas, path=path, noise=step_noise(eps, 5))


@pytest.mark.parametrize(("weak", "strong"), [(0, 4), (3, 7), (2, 2), (3, 19), (0, 0)])
def test_euler_is_the_papers_loop(weak, strong):
    z, eps, sigmas = seeded(1), seeded(2), rectified_flow_sigmas(20, 3.0)
    wanted = papers_loop(z, eps, masked(), sigmas, weak, strong)
    got = run(z, eps, masked(), sigmas, Clocks(float(sigmas[weak]), float(sigmas[strong])))
    assert (got - wanted).abs().max() < 1e-5
    free = papers_loop(z, eps, masked(), sigmas, weak, weak)
    assert strong == weak or (wanted - free).abs().max() > 0.01


def test_a_clock_between_two_steps_is_the_loop_with_a_step_there_and_its_answer_reused():
    z, eps, mask = seeded(1), seeded(2), torch.ones(1)
    sigmas = torch.tensor([0.95, 0.8, 0.5, 0.2, 0.0])
    clock = 0.62
    reference = (1 - sigmas[1]) * z + sigmas[1] * eps
    answer = network(reference, sigmas[1:2])
    x = (1 - clock) * z + clock * eps
    wanted = x + (0.5 - clock) * (x - answer) / clock
    asked = TimeToMove(z, mask, Clocks(0.95, clock))
    x0 = asked.steer(answer, 0.8, sigmas)
    got = reference + (0.5 - 0.8) * (reference - x0) / 0.8
    assert (got - wanted).abs().max() < 1e-6


def test_half_the_strength_is_released_half_way_between_the_clocks():
    sigmas = torch.linspace(1, 0, 11)
    asked = TimeToMove(torch.zeros(1), torch.tensor([0.0, 0.5, 1.0]), Clocks(0.9, 0.5))
    held = torch.stack([asked.held(float(sigma), sigmas) for sigma in sigmas[:-1]])
    # between 1.0 and 0.9 all is held; then only what has its clock below
    assert held[0].tolist() == [1.0, 1.0, 1.0]
    assert held[:, 0].gt(0.01).sum() == 1
    assert held[:, 1].gt(0.01).sum() == 3  # 1.0, 0.9 and 0.8 lead down to 0.7
    assert held[:, 2].gt(0.01).sum() == 5


def test_what_is_not_known_is_never_held():
    asked = TimeToMove(torch.zeros(1), torch.ones(2), Clocks(0.9, 0.1), known=torch.tensor([1.0, 0.0]))
    assert asked.held(0.8, torch.linspace(1, 0, 11)).tolist() == [1.0, 0.0]


@pytest.mark.parametrize("solver", [name for name in SOLVERS if name not in STOCHASTIC])
@pytest.mark.parametrize("path", [FLOW, VARIANCE_EXPLODING], ids=["flow", "variance_exploding"])
def test_every_deterministic_solver_stays_on_the_reference_while_it_is_held(solver, path):
    z, eps = seeded(1), seeded(2)
    shares = torch.linspace(0.95, 0.4, 7)
    sigmas = shares if path is FLOW else shares / (1 - shares)
    got = run(z, eps, torch.ones(1), sigmas, Clocks(1.0, 0.0), solver, path)
    assert (got - path.noised(z, eps, sigmas[-1:])).abs().max() < 2e-4


@pytest.mark.parametrize("solver", sorted(STOCHASTIC))
def test_solvers_that_add_noise_keep_the_reference_behind_other_noise(solver):
    z, eps = seeded(1, (1, 4, 9, 24, 24)), seeded(2, (1, 4, 9, 24, 24))
    sigmas = torch.linspace(0.95, 0.4, 7)
    noise = (run(z, eps, torch.ones(1), sigmas, Clocks(1.0, 0.0), solver) - 0.6 * z) / 0.4
    assert abs(float(noise.std()) - 1) < 0.03 and abs(float((noise * z).mean())) < 0.02


def test_sampling_begins_at_the_weak_clock():
    sigmas = torch.tensor([1.0, 0.9, 0.7, 0.4, 0.0])
    assert from_weak_clock(sigmas, Clocks(0.9, 0.5)).tolist() == sigmas[1:].tolist()
    assert from_weak_clock(sigmas, Clocks(0.8, 0.5)).tolist() == pytest.approx([0.8, 0.7, 0.4, 0.0])
    # a first step of a tenth of the schedule's own is joined with the next
    assert from_weak_clock(sigmas, Clocks(0.72, 0.5)).tolist() == pytest.approx([0.72, 0.4, 0.0])
    assert from_weak_clock(sigmas, Clocks(1.0, 0.5)).tolist() == sigmas.tolist()
    assert from_weak_clock(sigmas[:3], Clocks(0.5, 0.3)).tolist() == sigmas[1:3].tolist()
    assert from_weak_clock(sigmas[2:], Clocks(0.9, 0.3)).tolist() == sigmas[2:].tolist()
    scaled = torch.tensor([80.0, 9.0, 1.0, 0.0])
    assert from_weak_clock(scaled, Clocks(0.9, 0.5), VARIANCE_EXPLODING).tolist() == scaled[1:].tolist()


def test_the_step_after_a_level_is_the_next_lower_one():
    sigmas = torch.tensor([1.0, 0.9, 0.5, 0.0])
    assert [following(s, sigmas) for s in (1.0, 0.95, 0.9, 0.5)] == pytest.approx([0.9, 0.9, 0.5, 0.0])
    assert following(0.0, sigmas) == 0.0


def test_a_refinement_keeps_its_canvas_and_a_noise_mask_keeps_what_it_covers():
    z, canvas, sigmas = torch.ones(SHAPE), torch.full(SHAPE, 5.0), torch.tensor([0.4, 0.2, 0.0])
    asked = TimeToMove(z, masked(), Clocks(0.9, 0.5))
    assert torch.equal(asked.begun(sigmas, canvas)[1], canvas)
    whole = torch.tensor([1.0, 0.5, 0.0])
    assert torch.equal(asked.begun(whole, canvas)[1], z)
    assert torch.equal(asked.begun(whole, canvas, 1 - masked())[1], torch.where(masked() == 1, canvas, z))
    with pytest.raises(ValueError, match="use the size and length"):
        asked.begun(whole, canvas[..., 1:])


def test_published_clocks_are_the_noise_of_their_steps():
    assert PRESETS["Wan"] == Clocks(0.9788, 0.9482)
    highest, lowest, steps = 700 ** (1 / 7), 0.002 ** (1 / 7), 49
    sigma = (highest + 21 / steps * (lowest - highest)) ** 7
    assert PRESETS["SVD"].strong == pytest.approx(sigma / (1 + sigma), abs=1e-4)
    betas = torch.linspace(0.00085**0.5, 0.012**0.5, 1000, dtype=torch.float64) ** 2
    alphas = (1 - betas).cumprod(0).sqrt()
    alphas = (alphas - alphas[-1]) * alphas[0] / (alphas[0] - alphas[-1])
    alpha = float(alphas[999 - 4 * 20])
    sigma = math.sqrt(1 - alpha**2) / alpha
    assert PRESETS["CogVideoX"].weak == pytest.approx(sigma / (1 + sigma), abs=1e-4)
    assert all(clocks.strong < clocks.weak < 1 for clocks in PRESETS.values())


@pytest.mark.parametrize(
    ("weak", "strong", "says"), [(1.2, 0.5, "weak clock is 1.2"), (0.5, 0.9, "smaller number")]
)
def test_clocks_in_the_wrong_order_are_refused(weak, strong, says):
    with pytest.raises(ValueError, match=says):
        Clocks(weak, strong)
