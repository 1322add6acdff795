"""Runs workflows without ComfyUI: the headless host, the node API it stands in for, and a runner.

    from flowbrush.hosts import headless, use
    from flowbrush.hosts.headless import convert, runner

    use(headless)
    result = runner.run(convert.load("workflows/motion_brush.json"))

It exists so that one command renders an example on a machine without ComfyUI, and so that every workflow is executed
in tests. It is not a second ComfyUI: no server, no canvas, no queue.
"""

from .host import (
    between_frames,
    check_cancel,
    clock_family,
    decode_video,
    empty_cache,
    encode_text,
    encode_video,
    few_steps,
    following_model,
    for_stock_samplers,
    input_directory,
    is_out_of_memory,
    latent_format,
    load_models,
    model_choices,
    motion_guider,
    name,
    notice,
    output_directory,
    progress,
    sample,
    serve_editor,
    temp_directory,
)
from .registry import install
from .session import Cancelled, configure, session

__all__ = [
    "Cancelled",
    "between_frames",
    "check_cancel",
    "clock_family",
    "configure",
    "decode_video",
    "empty_cache",
    "encode_text",
    "encode_video",
    "few_steps",
    "following_model",
    "for_stock_samplers",
    "input_directory",
    "install",
    "is_out_of_memory",
    "latent_format",
    "load_models",
    "model_choices",
    "motion_guider",
    "name",
    "notice",
    "output_directory",
    "progress",
    "sample",
    "serve_editor",
    "session",
    "temp_directory",
]
