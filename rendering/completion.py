"""Image completion: a hole in a picture is filled with patches from the rest of the picture.

The package `pypatchmatch` computes it (PatchMatch: Barnes et al., "PatchMatch: A Randomized Correspondence Algorithm for
Structural Image Editing", SIGGRAPH 2009; Wexler et al., "Space-Time Completion of Video", PAMI 2007, section 3). Its time
grows with the hole, and in holes of many pixels it loses the structure of the picture. Pictures of much more than `AREA`
pixels are therefore completed at a smaller size, and the fine detail is then copied from where each patch came from.
Averaged patches are flatter than the picture, so the contrast of their fine detail is restored.

When the package is not installed, or when too few pixels remain as a source, the hole is filled smoothly by
`hole_filling`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import NamedTuple

import cv2
import numpy as np
import torch
from torch import Tensor

from ..interruption import check_interruption
from .hole_filling import pull_push
from .recent import Recent, array_digest

AREA = 384 * 384  # number of pixels to which a larger picture is reduced for completion
NEARLY = 1.6  # pictures of up to this many times AREA are not reduced
PATCH_RADIUS = 3  # px; larger patches follow larger structures and are slower
FEWEST_SOURCES = 256  # source pixels; with fewer, the hole is filled smoothly
_DESCRIPTOR = 5  # px, side of the patches that are compared to find the source of a filled pixel
_SOURCES = 40_000  # source patches, at most, that are compared with each filled pixel's patch
_STRIDE = 3  # px between the filled pixels whose source is searched
_BLOCK = 1 << 20  # differences of patches computed at once, few enough for the processor's cache
_COMPONENTS = 12  # principal components of a patch that are compared
_FINE = 1.5  # px, standard deviation of the blur that separates fine detail
_MOST_CONTRAST = 1.6  # factor by which the contrast of fine detail is raised at most
_NEARNESS = (
    0.02  # weight of the distance between a patch and the place that it fills, beside their difference
)
NEARNESS = (0.4, 0.2)  # down and across; photos show other things above and below than beside
_CACHED = 6  # completed pictures
_LOOK_UP = 0.05  # s between two calls of `check_cancel` in a thread that waits
_lock = Lock()  # the package keeps its seed and its buffers in global variables


class Completion(NamedTuple):
    """A completed picture [H,W,3]. `by_patches` is False when the hole was filled smoothly, or when there was no hole."""

    picture: Tensor
    by_patches: bool


@cache
def has_patchmatch() -> bool:
    """True when the package `pypatchmatch` is installed and its native library can be loaded."""
    try:
        from patchmatch import patch_match
    except (ImportError, OSError):
        return False
    return bool(patch_match.patchmatch_available)


_recent: Recent[Completion] = Recent(_CACHED)


@torch.no_grad()
def complete_picture(
    picture: Tensor,
    hole: Tensor,
    avoid: Tensor | None = None,
    seed: int = 0,
    check_cancel: Callable[[], None] = check_interruption,
    nearness: tuple[float, float] = NEARNESS,
) -> Completion:
    """Fill the `hole` of a picture with patches from the rest of it.

    picture: [H,W,3] in 0..1. hole: [H,W] bool, the pixels to fill. avoid: [H,W] bool, pixels that are not filled and must
    not be copied either, for example those of objects in front. nearness: how much a distance down and across counts when
    patches are chosen, so that the ground does not appear in the sky, up to 1; 0 lets patches come from any distance. Pixels outside
    the hole do not change. Equal arguments give equal bytes. `check_cancel` is called between the steps, the longest of
    which is PatchMatch on a reduced picture, one or two seconds; an exception that it raises stops the work. Raises ValueError for other shapes.
    """
    if picture.ndim != 3 or picture.shape[-1] != 3 or hole.shape != picture.shape[:2]:
        raise ValueError(
            f"the picture has shape {list(picture.shape)} and the hole {list(hole.shape)}; they must be [H,W,3] and [H,W]"
        )
    if avoid is not None and avoid.shape != hole.shape:
        raise ValueError(
            f"`avoid` has shape {list(avoid.shape)}; it must have that of the hole, {list(hole.shape)}"
        )
    if not bool(hole.any()):
        return Completion(picture, False)
    image = np.ascontiguousarray(picture.detach().float().cpu().numpy())
    missing = np.ascontiguousarray(hole.cpu().numpy().astype(bool))
    closed = np.zeros_like(missing) if avoid is None else avoid.cpu().numpy().astype(bool) & ~missing
    key = array_digest(image, missing, closed, seed, *nearness)
    found = _recent.get(key)
    if found is None:
        found = _complete(image, missing, closed, seed, check_cancel, nearness)
        _recent.put(key, found)
    return Completion(found.picture.to(picture.device), found.by_patches)


def _complete(
    image: np.ndarray,
    hole: np.ndarray,
    avoid: np.ndarray,
    seed: int,
    check_cancel: Callable[[], None],
    nearness: tuple[float, float],
) -> Completion:
    scale = 1.0 if hole.size <= NEARLY * AREA else (AREA / hole.size) ** 0.5
    height, width = (max(1, round(side * scale)) for side in hole.shape)
    small, small_hole, small_avoid = _reduce_size(image, hole, avoid, height, width)
    if not has_patchmatch() or int((~(small_hole | small_avoid)).sum()) < FEWEST_SOURCES:
        parts = (torch.from_numpy(part) for part in (image, hole, avoid))
        return Completion(fill_smoothly(*parts), False)
    check_cancel()
    coarse = _by_patches(small, small_hole, small_avoid, seed, nearness, check_cancel)
    check_cancel()
    coarse = restored_contrast(coarse, small_hole, small_avoid)
    check_cancel()
    if (height, width) == hole.shape:
        filled = coarse
    else:
        filled = _restore_detail(image, hole, avoid, coarse, small_hole, small_avoid, check_cancel)
    check_cancel()
    # Averaged patches and added detail can overshoot, so colours are clamped to the range of the source pixels.
    sources = image[~(hole | avoid)]
    filled = filled.clip(sources.min(0), sources.max(0))
    return Completion(torch.from_numpy(np.where(hole[..., None], filled, image)), True)


def _reduce_size(
    image: np.ndarray, hole: np.ndarray, avoid: np.ndarray, height: int, width: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Picture, hole and pixels to avoid at a smaller size.

    A reduced pixel that overlaps the hole belongs to the hole, so that no colour from the hole mixes into the sources.
    """
    if (height, width) == hole.shape:
        return image, hole, avoid
    size = (width, height)
    known = (~hole).astype(np.float32)
    weight = cv2.resize(known, size, interpolation=cv2.INTER_AREA)
    colour = cv2.resize(image * known[..., None], size, interpolation=cv2.INTER_AREA)
    colour /= np.maximum(weight, 1e-6)[..., None]
    avoided = cv2.resize(avoid.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.01
    touched = weight < 0.99
    return colour, touched, avoided & ~touched


def _by_patches(
    image: np.ndarray,
    hole: np.ndarray,
    avoid: np.ndarray,
    seed: int,
    nearness: tuple[float, float],
    check_cancel: Callable[[], None],
) -> np.ndarray:
    """The picture [h,w,3] float32 with its hole filled by patches."""
    from patchmatch import patch_match

    # PatchMatch starts from the pixels that it finds in the hole, so the hole is first filled with surrounding colours.
    guess = fill_smoothly(*(torch.from_numpy(part) for part in (image, hole, avoid))).numpy()
    pixels = np.ascontiguousarray((guess * 255).round().astype(np.uint8))
    with _turn(check_cancel):
        patch_match.set_random_seed(seed)
        filled = patch_match.inpaint_regularity(
            pixels,
            hole.astype(np.uint8),
            _places(hole.shape, nearness),
            global_mask=avoid.astype(np.uint8) if avoid.any() else None,
            patch_size=PATCH_RADIUS,
            guide_weight=_NEARNESS if any(nearness) else 0.0,
        )
    return np.where(hole[..., None], filled.astype(np.float32) / 255, image)


@contextmanager
def _turn(check_cancel: Callable[[], None]) -> Iterator[None]:
    """Wait for the completions of other threads, unless this one is cancelled before its turn."""
    while not _lock.acquire(timeout=_LOOK_UP):
        check_cancel()
    try:
        yield
    finally:
        _lock.release()


def _places(size: tuple[int, int], nearness: tuple[float, float]) -> np.ndarray:
    """The places [h,w,3] that PatchMatch compares besides the patches; the last channel is unused.

    It takes them for phases, in which 0 and 1 are the same, so they only go up to 1/2.
    """
    places = np.zeros((*size, 3), np.float32)
    for axis, weight in enumerate(nearness):
        places[..., axis] = weight * np.indices(size)[axis] / (2 * max(size))
    return places


def restored_contrast(picture: np.ndarray, hole: np.ndarray, avoid: np.ndarray) -> np.ndarray:
    """The completed picture [h,w,3] with the contrast of fine detail in its hole raised to that of the surroundings.

    Each filled pixel is an average of overlapping patches, which blurs what they do not agree on. Contrast is measured by
    the energy of the gradient, near each filled pixel and in the known pixels around it.
    """
    energy = np.zeros(hole.shape, np.float32)
    energy[:, 1:] += np.square(np.diff(picture, axis=1)).mean(-1)
    energy[1:] += np.square(np.diff(picture, axis=0)).mean(-1)
    kernel = np.ones((3, 3), np.uint8)
    filled, known = (
        cv2.erode(mask.astype(np.uint8), kernel).astype(np.float32) for mask in (hole, ~(hole | avoid))
    )
    reach = max(8.0, float(hole.sum() / np.pi) ** 0.5)  # the radius of a disc with the area of the hole
    wanted, found = _local_mean(energy, known, reach), _local_mean(energy, filled, reach / 2)
    gain = np.sqrt(wanted / np.maximum(found, 1e-7)).clip(1, _MOST_CONTRAST)
    smooth = cv2.GaussianBlur(picture, (0, 0), _FINE)
    sharper = smooth + gain[..., None] * (picture - smooth)
    return np.where(hole[..., None], sharper, picture)


def _local_mean(values: np.ndarray, weight: np.ndarray, sigma: float) -> np.ndarray:
    """Means of `values` [h,w] over a Gaussian window, weighted by `weight` [h,w]."""
    total = cv2.GaussianBlur(values * weight, (0, 0), sigma)
    return total / np.maximum(cv2.GaussianBlur(weight, (0, 0), sigma), 1e-6)


def _restore_detail(
    image: np.ndarray,
    hole: np.ndarray,
    avoid: np.ndarray,
    coarse: np.ndarray,
    small_hole: np.ndarray,
    small_avoid: np.ndarray,
    check_cancel: Callable[[], None],
) -> np.ndarray:
    """The completed picture [H,W,3] at full size: the coarse result enlarged, plus fine detail copied from the sources."""
    height, width = hole.shape
    base = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    # The fine detail that enlarging the coarse picture cannot restore, where the picture is known.
    detail = image - base
    unknown = (hole | avoid).astype(np.uint8)
    reach = 2 * int(np.ceil(height / coarse.shape[0])) + 1
    detail[cv2.dilate(unknown, np.ones((reach, reach), np.uint8)).astype(bool)] = 0
    offsets = _origins(coarse, small_hole, small_avoid, check_cancel)
    ys, xs = np.nonzero(hole)
    rows = np.minimum((ys + 0.5) * coarse.shape[0] / height, coarse.shape[0] - 1).astype(np.int64)
    columns = np.minimum((xs + 0.5) * coarse.shape[1] / width, coarse.shape[1] - 1).astype(np.int64)
    dy, dx = offsets[rows, columns].T
    from_y = np.clip(np.rint(ys + dy * height / coarse.shape[0]), 0, height - 1).astype(np.int64)
    from_x = np.clip(np.rint(xs + dx * width / coarse.shape[1]), 0, width - 1).astype(np.int64)
    base[ys, xs] += detail[from_y, from_x]
    return base.clip(0, 1)


def _origins(
    coarse: np.ndarray, hole: np.ndarray, avoid: np.ndarray, check_cancel: Callable[[], None]
) -> np.ndarray:
    """Offsets [h,w,2] (dy, dx) from each pixel of the hole to its source: the most similar patch outside `hole` and `avoid`.

    A neighbour's offset is preferred where it leads to a patch that is about as similar, so that detail is copied in
    connected pieces.
    """
    height, width = hole.shape
    half = _DESCRIPTOR // 2
    padded = np.pad(coarse, ((half, half), (half, half), (0, 0)), mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (_DESCRIPTOR, _DESCRIPTOR), axis=(0, 1))
    patches = windows.reshape(height * width, -1)
    known = ~(hole | avoid)
    source = cv2.erode(known.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool).reshape(-1)
    if not source.any():
        source = known.reshape(-1)
    places = np.flatnonzero(source)
    sample = patches[places[:: max(1, len(places) // 4000)]]
    mean = sample.mean(0)
    basis = np.linalg.svd(sample - mean, full_matrices=False)[2][:_COMPONENTS]
    check_cancel()
    described = (patches - mean) @ basis.T
    check_cancel()
    # Neighbouring pixels usually come from one patch, so the search is done at every third pixel only.
    ys, xs = np.nonzero(hole)
    query_y, query_x = (
        np.minimum(axis // _STRIDE * _STRIDE + _STRIDE // 2, size - 1)
        for axis, size in ((ys, height), (xs, width))
    )
    queries, which = np.unique(query_y * width + query_x, return_inverse=True)
    places = places[:: max(1, len(places) // _SOURCES)]
    nearest = places[_nearest(described[places], described[queries], check_cancel)]
    offsets = np.zeros((height, width, 2), np.int64)
    offsets[ys, xs] = np.stack([nearest // width - queries // width, nearest % width - queries % width], 1)[
        which
    ]
    return _coherent(offsets, described.reshape(height, width, -1), hole, source, check_cancel)


def _nearest(known: np.ndarray, queries: np.ndarray, check_cancel: Callable[[], None]) -> np.ndarray:
    """For each of `queries` [m,d], the index [m] of the nearest of `known` [n,d], computed in blocks."""
    table, found = torch.from_numpy(np.ascontiguousarray(known.T)), []
    norms = table.square().sum(0)
    step = max(1, _BLOCK // table.shape[1])
    for block in torch.from_numpy(np.ascontiguousarray(queries)).split(step):
        check_cancel()
        found.append(torch.addmm(norms, block, table, alpha=-2).argmin(1))
    return torch.cat(found).numpy()


def _coherent(
    offsets: np.ndarray,
    described: np.ndarray,
    hole: np.ndarray,
    source: np.ndarray,
    check_cancel: Callable[[], None],
) -> np.ndarray:
    """Offsets after four sweeps of propagation, in which each pixel may adopt the offset of a neighbour."""
    height, width = hole.shape
    allowed = source.reshape(height, width)
    ys, xs = np.nonzero(hole)
    best = offsets[ys, xs]

    def cost(offset: np.ndarray) -> np.ndarray:
        y, x = ys + offset[:, 0], xs + offset[:, 1]
        inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
        y, x = y.clip(0, height - 1), x.clip(0, width - 1)
        away = np.square(described[ys, xs] - described[y, x]).sum(1)
        return np.where(inside & allowed[y, x], away, np.inf)

    table, best_cost = offsets.copy(), cost(best)
    for _ in range(4):
        for dy, dx in ((0, 1), (1, 0), (0, -1), (-1, 0)):
            check_cancel()
            beside = table[(ys + dy).clip(0, height - 1), (xs + dx).clip(0, width - 1)]
            agrees = hole[(ys + dy).clip(0, height - 1), (xs + dx).clip(0, width - 1)]
            # A neighbour's offset is adopted even if it makes the patch slightly less similar.
            other_cost = cost(beside)
            better = agrees & (other_cost < 1.1 * best_cost + 1e-4) & (beside != best).any(1)
            best = np.where(better[:, None], beside, best)
            best_cost = np.where(better, other_cost, best_cost)
            table[ys, xs] = best
    return table


def fill_smoothly(picture: Tensor, hole: Tensor, avoid: Tensor) -> Tensor:
    """The picture [H,W,3] with its hole filled smoothly from the surrounding colours, ignoring the pixels to `avoid`."""
    planes = picture.permute(2, 0, 1)[None]
    sources = (~(hole | avoid))[None].float()
    return pull_push(planes, (~hole)[None].float(), sources)[0].clamp(0, 1).permute(1, 2, 0)
