"""The motion field D(x, t): where every point of the first frame is at time t.

A field holds layers (painted, or dense from a video's flow) and cameras, not pixels. It is evaluated on whatever grid
is asked for, at any time: a point is first moved by its layer, then seen by the camera; frozen regions stay. In front
covers behind: a layer's share of a place is its coverage times what the layers before it leave over.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch

from ..document.document import Camera, Document, checked_camera, checked_document
from .camera import CameraMotion
from .layers import BrushLayer, DenseLayer, FieldLayer, LayerShare, layer_shares
from .region import Grid

CACHED_GRIDS = 4
POINTS_AT_ONCE = 65536
FRAMES_AT_ONCE = 8  # few enough for the camera's arithmetic to stay in the processor's cache


class MotionField:
    """Displacement of every point of the first frame over `frames` frames, on any grid."""

    def __init__(
        self,
        frames: int,
        layers: Sequence[FieldLayer] = (),
        cameras: Sequence[CameraMotion] = (),
        aspect: float | None = None,
    ):
        if isinstance(frames, bool) or not isinstance(frames, int) or frames < 1:
            raise ValueError(f"a motion field needs at least 1 frame, not {frames!r}")
        if aspect is not None and not (np.isfinite(aspect) and 1 / 64 <= aspect <= 64):
            raise ValueError(f"aspect (width / height) is {aspect}; it must be from 1/64 to 64")
        self.frames = frames
        self.layers = tuple(sorted(layers, key=lambda layer: layer.order))  # back to front, ties as given
        self.cameras = tuple(camera for camera in cameras if not camera.is_still)
        self.aspect = aspect
        self._shares: dict[Grid, list[LayerShare]] = {}

    def __repr__(self) -> str:
        return f"MotionField({self.frames} frames, {len(self.layers)} layers, {len(self.cameras)} cameras)"

    @property
    def is_empty(self) -> bool:
        """True when the field asks for nothing: no layer and no camera move."""
        return not self.layers and not self.cameras

    @property
    def times(self) -> np.ndarray:
        """Clip time 0..1 of each frame."""
        return np.linspace(0.0, 1.0, self.frames) if self.frames > 1 else np.zeros(1)

    def at_frames(self, frames: int) -> MotionField:
        """The same motion over another number of frames."""
        return MotionField(frames, self.layers, self.cameras, self.aspect)

    def displacement(self, height: int, width: int, device: str | torch.device = "cpu") -> torch.Tensor:
        """Displacement [T,H,W,2] (dx, dy), float32, in pixels of a [height, width] grid, at its cell centres."""
        return self.displacement_at(self.times, height, width, device)

    def displacement_at(
        self, times: Sequence[float] | np.ndarray, height: int, width: int, device: str | torch.device = "cpu"
    ) -> torch.Tensor:
        """Displacement [N,H,W,2] at clip times 0..1 (frame t of T is at t / (T-1)), in pixels of the grid."""
        grid, times = self._grid(height, width), np.asarray(times, dtype=np.float64)
        centres = torch.from_numpy(np.stack(np.meshgrid(grid.x, grid.y), axis=-1).reshape(-1, 2))
        out = torch.empty(len(times), height * width, 2, device=device)
        for first in range(0, height * width, POINTS_AT_ONCE):
            part = slice(first, min(first + POINTS_AT_ONCE, height * width))
            self._displace(times, grid, centres[part].to(device), part, out[:, part])
        return out.reshape(len(times), height, width, 2)

    def displacement_of(self, points: torch.Tensor, height: int, width: int) -> torch.Tensor:
        """Displacement [T,N,2] of any points [N,2] (x, y), all in pixels of a [height, width] picture. Which layer a
        point belongs to is decided by the pixel it lies in; points outside belong to the nearest pixel."""
        grid = self._grid(height, width)
        column = points[:, 0].floor().long().clamp(0, width - 1)
        row = points[:, 1].floor().long().clamp(0, height - 1)
        places = points.float() * points.new_tensor(grid.extent).float() / points.new_tensor([width, height])
        out = torch.empty(self.frames, len(points), 2, device=points.device)
        self._displace(self.times, grid, places, (row * width + column).cpu(), out)
        return out

    def weight(self, height: int, width: int) -> torch.Tensor:
        """[H,W] in 0..1: 1 where the motion must be followed, 0 where nothing was asked; a layer weighs its strength.
        A moving camera asks for its motion everywhere."""
        if self.cameras:
            return self.strength(height, width)
        return self._total(height, width, lambda share: share.soft * share.layer.strength)

    def strength(self, height: int, width: int) -> torch.Tensor:
        """[H,W] in 0..1: how firmly what is there is asked for, by its layer; 1 for what is not painted."""
        return 1 - self._total(height, width, lambda share: share.soft * (1 - share.layer.strength))

    def painted(self, height: int, width: int) -> torch.Tensor:
        """[H,W] in 0..1: where anything is asked for, however firmly; everywhere under a moving camera."""
        if self.cameras:
            return torch.ones(height, width)
        return self._total(height, width, lambda share: share.soft * float(share.layer.strength > 0))

    def moving(self, height: int, width: int) -> torch.Tensor:
        """[H,W] in 0..1: what moves by its own layer (not by the camera)."""
        grid = self._grid(height, width)
        return self._total(height, width, lambda share: share.soft * share.layer.activity(grid))

    def frozen(self, height: int, width: int) -> torch.Tensor:
        """[H,W] in 0..1: what is held still."""
        return self._total(height, width, lambda share: share.soft * float(share.layer.freeze))

    def order(self, height: int, width: int) -> torch.Tensor:
        """[H,W], larger is in front: 0 for what is not painted, then 1, 2, … for layers from back to front (-1, -2, …
        behind), and up to 0.5 more for what a camera's depth map shows nearer."""
        grid = self._grid(height, width)
        order = torch.zeros(height * width)
        for share in self._owned(grid):
            order = torch.where(share.exact >= 0.5, float(share.rank), order)
        for camera in self.cameras:
            nearness = camera.nearness_at(grid)
            if nearness is not None:
                order = order + 0.5 * nearness
        return order.reshape(height, width)

    def shares(self, height: int, width: int) -> list[LayerShare]:
        """What each layer owns of the cells of a grid, back to front."""
        return list(self._owned(self._grid(height, width)))

    def visibility(self, height: int, width: int) -> torch.Tensor:
        """[T,H,W] in 0..1: whether the point is seen, as far as a layer knows (flow from a video); else 1."""
        grid = self._grid(height, width)
        seen = torch.ones(self.frames, height * width)
        for share in self._owned(grid):
            known = share.layer.visibility(self.times, grid)
            if known is not None:
                seen -= share.soft * (1 - known)
        return seen.clamp_(0, 1).reshape(self.frames, height, width)

    def fingerprint(self) -> str:
        """Hexadecimal digest of everything that the field depends on."""
        digest = hashlib.sha256(f"{self.frames} {self.aspect}".encode())
        for layer in self.layers:
            layer.update_digest(digest)
        for camera in self.cameras:
            camera.update_digest(digest)
        return digest.hexdigest()

    def _grid(self, height: int, width: int) -> Grid:
        if height < 1 or width < 1:
            raise ValueError(f"a field cannot be evaluated on a grid of {height} x {width} cells")
        return Grid(int(height), int(width), self.aspect or width / height)

    def _owned(self, grid: Grid) -> list[LayerShare]:
        """Shares of the layers, back to front, cached for the last few grids."""
        if grid not in self._shares:
            while len(self._shares) >= CACHED_GRIDS:
                self._shares.pop(next(iter(self._shares)))
            self._shares[grid] = layer_shares(self.layers, grid)
        return self._shares[grid]

    def _total(self, height: int, width: int, amount: Callable[[LayerShare], torch.Tensor]) -> torch.Tensor:
        total = torch.zeros(height * width)
        for share in self._owned(self._grid(height, width)):
            total += amount(share)
        return total.clamp_(0, 1).reshape(height, width)

    def _displace(
        self,
        times: np.ndarray,
        grid: Grid,
        points: torch.Tensor,
        part: slice | torch.Tensor,
        out: torch.Tensor,
    ) -> None:
        """Fill `out` [N,P,2] with the displacement in pixels of points [P,2] (units) that lie in cells `part`."""
        owned = [(share.layer, share.exact[part].to(points.device)) for share in self._owned(grid)]
        depths = [camera.inverse_depth_at(grid) for camera in self.cameras]
        depths = [None if depth is None else depth[part].to(points.device) for depth in depths]
        scale = torch.tensor(
            [grid.width / grid.extent[0], grid.height / grid.extent[1]], device=points.device
        )
        for some, displaced in self.carried(times, grid, points, owned, depths):
            torch.mul(displaced.transpose(1, 2), scale, out=out[some])

    def carried(
        self,
        times: np.ndarray,
        grid: Grid,
        points: torch.Tensor,
        owned: Sequence[tuple[FieldLayer, torch.Tensor]],
        depths: Sequence[torch.Tensor | None],
    ) -> Iterator[tuple[slice, torch.Tensor]]:
        """The displacement [n,2,P] in units of points [P,2] at clip times [N], a few frames at a time, each with its
        place among the times. `owned` says how much of each point (0..1 [P]) a layer owns, `depths` is each camera's
        inverse depth [P] there, or None for a plane."""
        kept = torch.ones(
            len(points), device=points.device
        )  # how far the camera moves a point: not where it is frozen
        held = bool(self.cameras) and any(layer.freeze for layer, _ in owned)
        for layer, own in owned if held else ():
            if layer.freeze:
                kept -= own
        moved = self._moved(
            times, grid, points, [(layer, own) for layer, own in owned if layer.moves and own.any()]
        )
        for first in range(0, len(times), FRAMES_AT_ONCE):
            some = slice(first, first + FRAMES_AT_ONCE)
            seen = self._seen(moved[some], times[some], grid, points, depths)
            seen = torch.lerp(moved[some], seen, kept) if held else seen
            still = torch.from_numpy(times[some] == 0).to(points.device)
            yield some, seen.masked_fill(still[:, None, None], 0) if still.any() else seen

    def _moved(
        self,
        times: np.ndarray,
        grid: Grid,
        points: torch.Tensor,
        shares: list[tuple[FieldLayer, torch.Tensor]],
    ) -> torch.Tensor:
        """The layers' own displacement [N,2,P] in units of points [P,2], weighted by their shares [P]: one product of
        time and place for all layers, and what bends added."""
        bases, sides = [points.new_zeros(0, 2, len(points))], [points.new_zeros(len(times), 0)]
        for layer, own in shares:
            bases.append(layer.basis(points, grid.aspect) * own)
            sides.append(layer.coefficients(times, grid.aspect).to(points.device))
        moved = (torch.cat(sides, 1) @ torch.cat(bases).flatten(1)).reshape(len(times), 2, len(points))
        for layer, own in shares:
            if layer.bends(grid.aspect):
                owned = own.nonzero()[:, 0]
                moved.index_add_(2, owned, layer.bend(times, points[owned], grid) * own[owned])
        return moved

    def _seen(
        self,
        moved: torch.Tensor,
        times: np.ndarray,
        grid: Grid,
        points: torch.Tensor,
        depths: Sequence[torch.Tensor | None],
    ) -> torch.Tensor:
        """The displacement `moved` [N,2,P] of points [P,2] as the cameras see it."""
        if not self.cameras:
            return moved
        x, y = moved[:, 0] + points[:, 0], moved[:, 1] + points[:, 1]
        for camera, depth in zip(self.cameras, depths, strict=True):
            x, y = camera.view(times, x, y, grid, depth)
        return torch.stack([x - points[:, 0], y - points[:, 1]], dim=1)


def empty_field(frames: int) -> MotionField:
    """A field that asks for nothing."""
    return MotionField(frames)


def camera_field(camera: Camera, frames: int, depth: torch.Tensor | None = None) -> MotionField:
    """The field of a camera move alone; `depth` [h,w] (0 far, 1 near) gives parallax."""
    return MotionField(frames, cameras=[CameraMotion(checked_camera(camera), depth)])


def painted_layers(document: Document) -> list[int]:
    """The indices of the layers that a field holds, back to front: those that are visible and not empty."""
    held = [
        index for index, layer in enumerate(document.layers) if layer.visible and not layer.region.is_empty
    ]
    return sorted(held, key=lambda index: document.layers[index].order)


def field_from_document(
    document: Document | str,
    frames: int,
    masks: torch.Tensor | Sequence[torch.Tensor] | None = None,
    depth: torch.Tensor | None = None,
    aspect: float | None = None,
) -> MotionField:
    """The field of a motion document. `masks` [N,H,W], or N masks of different sizes, are what regions name by index,
    `depth` [H,W] gives the camera parallax, `aspect` is the picture's width / height (default: that of the grid asked
    for).

    Raises DocumentError for a bad document, ValueError for bad masks.
    """
    return painted_field(checked_document(document), frames, masks, depth, aspect)


def painted_field(
    document: Document,
    frames: int,
    masks: torch.Tensor | Sequence[torch.Tensor] | None = None,
    depth: torch.Tensor | None = None,
    aspect: float | None = None,
) -> MotionField:
    """The field of a document that has been read; see `field_from_document`. Its layers are those of
    `painted_layers`, in that order."""
    if isinstance(masks, torch.Tensor) and masks.ndim == 2:
        masks = masks[None]
    masks = () if masks is None else masks
    if any(mask.ndim != 2 or not torch.isfinite(mask).all() for mask in masks):
        shown = (
            tuple(masks.shape) if isinstance(masks, torch.Tensor) else [tuple(mask.shape) for mask in masks]
        )
        raise ValueError(f"masks of shape {shown} must be finite and [count, height, width]")
    layers = []
    for index in painted_layers(document):
        layer = document.layers[index]
        named = layer.region.mask
        if named is not None and named >= len(masks):
            raise ValueError(
                f"layers[{index}].region.mask: mask {named} is named, but {len(masks)} are connected"
            )
        layers.append(BrushLayer(layer, None if named is None else masks[named]))
    return MotionField(frames, layers, [CameraMotion(document.camera, depth)], aspect)


def field_from_flow(
    displacement: torch.Tensor, weight: torch.Tensor | None = None, visibility: torch.Tensor | None = None
) -> MotionField:
    """The field of a dense displacement [T,H,W,2] (pixels of its own grid, from frame 0), trusted by `weight` [H,W] and
    seen by `visibility` [T,H,W]. Raises ValueError for wrong shapes, NaN, or a first frame that moves."""
    layer = DenseLayer(displacement, weight, visibility)
    return MotionField(len(displacement), [layer], aspect=displacement.shape[2] / displacement.shape[1])


def combine(*fields: MotionField) -> MotionField:
    """One field of several over the same frames: later layers are in front of earlier ones of the same order, and
    later cameras look at what earlier ones saw. Raises ValueError when lengths or aspects differ."""
    if not fields:
        raise ValueError("no motion was given to combine")
    frames = {field.frames for field in fields}
    if len(frames) > 1:
        raise ValueError(f"motions of {', '.join(map(str, sorted(frames)))} frames cannot be combined")
    aspects = [field.aspect for field in fields if field.aspect is not None]
    if aspects and max(aspects) / min(aspects) > 1.02:
        shown = ", ".join(f"{aspect:.3f}" for aspect in aspects)
        raise ValueError(
            f"motions for pictures of different aspect (width / height {shown}) cannot be combined"
        )
    layers = [layer for field in fields for layer in field.layers]
    cameras = [camera for field in fields for camera in field.cameras]
    return MotionField(frames.pop(), layers, cameras, aspects[0] if aspects else None)
