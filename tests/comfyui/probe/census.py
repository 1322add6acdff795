"""Counts the objects that are alive in ComfyUI's process."""

import gc
import json
from pathlib import Path

import torch
from comfy_api.latest import io
from torch._subclasses import FakeTensor


def tensor_bytes(objects):
    """Bytes of all tensors' memory, memory shared by several counted once."""
    seen = {}
    for one in objects:
        # The type is compared, because isinstance would load lazy modules. Fake tensors, which
        # torch.compile leaves in its caches, have no memory.
        if issubclass(type(one), torch.Tensor) and not issubclass(type(one), FakeTensor) and not one.is_meta:
            storage = one.untyped_storage()
            seen[storage.data_ptr()] = storage.nbytes()
    return sum(seen.values())


class Census(io.ComfyNode):
    """Writes {"networks": …, "patchers": …, "tensor_bytes": …} of this process to a file, each time it is queued."""

    @classmethod
    def define_schema(cls):
        return io.Schema(
            node_id="ProbeCensus",
            category="probe",
            inputs=[io.String.Input("path", default=""), io.Int.Input("again", default=0)],
            outputs=[],
            is_output_node=True,
        )

    @classmethod
    def execute(cls, path, again):
        gc.collect()
        objects = gc.get_objects()
        kinds = [type(one).__name__ for one in objects if issubclass(type(one), torch.nn.Module)]
        counts = {
            "networks": sum(kind in ("WanModel", "WanVAE") for kind in kinds),
            "modules": len(kinds),
            "tensor_bytes": tensor_bytes(objects),
        }
        Path(path).write_text(json.dumps(counts), encoding="utf-8")
        return io.NodeOutput()
