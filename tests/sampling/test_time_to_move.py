import math

import pytest
import torch
from flowbrush.sampling.noise import step_noise
from flowbrush.sampling.parameterization import FLOW, VARIANCE_EXPLODING
from flowbrush.sampling.schedule import rectified_flow_sigmas
from flowbrush.sampling.solvers import SOLVERS, STOCHASTIC
from flowbrush.sampling.time_to_move import (
    AS_IN_PAPER,
    AS_RELEASED,
    FEW_STEPS,
    PRESETS,
    WAN,
    Clocks,
    TimeToMove,
    begin_at_weak_clock,
    next_lower,
    share_of_sigma,
    sigma_left,
)

SHAPE = (1, 4, 3, 6, 8)


def seeded(seed, shape=SHAPE):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def network(x, sigma):
    """A smooth denoiser whose x0 depends on x, on its neighbours and on sigma."""
    return torch.tanh(0.6 * x + 0.3 * x.roll(1, -1)) * (1 - 0.5 * sigma.reshape(-1, 1, 1, 1, 1))


def masked(kind="binary"):
    mask = torch.zeros(1, 1, *SHAPE[2:])
    mask[..., 2:5, 2:6] = 1.0
    return mask if kind == "binary" else mask * torch.linspace(0, 1, SHAPE[-1])


def loop_of_the_paper(z, eps, mask, sigmas, weak, strong):
    """The paper's loop with Euler's method on a rectified flow; the clocks are indices."""
    x = (1 - sigmas[weak]) * z + sigmas[weak] * eps
    for i in range(weak, len(sigmas) - 1):
        velocity = (x - network(x, sigmas[i].reshape(1))) / sigmas[i]
        x = x + (sigmas[i + 1] - sigmas[i]) * velocity
        if i < strong:
            x = (1 - mask) * x + mask * ((1 - sigmas[i + 1]) * z + sigmas[i + 1] * eps)
    return x


def run(z, eps, mask, sigmas, clocks, solver="euler", path=FLOW, hold=AS_IN_PAPER):
    control = TimeToMove(z, mask, clocks, path, hold=hold)
    sigmas, canvas, steer = control.start_run(sigmas, torch.zeros_like(z), eps)
    x = path.noisy_sample(canvas, eps, sigmas[:1])
    return SOLVERS[solver](steer(network), x, sigmas, path=path, noise=step_noise(eps, 5))


@pytest.mark.parametrize(("weak", "strong"), [(0, 4), (3, 7), (2, 2), (3, 19), (0, 0)])
def test_euler_is_the_papers_loop(weak, strong):
    z, eps, sigmas = seeded(1), seeded(2), rectified_flow_sigmas(20, 3.0)
    expected = loop_of_the_paper(z, eps, masked(), sigmas, weak, strong)
    result = run(z, eps, masked(), sigmas, Clocks(float(sigmas[weak]), float(sigmas[strong])))
    assert (result - expected).abs().max() < 1e-5
    free = loop_of_the_paper(z, eps, masked(), sigmas, weak, weak)
    assert strong == weak or (expected - free).abs().max() > 0.01


def released_loop(z, eps, mask, sigmas, weak, strong):
    """The released loop for Wan: diffusers' UniPC of order 2 (B2, x0 prediction) whose sample is overwritten after a step.

    The scheduler's corrector starts from its own sample before the step (arXiv 2302.04867, Algorithm 5), so what was
    overwritten enters only through the network's answer. Returns all corrected samples.
    """
    log_snr = torch.log((1 - sigmas) / sigmas)
    x = (1 - sigmas[weak]) * z + sigmas[weak] * eps
    answers, before, corrected, order_before = [], None, [], 0
    for i in range(weak, len(sigmas) - 1):
        answer = network(x, sigmas[i].reshape(1))
        if before is not None:
            x = unipc_update(before, answers, log_snr, sigmas, i - 1, order_before, answer)
        corrected.append(x)
        answers, before = [answer, *answers][:2], x
        order_before = min(2, len(sigmas) - 1 - i, i - weak + 1)
        x = unipc_update(x, answers, log_snr, sigmas, i, order_before)
        if i < strong:
            x = (1 - mask) * x + mask * ((1 - sigmas[i + 1]) * z + sigmas[i + 1] * eps)
    return [*corrected, x]


def unipc_update(x, answers, log_snr, sigmas, i, order, answer_at_end=None):
    """From sigma_i to sigma_{i+1}: the predictor of `order`, or the corrector if the answer at the end is given."""
    if sigmas[i + 1] == 0:
        return answers[0]
    h = float(log_snr[i + 1] - log_snr[i])
    b = math.expm1(-h)
    differences, ratios = [], []
    if order == 2:
        ratios.append(float(log_snr[i - 1] - log_snr[i]) / h)
        differences.append((answers[1] - answers[0]) / ratios[0])
    if answer_at_end is not None:
        ratios.append(1.0)
        differences.append(answer_at_end - answers[0])
    phi = b / -h - 1
    right = [phi / b, 2 * (phi / -h - 0.5) / b]
    if len(ratios) == 2:  # two equations: the sum of weights, and the sum of weight times ratio
        second = (right[1] - ratios[0] * right[0]) / (ratios[1] - ratios[0])
        weights = [right[0] - second, second]
    else:
        weights = [0.5] * len(ratios)
    x = sigmas[i + 1] / sigmas[i] * x - (1 - sigmas[i + 1]) * b * answers[0]
    for weight, difference in zip(weights, differences, strict=True):
        x = x - (1 - sigmas[i + 1]) * b * weight * difference
    return x


def test_unipc_as_released_is_the_released_loop():
    z, eps = seeded(1).double(), seeded(2).double()
    sigmas = torch.cat([rectified_flow_sigmas(50, 3.0)[:-1].double() * 0.999, torch.zeros(1)])
    expected = released_loop(z, eps, masked().double(), sigmas, 3, 7)
    clocks = Clocks(float(sigmas[3]), float(sigmas[7]))
    result = run(z, eps, masked().double(), sigmas, clocks, "unipc", hold=AS_RELEASED)
    assert (result - expected[-1]).abs().max() < 1e-5
    paper = run(z, eps, masked().double(), sigmas, clocks, "unipc")
    assert (result - paper).abs().max() > 0.01


def test_as_released_leaves_the_reference_sooner_than_the_paper():
    z, eps = seeded(1).double(), seeded(2).double()
    sigmas = rectified_flow_sigmas(50, 3.0).double() * 0.999
    weak, strong = 3, 7
    inside = (masked() == 1).expand(SHAPE)
    line = (1 - sigmas[strong]) * z + sigmas[strong] * eps
    released = released_loop(z, eps, masked().double(), sigmas, weak, strong)[strong - weak]
    assert (released - line)[inside].abs().mean() > 0.3 * (
        1 - sigmas[strong]
    )  # the paper's loop is on the line


def test_a_clock_between_two_steps_equals_a_loop_with_a_step_there_that_reuses_x0():
    z, eps, mask = seeded(1), seeded(2), torch.ones(1)
    sigmas = torch.tensor([0.95, 0.8, 0.5, 0.2, 0.0])
    clock = 0.62
    reference = (1 - sigmas[1]) * z + sigmas[1] * eps
    answer = network(reference, sigmas[1:2])
    x = (1 - clock) * z + clock * eps
    expected = x + (0.5 - clock) * (x - answer) / clock
    control = TimeToMove(z, mask, Clocks(0.95, clock))
    x0 = control.steer(answer, 0.8, sigmas)
    result = reference + (0.5 - 0.8) * (reference - x0) / 0.8
    assert (result - expected).abs().max() < 1e-6


def test_half_the_strength_has_a_clock_half_way_between_the_two():
    sigmas = torch.linspace(1, 0, 11)
    control = TimeToMove(torch.zeros(1), torch.tensor([0.0, 0.5, 1.0]), Clocks(0.9, 0.5))
    weight = torch.stack([control.reference_weight(float(sigma), sigmas) for sigma in sigmas[:-1]])
    # From 1.0 to 0.9 every part follows the reference; then only parts with a lower clock do.
    assert weight[0].tolist() == [1.0, 1.0, 1.0]
    assert weight[:, 0].gt(0.01).sum() == 1
    assert weight[:, 1].gt(0.01).sum() == 3  # 1.0, 0.9 and 0.8 lead down to 0.7
    assert weight[:, 2].gt(0.01).sum() == 5


def test_unknown_parts_never_follow_the_reference():
    control = TimeToMove(torch.zeros(1), torch.ones(2), Clocks(0.9, 0.1), known=torch.tensor([1.0, 0.0]))
    assert control.reference_weight(0.8, torch.linspace(1, 0, 11)).tolist() == [1.0, 0.0]


@pytest.mark.parametrize("solver", [name for name in SOLVERS if name not in STOCHASTIC])
@pytest.mark.parametrize("path", [FLOW, VARIANCE_EXPLODING], ids=["flow", "variance_exploding"])
def test_every_deterministic_solver_stays_on_the_reference_above_the_clock(solver, path):
    z, eps = seeded(1), seeded(2)
    shares = torch.linspace(0.95, 0.4, 7)
    sigmas = shares if path is FLOW else shares / (1 - shares)
    result = run(z, eps, torch.ones(1), sigmas, Clocks(1.0, 0.0), solver, path)
    assert (result - path.noisy_sample(z, eps, sigmas[-1:])).abs().max() < 2e-4


@pytest.mark.parametrize("solver", sorted(STOCHASTIC))
def test_stochastic_solvers_follow_the_reference_with_new_noise(solver):
    z, eps = seeded(1, (1, 4, 9, 24, 24)), seeded(2, (1, 4, 9, 24, 24))
    sigmas = torch.linspace(0.95, 0.4, 7)
    noise = (run(z, eps, torch.ones(1), sigmas, Clocks(1.0, 0.0), solver) - 0.6 * z) / 0.4
    assert abs(float(noise.std()) - 1) < 0.03 and abs(float((noise * z).mean())) < 0.02


def test_sampling_begins_at_the_weak_clock():
    sigmas = torch.tensor([1.0, 0.9, 0.7, 0.4, 0.0])
    assert begin_at_weak_clock(sigmas, Clocks(0.9, 0.5)).tolist() == sigmas[1:].tolist()
    assert begin_at_weak_clock(sigmas, Clocks(0.8, 0.5)).tolist() == pytest.approx([0.8, 0.7, 0.4, 0.0])
    # A first step of a tenth of the schedule's own is merged with the next one.
    assert begin_at_weak_clock(sigmas, Clocks(0.72, 0.5)).tolist() == pytest.approx([0.72, 0.4, 0.0])
    assert begin_at_weak_clock(sigmas, Clocks(1.0, 0.5)).tolist() == sigmas.tolist()
    assert begin_at_weak_clock(sigmas[:3], Clocks(0.5, 0.3)).tolist() == sigmas[1:3].tolist()
    assert begin_at_weak_clock(sigmas[2:], Clocks(0.9, 0.3)).tolist() == sigmas[2:].tolist()
    scaled = torch.tensor([80.0, 9.0, 1.0, 0.0])
    assert begin_at_weak_clock(scaled, Clocks(0.9, 0.5), VARIANCE_EXPLODING).tolist() == scaled[1:].tolist()


def test_the_step_after_a_level_is_the_next_lower_one():
    sigmas = torch.tensor([1.0, 0.9, 0.5, 0.0])
    assert [next_lower(s, sigmas) for s in (1.0, 0.95, 0.9, 0.5)] == pytest.approx([0.9, 0.9, 0.5, 0.0])
    assert next_lower(0.0, sigmas) == 0.0


def test_a_refinement_keeps_its_canvas_and_a_noise_mask_keeps_its_part_of_it():
    z, canvas, sigmas = torch.ones(SHAPE), torch.full(SHAPE, 5.0), torch.tensor([0.4, 0.2, 0.0])
    control = TimeToMove(z, masked(), Clocks(0.9, 0.5))
    assert torch.equal(control.start_run(sigmas, canvas, z)[1], canvas)
    whole = torch.tensor([1.0, 0.5, 0.0])
    assert torch.equal(control.start_run(whole, canvas, z)[1], z)
    assert torch.equal(
        control.start_run(whole, canvas, z, 1 - masked())[1], torch.where(masked() == 1, canvas, z)
    )
    with pytest.raises(ValueError, match="the latent to sample has the shape"):
        control.start_run(whole, canvas[..., 1:], z)


def test_published_clocks_are_the_noise_levels_of_their_steps():
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
    in_noise = [clocks for clocks in PRESETS.values() if not clocks.in_steps]
    assert len(in_noise) == len(PRESETS) - 1
    assert all(clocks.strong < clocks.weak < 1 for clocks in in_noise)


@pytest.mark.parametrize("steps", [4, 6, 8])
@pytest.mark.parametrize("shift", [1.0, 5.0])
def test_clocks_in_steps_hold_the_same_share_of_any_schedule(steps, shift):
    z, eps, sigmas = seeded(1), seeded(2), rectified_flow_sigmas(steps, shift)
    held = run(z, eps, masked(), sigmas, PRESETS[FEW_STEPS])
    expected = loop_of_the_paper(z, eps, masked(), sigmas, 0, steps // 2)
    assert (held - expected).abs().max() < 1e-5
    published = run(z, eps, masked(), sigmas, PRESETS[WAN])
    assert (held - published).abs().max() > 0.05


def test_a_clock_in_steps_may_lie_between_two_steps():
    sigmas = torch.tensor([1.0, 0.8, 0.4, 0.0])
    assert [sigma_left(left, sigmas) for left in (1.0, 0.5, 1 / 3, 0.0)] == pytest.approx(
        [1.0, 0.6, 0.4, 0.0]
    )
    clocks = Clocks(1.0, 0.5, in_steps=True)
    assert clocks.noise_clocks(lambda left: left / 2) == Clocks(0.5, 0.25)
    assert share_of_sigma(3.0, VARIANCE_EXPLODING) == 0.75 and share_of_sigma(0.5, FLOW) == 0.5


@pytest.mark.parametrize(
    ("weak", "strong", "message"), [(1.2, 0.5, "weak clock is 1.2"), (0.5, 0.9, "smaller number")]
)
def test_clocks_in_the_wrong_order_are_refused(weak, strong, message):
    with pytest.raises(ValueError, match=message):
        Clocks(weak, strong)
