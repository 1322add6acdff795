"""ComfyUI in this process, and its nodes for Wan-Move and ATI beside ours on the same small clip.

Arguments: <ComfyUI folder> <folder that holds the pack as `flowbrush`> <models folder>. Imported first: ComfyUI reads its
arguments when it is imported.
"""

# ruff: noqa: E402 - ComfyUI reads its arguments when it is imported

import json
import sys
from collections.abc import Callable
from pathlib import Path

COMFYUI, PACKS, MODELS = sys.argv[1:]
sys.path[:0] = [COMFYUI, PACKS]
sys.argv[1:] = ["--cpu"]

import comfy.options

comfy.options.enable_args_parsing()

import comfy.sd
import comfy.utils
import torch
from comfy_extras.nodes_wanmove import WanMoveTrackToVideo
from flowbrush.hosts import use
from flowbrush.nodes.tracks import MotionFromTracks

use("comfyui")
HEIGHT, WIDTH = 64, 128  # the picture's
SPOT = (59.7333, 27.4286)  # where ATI's lattice has the cell in row 3, column 7
CORNER = (HEIGHT // 8 - 1, WIDTH // 8 - 1)
VAE = comfy.sd.VAE(sd=comfy.utils.load_torch_file(str(Path(MODELS) / "vae" / "tiny_vae.safetensors")))
IMAGE = torch.rand(1, HEIGHT, WIDTH, 3, generator=torch.Generator().manual_seed(5))
TEXT = [[torch.zeros(1, 4, 32), {"pooled_output": None}]]
VISION = object()  # what CLIP Vision Encode gives; it is only handed on


def once(encode: Callable[[torch.Tensor], torch.Tensor]) -> Callable[..., torch.Tensor]:
    """`encode` that encodes equal clips once: each length is asked for many times. A copy, for core writes into it."""
    known: dict[bytes, torch.Tensor] = {}

    def answer(pixels: torch.Tensor, **tiles: int) -> torch.Tensor:
        key = pixels.numpy().tobytes()
        if key not in known:
            known[key] = encode(pixels)
        return known[key].clone()

    return answer


VAE.encode = VAE.encode_tiled = once(VAE.encode)  # that one tile is the whole is tested in `inside.py`


def theirs(node, length: int, **inputs) -> tuple:
    """(positive, negative, latent) of a node of ComfyUI's."""
    more = {"strength": 1.0} if node is WanMoveTrackToVideo else {"temperature": 220.0, "topk": 2}
    return node.execute(
        TEXT, TEXT, VAE, width=WIDTH, height=HEIGHT, length=length, start_image=IMAGE, batch_size=1,
        clip_vision_output=VISION, **{**more, **inputs},
    ).args  # fmt: skip


def ours(node, length: int, **inputs) -> tuple:
    settings = {"strength": 1.0, "spacing": 8, "unpainted": "free", "sides": "both", **inputs}
    return node.execute(
        positive=TEXT, negative=TEXT, vae=VAE, first_image=IMAGE, length=length, clip_vision_output=VISION,
        **settings,
    ).args  # fmt: skip


def same(one: tuple, other: tuple, sides: tuple[int, ...] = (0, 1)) -> bool:
    """Whether two nodes gave the same conditioning, latent and picture of CLIP Vision, to the last bit."""
    for side in sides:
        a, b = one[side][0][1], other[side][0][1]
        image, mask = a["concat_latent_image"], a["concat_mask"]
        if not torch.equal(image, b["concat_latent_image"]):
            return False
        # the network repeats a mask of one channel to four
        if not torch.equal(
            mask.expand(1, 4, *mask.shape[2:]), b["concat_mask"].expand(1, 4, *mask.shape[2:])
        ):
            return False
        if a["clip_vision_output"] is not b["clip_vision_output"]:
            return False
    return torch.equal(one[2]["samples"], other[2]["samples"])


def image_of(answer: tuple, side: int = 0) -> torch.Tensor:
    return answer[side][0][1]["concat_latent_image"]


def message(work, *arguments, **named) -> str:
    """What `work` says when it fails."""
    try:
        work(*arguments, **named)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


def walkers(length: int, count: int = 5) -> dict[str, torch.Tensor]:
    """TRACKS of points in rows of their own, so that they never meet: slow, fast, leaving the picture, hidden a while,
    hidden at the end."""
    time = torch.linspace(0, 1, length)
    speed = torch.tensor([7.3, 41.7, 170.0, 56.6, -12.9])[:count]
    x = torch.tensor([60.2, 30.5, 70.1, 11.9, 90.4])[:count] + time[:, None] * speed
    y = torch.tensor([4.1, 15.7, 28.2, 44.0, 58.5])[:count] + 2.9 * (time[:, None] * 6).sin()
    visible = torch.ones(length, count, dtype=torch.bool)
    visible[length // 3 : length // 2, 3:4] = False
    visible[length // 2 :, 4:5] = False
    return {"track_path": torch.stack([x, y], -1), "track_visibility": visible}


def lists(paths: torch.Tensor) -> str:
    """Point lists, as spline editors write them, of paths [samples,N,2]."""
    return json.dumps(
        [[{"x": x, "y": y} for x, y in track] for track in paths.double().transpose(0, 1).tolist()]
    )


def from_text(text: str, length: int, format: str = "ati") -> dict[str, torch.Tensor]:
    """TRACKS of point lists, by our node."""
    return MotionFromTracks.execute(text, format, WIDTH, HEIGHT, length, 0.0).args[1]
