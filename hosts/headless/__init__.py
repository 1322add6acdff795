"""Running workflows without ComfyUI: the headless host, the node API that it stands in for, and a runner.

    from flowbrush.hosts import use
    from flowbrush.hosts.headless import convert, runner

    use("headless")
    result = runner.run(convert.load("workflows/motion_brush.json"))

It exists so that one command renders an example on a machine without ComfyUI, and so that tests execute every
workflow. It is not a second ComfyUI: it has no server, no canvas and no queue.
"""

from .host import HeadlessHost
from .progress import Cancelled
from .registry import install

__all__ = ["Cancelled", "HeadlessHost", "install"]
