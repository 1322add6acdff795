"""Loops by latent shift: a ring of latent frames that the network sees from another frame on in each step.

"Mobius: Text to Seamless Looping Video Generation via Latent Shift" (arXiv 2502.20307, Section 3.2) begins the clip with another latent
frame in each step, so that the network makes a transition of every pair of neighbours, also of the last frame and the first. Here
the shifts are multiples of the golden ratio, which spreads the beginnings of any number of steps evenly over the ring, and what
a condition says about a latent frame is shifted with it.

A causal video VAE makes its first latent frame of one pixel frame and each further one of a group. In a ring no latent frame is the
first, so all are groups, and `loop_frames` decodes them with the last ones in front, whose pixel frames it drops (Section 3.3).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

ENOUGH_STEPS = 8
"""Steps from which a seam is hardly larger than the steps between other groups of frames; fewer see it too seldom."""

_GOLDEN = (5**0.5 - 1) / 2
_LEAD = 6  # latent frames decoded in front; each makes what a decoder shows of its beginning about a third
_TIME = {
    5: 2,
    6: 3,
}  # the dimension of time of latents [B,C,T',h,w] and of conditions in parts [B,N,C,T',h,w]


def remark_on_steps(steps: int) -> str | None:
    """A sentence for the user if a run has too few steps to close a loop."""
    if steps >= ENOUGH_STEPS:
        return None
    counted = "1 step" if steps == 1 else f"{steps} steps"
    return f"Close Loop needs {ENOUGH_STEPS} steps or more, and this run has {counted}: the seam of the loop will be seen."


def shift_at(sigma: float, sigmas: Tensor, frames: int) -> int:
    """The latent frame 0..frames-1 with which the clip begins at a noise level of the falling schedule `sigmas`.

    A level between two steps has the shift of the earlier one.
    """
    step = int((sigmas > sigma * (1 + 1e-5)).sum())
    return int(_GOLDEN * step % 1 * frames)


def shifted(value: Any, shift: int, frames: int) -> Any:
    """A tensor with `frames` latent frames, from the frame `shift` on; any other value as it is."""
    axis = _TIME.get(value.ndim) if isinstance(value, Tensor) else None
    if axis is None or value.shape[axis] != frames:
        return value
    return torch.roll(value, -shift, axis)


def with_shifted_latents(predict: Callable[..., Tensor], sigmas: Tensor) -> Callable[..., Tensor]:
    """Wrap `predict(x [B,C,T',h,w], sigma [B], **conditions)`, so that in each step of `sigmas` it sees another beginning."""

    def predict_shifted(x: Tensor, sigma: Tensor, **conditions: Any) -> Tensor:
        frames = x.shape[2]
        shift = shift_at(float(sigma.max()), sigmas, frames)
        seen = {name: shifted(value, shift, frames) for name, value in conditions.items()}
        return shifted(predict(shifted(x, shift, frames), sigma, **seen), -shift, frames)

    return predict_shifted


def loop_frames(latent: Tensor, decode: Callable[[Tensor], Tensor]) -> Tensor:
    """Decode a ring of latent frames [1,C,T',h,w] to frames [nT',H,W,3], n for each latent frame, from the middle of the first n on.

    `decode` is a causal VAE's, which makes one frame of the first latent frame and n of each further one. Raises ValueError for
    another VAE.
    """
    count = latent.shape[2]
    order = torch.arange(-_LEAD, count) % count
    frames = decode(latent[:, :, order])
    each, rest = divmod(len(frames) - 1, len(order) - 1)
    if rest:
        raise ValueError(
            f"this VAE makes {len(frames)} frames of {len(order)} latent frames; a loop needs a VAE that makes one frame of the first "
            "latent frame and equally many of each further one: turn `loop` off"
        )
    return torch.roll(frames[-each * count :], -(each // 2), 0)
