"""Groups of nodes that the example graphs for the bundled model share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from .canvas import MAKE_VIDEO, Node, Socket, Subgraph
from .subgraph import promoted_widgets

FPS = 12
SIZE_NOTE = "**Size and length** are set only in *First Frame*: sides are multiples of 16, lengths 4k+1 (17, 33, 49, 81)."


def model_and_text(prompt: str, **files: str) -> tuple[list[Node], Node, Node]:
    """A column with Load Model and Text Encode, and the two nodes. `files` are inputs of Load Model."""
    model = Node("FlowbrushLoadModel", files)
    text = Node("FlowbrushTextEncode", {"clip": model["CLIP"], "prompt": prompt}, extra_height=150)
    return [model, text], model, text


def video_nodes(frames: Socket, prefix: str, fps: float | Socket = FPS) -> list[Node]:
    """Create Video and Save Video, for frames at a rate."""
    video = Node("CreateVideo", {"images": frames, "fps": fps})
    return [
        video,
        Node(
            "SaveVideo",
            {"video": video["VIDEO"], "filename_prefix": f"video/{prefix}"},
            room=300,
        ),
    ]


class Outputs(Protocol):
    """The outputs by name that First Frame has; those of several nodes may be put together."""

    def __getitem__(self, name: str, /) -> Socket: ...


def sampling_nodes(
    model: Node, text: Node, frame: Outputs, seed: int, **conditioning: Any
) -> tuple[list[Node], Node, Node]:
    """A column with Motion Conditioning and Latent Noise, the Sampler, and Decode Video, for graphs with a first frame."""
    if "motion" in conditioning:
        conditioning = {"behind": "plate, kept"} | conditioning
    condition = conditioning_node(model, text, frame, **conditioning)
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
    if "motion" in conditioning:  # composite the source's own pixels where the motion carries them
        known = {
            "source": frame["first_image"],
            "motion": conditioning["motion"],
            "composite": True,
            "behind": "plate",
        }
    if "beginning" in conditioning:  # of a later part of a shot
        known["beginning"] = conditioning["beginning"]
    if "last_image" in conditioning:  # carry both pictures along the flow between them
        known = {
            "source": frame["first_image"],
            "last_image": frame["last_image"],
            "composite": True,
            "behind": "plate",
        }
    decode = Node("FlowbrushDecodeVideo", {"vae": model["VAE"], "latent": sampler["LATENT"], **known})
    return [condition, noise], sampler, decode


def video_subgraph(
    columns: list[list[Node]],
    frames: Socket,
    prefix: str,
    fps: float | Socket = FPS,
    more: Sequence[Node] = (),
) -> tuple[Subgraph, Node]:
    """One node for everything from the model to the finished video, and Save Video.

    It shows the prompt, the seed, the steps and the network's file. `more` are nodes after the video, such as Measure Motion.
    """
    video, saved = video_nodes(frames, prefix, fps)
    columns = [*columns, [video, *more]]
    nodes = [node for column in columns for node in column]
    texts = promoted_widgets(nodes, "prompt", "text")
    promoted = [
        *(widgets[:1] for widgets in texts),
        *promoted_widgets(nodes, "seed", "noise_seed", "steps"),
        *((widget,) for widgets in promoted_widgets(nodes, "unet_name", "ckpt_name") for widget in widgets),
    ]
    return Subgraph("", {}, MAKE_VIDEO, columns=columns, promoted=promoted), saved


def measured(frames: Socket, motion: Socket, picture: Socket) -> tuple[Node, Node]:
    """Measure Motion, and the node that shows its report."""
    measure = Node("FlowbrushMeasureMotion", {"frames": frames, "motion": motion, "image": picture})
    return measure, Node("PreviewAny", {"source": measure["report"]}, "Asked and measured", extra_height=130)


def conditioning_node(model: Node, text: Node, frame: Outputs, **settings: Any) -> Node:
    """Motion Conditioning of a first frame; `settings` are further inputs, such as the motion."""
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


def brush_node(picture: Socket, document: str, length: Socket | None = None, large: bool = False) -> Node:
    """Motion Brush with space for its editor, `large` in graphs whose purpose is painting."""
    given = {"image": picture} | ({} if length is None else {"length": length}) | {"document": document}
    width, height = (480, 520) if large else (440, 460)
    return Node("FlowbrushMotionBrush", given, width=width, extra_height=height)


def preview_node(motion: Socket, picture: Socket, **settings: Any) -> Node:
    """Preview Motion with space for its animation."""
    return Node("FlowbrushPreviewMotion", {"motion": motion, "image": picture, **settings}, extra_height=160)
