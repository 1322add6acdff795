"""Migrations of older motion documents: one function from each version to the next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .schema import DocumentError, abbreviated

REGION_MEMBERS = {"everything", "mask", "polygons", "strokes", "invert", "grow", "feather", "snap"}
MOTION_MEMBERS = {
    *("paths", "horizontal", "vertical", "proximity", "rotation", "pivot", "ambient"),
    *("ease", "start", "end", "loop", "fit", "flow", "pins", "sway", "bones", "hang", "drive"),
}


def from_unversioned(content: dict[str, Any]) -> dict[str, Any]:
    """Migrate version 0, which has no `version` member, to version 1.

    In version 0 the members of a layer's region and motion lie in the layer itself, a layer has one `path`, and the
    camera is a single object: its values at the end of the clip.
    """
    layers = content.get("layers", [])
    if not isinstance(layers, list):
        raise DocumentError("layers", f"{abbreviated(layers)} is not a list")
    migrated = []
    for index, layer in enumerate(layers):
        if not isinstance(layer, dict):
            raise DocumentError(
                f"layers[{index}]", f"{abbreviated(layer)} is not an object with named members"
            )
        nested: dict[str, Any] = {"region": {}, "motion": {}}
        for name, value in layer.items():
            if name in nested and not isinstance(value, dict):
                place = f"layers[{index}].{name}"
                raise DocumentError(place, f"{abbreviated(value)} is not an object with named members")
            if name in nested:
                nested[name].update(value)
            elif name == "path":
                nested["motion"]["paths"] = [{"points": value}]
            elif name in REGION_MEMBERS:
                nested["region"][name] = value
            elif name in MOTION_MEMBERS:
                nested["motion"][name] = value
            else:
                nested[name] = value
        migrated.append(nested)
    result = {**content, "layers": migrated, "version": 1}
    camera = content.get("camera")
    if isinstance(camera, dict) and "keyframes" not in camera:
        moves = {name: value for name, value in camera.items() if name != "field_of_view"}
        result["camera"] = {"keyframes": [{"time": 1, **moves}]} if moves else {}
        if "field_of_view" in camera:
            result["camera"]["field_of_view"] = camera["field_of_view"]
    return result


def from_1(content: dict[str, Any]) -> dict[str, Any]:
    """Migrate version 1, in which layers had no `locked` member, to version 2; every other member stays the same."""
    return {**content, "version": 2}


MIGRATIONS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {0: from_unversioned, 1: from_1}
