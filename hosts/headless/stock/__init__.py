"""Stand-ins for the stock ComfyUI nodes of the example graphs, with the same ids, inputs, outputs and results."""

from __future__ import annotations

from ..api import io
from .filter_nodes import EmptyImage, ImageBlend, ImageQuantize
from .image_nodes import (
    ImageFromBatch,
    ImageToMask,
    LoadImage,
    LoadImageMask,
    PreviewImage,
    SaveImage,
    SolidMask,
)
from .model_nodes import CLIPTextEncode, PreviewAny, VAEDecode
from .primitive_nodes import (
    PrimitiveBoolean,
    PrimitiveFloat,
    PrimitiveInt,
    PrimitiveString,
    PrimitiveStringMultiline,
)
from .sampler_nodes import BasicScheduler, KSamplerSelect, SamplerCustomAdvanced
from .video_nodes import CreateVideo, GetVideoComponents, LoadVideo, SaveVideo

NODES: list[type[io.ComfyNode]] = [
    LoadImage,
    LoadImageMask,
    LoadVideo,
    GetVideoComponents,
    CreateVideo,
    SaveVideo,
    PreviewImage,
    SaveImage,
    PreviewAny,
    CLIPTextEncode,
    VAEDecode,
    SolidMask,
    ImageToMask,
    ImageFromBatch,
    EmptyImage,
    ImageBlend,
    ImageQuantize,
    PrimitiveInt,
    PrimitiveFloat,
    PrimitiveString,
    PrimitiveStringMultiline,
    PrimitiveBoolean,
    KSamplerSelect,
    BasicScheduler,
    SamplerCustomAdvanced,
]
