import math
from functools import partial
from itertools import pairwise

import pytest
import torch
from flowbrush.sampling.noise import step_noise
from flowbrush.sampling.parameterization import FLOW, VARIANCE_EXPLODING, VARIANCE_PRESERVING
from flowbrush.sampling.schedule import rectified_flow_sigmas
from flowbrush.sampling.solvers import SOLVERS, STOCHASTIC, ddim, dpmpp_2m, euler, heun, lcm, unipc

from .analytic import MEAN, SPREAD, exact_solution, expected_x0

START = torch.linspace(-2, 2, 9, dtype=torch.float64)[:, None]


def noise_for(name, x, seed=5):
    return step_noise(x, seed) if name in STOCHASTIC else None


def errors(solver, grid, steps, path=FLOW):
    denoise = partial(expected_x0, path=path)
    found = []
    for n in steps:
        sigmas = grid(n)
        end = exact_solution(START, float(sigmas[0]), float(sigmas[-1]), path)
        found.append((solver(denoise, START, sigmas, path=path) - end).abs().max().item())
    return found


def slopes(found):
    return [math.log2(coarse / fine) for coarse, fine in pairwise(found)]


def inside(n):
    """Equal steps of sigma away from both ends, where log-SNR is smooth."""
    return torch.linspace(0.95, 0.05, n + 1, dtype=torch.float64)


def whole(n):
    return rectified_flow_sigmas(n).double()


@pytest.mark.parametrize(
    "solver, order",
    [
        (euler, 1),
        (partial(ddim, eta=0.0), 1),
        (heun, 2),
        (dpmpp_2m, 2),
        (partial(unipc, order=1), 2),
        (unipc, 3),
        (partial(unipc, order=3), 4),
    ],
    ids=["euler", "ddim", "heun", "dpmpp_2m", "unipc1", "unipc2", "unipc3"],
)
def test_order_of_convergence(solver, order):
    for slope in slopes(errors(solver, inside, (128, 256, 512))):
        assert slope == pytest.approx(order, abs=0.15)


@pytest.mark.parametrize(
    "solver, least",
    [(euler, 0.97), (heun, 1.95), (dpmpp_2m, 1.7), (unipc, 1.95)],
    ids=["euler", "heun", "dpmpp_2m", "unipc"],
)
def test_order_from_pure_noise_to_the_finished_sample(solver, least):
    # at both ends log-SNR is infinite; the multistep line of DPM-Solver++ loses a logarithm of the step there
    assert slopes(errors(solver, whole, (256, 512)))[0] > least


@pytest.mark.parametrize(
    "solver, order",
    [(euler, 1), (heun, 2), (dpmpp_2m, 2), (unipc, 3)],
    ids=["euler", "heun", "dpmpp_2m", "unipc"],
)
def test_order_in_variance_exploding_coordinates(solver, order):
    grid = lambda n: torch.logspace(1, -1, n + 1, dtype=torch.float64)  # noqa: E731
    for slope in slopes(errors(solver, grid, (128, 256), VARIANCE_EXPLODING)):
        assert slope == pytest.approx(order, abs=0.2)


def test_better_solvers_are_better_at_twenty_steps():
    first, second, third = (errors(solver, whole, (20,))[0] for solver in (euler, heun, unipc))
    assert second < 0.15 * first and third < 0.15 * first


@pytest.mark.parametrize("name", SOLVERS)
def test_one_known_picture_is_found_exactly(name):
    picture = torch.tensor([[0.3, -1.0, 2.0]], dtype=torch.float64)
    x = torch.randn(1, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    for steps in (1, 2, 5):
        result = SOLVERS[name](
            lambda x, s: picture, x, rectified_flow_sigmas(steps, 3.0), noise=noise_for(name, x)
        )
        torch.testing.assert_close(result, picture, atol=1e-12, rtol=0)


@pytest.mark.parametrize("name", SOLVERS)
def test_one_step_is_the_networks_answer(name):
    x = torch.randn(4, 1, generator=torch.Generator().manual_seed(1))
    result = SOLVERS[name](expected_x0, x, torch.tensor([1.0, 0.0]), noise=noise_for(name, x))
    torch.testing.assert_close(result, expected_x0(x, torch.ones(4)))


@pytest.mark.parametrize("name", SOLVERS)
def test_the_callback_is_called_for_every_step_in_order(name):
    x, heard = torch.zeros(2, 1), []
    sigmas = rectified_flow_sigmas(5)
    SOLVERS[name](expected_x0, x, sigmas, callback=heard.append, noise=noise_for(name, x))
    assert [(step["i"], step["steps"]) for step in heard] == [(i, 5) for i in range(5)]
    assert [step["sigma"] for step in heard] == pytest.approx(sigmas[:-1].tolist())
    assert [step["sigma_next"] for step in heard] == pytest.approx(sigmas[1:].tolist())
    assert all(step["x"].shape == step["denoised"].shape == x.shape for step in heard)


@pytest.mark.parametrize("name", SOLVERS)
def test_raising_in_the_callback_stops_within_the_step(name):
    class Cancelled(Exception):
        pass

    calls = []

    def denoise(x, sigma):
        calls.append(float(sigma[0]))
        return x * 0

    def cancel(step):
        if step["i"] == 1:
            raise Cancelled

    x = torch.zeros(1, 1)
    with pytest.raises(Cancelled):
        SOLVERS[name](denoise, x, rectified_flow_sigmas(20), callback=cancel, noise=noise_for(name, x))
    assert len(calls) == (3 if name == "heun" else 2)


@pytest.mark.parametrize("name", SOLVERS)
def test_the_input_is_unchanged_and_the_result_repeats(name):
    x = torch.randn(3, 2, generator=torch.Generator().manual_seed(1))
    before = x.clone()
    runs = [
        SOLVERS[name](lambda x, s: 0.3 * x, x, rectified_flow_sigmas(4), noise=noise_for(name, x))
        for _ in range(2)
    ]
    assert torch.equal(x, before) and torch.equal(*runs)


@pytest.mark.parametrize("name", SOLVERS)
def test_half_precision_latents_stay_half_precision_and_sigma_stays_exact(name):
    seen = []

    def denoise(x, sigma):
        seen.append((x.dtype, sigma.dtype))
        return 0.5 * x

    x = torch.ones(1, 4, dtype=torch.bfloat16)
    result = SOLVERS[name](denoise, x, rectified_flow_sigmas(3), noise=noise_for(name, x))
    assert result.dtype == torch.bfloat16 and set(seen) == {(torch.bfloat16, torch.float32)}


@pytest.mark.parametrize("eta", [0.3, 1.0])
def test_ddim_noise_keeps_the_distribution(eta):
    x = torch.randn(40_000, 1, generator=torch.Generator().manual_seed(3))
    result = ddim(expected_x0, x, rectified_flow_sigmas(400), noise=step_noise(x, 7), eta=eta)
    assert result.mean().item() == pytest.approx(MEAN, abs=0.01)
    assert result.std().item() == pytest.approx(SPREAD, rel=0.02)


def test_ddim_noise_is_what_ddpm_adds():
    """On the variance-preserving path with eta 1 one step draws from the true posterior q(x' | x, x0)."""
    scale = lambda s: 1.0 / math.hypot(1.0 - s, s)  # flow to variance-preserving coordinates  # noqa: E731
    x0, x = torch.full((1, 1), 0.8, dtype=torch.float64), torch.full((1, 1), 0.1, dtype=torch.float64)
    steps = [
        ddim(lambda *_: x0, x, torch.tensor([0.6, 0.4]), noise=lambda *_, z=z: torch.full_like(x, z))
        for z in (0, 1)
    ]
    alpha_before, alpha_after = 0.4 * scale(0.6), 0.6 * scale(0.4)
    sigma_before, sigma_after = 0.6 * scale(0.6), 0.4 * scale(0.4)
    beta = 1 - (alpha_before / alpha_after) ** 2
    variance = beta * sigma_after**2 / sigma_before**2
    assert ((steps[1] - steps[0]) * scale(0.4)).item() == pytest.approx(math.sqrt(variance), rel=1e-6)


def test_ddim_without_noise_is_euler():
    sigmas = rectified_flow_sigmas(6, 3.0)
    torch.testing.assert_close(ddim(expected_x0, START, sigmas, eta=0.0), euler(expected_x0, START, sigmas))


@pytest.mark.parametrize("steps", [1, 2, 4])
def test_lcm_samples_the_data_with_a_consistency_network(steps):
    def to_the_end(x, sigma):  # what a perfectly distilled network answers
        marginal = torch.hypot((1 - sigma) * SPREAD, sigma)[:, None]
        return MEAN + SPREAD * (x - (1 - sigma)[:, None] * MEAN) / marginal

    x = torch.randn(40_000, 1, generator=torch.Generator().manual_seed(3))
    result = lcm(to_the_end, x, rectified_flow_sigmas(steps, 3.0), noise=step_noise(x, 7))
    assert result.mean().item() == pytest.approx(MEAN, abs=0.01)
    assert result.std().item() == pytest.approx(SPREAD, rel=0.02)


@pytest.mark.parametrize("solver", [ddim, lcm])
def test_missing_noise_is_refused(solver):
    with pytest.raises(ValueError, match="give `noise`"):
        solver(expected_x0, START, rectified_flow_sigmas(3))


def test_wrong_options_are_refused():
    sigmas = rectified_flow_sigmas(3)
    with pytest.raises(ValueError, match=r"`eta` is 1\.5"):
        ddim(expected_x0, START, sigmas, eta=1.5)
    with pytest.raises(ValueError, match="`order` is 4"):
        unipc(expected_x0, START, sigmas, order=4)
    with pytest.raises(ValueError, match="variance_preserving"):
        euler(expected_x0, START, sigmas, path=VARIANCE_PRESERVING)
    with pytest.raises(ValueError, match="at most 1"):
        euler(expected_x0, START, torch.tensor([14.6, 0.0]))
    with pytest.raises(ValueError, match="step 1"):
        euler(expected_x0, START, torch.tensor([1.0, 0.5, 0.5, 0.0]))
