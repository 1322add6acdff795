"""Flowbrush: paint motion on a still image and get a video that moves that way."""

WEB_DIRECTORY = "./js"


async def comfy_entrypoint():
    """Return the pack's extension; ComfyUI and the headless runner call this when they load the pack."""
    from .nodes.extension import FlowbrushExtension

    return FlowbrushExtension()
