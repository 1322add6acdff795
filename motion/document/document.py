"""The motion document: painted motion as versioned, resolution-independent JSON that a person can read.

    {"flowbrush": "motion", "version": 2,
     "layers": [{"name": "balloon", "order": 1,
                 "region": {"strokes": [{"radius": 0.1, "points": [[0.4, 0.3], [0.5, 0.4, 0.8]]}]},
                 "motion": {"paths": [{"points": [[0.45, 0.35], [0.6, 0.3], [0.7, 0.4]]}], "ease": "ease_in_out"}}],
     "camera": {"keyframes": [{"time": 1, "pan": 4, "dolly": 0.1}]}}

Units. Coordinates are fractions of the picture: x of its width, y of its height, y down. Radii, `feather`, `grow` and
the `amount` of ambient motion are fractions of the *short side*. Times are fractions of the clip (0 is the first frame,
1 the last). Angles are in degrees; a positive layer `rotation` turns clockwise on screen.

Regions. A region is composed in this order: `everything`, the connected `mask`, polygons, strokes; shapes with mode
`paint` add to it and shapes with mode `erase` remove from it; `invert` comes last. `grow` widens the region, and
`feather` is the width of its soft edge. A stroke point may have a pressure (0..1), which multiplies the radius.
`hardness` 1 gives a crisp edge, 0 a falloff that reaches the stroke's centre. region.py defines the exact rule. With `snap`,
the region that was painted roughly is moved to the edges of the object in the picture wherever a picture is drawn.

Motion. A layer's displacement is the sum of its parts: `paths`, `horizontal` and `vertical` (fractions of width and
height over the clip), `proximity` (0.5 enlarges the layer 1.5 times, -0.5 shrinks it 1.5 times), `rotation` about
`pivot` (default: the region's centre) and `ambient`, a smooth random sway with a seed. Each path moves the point where
it starts: a single path translates the whole region; several deform it as rigidly as possible, or with scaling when
`fit` is `similarity`; `elastic` finds the deformation of least energy (elastic.py). The motion runs from time `start` to `end`; afterwards the layer stays where it is, or repeats
according to `loop`. With `flow` the paths (or `horizontal` and `vertical`) are directions: what the region shows flows along
them for ever, by `speed` short sides over the clip, while its boundary holds still (flow.py). `pins` hold, move, turn or scale points of the
region, and the rest follows (pins.py); `bones` between pins keep straight what lies along them, and a pin that turns carries those
that its bones lead to. `sway` lets a region swing at its `anchor` (sway.py). With `hang` it hangs on another layer by a spring
(hang.py). A `drive`, a curve of [time, value] points such as the level of a sound, takes the place of the timing: the motion is at
that progress, a sway that strong, and a flow that fast (drive.py). `ease` is a name, a cubic Bezier [x1, y1, x2, y2] as in CSS, or a curve [[time, value], ...] that
starts at [0, 0]. A path's `times` are the times at which its points are reached (two equal points make a pause), and
`corners` lists the points where the curve has a sharp corner.

Layers. A layer with `freeze` stays still even when the camera moves. `strength` (0..1) is how closely the model must
follow the layer; it does not change the displacement. `order` is the depth order: larger is nearer, negative lies
behind the unpainted part of the picture, and of two equal layers the later one is nearer. A layer that is not `visible`
has no effect. `locked`, `name` and `color` concern only the editor.

Camera. The values have an operator's names: pan looks right, tilt looks up, truck moves right and pedestal moves up
(in widths and heights of the view at unit depth), dolly moves forward (in unit depths), zoom multiplies the focal
length, and roll turns the camera clockwise. The picture is the camera's view at time 0.

Loops. With `loop` `seamless` the clip closes: the frame after the last one is the first again, and frame t of T shows time
t / T. A motion that would stay at its end returns along its way, `pingpong` runs a whole number of times there and back,
and `repeat` a whole number of rounds; waves of ambient motion make whole periods; a camera whose last keyframe is not the
first view returns to it.

Clips. `frame` is the number of the frame of a connected clip on which the document was painted; its motion begins there.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import partial

from . import schema
from .migration import MIGRATIONS
from .motion_parts import EASINGS as EASINGS
from .motion_parts import MOST_PATHS, Ambient, Flow, Hang, Path, Pin, Sway, read_bone, read_drive, read_ease
from .motion_parts import OFF_CANVAS as OFF_CANVAS
from .motion_parts import read_path_point as read_path_point
from .region_shapes import MOST_SHAPES, Region
from .region_shapes import Polygon as Polygon
from .region_shapes import Stroke as Stroke
from .schema import DocumentError, boolean, choice, integer, list_of, nested, number, optional, text

VERSION = 2

MOST_LAYERS = 200
"""Layers of a document. Beyond its limits editing and drawing take minutes; the others are MOST_PATHS of a layer, MOST_SHAPES of a
region or camera, and `schema.MOST_ENTRIES` points of a shape."""


@dataclass(frozen=True)
class Motion:
    """The motion of a layer, which is the sum of its parts, and its timing."""

    paths: tuple[Path, ...] = list_of(partial(schema.read, Path), MOST_PATHS)
    horizontal: float = number(0.0, -4, 4)
    vertical: float = number(0.0, -4, 4)
    proximity: float = number(0.0, -8, 8)
    rotation: float = number(0.0, -3600, 3600)
    pivot: tuple[float, float] | None = optional(read_path_point)
    ambient: Ambient = field(default_factory=Ambient, metadata=nested(Ambient))
    ease: str | tuple = schema.member("linear", read_ease)
    start: float = number(0.0, 0, 1)
    end: float = number(1.0, 0, 1)
    loop: str = choice("none", "repeat", "pingpong")
    fit: str = choice("rigid", "similarity", "elastic")
    flow: Flow = field(default_factory=Flow, metadata=nested(Flow))
    pins: tuple[Pin, ...] = list_of(partial(schema.read, Pin), MOST_PATHS)
    sway: Sway = field(default_factory=Sway, metadata=nested(Sway))
    bones: tuple[tuple[int, int], ...] = list_of(read_bone, MOST_PATHS)
    hang: Hang = field(default_factory=Hang, metadata=nested(Hang))
    drive: tuple[tuple[float, float], ...] | None = optional(read_drive)

    def problem(self) -> tuple[str, str] | None:
        """The member at fault and what is wrong with it, or None; see schema.py."""
        if self.end <= self.start:
            return "end", f"{self.end:g} must be later than start, {self.start:g}"
        reached = set()
        for index, (first, second) in enumerate(self.bones):
            if not first < second < len(self.pins) or second in reached:
                sentence = "a bone goes from a pin to a later one of the list that no other bone goes to"
                return f"bones[{index}]", f"{first} to {second}: {sentence}; there are {len(self.pins)} pins"
            reached.add(second)
        return None

    @property
    def flows(self) -> bool:
        """True when what the region shows flows along the motion's directions instead of moving to their end."""
        directed = self.horizontal or self.vertical or any(len(set(path.points)) > 1 for path in self.paths)
        return self.flow.speed != 0 and bool(directed)

    @property
    def is_still(self) -> bool:
        """True when every part of the motion is zero."""
        parts = (self.horizontal, self.vertical, self.proximity, self.rotation)
        still = not any((*parts, self.ambient.amount, self.sway.amount, self.hang.on))
        return (
            still
            and all(len(set(path.points)) == 1 for path in self.paths)
            and all(pin.is_still for pin in self.pins)
        )


@dataclass(frozen=True)
class Layer:
    """A region with its motion, its depth order, and how closely the model must follow it."""

    name: str = text("")
    visible: bool = boolean(True)
    locked: bool = boolean(False)
    color: str = text("")
    region: Region = field(default_factory=Region, metadata=nested(Region))
    motion: Motion = field(default_factory=Motion, metadata=nested(Motion))
    freeze: bool = boolean(False)
    strength: float = number(1.0, 0, 1)
    order: int = integer(0, -1000, 1000)


@dataclass(frozen=True)
class Keyframe:
    """The values of the camera at one time, relative to its view at time 0."""

    time: float = number(0.0, 0, 1)
    pan: float = number(0.0, -80, 80)
    tilt: float = number(0.0, -80, 80)
    truck: float = number(0.0, -10, 10)
    pedestal: float = number(0.0, -10, 10)
    dolly: float = number(0.0, -20, 0.9)
    zoom: float = number(1.0, 0.05, 20)
    roll: float = number(0.0, -3600, 3600)
    ease: str | tuple = schema.member("linear", read_ease)

    @property
    def is_neutral(self) -> bool:
        """True when the keyframe leaves the camera where it was at time 0."""
        moves = (self.pan, self.tilt, self.truck, self.pedestal, self.dolly, self.roll)
        return not any(moves) and self.zoom == 1


@dataclass(frozen=True)
class Camera:
    """A camera move as keyframes in order of time, and the horizontal field of view in degrees."""

    keyframes: tuple[Keyframe, ...] = list_of(partial(schema.read, Keyframe), MOST_SHAPES)
    field_of_view: float = number(50.0, 5, 150)

    def problem(self) -> tuple[str, str] | None:
        """The member at fault and what is wrong with it, or None; see schema.py."""
        times = [keyframe.time for keyframe in self.keyframes]
        for index in range(1, len(times)):
            if times[index] <= times[index - 1]:
                return (
                    f"keyframes[{index}].time",
                    f"{times[index]:g} is not later than the keyframe before it, at {times[index - 1]:g}",
                )
        if times and times[0] == 0 and not self.keyframes[0].is_neutral:
            return (
                "keyframes[0]",
                "the picture is the camera's view at time 0, so a keyframe at time 0 must have no movement",
            )
        return None

    @property
    def is_still(self) -> bool:
        """True when no keyframe moves the camera."""
        return all(keyframe.is_neutral for keyframe in self.keyframes)


@dataclass(frozen=True)
class Document:
    """A motion document: layers, a camera, whether the clip is a seamless loop, and the frame of a clip that was painted on."""

    layers: tuple[Layer, ...] = list_of(partial(schema.read, Layer), MOST_LAYERS)
    camera: Camera = field(default_factory=Camera, metadata=nested(Camera))
    loop: str = choice("none", "seamless")
    frame: int = integer(0, 0, 100_000)

    @property
    def is_seamless(self) -> bool:
        """True when the clip closes: its first frame follows its last one."""
        return self.loop == "seamless"

    @property
    def is_empty(self) -> bool:
        """True when no visible layer moves or freezes a region and the camera is still."""
        painted = any(
            layer.visible and not layer.region.is_empty and (layer.freeze or not layer.motion.is_still)
            for layer in self.layers
        )
        return not painted and self.camera.is_still


MOST_LEVELS = 32
"""Levels of lists and objects inside one another; a document needs fewer than ten."""


def parse(source: str) -> Document:
    """The motion document in a JSON text; older versions are migrated.

    Raises DocumentError, which names the place in the document, for anything that is not a valid document.
    """
    if not isinstance(source, str):
        raise DocumentError("", f"must be JSON text, not {type(source).__name__}")
    if not source.strip():
        raise DocumentError(
            "", "is empty; paint something in the editor, or enter the JSON of a motion document"
        )
    try:
        content = json.loads(source)
    except json.JSONDecodeError as error:
        raise DocumentError(
            f"line {error.lineno}, column {error.colno}", f"not valid JSON: {error.msg}"
        ) from None
    except ValueError:  # Python does not parse integers of thousands of digits
        raise DocumentError("", "contains a number with too many digits") from None
    except RecursionError:
        raise DocumentError("", "is nested too deeply") from None
    if schema.is_deeper(content, MOST_LEVELS):
        raise DocumentError("", "is nested too deeply")
    if not isinstance(content, dict):
        raise DocumentError("", f"{schema.abbreviated(content)} is not an object with named members")
    kind = content.get("flowbrush", "motion")
    if kind != "motion":
        raise DocumentError(
            "flowbrush", f"{schema.abbreviated(kind)} is not a motion document; expected 'motion'"
        )
    version = schema.read_integer(content.get("version", 0), "version", 0, 10**6)
    if version > VERSION:
        raise DocumentError(
            "version", f"{version} is newer than {VERSION}, the newest this Flowbrush can read"
        )
    for step in range(version, VERSION):
        content = MIGRATIONS[step](content)
    body = {name: value for name, value in content.items() if name not in ("flowbrush", "version")}
    return schema.read(Document, body, "")


def dump(document: Document) -> str:
    """The document as readable JSON text without members at their defaults; equal documents give equal text."""
    content = {"flowbrush": "motion", "version": VERSION, **schema.to_plain(document)}
    return schema.format_json(content) + "\n"


def checked_document(document: Document | str) -> Document:
    """The document after validation, from JSON text or from an instance that was built in code."""
    return parse(document if isinstance(document, str) else dump(document))


def checked_camera(camera: Camera) -> Camera:
    """The camera after the same validation as in a document."""
    return schema.read(Camera, schema.to_plain(camera), "camera")
