"""All tests outside `comfyui/` run in the headless host, whose `comfy_api` stands in for ComfyUI's."""

from flowbrush.hosts import headless, use

headless.install()
use(headless)
