"""The graph of the launcher's command `demo`: the motion brush workflow at the picture's full size, or on a photo."""

from __future__ import annotations

from pathlib import Path

from ...motion.proposal.gentle_move import gentle_depth, gentle_document
from .graph import Graph, Link, Node, WorkflowError
from .host import ROOT, HeadlessHost

WORKFLOW = ROOT / "workflows" / "motion_brush.json"
PIXELS = 512 * 512  # of the video of a photo; the model works at half its width and height
HOW_TO_PAINT = """\
Nothing is painted on this picture, so only the camera moves. To make a part of it move, open workflows/motion_brush.json in
ComfyUI, load the picture with Load Image in place of Example Image, and in Motion Brush cover the part (key B) and pull an
arrow from it (key A). README.md says what else can be painted."""


def demo_graph(host: HeadlessHost, image: Path | None, workflow: Path) -> Graph:
    """The graph of a workflow whose composited frames have the full size of its picture, or of the photo `image`.

    A photo gets a gentle camera move instead of the motion that was painted on the workflow's own picture.
    """
    from .convert import load

    graph = load(workflow)
    picture = _picture_nodes(graph)
    if image is not None:
        _use_photo(graph, image.expanduser().resolve(), host.temp_directory())
    for node in graph.nodes.values() if len(picture) == 1 else ():
        if node.class_type == "FlowbrushDecodeVideo":
            node.inputs |= {"source": Link(picture[0].id, 0), "size": "source"}
        elif node.class_type == "FlowbrushMeasureMotion":
            node.inputs["image"] = Link(picture[0].id, 0)
    return graph


def use_image(graph: Graph, image: Path) -> None:
    """Replace the node that draws or loads the graph's picture by a Load Image of the user's file.

    Raises WorkflowError if the graph has no such node, or uses other outputs of it than the picture.
    """
    from .pictures import read_image

    read_image(image)
    sources = _picture_nodes(graph)
    if len(sources) != 1:
        raise WorkflowError(
            f"The workflow has {len(sources)} nodes that output a picture; it needs exactly one."
        )
    node = sources[0]
    slots = {
        link.slot
        for other in graph.nodes.values()
        for link in other.links().values()
        if link.node_id == node.id
    }
    if slots - {0}:
        raise WorkflowError(
            f"{node.label} gives more than a picture in the workflow, so a photo cannot replace it."
        )
    node.class_type, node.inputs = "LoadImage", {"image": str(image)}


def _picture_nodes(graph: Graph) -> list[Node]:
    return [
        node for node in graph.nodes.values() if node.class_type in ("FlowbrushExampleImage", "LoadImage")
    ]


def _use_photo(graph: Graph, image: Path, folder: Path) -> None:
    """Give a photo to the graph, in its own proportions, with a camera move and the depth that belongs to it."""
    from ...rendering.resizing import fit_image
    from .pictures import read_image, write_image

    photo, _ = read_image(image)
    width, height = video_size(photo.shape[2], photo.shape[1])
    picture = fit_image(photo, width, height, "crop")[0]
    write_image(folder / "demo_picture.png", picture)
    use_image(graph, folder / "demo_picture.png")
    write_image(folder / "demo_depth.png", gentle_depth(picture)[..., None].expand(-1, -1, 3))
    depth = Node("demo depth", "LoadImage", {"image": str(folder / "demo_depth.png")}, "Depth")
    for node in [*graph.nodes.values()]:
        if node.class_type == "FlowbrushFirstFrame":
            node.inputs |= {"width": width // 2, "height": height // 2}
        elif node.class_type == "FlowbrushMotionBrush":
            node.inputs |= {"document": gentle_document(picture), "depth": Link(depth.id, 0)}
        elif node.class_type == "FlowbrushTextEncode":
            node.inputs["prompt"] = "the camera moves slowly around the subject"
    graph.nodes[depth.id] = depth


def video_size(width: int, height: int) -> tuple[int, int]:
    """The size (width, height) of the demo's video of a photo: its proportions, about `PIXELS` pixels, multiples of 32."""
    scale = (PIXELS / (width * height)) ** 0.5
    return max(32, round(width * scale / 32) * 32), max(32, round(height * scale / 32) * 32)
