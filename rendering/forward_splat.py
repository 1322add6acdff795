"""Forward softmax splatting: every pixel of an image is moved by its displacement and drawn where it lands.

Softmax splatting (Niklaus and Liu, "Softmax Splatting for Video Frame Interpolation", CVPR 2020, eq. 9):
    out(u) = sum_x b(u - x - D(x)) a(x) exp(Z(x)) I(x) / sum_x b(u - x - D(x)) a(x) exp(Z(x))
with b the bilinear kernel and Z the importance (larger is nearer). Two things are added to the paper. First, a(x) is
the area that pixel x covers after the motion, and pixels that grow are splatted as 2x2 parts; without this an enlarged
region would show gaps between its samples. Second, torn pixels (those whose displacement differs from the neighbours on
both sides, as in the soft edge of a region) show only where nothing else lands.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from ..interruption import check_interruption
from .deformation import Deformation, local_deformation

# A larger span of exponents would leave the range of float32 once the weights are summed.
_MAX_IMPORTANCE_SPAN = 60.0
# A pixel that grows to more than this area is splatted as 2x2 parts.
_STRETCHED = 1.2
# Pixels of one block; temporaries of this many floats fit in a CPU's cache.
_BLOCK = 1 << 16


class _Pixels(NamedTuple):
    """Pixels to splat: target position x and y, softmax weight, area, offset of their frame in the sums, values
    [C,...]."""

    x: Tensor
    y: Tensor
    weight: Tensor
    area: Tensor
    base: Tensor
    values: Tensor

    def select(self, mask: Tensor, count: int) -> _Pixels:
        """The `count` pixels of `mask`. When those are most pixels, the others get weight 0, which is faster."""
        if count == mask.numel():
            return self
        if count > 0.7 * mask.numel():
            return self._replace(weight=self.weight * mask, area=self.area * mask)
        indices = mask.reshape(-1).nonzero()[:, 0]
        x, y, weight, area, base = (part.expand_as(self.x).reshape(-1)[indices] for part in self[:5])
        values = torch.stack([channel.reshape(-1)[indices] for channel in self.values])
        return _Pixels(x, y, weight, area, base, values)


@torch.no_grad()
def forward_splat(
    image: Tensor, displacement: Tensor, importance: Tensor | None = None, only: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Move `image` along `displacement`; where several pixels land on one, the one of largest importance is visible.

    image: [B,C,H,W]. displacement: [B,H,W,2], (dx, dy) in pixels of this grid; a batch of 1 is broadcast to the other's.
    importance: [B,H,W] or [1,H,W], larger is in front; a difference of 10 leaves a weight of 5e-5 to what is behind.
    only: [H,W] bool, the pixels that are moved (default: all).
    Returns `out` [B,C,H,W] (0 where nothing lands) and `coverage` [B,H,W], the share of each target pixel that is
    covered, in 0..1. Raises ValueError for shapes that do not match and for NaN.
    """
    batch, channels, height, width = _checked_sizes(image, displacement, importance)
    pitch = width + 2  # a border of one pixel on every side collects pixels that leave the picture
    plane = (height + 2) * pitch
    source = image.float().expand(batch, -1, -1, -1)
    field = displacement.float().expand(batch, -1, -1, -1)
    front_weight, torn_weight = _softmax_weights(importance, source)

    # Rows of the flat sums: the channels, their denominator and, if there is an importance, the coverage.
    rows = channels + (1 if importance is None else 2)
    sums = torch.zeros(rows, batch * plane + pitch + 2, dtype=torch.float32, device=source.device)
    inner = sums[:, : batch * plane].view(rows, batch, height + 2, pitch)[:, :, 1:-1, 1:-1]
    for frames, lines in _blocks(batch, height, width):
        check_interruption()
        values = source[frames, :, lines].movedim(1, 0)
        front = front_weight[frames if front_weight.shape[0] > 1 else slice(0, 1), lines]
        u, v = field[frames, lines].unbind(-1)
        still = (u == 0) & (v == 0)
        left_out = None if only is None else ~only[lines]
        if left_out is not None and bool(left_out.all()):
            continue
        still_count = int(still.sum())
        if still_count == still.numel() and left_out is None:
            _add_still(inner[:, frames, lines], values, front, front.new_ones(()))
            continue
        deformation = local_deformation(field[frames], lines)
        weight = torch.where(deformation.torn, torn_weight, deformation.area * front)
        if left_out is not None:
            still = still & ~left_out
        if still_count:
            _add_still(inner[:, frames, lines], values, weight * still, deformation.area * still)
        x, y, base = _landing(u, v, frames, lines, plane)
        pixels = _Pixels(x, y, weight, deformation.area, base, values)
        done = still if left_out is None else still | left_out
        for part in _parts(pixels, deformation, done, int(done.sum())):
            _scatter(sums, part, (height, width))

    out = (inner[:channels] / inner[channels].clamp_min(1e-34)).movedim(0, 1).contiguous()
    return out.to(image.dtype), inner[-1].clamp(0, 1)


def _checked_sizes(
    image: Tensor, displacement: Tensor, importance: Tensor | None
) -> tuple[int, int, int, int]:
    if image.ndim != 4:
        raise ValueError(f"forward_splat needs an image [B,C,H,W], got {list(image.shape)}.")
    n, channels, height, width = image.shape
    if displacement.ndim != 4 or tuple(displacement.shape[1:]) != (height, width, 2):
        raise ValueError(
            f"forward_splat needs a displacement [B,{height},{width},2] for this image,"
            f" got {list(displacement.shape)}."
        )
    m = displacement.shape[0]
    if n != m and 1 not in (n, m):
        raise ValueError(
            f"The image has a batch of {n} and the displacement one of {m}; they must be equal, or one of them 1."
        )
    batch = max(n, m)
    if importance is not None and (
        importance.ndim != 3
        or tuple(importance.shape[1:]) != (height, width)
        or importance.shape[0] not in (1, batch)
    ):
        raise ValueError(
            f"forward_splat needs an importance [{batch},{height},{width}] or [1,{height},{width}],"
            f" got {list(importance.shape)}."
        )
    for name, tensor in (("displacement", displacement), ("importance", importance)):
        if tensor is not None and not bool(torch.isfinite(tensor.sum())):
            raise ValueError(f"The {name} of forward_splat contains NaN or infinite values.")
    return batch, channels, height, width


def _softmax_weights(importance: Tensor | None, like: Tensor) -> tuple[Tensor, Tensor]:
    """exp(Z - max Z) [B or 1,H,W] with the span of Z limited, and the weight of torn pixels, less than any other."""
    if importance is None:
        return like.new_ones(1, *like.shape[-2:]), like.new_tensor(1e-4)
    z = importance.to(like)
    low, high = z.amin((1, 2), keepdim=True), z.amax((1, 2), keepdim=True)
    z = (z - high) * (_MAX_IMPORTANCE_SPAN / (high - low).clamp_min(_MAX_IMPORTANCE_SPAN))
    return z.exp(), (z.amin() - 8.0).exp()


def _blocks(batch: int, height: int, width: int) -> Iterator[tuple[slice, slice]]:
    """Pairs of slices, of frames and of lines, each pair of about _BLOCK pixels."""
    frames = max(1, _BLOCK // (height * width))
    lines = height if frames > 1 else max(1, min(height, _BLOCK // width))
    for b in range(0, batch, frames):
        for y in range(0, height, lines):
            yield slice(b, min(b + frames, batch)), slice(y, min(y + lines, height))


def _add_still(inner: Tensor, values: Tensor, weight: Tensor, area: Tensor) -> None:
    """Add pixels whose displacement is zero, which need no scatter."""
    channels = len(values)
    inner[:channels] += values * weight
    inner[channels] += weight
    if len(inner) > channels + 1:
        inner[channels + 1] += area


def _landing(u: Tensor, v: Tensor, frames: slice, lines: slice, plane: int) -> tuple[Tensor, Tensor, Tensor]:
    """Target positions x and y [n,h,W] of the pixels of a block, and the offset [n,1,1] of their frame in the sums."""
    x = torch.arange(u.shape[2], device=u.device, dtype=torch.float32) + u
    y = torch.arange(lines.start, lines.stop, device=u.device, dtype=torch.float32)[:, None] + v
    base = torch.arange(frames.start, frames.stop, device=u.device)[:, None, None] * plane
    return x, y, base


def _parts(pixels: _Pixels, deformation: Deformation, done: Tensor, done_count: int) -> Iterator[_Pixels]:
    """The pixels of a block that are not done: stretched ones as 2x2 parts, the others whole."""
    grown = (deformation.area > _STRETCHED) & ~done
    grown_count = int(grown.sum())
    if done_count or grown_count:
        once = ~(done | grown)
        count = int(once.sum())
        if count:
            yield pixels.select(once, count)
    else:
        yield pixels
    if not grown_count:
        return
    yield from _quarters(pixels, deformation, grown.reshape(-1).nonzero()[:, 0])


def _quarters(pixels: _Pixels, deformation: Deformation, indices: Tensor) -> Iterator[_Pixels]:
    """The pixels at these flat indices of the block as 2x2 parts, whose values are interpolated from their neighbours."""
    height, width = pixels.x.shape[1:]
    x, y, weight, area, base = (part.expand_as(pixels.x).reshape(-1)[indices] for part in pixels[:5])
    ux, uy, vx, vy = (part.reshape(-1)[indices] for part in deformation[:4])
    values = pixels.values.reshape(len(pixels.values), -1)
    column, row = indices % width, (indices // width) % height
    near = {
        (0, -0.25): indices - (column > 0).long(),
        (0, 0.25): indices + (column < width - 1).long(),
        (1, -0.25): indices - width * (row > 0).long(),
        (1, 0.25): indices + width * (row < height - 1).long(),
    }
    shares = {side: values.index_select(1, index) * 0.25 for side, index in near.items()}
    centre = values.index_select(1, indices) * 0.5
    weight, area = weight / 4, area / 4
    for sx in (-0.25, 0.25):
        for sy in (-0.25, 0.25):
            yield _Pixels(
                x + sx * (1 + ux) + sy * uy,
                y + sx * vx + sy * (1 + vy),
                weight,
                area,
                base,
                centre + shares[0, sx] + shares[1, sy],
            )


def _scatter(sums: Tensor, pixels: _Pixels, size: tuple[int, int]) -> None:
    """Add pixels to the flat `sums` [rows, B * (H+2) * (W+2) + W + 4] with the bilinear kernel.

    Each channel and each corner of the kernel is one scatter_add_ into a flat row. On a CPU this is faster than
    index_add_, index_put_, bincount and sparse products (about 1 ns a value).
    """
    height, width = size
    pitch = width + 2
    x, y = pixels.x.clamp(-1, width), pixels.y.clamp(-1, height)
    left, top = x.floor(), y.floor()
    fx, fy = x - left, y - top
    index = (top.long() + 1) * pitch + (left.long() + 1) + pixels.base
    index = index.reshape(-1)
    gx, gy = 1 - fx, 1 - fy
    count = len(pixels.values)
    for corner, kernel in ((0, gx * gy), (1, fx * gy), (pitch, gx * fy), (pitch + 1, fx * fy)):
        target = sums[:, corner:]
        share = pixels.weight * kernel
        for c in range(count):
            target[c].scatter_add_(0, index, (pixels.values[c] * share).reshape(-1))
        target[count].scatter_add_(0, index, share.reshape(-1))
        if len(sums) > count + 1:
            target[count + 1].scatter_add_(0, index, kernel.mul_(pixels.area).reshape(-1))
