"""The preview of a document's motion field as bytes for the canvas editor: a mesh and a mask for each layer.

The bytes are "FBF1", the length of the header as a little-endian uint32, the header (JSON, padded with spaces so that the
payload starts at a multiple of 4), and the payload. Offsets in the header count from the start of the payload:

    {"frames": 17, "times": [0, …, 1], "aspect": 1.5, "warnings": [sentence…],
     "layers": [{"layer": 2, "across": [0, 0.5, 1], "down": [0, 0.5, 1], "mesh": 0, "jumps": false, "box": [0.1, 0.2, 0.5, 0.6],
                 "mask": {"hash": "…", "width": 640, "height": 427, "offset": 8120}}, …],
     "flow": {"rows": 32, "columns": 48, "offset": 9001} or null,
     "outlines": [{"layer": 2, "mask": {…}}, …]}

Layers come in drawing order; `layer` is the index in the document, or -1 for the unpainted part. A `mesh` is float32
[frames, rows + 1, columns + 1, 2]: the position at each time of every vertex of a grid whose columns lie at `across` and
whose rows lie at `down`, all in the document's coordinates. A `mask` is uint8 [height, width], the share of the picture that the layer owns; all masks sum to
255. Its offset is null when the request's `have` contains its hash. `box` is the bounding box of the mask. A layer that is
cross-faded has two entries one after the other, `copy` 0 and 1, with their weights `opacity` [frames] in 0..1. If a picture was
given, those of a flow have `mixing` {"times": a mask, "change": 0.4, "level": 0.012, "correlation": 0.3}, which says how the weights
vary over the frame; see `rendering.copy_blending`. `flow` is
float32 [frames, rows, columns, 2], the displacement of the whole field at cell centres in fractions of width and height.
`outlines` holds the whole coverage of each layer that was snapped to an object in the picture.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from hashlib import blake2b
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from ..document.document import Document, parse
from ..document.schema import (
    DocumentError,
    read_boolean,
    read_integer,
    read_list,
    read_number,
    read_text,
)
from ..field.field import MotionField, painted_field, painted_layers
from ..field.layers import BrushLayer, FieldLayer
from ..field.region import Coverage, Grid
from .bounded_cache import BoundedCache
from .copy_mixing import MIXING_SIDE, Mixing, mixings
from .layer_mesh import FEWEST_VERTICES, MOST_VERTICES, UNPAINTED, FieldMeshes
from .mesh_nodes import MeshNodes
from .snapping import SeenPicture, SnappedCoverage, seen_picture, snap_warnings, snapped_coverage

MAGIC = b"FBF1"
LONGEST_DOCUMENT = 2_000_000  # characters
MOST_FRAMES = 97
FRAMES_TIMES_LAYERS = 4000
MESH_BYTES = 64_000_000  # of all layers together, approximately
MASK_SIDES = (16, 1024)  # px, the longer side
MASK_PIXELS = 16_000_000  # of all layers together
FLOW_SIDE = 48  # cells, the longer side
REMEMBERED_BYTES = 96_000_000


class TooLarge(DocumentError):
    """Raised for a request beyond the limits of this module."""


class Cancelled(Exception):
    """Raised when a newer request has replaced this one."""


_coverages = BoundedCache(REMEMBERED_BYTES)
_shares = BoundedCache(REMEMBERED_BYTES // 2)
_positions = BoundedCache(REMEMBERED_BYTES)
_mixings = BoundedCache(REMEMBERED_BYTES // 16)


def not_cancelled() -> bool:
    """The default of `cancelled`: the request is never cancelled."""
    return False


class Request(NamedTuple):
    """A validated request of the editor."""

    document: Document
    warnings: list[str]
    length: int
    aspect: float
    mask_side: int
    have: set[str]
    with_flow: bool


def field_preview_bytes(
    request: Mapping[str, Any],
    masks: Sequence[Tensor] | Tensor = (),
    depth: Tensor | None = None,
    cancelled: Callable[[], bool] = not_cancelled,
    picture: Tensor | None = None,
) -> bytes:
    """The preview that `request` asks for, in the format of this module.

    request: parsed JSON with `document`, `length`, `aspect`, and optionally `have`, `mask_side` and `flow`; other members
    are ignored. masks: those to which regions refer by index, each [h,w] in 0..1. depth: [h,w], 0 (far) to 1 (near).
    picture: [H,W,3], to whose objects regions snap, and whose flows are mixed as in a render; without one regions keep what was
    painted, and flows are cross-faded evenly.

    Raises DocumentError for an invalid request or document, TooLarge for a request beyond the limits of this module,
    ValueError for invalid masks or depth, and Cancelled when `cancelled`, which is called between layers, returns True.
    """
    query = read_request(request, len(masks))
    painted = painted_layers(query.document)
    frames = max(1, min(query.length, MOST_FRAMES, FRAMES_TIMES_LAYERS // (len(painted) + 1)))
    field = painted_field(query.document, frames, masks, depth, query.aspect).up_to_the_end()
    side = min(query.mask_side, int((MASK_PIXELS / (len(painted) + 1)) ** 0.5))
    grid = even_grid(side, query.aspect)
    seen = seen_picture(picture, grid)
    keys = [region_key(layer, grid, seen) for layer in field.layers]
    covers = coverages(field, grid, keys, seen, cancelled)
    meshes, shares = meshes_and_shares(field, grid, keys, covers)
    seen_depth = None if depth is None or not field.cameras else digest(depth)
    camera_key = query.document.camera, query.document.loop, seen_depth
    mixed = copy_mixings(query, field, (frames, *map(digest, masks), seen_depth), picture, cancelled)

    payload = Payload()
    layers, outlines = [], []
    for index in meshes.drawing_order:
        if cancelled():
            raise Cancelled
        share = shares[index]
        if index != UNPAINTED and isinstance(covers[index], SnappedCoverage):
            cover = Share((covers[index].soft * 255).round().astype(np.uint8))
            outlines.append({"layer": painted[index], "mask": mask_entry(cover, grid, query.have, payload)})
        if share.box is None:
            continue
        for number, opacity in enumerate(meshes.opacities(index, field.times)):
            nodes, positions = moving_mesh(meshes, index, keys, camera_key, number)
            entry = {
                "layer": UNPAINTED if index == UNPAINTED else painted[index],
                "across": nodes.across.tolist(),
                "down": nodes.down.tolist(),
                "mesh": payload.add_once(positions),
                "jumps": meshes.jumps(index),
                "mask": mask_entry(share, grid, query.have, payload),
                "box": share.box,
            }
            if opacity is not None:
                entry |= {"copy": number, "opacity": opacity.round(4).tolist()}
            if index in mixed:
                times = mixed[index].times
                times_grid = Grid(times.shape[0], times.shape[1], query.aspect)
                entry["mixing"] = mixed[index].entry(
                    mask_entry(Share(times), times_grid, query.have, payload)
                )
            layers.append(entry)
    missed = snap_warnings(query.document, field.layers, painted, covers) if seen else []
    header = {
        "frames": frames,
        "times": [round(float(time), 6) for time in field.times],
        "aspect": query.aspect,
        "layers": layers,
        "flow": add_flow(field, query.aspect, payload) if query.with_flow else None,
        "warnings": query.warnings + missed,
        "outlines": outlines,
    }
    return encode(header, payload)


def copy_mixings(
    query: Request,
    field: MotionField,
    inputs: Hashable,
    picture: Tensor | None,
    cancelled: Callable[[], bool],
) -> dict[int, Mixing]:
    """How the copies of each flow are mixed over a picture, cached by everything that it depends on; nothing without a picture."""
    flows = any(isinstance(layer, BrushLayer) and layer.layer.motion.flows for layer in field.layers)
    seen = seen_picture(picture, even_grid(MIXING_SIDE, query.aspect)) if flows else None
    if seen is None:
        return {}

    def check_cancel() -> None:
        if cancelled():
            raise Cancelled

    return _mixings.get(
        (query.document, query.aspect, inputs, seen.digest),
        partial(mixings, field, seen, check_cancel),
        lambda found: sum(mixing.times.nbytes for mixing in found.values()),
    )


def read_request(request: Mapping[str, Any], masks: int) -> Request:
    """The validated request, for a document to which `masks` masks are connected."""
    source = read_text(request.get("document", ""), "document")
    if len(source) > LONGEST_DOCUMENT:
        raise TooLarge(
            "document",
            f"is too large to play: it has {len(source):,} characters; at most {LONGEST_DOCUMENT:,} can be shown",
        )
    length = read_integer(request.get("length", 17), "length", 1, 1_000_000)
    aspect = read_number(request.get("aspect", 1), "aspect", 1 / 64, 64)
    side = read_integer(request.get("mask_side", 640), "mask_side", *MASK_SIDES)
    have = set(read_list(request.get("have", []), "have", read_text))
    with_flow = read_boolean(request.get("flow", False), "flow")
    document, warnings = drawable_document(parse(source) if source.strip() else Document(), masks)
    return Request(document, warnings, length, aspect, side, have, with_flow)


def moving_mesh(
    meshes: FieldMeshes, index: int, keys: Sequence[Hashable], camera_key: Hashable, copy: int = 0
) -> tuple[MeshNodes, np.ndarray]:
    """The nodes and the vertex positions of the mesh of a layer or of a copy of it, cached by everything that they depend on."""
    motions = tuple(
        (
            keys[number],
            meshes.layers[number].layer.motion,
            meshes.layers[number].freeze,
            meshes.layers[number].seamless,
        )
        for number in meshes.contributing_layers(index)
    )
    times = meshes.field.times

    def computed() -> tuple[MeshNodes, np.ndarray]:
        nodes = meshes.nodes(index, copy)
        return nodes, meshes.positions(index, times, nodes, copy)

    return _positions.get(
        (meshes.is_shared(index), motions, camera_key, meshes.grid, len(times), meshes.most, copy),
        computed,
        lambda found: found[1].nbytes,
    )


def drawable_document(document: Document, masks: int) -> tuple[Document, list[str]]:
    """The document without the layers whose mask is not connected, and a warning for each of these."""
    layers, warnings = [], []
    for index, layer in enumerate(document.layers):
        named = layer.region.mask
        if layer.visible and named is not None and named >= masks:
            title = f"“{layer.name}”" if layer.name else f"Layer {index + 1}"
            has = {0: "none is", 1: "only 1 is"}.get(masks, f"only {masks} are")
            warnings.append(f"{title} takes its region from mask {named + 1}, but {has} connected.")
            layer = replace(layer, visible=False)
        layers.append(layer)
    return replace(document, layers=tuple(layers)), warnings


def even_grid(side: int, aspect: float) -> Grid:
    """A grid of nearly square cells, `side` of them along the longer side."""
    return Grid(max(1, round(side * min(1, 1 / aspect))), max(1, round(side * min(1, aspect))), aspect)


class Share:
    """A layer's share of the picture in the form sent to the editor: bytes, their hash, and a bounding box (None if empty)."""

    def __init__(self, share: np.ndarray):
        rows, columns = (np.flatnonzero(share.any(axis)) for axis in (1, 0))
        height, width = share.shape
        self.box = None
        if len(rows):
            left, right = columns[0] / width, (columns[-1] + 1) / width
            top, bottom = rows[0] / height, (rows[-1] + 1) / height
            self.box = [round(float(edge), 6) for edge in (left, top, right, bottom)]
        self.pixels = share.tobytes()
        self.hash = blake2b(self.pixels, digest_size=12, key=f"{width}x{height}".encode()).hexdigest()


def mask_entry(share: Share, grid: Grid, have: set[str], payload: Payload) -> dict[str, Any]:
    """The header's entry for a mask, which is added to the payload unless the editor has it."""
    offset = None if share.hash in have else payload.add(share.pixels)
    return {"hash": share.hash, "width": grid.width, "height": grid.height, "offset": offset}


def region_key(layer: FieldLayer, grid: Grid, seen: SeenPicture | None) -> Hashable:
    """A cache key: everything that a painted layer's coverage depends on."""
    assert isinstance(layer, BrushLayer)
    picture = seen.digest if seen and layer.snap else None
    return layer.layer.region, None if layer.mask is None else digest(layer.mask), grid, picture


def coverages(
    field: MotionField,
    grid: Grid,
    keys: Sequence[Hashable],
    seen: SeenPicture | None,
    cancelled: Callable[[], bool],
) -> list[Coverage]:
    """The coverage of each layer of a field.

    Coverages are cached by the regions' content, so that after a change of the motion nothing is rasterized again, and
    after a change of a region only that region.
    """
    covers = []
    for layer, key in zip(field.layers, keys, strict=True):
        if cancelled():
            raise Cancelled
        covers.append(_coverages.get(key, partial(snapped_coverage, layer, grid, seen), coverage_bytes))
    return covers


def meshes_and_shares(
    field: MotionField, grid: Grid, keys: Sequence[Hashable], covers: Sequence[Coverage]
) -> tuple[FieldMeshes, dict[int, Share]]:
    """The meshes of a field, and the share of each entry of its drawing order, cached like `coverages`."""
    most = MESH_BYTES // (8 * field.frames * (len(covers) + 1))
    meshes = FieldMeshes(field, grid, covers, max(FEWEST_VERTICES, min(most, MOST_VERTICES)))
    shares = _shares.get(
        (tuple(meshes.drawing_order), *keys, grid),
        lambda: {index: Share(share) for index, share in meshes.shares.items()},
        lambda shares: sum(len(share.pixels) for share in shares.values()),
    )
    return meshes, shares


def digest(mask: Tensor) -> bytes:
    """A hash of the values of a mask or depth map."""
    values = mask.detach().cpu().contiguous().numpy()
    return blake2b(values.tobytes(), digest_size=16, key=str(values.shape).encode()).digest()


def coverage_bytes(coverage: Coverage) -> int:
    """The memory that a coverage takes in a cache."""
    return coverage.exact.nbytes + coverage.soft.nbytes


class Payload:
    """The payload: pieces of bytes, each of which starts at a multiple of 4."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.length = 0
        self.arrays: dict[int, tuple[np.ndarray, int]] = {}  # with their offsets, by identity

    def add(self, piece: bytes) -> int:
        """Append a piece and return its offset."""
        offset = self.length
        padded = piece + bytes(-len(piece) % 4)
        self.pieces.append(padded)
        self.length += len(padded)
        return offset

    def add_once(self, values: np.ndarray) -> int:
        """Append an array as float32, unless it is there already, and return its offset."""
        if id(values) not in self.arrays:
            self.arrays[id(values)] = values, self.add(values.astype("<f4").tobytes())
        return self.arrays[id(values)][1]


def add_flow(field: MotionField, aspect: float, payload: Payload) -> dict[str, int]:
    """Add the displacement of the whole field to the payload and return the header's entry for it."""
    grid = even_grid(FLOW_SIDE, aspect)
    displacement = field.displacement(grid.height, grid.width) / torch.tensor([grid.width, grid.height])
    offset = payload.add(displacement.numpy().astype("<f4").tobytes())
    return {"rows": grid.height, "columns": grid.width, "offset": offset}


def encode(header: dict[str, Any], payload: Payload) -> bytes:
    """Magic, header and payload as one bytes object."""
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    return b"".join([MAGIC, struct.pack("<I", len(text)), text, *payload.pieces])
