"""Layers of a motion field: their protocol, painted layers, and dense layers with a measured displacement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Protocol

import numpy as np
import torch
import torch.nn.functional as F

from ..document.document import Document, Layer, dump
from .brush_motion import BrushMotion
from .region import Coverage, Grid, edge_width, rasterize, resample_image

LONGEST_CHAIN = 32  # layers that hang on one another
NOTICEABLE = 0.002  # units; smaller displacements of a measured layer count as still


class FieldLayer(Protocol):
    """One layer of a motion field.

    Its displacement is the matrix product of `coefficients` and `basis`, plus `bend`. Times are clip times 0..1, points
    and displacements are in units (the short side of the picture is 1).
    """

    order: int
    strength: float

    @property
    def freeze(self) -> bool:
        """Whether the layer stays still even when the camera moves."""
        ...

    @property
    def moves(self) -> bool:
        """Whether the layer has a displacement of its own."""
        ...

    @property
    def edge_width(self) -> float | None:
        """The width in units of the layer's edge; None for a layer whose motion is known only where it lies."""
        ...

    @property
    def snap(self) -> bool:
        """Whether the layer's edge is to be moved to that of an object, where a picture is drawn."""
        ...

    def coverage(self, grid: Grid) -> Coverage:
        """The layer's coverage of the cells of a grid, without the layers in front of it."""
        ...

    def coefficients(self, times: np.ndarray, aspect: float) -> torch.Tensor:
        """The time factors [T,J] of the separable displacement."""
        ...

    def basis(self, points: torch.Tensor, aspect: float) -> torch.Tensor:
        """The space factors [J,2,P] of the separable displacement at points [P,2]."""
        ...

    def bends(self, aspect: float) -> bool:
        """Whether `bend` adds to the displacement."""
        ...

    def bend(self, times: np.ndarray, points: torch.Tensor, grid: Grid) -> torch.Tensor:
        """The rest of the displacement, [T,2,P] at points [P,2], that is not separable."""
        ...

    def activity(self, grid: Grid) -> float | torch.Tensor:
        """Whether each cell moves at any time of the clip, in 0..1, as one number or [P]."""
        ...

    def visibility(self, times: np.ndarray, grid: Grid) -> torch.Tensor | None:
        """Visibility [T,P] in 0..1 of the cells, or None when all are visible."""
        ...

    def update_digest(self, digest) -> None:
        """Add everything that the layer depends on to a hashlib digest."""
        ...


class BrushLayer:
    """A painted layer of a motion document, with the MASK [h,w] that its region refers to, if any.

    seamless: whether the document is a seamless loop. `copies` are what is drawn of it: the layer itself, or two layers with the
    same region that are cross-faded; `fade` is then the weight of the second. others: the layers, by name, on which this one hangs
    or with which its pins go.
    """

    def __init__(
        self,
        layer: Layer,
        mask: torch.Tensor | None = None,
        seamless: bool = False,
        others: dict[str, BrushLayer] | None = None,
    ):
        self.layer = layer
        self.name = layer.name
        self.others = others or {}
        self.mask = mask
        self.seamless = seamless
        self.order = layer.order
        self.freeze = layer.freeze
        self.strength = layer.strength
        self.moves = not layer.freeze and not layer.motion.is_still
        self.edge_width = edge_width(layer.region)
        self.snap = layer.region.snap
        repeats = seamless and layer.motion.loop == "repeat" and layer.motion.drive is None
        self.cross_fades = self.moves and (layer.motion.flows or repeats)
        self._motions: dict[float, BrushMotion] = {}
        self._copied: tuple[BrushLayer, int] | None = None

    def motion(self, aspect: float) -> BrushMotion:
        """The layer's motion for a picture of this aspect; the last one is cached."""
        if self._copied:
            return self._copied[0].motion(aspect).as_copy(self._copied[1])
        if aspect not in self._motions:
            motion, region = self.layer.motion, self.layer.region
            follow = partial(self._place_of, aspect)
            self._motions = {aspect: BrushMotion(motion, region, aspect, self.mask, self.seamless, follow)}
        return self._motions[aspect]

    def _place_of(self, aspect: float, name: str, times: np.ndarray, point: np.ndarray) -> np.ndarray:
        """The displacement [T,2] in units of a point [2] of another layer; 0 where there is none with this name."""
        other = self.others.get(name)
        if other is None or not other.moves:
            return np.zeros((len(times), 2))
        return other.motion(aspect).place(times, point)

    @cached_property
    def copies(self) -> tuple[BrushLayer, ...]:
        """The layers that are drawn for this one, one or two."""
        if not self.cross_fades:
            return (self,)
        copies = (
            BrushLayer(self.layer, self.mask, self.seamless),
            BrushLayer(self.layer, self.mask, self.seamless),
        )
        for number, drawn in enumerate(copies):
            drawn._copied = (self, number)
        return copies

    def fade(self, times: np.ndarray) -> np.ndarray:
        """The weight [T] of the second copy at clip times 0..1."""
        return self.motion(1.0).fade(np.asarray(times, dtype=np.float64))

    @property
    def holds_its_boundary(self) -> bool:
        """True when the motion is a flow that comes to rest at the region's boundary, so that it uncovers nothing."""
        motion = self.layer.motion
        still = motion.rotation == motion.proximity == motion.ambient.amount == motion.sway.amount == 0
        still = still and not motion.hang.on
        return self.moves and motion.flows and motion.flow.hold > 0 and still

    def coverage(self, grid: Grid) -> Coverage:
        return rasterize(self.layer.region, grid, self.mask)

    def coefficients(self, times: np.ndarray, aspect: float) -> torch.Tensor:
        return self.motion(aspect).coefficients(times)

    def basis(self, points: torch.Tensor, aspect: float) -> torch.Tensor:
        return self.motion(aspect).basis(points)

    def bends(self, aspect: float) -> bool:
        return self.motion(aspect).bends

    def bend(self, times: np.ndarray, points: torch.Tensor, grid: Grid) -> torch.Tensor:
        return self.motion(grid.aspect).bend(times, points)

    def deforms(self, aspect: float) -> bool:
        """Whether the motion bends straight lines."""
        motion = self.layer.motion
        bends_in_sway = motion.sway.amount > 0 and motion.sway.kind in ("wind", "release")
        return bool(self.bends(aspect) or motion.ambient.amount > 0 or bends_in_sway or motion.hang.on)

    def activity(self, grid: Grid) -> float:
        """1 when the layer moves, else 0."""
        return float(self.moves)

    def visibility(self, times: np.ndarray, grid: Grid) -> torch.Tensor | None:
        return None

    def update_digest(self, digest) -> None:
        loop = "seamless" if self.seamless else "none"
        digest.update(dump(Document(layers=(self.layer,), loop=loop)).encode())
        if self.mask is not None:
            digest.update(str(tuple(self.mask.shape)).encode())
            digest.update(self.mask.detach().cpu().contiguous().float().numpy().tobytes())
        for name, other in self.others.items():
            digest.update(f"follows {name}".encode())
            other.update_digest(digest)


def linked_layers(document: Document, masks: Sequence[torch.Tensor | None]) -> list[BrushLayer]:
    """A layer of the field for each layer of a document, with the MASK [h,w] of each, and linked to those that it follows.

    A link that would close a ring is left out, and so is one to a layer that is not there or at the end of a long chain.
    """
    numbers: dict[str, int] = {}
    for number, layer in enumerate(document.layers):
        if layer.name:
            numbers.setdefault(layer.name, number)
    built: dict[int, BrushLayer] = {}
    under_way: list[int] = []

    def build(number: int) -> BrushLayer:
        layer = document.layers[number]
        under_way.append(number)
        others = {}
        for name in dict.fromkeys([layer.motion.hang.on, *(pin.follow for pin in layer.motion.pins)]):
            wanted = numbers.get(name)
            if wanted in built:
                others[name] = built[wanted]
            elif wanted is not None and wanted not in under_way and len(under_way) < LONGEST_CHAIN:
                others[name] = build(wanted)
        under_way.pop()
        built[number] = BrushLayer(layer, masks[number], document.is_seamless, others)
        return built[number]

    return [built.get(number) or build(number) for number in range(len(document.layers))]


class DenseLayer:
    """A layer with a measured displacement [T,H,W,2] from frame 0, in pixels of its own grid.

    Between grid points and frames the displacement is interpolated linearly. weight: [H,W] in 0..1. visibility: [T,H,W]
    in 0..1. Raises ValueError for wrong shapes, NaN, or a displacement in frame 0.
    """

    freeze = False
    moves = True
    strength = 1.0
    edge_width = None
    snap = False

    def __init__(
        self,
        displacement: torch.Tensor,
        weight: torch.Tensor | None = None,
        visibility: torch.Tensor | None = None,
        order: int = 0,
    ):
        if displacement.ndim != 4 or displacement.shape[-1] != 2:
            raise ValueError(f"the displacement has shape {list(displacement.shape)}; it must be [T,H,W,2]")
        frames, height, width, _ = displacement.shape
        for name, value, shape in (
            ("weight", weight, (height, width)),
            ("visibility", visibility, (frames, height, width)),
        ):
            if value is not None and tuple(value.shape) != shape:
                raise ValueError(
                    f"the {name} has shape {list(value.shape)}; for this displacement it must be {list(shape)}"
                )
        for name, value in (("displacement", displacement), ("weight", weight), ("visibility", visibility)):
            if value is not None and not torch.isfinite(value.float()).all():
                raise ValueError(f"the {name} contains NaN or infinite values")
        first = float(displacement[0].abs().max())
        if first > 1e-3:
            raise ValueError(
                f"the displacement of frame 0 reaches {first:g} px; it must be 0, as displacements start at frame 0"
            )
        self.order = order
        self.extent = Grid(height, width, width / height).extent
        scale = torch.tensor([self.extent[0] / width, self.extent[1] / height])
        self.displacement = (displacement.detach().float().cpu() * scale).permute(0, 3, 1, 2).contiguous()
        self.weight = torch.ones(height, width) if weight is None else weight.detach().float().cpu()
        self.visible = None if visibility is None else visibility.detach().float().cpu()

    def coverage(self, grid: Grid) -> Coverage:
        return Coverage(resample_image(self.weight, grid, False), resample_image(self.weight, grid, True))

    def coefficients(self, times: np.ndarray, aspect: float) -> torch.Tensor:
        return torch.zeros(len(times), 0)

    def basis(self, points: torch.Tensor, aspect: float) -> torch.Tensor:
        return points.new_zeros(0, 2, len(points))

    def bends(self, aspect: float) -> bool:
        return True

    def bend(self, times: np.ndarray, points: torch.Tensor, grid: Grid) -> torch.Tensor:
        """Displacement [T,2,P] in units at points [P,2] in units, interpolated in space and time."""
        at = points / points.new_tensor(grid.extent) * 2 - 1
        stack = self.displacement.to(points.device).flatten(0, 1)[None]
        values = F.grid_sample(
            stack, at[None, None], mode="bilinear", padding_mode="border", align_corners=False
        )
        frames = len(self.displacement)
        return interpolate_in_time(values.reshape(frames, 2, -1), times)

    def activity(self, grid: Grid) -> torch.Tensor:
        """[P] in 0..1: 1 where the layer moves noticeably at any time."""
        reach = self.displacement.norm(dim=1).amax(0)
        return torch.from_numpy(resample_image((reach / NOTICEABLE).clamp(0, 1), grid, True)).reshape(-1)

    def visibility(self, times: np.ndarray, grid: Grid) -> torch.Tensor | None:
        """Visibility [T,P], or None when every point is always visible."""
        if self.visible is None:
            return None
        size = (grid.height, grid.width)
        visible = F.interpolate(self.visible[:, None], size=size, mode="bilinear", align_corners=False)
        return interpolate_in_time(visible.flatten(1), times)

    def update_digest(self, digest) -> None:
        for value in (self.displacement, self.weight, self.visible):
            if value is not None:
                digest.update(str(tuple(value.shape)).encode())
                digest.update(value.contiguous().numpy().tobytes())


@dataclass(frozen=True)
class LayerShare:
    """The share of each cell that a layer owns: `exact` [P] for the motion, `soft` [P] anti-aliased; `rank` is its depth
    order."""

    layer: FieldLayer
    rank: int
    exact: torch.Tensor
    soft: torch.Tensor


def layer_shares(layers: Sequence[FieldLayer], grid: Grid) -> list[LayerShare]:
    """The shares of layers that are sorted back to front: a layer's coverage, times 1 - coverage of each in front.

    Ranks count 1, 2, … from back to front; those of layers behind the unpainted part (negative `order`) end at -1.
    """
    behind = sum(layer.order < 0 for layer in layers)
    shares = []
    exact_left, soft_left = torch.ones(2, grid.height * grid.width)
    for index in reversed(range(len(layers))):
        cover = layers[index].coverage(grid)
        exact = torch.from_numpy(cover.exact).reshape(-1) * exact_left
        soft = torch.from_numpy(cover.soft).reshape(-1) * soft_left
        exact_left, soft_left = exact_left - exact, soft_left - soft
        rank = index - behind if index < behind else index - behind + 1
        shares.append(LayerShare(layers[index], rank, exact, soft))
    return shares[::-1]


def interpolate_in_time(values: torch.Tensor, times: np.ndarray) -> torch.Tensor:
    """Values [T,...] of evenly spaced frames, interpolated linearly at clip times; after time 1 the last step goes on."""
    place = np.asarray(times) * (len(values) - 1)
    rounded = np.round(place)
    if np.allclose(place, rounded, atol=1e-6) and (rounded < len(values)).all():
        index = rounded.astype(np.int64)
        if len(index) == len(values) and (index == np.arange(len(values))).all():
            return values
        return values[torch.from_numpy(index).to(values.device)]
    before = np.clip(np.floor(place).astype(np.int64), 0, max(len(values) - 2, 0))
    mix = values.new_tensor(place - before).reshape(-1, *[1] * (values.ndim - 1))
    last = min(1, len(values) - 1)
    lower = torch.from_numpy(before).to(values.device)
    return torch.lerp(values[lower], values[lower + last], mix)
