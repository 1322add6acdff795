"""What the example graphs for the bundled model have in common."""

from __future__ import annotations

from typing import Any

from .build import Node, Socket

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
    condition = Node(
        "FlowbrushMotionConditioning",
        {
            "positive": text["positive"],
            "negative": text["negative"],
            "vae": model["VAE"],
            "first_image": frame["first_image"],
            "length": frame["length"],
            **conditioning,
        },
    )
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


def conditioned(model: Node, text: Node, frame: Node, motion: Socket, **settings: Any) -> Node:
    """Motion Conditioning of a painted motion, for the graphs that have a sampler of their own."""
    return Node(
        "FlowbrushMotionConditioning",
        {
            "positive": text["positive"],
            "negative": text["negative"],
            "vae": model["VAE"],
            "first_image": frame["first_image"],
            "length": frame["length"],
            "motion": motion,
            **settings,
        },
    )
