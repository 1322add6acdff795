"""The motion field D(x, t): where every point of the first frame is at time t.

A field consists of layers (painted, or dense from a video's flow) and cameras; it holds no pixels. It can be evaluated
on any grid and at any time: a point is first moved by its layer, then projected by the camera, which does not affect
frozen regions. Nearer layers cover farther ones: a layer's share of a point is its coverage times
1 - coverage of each layer in front of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch

from ...interruption import check_interruption
from ..document.document import Camera, Document, checked_camera, checked_document
from .camera import CameraMotion
from .layers import DenseLayer, FieldLayer, LayerShare, layer_shares, linked_layers
from .mask_values import masks_in_unit_range
from .moving_layers import MovingLayers, moves_in_layers
from .region import Grid

CACHED_GRIDS = 4
POINTS_AT_ONCE = 65536
FRAMES_AT_ONCE = 8  # few enough for the camera's temporaries to fit in the processor's cache


class MotionField:
    """Displacement of every point of the first frame over `frames` frames, on any grid."""

    def __init__(
        self,
        frames: int,
        layers: Sequence[FieldLayer] = (),
        cameras: Sequence[CameraMotion] = (),
        aspect: float | None = None,
        loops: bool = False,
    ):
        if isinstance(frames, bool) or not isinstance(frames, int) or frames < 1:
            raise ValueError(f"a motion field needs at least 1 frame, not {frames!r}")
        if aspect is not None and not (np.isfinite(aspect) and 1 / 64 <= aspect <= 64):
            raise ValueError(f"aspect (width / height) is {aspect}; it must be from 1/64 to 64")
        self.frames = frames
        # Back to front. The sort is stable, so that of two equal layers the later one is in front.
        self.layers = tuple(sorted(layers, key=lambda layer: layer.order))
        self.cameras = tuple(camera for camera in cameras if not camera.is_still)
        self.aspect = aspect
        self.loops = loops
        self._shares: dict[Grid, list[LayerShare]] = {}

    def __repr__(self) -> str:
        return f"MotionField({self.frames} frames, {len(self.layers)} layers, {len(self.cameras)} cameras)"

    @property
    def is_empty(self) -> bool:
        """True when the field has no layer and no moving camera."""
        return not self.layers and not self.cameras

    @property
    def times(self) -> np.ndarray:
        """Clip time 0..1 of each frame; the last frame of a seamless loop is one step before time 1, which is time 0 again."""
        if self.loops:
            return np.arange(self.frames) / self.frames
        return np.linspace(0.0, 1.0, self.frames) if self.frames > 1 else np.zeros(1)

    def at_frames(self, frames: int) -> MotionField:
        """The same motion over another number of frames."""
        return MotionField(frames, self.layers, self.cameras, self.aspect, self.loops)

    def up_to_the_end(self) -> MotionField:
        """The same motion with frames from time 0 to time 1, so that a seamless loop shows its first frame again."""
        return MotionField(self.frames, self.layers, self.cameras, self.aspect)

    def displacement(self, height: int, width: int, device: str | torch.device = "cpu") -> torch.Tensor:
        """Displacement [T,H,W,2] (dx, dy), float32, in pixels of a [height, width] grid, at its cell centres."""
        return self.displacement_at(self.times, height, width, device)

    def displacement_at(
        self, times: Sequence[float] | np.ndarray, height: int, width: int, device: str | torch.device = "cpu"
    ) -> torch.Tensor:
        """Displacement [N,H,W,2] at clip times 0..1 (see `times`), in pixels of the grid."""
        grid, times = self._grid(height, width), np.asarray(times, dtype=np.float64)
        centres = torch.from_numpy(np.stack(np.meshgrid(grid.x, grid.y), axis=-1).reshape(-1, 2))
        out = torch.empty(len(times), height * width, 2, device=device)
        for first in range(0, height * width, POINTS_AT_ONCE):
            part = slice(first, min(first + POINTS_AT_ONCE, height * width))
            self._displace(times, grid, centres[part].to(device), part, out[:, part])
        return out.reshape(len(times), height, width, 2)

    def displacement_of(self, points: torch.Tensor, height: int, width: int) -> torch.Tensor:
        """Displacement [T,N,2] of points [N,2] (x, y), all in pixels of a [height, width] picture.

        A point belongs to the layers of the pixel that it lies in; a point outside belongs to the nearest pixel.
        """
        grid = self._grid(height, width)
        column = points[:, 0].floor().long().clamp(0, width - 1)
        row = points[:, 1].floor().long().clamp(0, height - 1)
        places = points.float() * points.new_tensor(grid.extent).float() / points.new_tensor([width, height])
        out = torch.empty(self.frames, len(points), 2, device=points.device)
        self._displace(self.times, grid, places, (row * width + column).cpu(), out)
        return out

    def weight(self, height: int, width: int) -> torch.Tensor:
        """[H,W] in 0..1: how closely the motion must be followed; 0 where the field is unconstrained.

        A layer counts with its strength. A moving camera constrains every point.
        """
        if self.cameras:
            return self.strength(height, width)
        return self._total(height, width, lambda share: share.soft * share.layer.strength)

    def strength(self, height: int, width: int) -> torch.Tensor:
        """[H,W] in 0..1: the strength of each point's layer; 1 for unpainted points."""
        return 1 - self._total(height, width, lambda share: share.soft * (1 - share.layer.strength))

    def painted(self, height: int, width: int) -> torch.Tensor:
        """[H,W] in 0..1: 1 where a layer with a strength above 0 lies; 1 everywhere under a moving camera."""
        if self.cameras:
            return torch.ones(height, width)
        return self._total(height, width, lambda share: share.soft * float(share.layer.strength > 0))

    def moving(self, height: int, width: int) -> torch.Tensor:
        """[H,W] in 0..1: 1 where a point moves with its own layer rather than with the camera."""
        grid = self._grid(height, width)
        return self._total(height, width, lambda share: share.soft * share.layer.activity(grid))

    def frozen(self, height: int, width: int) -> torch.Tensor:
        """[H,W] in 0..1: 1 in frozen layers."""
        return self._total(height, width, lambda share: share.soft * float(share.layer.freeze))

    def order(self, height: int, width: int) -> torch.Tensor:
        """Depth order [H,W]; larger is nearer.

        Unpainted points have 0, layers from back to front have 1, 2, …, and layers behind the unpainted part have
        negative numbers. A camera's depth map adds up to 0.5 for near points.
        """
        grid = self._grid(height, width)
        order = torch.zeros(height * width)
        for share in self._shares_on(grid):
            order = torch.where(share.exact >= 0.5, float(share.rank), order)
        for camera in self.cameras:
            nearness = camera.nearness_at(grid)
            if nearness is not None:
                order = order + 0.5 * nearness
        return order.reshape(height, width)

    def shares(self, height: int, width: int) -> list[LayerShare]:
        """The share of each cell of a grid that each layer owns, back to front."""
        return list(self._shares_on(self._grid(height, width)))

    def in_layers(self, height: int, width: int) -> MovingLayers | None:
        """The motion layer by layer on a grid, for drawing a picture in layers; None where a layer is dense."""
        return MovingLayers(self, self._grid(height, width)) if moves_in_layers(self) else None

    def visibility(self, height: int, width: int) -> torch.Tensor:
        """Visibility [T,H,W] in 0..1 of layers that were measured in a video; it is 1 for all others."""
        grid = self._grid(height, width)
        seen = torch.ones(self.frames, height * width)
        for share in self._shares_on(grid):
            known = share.layer.visibility(self.times, grid)
            if known is not None:
                seen -= share.soft * (1 - known)
        return seen.clamp_(0, 1).reshape(self.frames, height, width)

    def fingerprint(self) -> str:
        """Hexadecimal digest of everything that the field depends on, for caches."""
        loop = " seamless" if self.loops else ""
        digest = hashlib.sha256(f"{self.frames} {self.aspect}{loop}".encode())
        for layer in self.layers:
            layer.update_digest(digest)
        for camera in self.cameras:
            camera.update_digest(digest)
        return digest.hexdigest()

    def _grid(self, height: int, width: int) -> Grid:
        if height < 1 or width < 1:
            raise ValueError(
                f"a field cannot be evaluated on a grid of {height} x {width} cells; both must be at least 1"
            )
        return Grid(int(height), int(width), self.aspect or width / height)

    def _shares_on(self, grid: Grid) -> list[LayerShare]:
        """The layers' shares, back to front, cached for the last few grids."""
        if grid not in self._shares:
            while len(self._shares) >= CACHED_GRIDS:
                self._shares.pop(next(iter(self._shares)))
            self._shares[grid] = layer_shares(self.layers, grid)
        return self._shares[grid]

    def _total(self, height: int, width: int, amount: Callable[[LayerShare], torch.Tensor]) -> torch.Tensor:
        total = torch.zeros(height * width)
        for share in self._shares_on(self._grid(height, width)):
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
        """Fill `out` [N,P,2] with the displacement in pixels of points [P,2] (in units) that lie in the cells `part`."""
        owned = [(share.layer, share.exact[part].to(points.device)) for share in self._shares_on(grid)]
        depths = [camera.inverse_depth_at(grid) for camera in self.cameras]
        depths = [None if depth is None else depth[part].to(points.device) for depth in depths]
        scale = torch.tensor(
            [grid.width / grid.extent[0], grid.height / grid.extent[1]], device=points.device
        )
        for some, displaced in self.displacement_chunks(times, grid, points, owned, depths):
            torch.mul(displaced.transpose(1, 2), scale, out=out[some])

    def displacement_chunks(
        self,
        times: np.ndarray,
        grid: Grid,
        points: torch.Tensor,
        owned: Sequence[tuple[FieldLayer, torch.Tensor]],
        depths: Sequence[torch.Tensor | None],
    ) -> Iterator[tuple[slice, torch.Tensor]]:
        """Yield slices of the clip times [N] with the displacement [n,2,P] in units of points [P,2] at those times.

        owned: layers with the share (0..1, [P]) of each point that they own. depths: each camera's inverse depth [P] at
        the points, or None for a plane.
        """
        camera_share = torch.ones(len(points), device=points.device)  # 0 where a frozen layer owns the point
        partly_frozen = bool(self.cameras) and any(layer.freeze for layer, _ in owned)
        for layer, own in owned if partly_frozen else ():
            if layer.freeze:
                camera_share -= own
        moved = self._layer_displacement(
            times, grid, points, [(layer, own) for layer, own in owned if layer.moves and own.any()]
        )
        for first in range(0, len(times), FRAMES_AT_ONCE):
            some = slice(first, first + FRAMES_AT_ONCE)
            seen = self._camera_displacement(moved[some], times[some], grid, points, depths)
            seen = torch.lerp(moved[some], seen, camera_share) if partly_frozen else seen
            still = torch.from_numpy(times[some] == 0).to(points.device)
            yield some, seen.masked_fill(still[:, None, None], 0) if still.any() else seen

    def _layer_displacement(
        self,
        times: np.ndarray,
        grid: Grid,
        points: torch.Tensor,
        shares: list[tuple[FieldLayer, torch.Tensor]],
    ) -> torch.Tensor:
        """The layers' displacement [N,2,P] in units of points [P,2], weighted by the layers' shares [P].

        The separable parts of all layers are one matrix product; deformations by several paths are added to it.
        """
        bases, sides = [points.new_zeros(0, 2, len(points))], [points.new_zeros(len(times), 0)]
        for layer, own in shares:
            check_interruption()
            bases.append(layer.basis(points, grid.aspect) * own)
            sides.append(layer.coefficients(times, grid.aspect).to(points.device))
        moved = (torch.cat(sides, 1) @ torch.cat(bases).flatten(1)).reshape(len(times), 2, len(points))
        for layer, own in shares:
            if layer.bends(grid.aspect):
                owned = own.nonzero()[:, 0]
                moved.index_add_(2, owned, layer.bend(times, points[owned], grid) * own[owned])
        return moved

    def _camera_displacement(
        self,
        moved: torch.Tensor,
        times: np.ndarray,
        grid: Grid,
        points: torch.Tensor,
        depths: Sequence[torch.Tensor | None],
    ) -> torch.Tensor:
        """The displacement [N,2,P] of points [P,2] on screen, after their layers moved them by `moved` [N,2,P]."""
        if not self.cameras:
            return moved
        x, y = moved[:, 0] + points[:, 0], moved[:, 1] + points[:, 1]
        for camera, depth in zip(self.cameras, depths, strict=True):
            x, y = camera.view(times, x, y, grid, depth)
        return torch.stack([x - points[:, 0], y - points[:, 1]], dim=1)


def empty_field(frames: int) -> MotionField:
    """A field without layers and cameras: every point is unconstrained."""
    return MotionField(frames)


def camera_field(camera: Camera, frames: int, depth: torch.Tensor | None = None) -> MotionField:
    """The field of a camera move alone; a depth map `depth` [h,w] (0 far, 1 near) adds parallax."""
    return MotionField(frames, cameras=[CameraMotion(checked_camera(camera), depth)])


def painted_layers(document: Document) -> list[int]:
    """Indices of the document's layers that take part in its field, back to front: visible ones with a region."""
    visible = [
        index for index, layer in enumerate(document.layers) if layer.visible and not layer.region.is_empty
    ]
    return sorted(visible, key=lambda index: document.layers[index].order)


def field_from_document(
    document: Document | str,
    frames: int,
    masks: torch.Tensor | Sequence[torch.Tensor] | None = None,
    depth: torch.Tensor | None = None,
    aspect: float | None = None,
) -> MotionField:
    """The field of a motion document over `frames` frames.

    masks: [N,H,W], or N masks of different sizes, to which regions refer by index. depth: [H,W] from 0 (far) to 1
    (near), for the camera's parallax. aspect: width / height of the picture (default: that of each requested grid).
    Raises DocumentError for an invalid document, ValueError for invalid masks or depth.
    """
    return painted_field(checked_document(document), frames, masks, depth, aspect)


def painted_field(
    document: Document,
    frames: int,
    masks: torch.Tensor | Sequence[torch.Tensor] | None = None,
    depth: torch.Tensor | None = None,
    aspect: float | None = None,
) -> MotionField:
    """The field of a parsed document; see `field_from_document`. Its layers are those of `painted_layers`, in that order."""
    if isinstance(masks, torch.Tensor) and masks.ndim == 2:
        masks = masks[None]
    masks = () if masks is None else masks
    if any(mask.ndim != 2 or not torch.isfinite(mask).all() for mask in masks):
        shape = (
            tuple(masks.shape) if isinstance(masks, torch.Tensor) else [tuple(mask.shape) for mask in masks]
        )
        raise ValueError(
            f"the masks have shape {shape}; they must be [count, height, width] without NaN or infinite values"
        )
    painted = painted_layers(document)
    used: list[torch.Tensor | None] = []
    for index, layer in enumerate(document.layers):
        number = layer.region.mask
        if number is not None and number >= len(masks) and index in painted:
            raise ValueError(
                f"layers[{index}].region.mask: the region refers to mask {number}, but {len(masks)} are connected"
            )
        if number is None or number >= len(masks):
            used.append(None)
        else:
            used.append(masks_in_unit_range(masks[number], f"masks[{number}]").values)
    linked = linked_layers(document, used)
    layers = [linked[index] for index in painted]
    camera = CameraMotion(document.camera, depth, document.is_seamless)
    return MotionField(frames, layers, [camera], aspect, document.is_seamless)


def field_from_flow(
    displacement: torch.Tensor, weight: torch.Tensor | None = None, visibility: torch.Tensor | None = None
) -> MotionField:
    """The field of a dense displacement [T,H,W,2] from frame 0, in pixels of its own grid.

    weight: [H,W] in 0..1, how closely it must be followed. visibility: [T,H,W] in 0..1. Raises ValueError for wrong
    shapes, NaN, or a displacement in frame 0.
    """
    layer = DenseLayer(displacement, weight, visibility)
    return MotionField(len(displacement), [layer], aspect=displacement.shape[2] / displacement.shape[1])


def combine(*fields: MotionField) -> MotionField:
    """One field with the layers and cameras of all `fields`, which must have the same number of frames.

    Of layers of the same order, those of later fields are in front. Cameras are applied in the order of the fields. The result
    is a seamless loop if one of the fields is.
    Raises ValueError when the lengths or aspects differ.
    """
    if not fields:
        raise ValueError("there is no motion to combine; at least one field is needed")
    frames = {field.frames for field in fields}
    if len(frames) > 1:
        raise ValueError(
            f"motions of {', '.join(map(str, sorted(frames)))} frames cannot be combined; their lengths must be equal"
        )
    aspects = [field.aspect for field in fields if field.aspect is not None]
    if aspects and max(aspects) / min(aspects) > 1.02:
        ratios = ", ".join(f"{aspect:.3f}" for aspect in aspects)
        raise ValueError(
            f"motions for pictures of different aspects (width / height {ratios}) cannot be combined"
        )
    layers = [layer for field in fields for layer in field.layers]
    cameras = [camera for field in fields for camera in field.cameras]
    loops = any(field.loops for field in fields)
    return MotionField(frames.pop(), layers, cameras, aspects[0] if aspects else None, loops)
