"""Flowbrush: paint motion on a still image and get a video that moves that way."""

WEB_DIRECTORY = "./js"


async def comfy_entrypoint():
    """The pack as ComfyUI, and the headless runner, ask for it."""
    from .nodes.extension import FlowbrushExtension

    return FlowbrushExtension()
