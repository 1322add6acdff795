"""Forward softmax splatting: every pixel of an image is carried to where its displacement says.

Softmax splatting (Niklaus and Liu, "Softmax Splatting for Video Frame Interpolation", CVPR 2020, eq. 9):
    out(u) = sum_x b(u - x - D(x)) a(x) exp(Z(x)) I(x) / sum_x b(u - x - D(x)) a(x) exp(Z(x))
with b the bilinear kernel and Z the importance (what is in front). Two things are added. a(x) is the area that
pixel x covers after the motion, so that a region which grows keeps its coverage instead of showing the grid of its
samples. Pixels that are torn (their displacement agrees with neighbours on neither side: the fringe of a region
with a soft edge) paint only where nothing else does.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

# exp() of a larger span would leave the range of float32 once weights are summed.
_MAX_IMPORTANCE_SPAN = 60.0
# A pixel whose displacement changes by more than this per pixel on both sides is torn off, not stretched.
_TEAR = 1.5
_TORN_AREA = 0.02
# Pixels handled at once: temporaries of this many floats stay in a CPU's cache.
_BLOCK = 1 << 16


@torch.no_grad()
def forward_splat(
    image: Tensor, displacement: Tensor, importance: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Carry `image` along `displacement`; where several pixels land together the most important one shows.

    image: [B,C,H,W]. displacement: [B,H,W,2], (dx, dy) in pixels of this grid; a batch of 1 on either side is
    shared. importance: [B,H,W] or [1,H,W], larger = in front; a difference of 10 hides what is behind to 5e-5.
    Returns `out` [B,C,H,W] (0 where nothing lands) and `coverage` [B,H,W], the share of each target pixel that is
    covered, in 0..1. Raises ValueError for shapes that do not fit and for NaN.
    """
    batch, channels, height, width = _checked_sizes(image, displacement, importance)
    pitch = width + 2  # a border of one pixel on every side collects what falls off the picture
    plane = (height + 2) * pitch
    source = image.float().expand(batch, -1, -1, -1)
    field = displacement.float().expand(batch, -1, -1, -1)
    softmax, faint = _softmax_weights(importance)

    # Rows: the channels, then their denominator, then (only with importances) the plain coverage.
    rows = channels + (1 if softmax is None else 2)
    sums = torch.zeros(rows, batch * plane + pitch + 2, dtype=torch.float32, device=image.device)
    for frames, lines in _blocks(batch, height, width):
        d = field[frames, lines]
        area, torn = _stretched_area(field[frames], lines)
        if softmax is None:
            weight, bare = area, None
        else:
            shown = softmax[frames if softmax.shape[0] > 1 else slice(0, 1), lines].expand_as(area)
            weight, bare = torch.where(torn, faint, area * shown), area
        values = source[frames, :, lines].movedim(1, 0)
        _splat_block(sums, d, values, weight, bare, frames.start, lines.start, (plane, pitch))

    inner = sums[:, : batch * plane].view(rows, batch, height + 2, pitch)[:, :, 1:-1, 1:-1]
    total = inner[channels]
    out = (inner[:channels] / total.clamp_min(1e-34)).movedim(0, 1).contiguous()
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
        raise ValueError(f"The batch of the image ({n}) and of the displacement ({m}) differ.")
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
            raise ValueError(f"The {name} of forward_splat holds NaN or infinite values.")
    return batch, channels, height, width


def _softmax_weights(importance: Tensor | None) -> tuple[Tensor | None, Tensor | None]:
    """exp(Z - max Z) with the span of Z limited, and the weight of a torn pixel (below all others)."""
    if importance is None:
        return None, None
    z = importance.float()
    low, high = z.amin((1, 2), keepdim=True), z.amax((1, 2), keepdim=True)
    span = high - low
    z = (z - high) * (_MAX_IMPORTANCE_SPAN / span.clamp_min(_MAX_IMPORTANCE_SPAN))
    return z.exp(), (z.amin() - 4.0).exp()


def _blocks(batch: int, height: int, width: int) -> Iterator[tuple[slice, slice]]:
    """Slices of frames and of lines that together hold about _BLOCK pixels."""
    frames = max(1, _BLOCK // (height * width))
    lines = height if frames > 1 else max(1, min(height, _BLOCK // width))
    for b in range(0, batch, frames):
        for y in range(0, height, lines):
            yield slice(b, min(b + frames, batch)), slice(y, min(y + lines, height))


def _one_sided(values: Tensor, axis: int) -> Tensor:
    """Difference to the previous or the next neighbour along `axis`, whichever is smaller."""
    if values.shape[axis] < 2:
        return torch.zeros_like(values)
    step = values.diff(dim=axis)
    first, last = step.narrow(axis, 0, 1), step.narrow(axis, step.shape[axis] - 1, 1)
    before, after = torch.cat([first, step], axis), torch.cat([step, last], axis)
    return torch.where(before.abs() < after.abs(), before, after)


def _stretched_area(field: Tensor, lines: slice) -> tuple[Tensor, Tensor]:
    """Area [n,h,W] of each pixel of `lines` after the motion, and the mask of torn pixels.

    The Jacobian of x + D(x) by one-sided differences, so that a pixel at the clean edge of a region takes the
    stretch of its own side.
    """
    top, bottom = max(lines.start - 1, 0), min(lines.stop + 1, field.shape[1])
    window = field[:, top:bottom]
    keep = slice(lines.start - top, lines.stop - top)
    u, v = window[..., 0].contiguous(), window[..., 1].contiguous()
    ux, vx = _one_sided(u[:, keep], 2), _one_sided(v[:, keep], 2)
    uy, vy = _one_sided(u, 1)[:, keep], _one_sided(v, 1)[:, keep]
    torn = torch.maximum(torch.maximum(ux.abs(), vx.abs()), torch.maximum(uy.abs(), vy.abs())) > _TEAR
    area = ((1 + ux) * (1 + vy) - uy * vx).abs_().clamp_(0.05, 4.0)
    return area.masked_fill_(torn, _TORN_AREA), torn


def _splat_block(
    sums: Tensor,
    displacement: Tensor,
    values: Tensor,
    weight: Tensor,
    bare: Tensor | None,
    frame: int,
    line: int,
    layout: tuple[int, int],
) -> None:
    """Add a block of pixels to the flat `sums` [rows, B * (H+2) * (W+2) + tail].

    One scatter per channel and corner of the bilinear kernel into a flat plane: on a CPU that is the fastest of
    scatter_add_, index_add_, index_put_, bincount and sparse products (about 1 ns a value).
    """
    plane, pitch = layout
    n, h, w = weight.shape
    device = weight.device
    height, width = plane // pitch - 2, pitch - 2
    x = (torch.arange(w, device=device, dtype=torch.float32) + displacement[..., 0]).clamp_(-1, width)
    y = torch.arange(line, line + h, device=device, dtype=torch.float32)[:, None] + displacement[..., 1]
    y.clamp_(-1, height)
    left, top = x.floor(), y.floor()
    fx, fy = x.sub_(left), y.sub_(top)
    index = (top.long() + 1) * pitch + left.long() + 1
    index += (torch.arange(frame, frame + n, device=device) * plane)[:, None, None]
    index = index.reshape(-1)
    for corner, kernel in (
        (0, (1 - fx) * (1 - fy)),
        (1, fx * (1 - fy)),
        (pitch, (1 - fx) * fy),
        (pitch + 1, fx * fy),
    ):
        share = kernel * weight
        target = sums[:, corner:]
        for c in range(len(values)):
            target[c].scatter_add_(0, index, (values[c] * share).reshape(-1))
        target[len(values)].scatter_add_(0, index, share.reshape(-1))
        if bare is not None:
            target[len(values) + 1].scatter_add_(0, index, (kernel * bare).reshape(-1))
