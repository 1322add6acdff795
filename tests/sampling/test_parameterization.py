import pytest
import torch
from flowbrush.sampling.parameterization import (
    FLOW,
    PATHS,
    PREDICTIONS,
    VARIANCE_EXPLODING,
    VARIANCE_PRESERVING,
    denoiser,
    to_x0,
)
from flowbrush.sampling.schedule import rectified_flow_sigmas
from flowbrush.sampling.solvers import unipc

from .analytic import exact_solution, expected_noise, expected_velocity, expected_x0

NETWORKS = {"velocity": expected_velocity, "noise": expected_noise, "x0": expected_x0}


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
@pytest.mark.parametrize("kind", PREDICTIONS)
def test_every_prediction_means_the_same_x0(kind, path):
    generator = torch.Generator().manual_seed(1)
    x0, noise = torch.randn(2, 4, 3, 2, 2, 2, generator=generator, dtype=torch.float64)
    sigma = torch.tensor([0.9, 0.1, 0.5, 0.7], dtype=torch.float64)
    column = sigma.reshape(-1, 1, 1, 1, 1)
    alpha_rate, sigma_rate = path.rates(column)
    prediction = {"x0": x0, "noise": noise, "velocity": alpha_rate * x0 + sigma_rate * noise}[kind]
    torch.testing.assert_close(to_x0(prediction, path.noisy_sample(x0, noise, sigma), sigma, kind, path), x0)


def test_the_flows_velocity_is_noise_minus_picture():
    sigma = torch.tensor([0.25])
    x0, noise = torch.tensor([[2.0]]), torch.tensor([[-1.0]])
    x = FLOW.noisy_sample(x0, noise, sigma)
    assert x.item() == pytest.approx(1.25)
    assert to_x0(noise - x0, x, sigma).item() == pytest.approx(2.0)


def test_the_variance_preserving_velocity_is_that_of_progressive_distillation():
    sigma = torch.tensor([[0.6]])
    alpha_rate, sigma_rate = VARIANCE_PRESERVING.rates(sigma)
    assert (alpha_rate.item(), sigma_rate.item()) == pytest.approx((-0.6, 0.8))


@pytest.mark.parametrize("path", [VARIANCE_PRESERVING, VARIANCE_EXPLODING], ids=lambda path: path.name)
@pytest.mark.parametrize("kind", PREDICTIONS)
def test_networks_trained_on_other_paths_sample_the_same_data(kind, path):
    def network(x, sigma):
        return NETWORKS[kind](x, sigma, path)

    x = torch.linspace(-2, 2, 5, dtype=torch.float64)[:, None]
    sigmas = torch.linspace(0.95, 0.0, 129, dtype=torch.float64)
    result = unipc(denoiser(network, kind, path), x, sigmas)
    torch.testing.assert_close(result, exact_solution(x, 0.95, 0.0), atol=1e-3, rtol=0)


def test_a_variance_preserving_velocity_network_starts_from_pure_noise():
    x = torch.linspace(-2, 2, 5, dtype=torch.float64)[:, None]
    network = denoiser(
        lambda x, s: expected_velocity(x, s, VARIANCE_PRESERVING), "velocity", VARIANCE_PRESERVING
    )
    result = unipc(network, x, rectified_flow_sigmas(128).double())
    torch.testing.assert_close(result, exact_solution(x, 1.0, 0.0), atol=1e-3, rtol=0)


def test_points_where_x0_is_undetermined_are_refused():
    x, one = torch.zeros(1, 1), torch.ones(1)
    with pytest.raises(ValueError, match="begin the schedule a little lower"):
        to_x0(x, x, one, "noise")
    with pytest.raises(ValueError, match="begin below 1"):
        denoiser(lambda x, s: x, "x0", VARIANCE_EXPLODING)(x, one)
    with pytest.raises(ValueError, match="'score'"):
        to_x0(x, x, one, "score")
    with pytest.raises(ValueError, match="'score'"):
        denoiser(lambda x, s: x, "score")
