"""`comfy_api.latest.io`: the types of sockets, and the classes for defining nodes."""

from __future__ import annotations

import copy
from typing import Any, TypedDict

import torch
from typing_extensions import NotRequired

from ..saved_files import FolderType
from .inputs import (
    ControlAfterGenerate,
    Input,
    NumberDisplay,
    Output,
    UploadType,
    WidgetInput,
)
from .node import ComfyNode, Hidden, HiddenHolder, NodeOutput, Schema
from .widgets import Boolean, Combo, DynamicCombo, Float, Int, String


class LatentDict(TypedDict):
    """LATENT: raw latents, as a VAE's encoder returns them, with an optional noise mask."""

    samples: torch.Tensor
    noise_mask: NotRequired[torch.Tensor]
    batch_index: NotRequired[list[int]]
    type: NotRequired[str]


class TrackDict(TypedDict):
    """TRACKS: points in pixels [T,N,2] (x, y; top-left origin) and their visibility [T,N]."""

    track_path: torch.Tensor
    track_visibility: torch.Tensor


class LayerDict(TypedDict):
    """One entry of LAYERS: an image [N,h,w,3 or 4], its place on the canvas, and a mask that is 1 where it is transparent."""

    image: torch.Tensor
    type: str
    z_index: int
    x: NotRequired[int]
    y: NotRequired[int]
    mask: NotRequired[torch.Tensor]
    name: NotRequired[str]
    opacity: NotRequired[float]
    blend_mode: NotRequired[str]
    visible: NotRequired[bool]
    flip_h: NotRequired[bool]
    flip_v: NotRequired[bool]
    rotation: NotRequired[float]
    w: NotRequired[int]
    h: NotRequired[int]


class LayersDict(TypedDict):
    """LAYERS: a stack of layers, back to front by `z_index`, and the (width, height) of its canvas."""

    version: int
    canvas: NotRequired[tuple[int, int]]
    layers: list[LayerDict]


class ComfyType:
    """A socket type: its name in graphs, and the Python type of its values."""

    io_type: str = "*"
    Type: Any = Any
    Input: type[Input] = Input
    Output: type[Output] = Output


def Custom(io_type: str, value_type: Any = Any) -> type[ComfyType]:
    """Return a socket type of that name, without a widget."""
    members = {
        "io_type": io_type,
        "Type": value_type,
        "Input": type("Input", (Input,), {"io_type": io_type}),
        "Output": type("Output", (Output,), {"io_type": io_type}),
    }
    return type(io_type.title().replace("_", ""), (ComfyType,), members)


AnyType = Custom("*")
Audio = Custom("AUDIO", dict)
Clip = Custom("CLIP")
ClipVisionOutput = Custom("CLIP_VISION_OUTPUT")
Conditioning = Custom("CONDITIONING", list)
Guider = Custom("GUIDER")
Image = Custom("IMAGE", torch.Tensor)
Latent = Custom("LATENT", LatentDict)
Layers = Custom("LAYERS", LayersDict)
Mask = Custom("MASK", torch.Tensor)
Model = Custom("MODEL")
Noise = Custom("NOISE")
Sampler = Custom("SAMPLER")
Sigmas = Custom("SIGMAS", torch.Tensor)
Tracks = Custom("TRACKS", TrackDict)
Vae = Custom("VAE")
Video = Custom("VIDEO")
WanCameraEmbedding = Custom("WAN_CAMERA_EMBEDDING", torch.Tensor)


class MultiType:
    """An input that accepts several types. If it is made from another input, it has that input's widget."""

    io_type = "COMFY_MULTITYPED_V3"
    Type = Any

    class Input(Input):
        def __init__(self, id: str | Input, types: list[type[ComfyType]], *args: Any, **socket: Any):
            self.widget: Input | None = None
            if not isinstance(id, str):
                self.widget = copy.copy(id)
                if isinstance(self.widget, WidgetInput):
                    self.widget.widget_type = self.widget.get_io_type()
                socket = {
                    "optional": id.optional or socket.pop("optional", False),
                    "tooltip": id.tooltip or socket.pop("tooltip", None),
                    "display_name": id.display_name or socket.pop("display_name", None),
                    "lazy": id.lazy if id.lazy is not None else socket.pop("lazy", None),
                } | socket
                id = id.id
            super().__init__(id, *args, **socket)
            self.types = types

        def get_io_type(self) -> str:
            names = [self.widget.get_io_type()] if self.widget else []
            names += [entry.io_type for entry in self.types]
            return ",".join(dict.fromkeys(names))

        def options(self) -> dict[str, Any]:
            return (self.widget.options() if self.widget else {}) | super().options()


__all__ = [
    "AnyType",
    "Audio",
    "Boolean",
    "Clip",
    "ClipVisionOutput",
    "Combo",
    "ComfyNode",
    "ComfyType",
    "Conditioning",
    "ControlAfterGenerate",
    "Custom",
    "DynamicCombo",
    "Float",
    "FolderType",
    "Guider",
    "Hidden",
    "HiddenHolder",
    "Image",
    "Input",
    "Int",
    "Latent",
    "LatentDict",
    "LayerDict",
    "Layers",
    "Mask",
    "Model",
    "MultiType",
    "NodeOutput",
    "Noise",
    "NumberDisplay",
    "Output",
    "Sampler",
    "Schema",
    "Sigmas",
    "String",
    "TrackDict",
    "Tracks",
    "UploadType",
    "Vae",
    "Video",
    "WanCameraEmbedding",
    "WidgetInput",
]
