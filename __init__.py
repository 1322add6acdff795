"""Flowbrush: paint motion on a still image and get a video that moves that way."""

WEB_DIRECTORY = "./js"


async def comfy_entrypoint():
    """Return the pack's extension; ComfyUI and the headless runner call this when they load the pack.

    Raises ImportError with a sentence for the artist, which ComfyUI writes to its log and the page shows.
    """
    try:
        from .nodes import node_classes
        from .nodes.extension import FlowbrushExtension

        node_classes()
    except ImportError as error:
        raise ImportError(f"Flowbrush did not start: {_import_problem(error)}", name=error.name) from error
    return FlowbrushExtension()


def _import_problem(error: ImportError) -> str:
    """What is missing, and what to do about it, in words that need no Python."""
    missing = (
        f"the package {error.name!r} is missing" if isinstance(error, ModuleNotFoundError) else str(error)
    )
    return (
        f"{missing}. Install what requirements.txt in the folder of Flowbrush lists into ComfyUI's Python "
        '(ComfyUI-Manager does that with "Try fix"), then start ComfyUI again.'
    )
