"""Running workflows without ComfyUI: the headless host, the node API that it stands in for, and a runner.

    from flowbrush.hosts import use
    from flowbrush.hosts.headless import convert, runner

    use("headless")
    result = runner.run(convert.load("workflows/motion_brush.json"))

It exists so that one command renders an example on a machine without ComfyUI, and so that tests execute every
workflow. It is not a second ComfyUI: it has no server, no canvas and no queue.
"""

# ruff: noqa: F401  (the imports below are the public names, for type checkers)

from typing import TYPE_CHECKING

from ...exports import lazy_exports

if TYPE_CHECKING:
    from .host import HeadlessHost
    from .progress import Cancelled
    from .registry import install

# Imported when they are used, so that `__main__` can handle Ctrl-C before torch is loaded.
__all__, __getattr__, __dir__ = lazy_exports(  # pyright: ignore[reportUnsupportedDunderAll]
    __name__, {"host": ["HeadlessHost"], "progress": ["Cancelled"], "registry": ["install"]}
)
