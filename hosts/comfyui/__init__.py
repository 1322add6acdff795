"""Flowbrush inside ComfyUI: native MODEL, CLIP and VAE objects, ComfyUI's own sampling, progress and folders.

Only this folder imports `comfy.*`. Everything it returns is ComfyUI's own class (`ModelPatcher`, `comfy.sd.CLIP`,
`comfy.sd.VAE`), so stock nodes accept it; and everything it takes may be a stock object.
"""

from .host import ComfyUIHost

__all__ = ["ComfyUIHost"]
