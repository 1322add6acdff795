"""Runs in ComfyUI's interpreter and times the import of the pack as ComfyUI does it; prints one line of JSON.

import_worker.py COMFYUI PACKS; PACKS is a folder that contains the pack as `flowbrush`.

The time runs from the import of the package to the schemas of all its nodes, like that of ComfyUI's own report.
"""

# ruff: noqa: E402 - ComfyUI reads its arguments when it is imported
# pyright: reportMissingImports=false

import asyncio
import importlib
import json
import os
import sys
import time

COMFYUI, PACKS = sys.argv[1:]
sys.path[:0] = [COMFYUI, PACKS]
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # redirects ComfyUI's output to the log
sys.argv = [sys.argv[0], "--cpu"]

import comfy.options

comfy.options.enable_args_parsing()

# A running ComfyUI has imported these before any pack.
assert importlib.import_module("nodes").NODE_CLASS_MAPPINGS
importlib.import_module("server")
importlib.import_module("latent_preview")


async def import_pack() -> int:
    """Import the pack; returns how many nodes it has."""
    extension = await importlib.import_module("flowbrush").comfy_entrypoint()
    await extension.on_load()
    return len([cls.define_schema() for cls in await extension.get_node_list()])


wall, cpu = time.perf_counter(), time.process_time()
nodes = asyncio.run(import_pack())
row = {"nodes": nodes, "seconds": time.perf_counter() - wall, "cpu_seconds": time.process_time() - cpu}
print(json.dumps(row), file=answers, flush=True)
