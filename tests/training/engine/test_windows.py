"""Piecewise rectified flow, on data whose exact flow is known."""

import torch
from flowbrush.sampling.schedule import rectified_flow_sigmas
from flowbrush.training.engine.windows import column, distances, integrate, lesson
from torch import Tensor, nn

PLACES = torch.tensor([-1.0, 1.0])
SPREAD = 0.3
LEVELS = rectified_flow_sigmas(4, shift=3.0)


def two_peaks(x: Tensor, sigma: Tensor) -> Tensor:
    """The exact velocity [B,2] of data in two narrow peaks, independent in each of the two numbers."""
    x, sigma = x.double(), column(sigma.double(), x)
    alpha = 1 - sigma
    variance = (alpha * SPREAD) ** 2 + sigma**2
    apart = x[..., None] - alpha[..., None] * PLACES.double()
    weights = (-apart.square() / (2 * variance[..., None])).softmax(-1)
    gain = alpha * SPREAD**2 / variance
    x0 = (weights * (PLACES.double() + gain[..., None] * apart)).sum(-1)
    noise = (x - alpha * x0) / sigma.clamp_min(1e-9)
    return (noise - x0).float()


def data(count: int, generator: torch.Generator) -> Tensor:
    sign = torch.randint(0, 2, (count, 2), generator=generator).float() * 2 - 1
    return sign + SPREAD * torch.randn(count, 2, generator=generator)


def test_the_midpoint_rule_follows_a_known_flow_with_an_error_of_second_order_or_less():
    def velocity(x: Tensor, sigma: Tensor) -> Tensor:  # of data N(0, 0.3^2): every x keeps its standard score
        sigma = column(sigma, x)
        return x * (sigma - 0.09 * (1 - sigma)) / (0.09 * (1 - sigma) ** 2 + sigma**2)

    x = torch.tensor([[0.5], [-2.0]], dtype=torch.float64)
    start, end = torch.tensor([0.9, 0.7]).double(), torch.tensor([0.1, 0.2]).double()
    spread = [torch.hypot(0.3 * (1 - sigma), sigma)[:, None] for sigma in (start, end)]
    exact = x * spread[1] / spread[0]
    errors = [float((integrate(velocity, x, start, end, n) - exact).abs().max()) for n in (8, 16)]
    assert errors[1] < 1e-2 and errors[0] / errors[1] > 3.5


def test_a_lesson_leads_where_the_teacher_goes():
    generator = torch.Generator().manual_seed(0)
    x, sigma, velocity = lesson(two_peaks, data(64, generator), LEVELS, 16, 1.0, generator)
    window = (LEVELS[:-1] == sigma[:, None]).int().argmax(1)
    assert set(window.tolist()) == {0, 1, 2, 3} and torch.equal(LEVELS[window], sigma)
    end = LEVELS[window + 1]
    arrived = integrate(two_peaks, x, sigma, end, 16)
    torch.testing.assert_close(x + column(end - sigma, x) * velocity, arrived)


def test_lessons_along_the_way_lie_on_the_straight_line():
    clean = data(200, torch.Generator().manual_seed(0))
    a, b = (
        lesson(two_peaks, clean, LEVELS, 4, share, torch.Generator().manual_seed(1)) for share in (1.0, 0.0)
    )
    torch.testing.assert_close(a.velocity, b.velocity)  # the same line, asked for at another place
    torch.testing.assert_close(b.x, a.x + column(b.sigma - a.sigma, a.x) * a.velocity)
    assert bool((b.sigma < a.sigma).all()) and float((a.sigma - b.sigma).max()) > 0.4


class Student(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(2, 128), nn.SiLU(), nn.Linear(128, 128), nn.SiLU(), nn.Linear(128, 1)
        )

    def forward(self, x: Tensor, sigma: Tensor) -> Tensor:
        pair = torch.stack((x, column(sigma, x).expand_as(x)), -1)  # the two numbers are independent
        return self.layers(pair)[..., 0]


def test_a_student_ends_in_four_steps_where_its_teacher_ends_in_many():
    torch.manual_seed(0)
    student, generator = Student(), torch.Generator().manual_seed(0)
    optimizer = torch.optim.Adam(student.parameters(), 1e-2)
    for step in range(300):
        for group in optimizer.param_groups:
            group["lr"] = 1e-2 * (1 - step / 300) + 1e-5
        x, sigma, velocity = lesson(two_peaks, data(256, generator), LEVELS, 3, 1.0, generator)
        loss = (student(x, sigma) - velocity).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    noise = torch.randn(2000, 2, generator=torch.Generator().manual_seed(5))
    found = distances(student, two_peaks, noise, LEVELS, 16)
    assert found["teacher_distance"] > 0.15 and found["student_distance"] < 0.5 * found["teacher_distance"]


def test_a_student_that_is_its_teacher_ends_where_the_teacher_does():
    noise = torch.randn(50, 2, generator=torch.Generator().manual_seed(5))
    found = distances(two_peaks, two_peaks, noise, LEVELS, 16)
    assert found["student_distance"] == found["teacher_distance"] > 0.1
