"""A motion document in words, which the demo prints beside the measured motion."""

from __future__ import annotations

from ...motion.document.document import Camera, Document, Layer

SMALLEST = 0.005
"""Fraction of the picture below which a distance is left out."""


def describe(document: Document) -> list[str]:
    """Return one line for each visible layer, and one for the camera if it moves."""
    layers = [layer for layer in document.layers if layer.visible]
    lines = [
        f"{layer.name or f'layer {index + 1}'}: {_layer_text(layer)}" for index, layer in enumerate(layers)
    ]
    camera = _camera_text(document.camera)
    lines += [f"camera: {camera}"] if camera else []
    return [*lines, "the clip is a seamless loop"] if document.is_seamless else lines


SWAY_WORDS = {
    "wind": "swaying in the wind",
    "release": "pulled and let go",
    "pendulum": "swinging",
    "breathe": "breathing",
    "jelly": "wobbling",
}


def _layer_text(layer: Layer) -> str:
    if layer.freeze:
        return "stays still"
    motion = layer.motion
    if motion.flows:
        return f"flows for ever, by {100 * abs(motion.flow.speed):.3g} % of the short side over the clip"
    parts = [
        f"moved along a path {_distance(path.points[-1][0] - path.points[0][0], path.points[-1][1] - path.points[0][1])}"
        for path in motion.paths
    ]
    if motion.horizontal or motion.vertical:
        parts.append(f"moved {_distance(motion.horizontal, motion.vertical)}")
    if motion.proximity:
        nearness = "nearer" if motion.proximity > 0 else "farther"
        parts.append(f"brought {1 + abs(motion.proximity):.3g} times {nearness}")
    if motion.rotation:
        parts.append(
            f"turned {abs(motion.rotation):.3g}° {'' if motion.rotation > 0 else 'counter'}clockwise"
        )
    if motion.ambient.amount:
        parts.append(f"wandering by {100 * motion.ambient.amount:.3g} % of the short side")
    if motion.pins:
        parts.append(f"bent by {len(motion.pins)} pins" if len(motion.pins) > 1 else "moved by a pin")
    if motion.sway.amount:
        parts.append(f"{SWAY_WORDS[motion.sway.kind]} by {100 * motion.sway.amount:.3g} % of the short side")
    if motion.hang.on:
        parts.append(f"hanging on {motion.hang.on}")
    if parts and motion.drive is not None:
        parts.append("driven by a curve")
    return ", ".join(parts) or "does not move"


def _distance(right: float, down: float) -> str:
    """Return a distance as percentages of the picture's width and height, in words."""
    steps = [(right, "right", "left", "width"), (down, "down", "up", "height")]
    words = [
        f"{100 * abs(step):.0f} % of the {side} {forward if step > 0 else back}"
        for step, forward, back, side in steps
        if abs(step) >= SMALLEST
    ]
    return " and ".join(words) or "and back"


CAMERA_WORDS = {
    "pan": ("pans {:.3g}° right", "pans {:.3g}° left"),
    "tilt": ("tilts {:.3g}° up", "tilts {:.3g}° down"),
    "truck": ("trucks {:.3g} widths right", "trucks {:.3g} widths left"),
    "pedestal": ("rises {:.3g} heights", "sinks {:.3g} heights"),
    "dolly": ("dollies {:.3g} depths in", "dollies {:.3g} depths out"),
    "roll": ("rolls {:.3g}° clockwise", "rolls {:.3g}° counterclockwise"),
}


def _camera_text(camera: Camera) -> str:
    """Return the motion of the camera up to its last keyframe, or "" if it stands still."""
    if not camera.keyframes:
        return ""
    last = camera.keyframes[-1]
    values = {name: getattr(last, name) for name in CAMERA_WORDS}
    parts = [CAMERA_WORDS[name][value < 0].format(abs(value)) for name, value in values.items() if value]
    if last.zoom != 1:
        parts.append(f"zooms to {last.zoom:.3g} times")
    return ", ".join(parts)
