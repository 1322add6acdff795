"""The node that runs in ComfyUI: its progress bar, its text on the canvas, and whether the user stopped it."""

# pyright: reportMissingImports=false

import comfy.model_management
import comfy.utils
import latent_preview
from comfy_execution.utils import get_executing_context
from server import PromptServer
from torch import Tensor


class ProgressBar:
    """ComfyUI's progress bar, which counts in absolute steps, as a `hosts.Progress`."""

    def __init__(self, total: int) -> None:
        self._bar = comfy.utils.ProgressBar(total)

    def update(self, n: int = 1, preview: Tensor | None = None) -> None:
        """Count `n` more parts as done, and show the image `preview` [H,W,3] on the node."""
        image = None
        if preview is not None:
            image = (
                "JPEG",
                latent_preview.preview_to_image(preview, do_scale=False),
                latent_preview.MAX_PREVIEW_RESOLUTION,
            )
        self._bar.update_absolute(self._bar.current + n, preview=image)


def check_cancel() -> None:
    """Raise ComfyUI's InterruptProcessingException if the user stopped the run."""
    comfy.model_management.throw_exception_if_processing_interrupted()


def show_on_node(text: str) -> None:
    """Show a sentence on the running node, if a node is running and ComfyUI's server has started."""
    running = get_executing_context()
    if running is not None and getattr(PromptServer, "instance", None) is not None:
        PromptServer.instance.send_progress_text(text, running.node_id)
