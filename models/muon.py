"""The Muon optimizer, with AdamW for the parameters that are not matrices; training and benchmarks use it.

Muon (Jordan et al. 2024) replaces the momentum of a weight matrix by the nearest semi-orthogonal matrix, which five
Newton-Schulz iterations approximate. The update is scaled by 0.2 sqrt(max(rows, columns)), so that learning rates of AdamW
can be kept (Liu et al. 2025, "Muon is Scalable for LLM Training", equation 4). A convolution kernel counts as a matrix
[out, in * taps].
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from .sharding import sharded_like, whole


def nearest_semi_orthogonal(matrix: Tensor, steps: int = 5) -> Tensor:
    """The semi-orthogonal matrix nearest to `matrix` [M,N], approximated by the quintic Newton-Schulz iteration."""
    x = (matrix / (matrix.norm() + 1e-7)).bfloat16()
    tall = x.shape[0] > x.shape[1]
    x = x.T if tall else x
    for _ in range(steps):
        gram = x @ x.T
        x = 3.4445 * x + (-4.7750 * gram + 2.0315 * gram @ gram) @ x
    return (x.T if tall else x).to(matrix.dtype)


class Muon(torch.optim.Optimizer):
    """Muon for the parameters of groups with `muon=True` (two or more dimensions), AdamW for all others."""

    def __init__(self, groups: Iterable[dict], lr: float, weight_decay: float = 0.01):
        super().__init__(
            groups,
            {"lr": lr, "muon": False, "weight_decay": weight_decay, "betas": (0.9, 0.98), "momentum": 0.95},
        )

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Update all parameters that have a gradient."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._update(parameter, group)

    def _update(self, parameter: Tensor, group: dict) -> None:
        state, gradient, lr = self.state[parameter], parameter.grad, group["lr"]
        assert gradient is not None
        parameter.mul_(1 - lr * group["weight_decay"])
        if group["muon"]:
            momentum = state.setdefault("momentum", torch.zeros_like(gradient))
            momentum.lerp_(gradient, 1 - group["momentum"])
            direction = gradient.lerp(momentum, group["momentum"])  # Nesterov
            # A sharded matrix is gathered: every process computes the same step and keeps its own rows of it.
            direction = whole(direction).flatten(1)
            step = sharded_like(nearest_semi_orthogonal(direction).view(parameter.shape), parameter)
            parameter.add_(step, alpha=-lr * 0.2 * max(direction.shape) ** 0.5)
            return
        first = state.setdefault("first", torch.zeros_like(gradient))
        second = state.setdefault("second", torch.zeros_like(gradient))
        state["count"] = state.get("count", 0) + 1
        beta1, beta2 = group["betas"]
        first.lerp_(gradient, 1 - beta1)
        second.mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
        corrected = (second / (1 - beta2 ** state["count"])).sqrt_().add_(1e-8)
        parameter.addcdiv_(first / (1 - beta1 ** state["count"]), corrected, value=-lr)


def muon_for(model: nn.Module, lr: float, adam_only: tuple[str, ...] = ()) -> Muon:
    """An optimizer for `model`: Muon for inner weight matrices, AdamW for the rest and for names that contain one of
    `adam_only`."""
    matrices, rest = [], []
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        inner = parameter.dim() >= 2 and min(parameter.flatten(1).shape) > 16 and "modulation" not in name
        (matrices if inner and not any(part in name for part in adam_only) else rest).append(parameter)
    return Muon([{"params": matrices, "muon": True}, {"params": rest, "weight_decay": 0.0}], lr)
