"""The exponential moving average of a model's weights, which is what a training run exports."""

from __future__ import annotations

import torch
from torch import nn


class Average:
    """Exponential moving average of a model's parameters; early in the run it averages over fewer steps."""

    def __init__(self, model: nn.Module, decay: float):
        self.decay, self.count = decay, 0
        self.shadow = {name: value.detach().clone() for name, value in model.state_dict().items()}

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        """Add the model's present parameters to the average."""
        self.count += 1
        weight = 1 - min(self.decay, (1 + self.count) / (10 + self.count))
        for name, value in model.state_dict().items():
            self.shadow[name].lerp_(value, weight)
