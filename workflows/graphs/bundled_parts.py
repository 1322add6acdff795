"""What the example graphs for the bundled model have in common."""

from __future__ import annotations

from typing import Any

from .canvas import Node, Socket

FPS = 12
SIZE_NOTE = (
    "**Size and length** are set once, in *First Frame*. Widths and heights are multiples of 16; lengths are 4k+1 "
    "(17, 33, 49, 81)."
)


def model_and_text(prompt: str) -> tuple[list[Node], Node, Node]:
    """Load Model and Text Encode as one column."""
    model = Node("FlowbrushLoadModel", {})
    text = Node("FlowbrushTextEncode", {"clip": model["CLIP"], "prompt": prompt}, extra_height=150)
    return [model, text], model, text


def video_nodes(frames: Socket, prefix: str, fps: float | Socket = FPS) -> list[Node]:
    """Create Video and Save Video."""
    video = Node("CreateVideo", {"images": frames, "fps": fps})
    return [
        video,
        Node(
            "SaveVideo",
            {"video": video["VIDEO"], "filename_prefix": f"video/{prefix}"},
            room=320,
        ),
    ]


def sampled(
    model: Node, text: Node, frame: Node, seed: int, **conditioning: Any
) -> tuple[list[Node], Node, Node]:
    """Motion Conditioning, Latent Noise, Sampler and Decode Video, the middle of every graph with a first frame."""
    condition = conditioned(model, text, frame, **conditioning)
    noise = Node(
        "FlowbrushLatentNoise",
        {"width": frame["width"], "height": frame["height"], "length": frame["length"], "seed": seed},
    )
    sampler = Node(
        "FlowbrushSampler",
        {
            "model": model["MODEL"],
            "noise": noise["NOISE"],
            "positive": condition["positive"],
            "negative": condition["negative"],
            "no_motion": condition["no_motion"],
            "latent": condition["latent"],
        },
    )
    known = {}
    if "motion" in conditioning:  # the source's own pixels, wherever the motion says where they went
        known = {"source": frame["first_image"], "motion": conditioning["motion"], "composite": True}
    decode = Node("FlowbrushDecodeVideo", {"vae": model["VAE"], "latent": sampler["LATENT"], **known})
    return [condition, noise], sampler, decode


def conditioned(model: Node, text: Node, frame: Node, **settings: Any) -> Node:
    """Motion Conditioning of a first frame; what else it is given, the motion for one, is `settings`."""
    return Node(
        "FlowbrushMotionConditioning",
        {
            "positive": text["positive"],
            "negative": text["negative"],
            "vae": model["VAE"],
            "first_image": frame["first_image"],
            "length": frame["length"],
            **settings,
        },
    )


def painted_on(picture: Socket, document: str, length: Socket | None = None, large: bool = False) -> Node:
    """Motion Brush with room for its editor; `large` where painting is what the graph is for."""
    given = {"image": picture} | ({} if length is None else {"length": length}) | {"document": document}
    width, height = (480, 600) if large else (440, 560)
    return Node("FlowbrushMotionBrush", given, width=width, extra_height=height)


def previewed(motion: Socket, picture: Socket, **settings: Any) -> Node:
    """Preview Motion with room for what it shows."""
    return Node("FlowbrushPreviewMotion", {"motion": motion, "image": picture, **settings}, extra_height=330)
