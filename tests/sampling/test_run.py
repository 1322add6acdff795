import pytest
import torch
from flowbrush.sampling.guidance import Guidance, GuidedModel
from flowbrush.sampling.noise import SeededNoise, step_noise
from flowbrush.sampling.parameterization import FLOW, VARIANCE_PRESERVING
from flowbrush.sampling.run import sample
from flowbrush.sampling.schedule import rectified_flow_sigmas
from flowbrush.sampling.solvers import STOCHASTIC

from .analytic import MEAN, SPREAD, expected_noise, expected_velocity, expected_x0

NOISE = SeededNoise(11).generate_noise({"samples": torch.zeros(20_000, 1)})
SIGMAS = rectified_flow_sigmas(60, shift=2.0)


@pytest.mark.parametrize(
    "name, tolerance", [("euler", 0.05), ("ddim", 0.1), ("heun", 0.02), ("dpmpp_2m", 0.02), ("unipc", 0.02)]
)
def test_every_solver_samples_the_data(name, tolerance):
    fresh = step_noise(NOISE, 11) if name in STOCHASTIC else None
    result = sample(expected_velocity, NOISE, SIGMAS, solver=name, step_noise=fresh)
    assert result.mean().item() == pytest.approx(MEAN, abs=0.015)
    assert result.std().item() == pytest.approx(SPREAD, rel=tolerance)


@pytest.mark.parametrize(
    "network, prediction, sigmas",
    [
        (expected_velocity, "velocity", SIGMAS),
        (expected_x0, "x0", SIGMAS),
        (expected_noise, "noise", SIGMAS[1:]),
    ],
)
def test_every_prediction_samples_the_data(network, prediction, sigmas):
    result = sample(network, NOISE, sigmas, prediction=prediction)
    assert result.std().item() == pytest.approx(SPREAD, rel=0.08)


def test_a_ddpm_velocity_network_samples_the_data():
    result = sample(
        lambda x, s: expected_velocity(x, s, VARIANCE_PRESERVING), NOISE, SIGMAS, path=VARIANCE_PRESERVING
    )
    assert result.mean().item() == pytest.approx(MEAN, abs=0.01)
    assert result.std().item() == pytest.approx(SPREAD, rel=0.03)


def test_a_partial_denoise_begins_with_the_latent():
    latent = torch.full((20_000, 1), 1.5)
    nearly = sample(expected_velocity, NOISE, rectified_flow_sigmas(5, denoise=0.01), latent=latent)
    torch.testing.assert_close(nearly, latent, atol=0.1, rtol=0)


def test_the_latent_outside_the_mask_is_kept_exactly():
    latent, mask = torch.full((20_000, 2), 1.5), torch.tensor([[1.0, 0.0]])
    seen = []

    def network(x, sigma):
        seen.append(x[:, 1] - FLOW.noisy_sample(latent, noise, sigma)[:, 1])
        return (x - MEAN) / sigma[:, None]

    noise = torch.cat([NOISE, NOISE.flip(0)], 1)
    result = sample(network, noise, SIGMAS[:20], solver="euler", latent=latent, mask=mask)
    assert all(difference.abs().max() < 1e-6 for difference in seen)
    finished = sample(network, noise, SIGMAS, solver="euler", latent=latent, mask=mask)
    assert torch.equal(finished[:, 1], latent[:, 1])
    torch.testing.assert_close(finished[:, 0], torch.full((20_000,), MEAN), atol=1e-4, rtol=0)
    assert result.shape == latent.shape


def test_three_conditions_guide_a_whole_run():
    def network(x, sigma, target):  # a network that draws every sample to its target
        return (x - target) / sigma[:, None]

    conditions = [{"target": torch.full((1, 1), value)} for value in (1.0, 0.5, 0.0)]
    model = GuidedModel(network, *conditions, guidance=Guidance(text_scale=3.0, motion_scale=2.0))
    result = sample(model, NOISE[:4], rectified_flow_sigmas(4))
    torch.testing.assert_close(result, torch.full((4, 1), 1 + 2 * 0.5 + 1 * 1.0), atol=1e-5, rtol=0)


def test_same_seed_same_bytes_and_the_global_generator_is_untouched():
    state = torch.random.get_rng_state()
    noise = NOISE[:8]
    runs = [
        sample(expected_velocity, noise, SIGMAS, solver="ddim", step_noise=step_noise(noise, 3))
        for _ in range(2)
    ]
    assert torch.equal(*runs)
    assert torch.equal(torch.random.get_rng_state(), state)


def test_wrong_inputs_are_named():
    sigmas, noise = rectified_flow_sigmas(2), NOISE[:4]
    with pytest.raises(ValueError, match="no solver 'magic'"):
        sample(expected_velocity, noise, sigmas, solver="magic")
    with pytest.raises(ValueError, match="'lcm' adds noise"):
        sample(expected_velocity, noise, sigmas, solver="lcm")
    with pytest.raises(ValueError, match="must be equal"):
        sample(expected_velocity, noise, sigmas, latent=torch.zeros(3, 1))
    with pytest.raises(ValueError, match="`noise` contains"):
        sample(expected_velocity, noise * float("nan"), sigmas)
    with pytest.raises(ValueError, match="ended in NaN or infinity"):
        sample(lambda x, s: x * float("nan"), noise, sigmas)
