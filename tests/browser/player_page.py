"""The player's page of the harness: its picture, and what its canvas shows."""

import base64
import io

import numpy as np
import torch
from flowbrush.synthetic.pictures.render import render_example
from PIL import Image

WIDTH, HEIGHT, LENGTH = 480, 320, 17


def picture() -> torch.Tensor:
    """The harness's picture [H,W,3], as its PNG holds it."""
    return (render_example("balloon", HEIGHT, WIDTH)[0] * 255).round() / 255


def read(page) -> np.ndarray:
    """The player's canvas [H,W,3], 0..255."""
    content = base64.b64decode(page.evaluate("harness.canvas.toDataURL()").partition(",")[2])
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB")).astype(np.float32)


def shown(page, time: float, options: str = "{}") -> np.ndarray:
    """The player's canvas at a time of the clip, when it stands still."""
    page.evaluate(f"harness.draw({time}, {options})")
    page.wait_for_timeout(300)
    return read(page)
