"""LAYERS between ComfyUI's nodes and ours, and Animate Picture, in a real ComfyUI."""

import json

import av
import pytest
import torch

from .graphs import node, probe

pytestmark = pytest.mark.comfyui

DISC = {"strokes": [{"radius": 0.2, "points": [[0.3, 0.5]]}]}
DOCUMENT = json.dumps(
    {
        "flowbrush": "motion",
        "version": 2,
        "layers": [{"name": "disc", "region": DISC, "motion": {"horizontal": 0.375}}],
    }
)
PICTURE = node("FlowbrushExampleImage", name="balloon", width=96, height=64, variation=0)
MOTION = node("FlowbrushMotionBrush", image=["picture", 0], document=DOCUMENT, length=9)


def test_comfyui_puts_our_layers_together_to_the_picture(tensors):
    found = tensors(
        {
            "picture": PICTURE,
            "motion": MOTION,
            "layers": node("FlowbrushPictureToLayers", image=["picture", 0], motion=["motion", 0]),
            "together": node("ImageCompositor", layers=["layers", 0], compositor={}),
            "given": probe("Frames", ["picture", 0]),
            "made": probe("Frames", ["together", 0]),
        }
    )
    difference = (found["made"] - found["given"]).abs()
    assert found["made"].shape == found["given"].shape
    assert float(difference.max()) < 0.02 and float(difference.mean()) < 0.004


def test_layers_of_comfyui_become_a_motion_and_show_behind_one_another(comfyui, tensors):
    """A white square in front of a grey canvas, placed by Add Layer."""
    stack = {
        "grey": node("EmptyImage", width=96, height=64, batch_size=1, color=0x666666),
        "white": node("EmptyImage", width=24, height=24, batch_size=1, color=0xFFFFFF),
        "back": node("AddLayer", image=["grey", 0]),
        "stack": node("AddLayer", layers=["back", 0], image=["white", 0], name="box", x=8, y=20, z_index=1),
    }
    region = {"name": "box", "region": {"mask": 0, "feather": 0}, "motion": {"horizontal": 0.5}, "order": 1}
    document = json.dumps({"flowbrush": "motion", "version": 2, "layers": [region]})
    found = tensors(
        {
            **stack,
            "motion": node("FlowbrushLayersToMotion", layers=["stack", 0], document=document, length=5),
            "warped": node(
                "FlowbrushWarpImage",
                image=["motion", 1],
                motion=["motion", 0],
                fill_holes=True,
                plate=["stack", 0],
            ),
            "frames": probe("Frames", ["warped", 0]),
        }
    )
    frames = found["frames"]
    assert frames[0, 22:42, 10:30].min() > 0.99
    torch.testing.assert_close(frames[-1, 20:44, 8:32], torch.full((24, 24, 3), 0.4), atol=0.01, rtol=0)
    assert frames[-1, 22:42, 58:78].min() > 0.99


def test_animate_picture_gives_save_video_its_own_file(comfyui):
    graph = {
        "picture": PICTURE,
        "motion": MOTION,
        "video": node(
            "FlowbrushAnimatePicture",
            image=["picture", 0],
            motion=["motion", 0],
            behind="plate",
            length=13,
            fps=24.0,
            crf=16.0,
        ),
        "save": node(
            "SaveVideo",
            video=["video", 0],
            filename_prefix="video/animated",
            format="auto",
            codec="auto",
        ),
    }
    saved = comfyui.output_file(comfyui.run(graph), "save")
    with av.open(str(saved)) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height, stream.frames) == (96, 64, 13)
        assert float(stream.average_rate) == 24 and stream.codec_context.name == "h264"
        assert "prompt" in container.metadata
