"""Every example workflow runs without ComfyUI: small, with small random weights, so that it takes a moment."""

from pathlib import Path

import pytest
from flowbrush.hosts.headless.assignments import set_inputs
from flowbrush.hosts.headless.convert import load
from flowbrush.hosts.headless.graph import Link, WorkflowError
from flowbrush.hosts.headless.registry import object_info
from flowbrush.hosts.headless.runner import run
from flowbrush.hosts.headless.videos import read_video
from flowbrush.workflows.graphs.bundled import GRAPHS, IN_COMFYUI

ROOT = Path(__file__).resolve().parents[2]
# those for large models need stock nodes that only ComfyUI has
WORKFLOWS = [ROOT / "workflows" / f"{make.__name__}.json" for make in (*GRAPHS, *IN_COMFYUI)]
SMALL = {"width": 64, "height": 48, "length": 5}


def test_there_is_a_workflow_for_each_kind_of_job():
    jobs = [
        "text_to_video",
        "image_to_video",
        "motion_brush",
        "camera_move",
        "motion_transfer",
        "first_last_frame",
    ]
    assert {path.stem for path in WORKFLOWS} >= set(jobs)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_gives_a_video(path, weights, folders):
    graph = load(path)
    kinds = {"diffusion_model": "dit", "vae": "vae", "text_encoder": "text"}
    for node in graph.nodes.values():
        small = SMALL | (
            {"length": 9} if path.stem in ("long_shot", "shot_list") else {}
        )  # longer than the overlap of its parts
        for name, value in small.items():
            if name in node.inputs and not isinstance(node.inputs[name], Link):
                node.inputs[name] = value
        if node.class_type == "FlowbrushLoadModel":
            node.inputs |= {name: weights[kind] for name, kind in kinds.items()}
    videos = [file for file in run(graph).files() if file.suffix == ".mp4"]
    assert len(videos) == sum(node.class_type == "SaveVideo" for node in graph.nodes.values()) >= 1
    for video in videos:
        frames, _ = read_video(video)
        assert frames.shape[1:] == (48, 64, 3)
        assert len(frames) >= 5
        assert folders / "output" in video.parents


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_writes_the_values_of_its_widgets(path):
    """Values in the file that the schema does not know would be lost, or land in another widget."""
    graph, known = load(path), object_info()
    for node in graph.nodes.values():
        declared = known[node.class_type]["input"]
        names = {*declared["required"], *declared.get("optional", {})}
        assert {name.split(".")[0] for name in node.inputs} <= names


def test_nodes_in_a_subgraph_are_set_by_class_and_by_title():
    graph = load(ROOT / "workflows" / "start_here.json")
    set_inputs(graph, ["FlowbrushSampler.steps=3", "Flowbrush Text Encode.prompt=a boat"])
    assert graph.find("FlowbrushSampler").inputs["steps"] == "3"
    assert graph.find("FlowbrushTextEncode").inputs["prompt"] == "a boat"


def test_inputs_of_a_subgraph_are_set_by_its_number_or_title():
    graph = load(ROOT / "workflows" / "motion_brush.json")
    set_inputs(graph, ["Make the video.steps=3", "6.seed=12"])
    (sampler,) = [node for node in graph.nodes.values() if node.class_type == "FlowbrushSampler"]
    assert sampler.id.startswith("6:")
    assert sampler.inputs["steps"] == graph.prompt[sampler.id]["inputs"]["steps"] == "3"
    (noise,) = [node for node in graph.nodes.values() if node.class_type == "FlowbrushLatentNoise"]
    assert "12" in (sampler.inputs.get("seed"), noise.inputs.get("seed"))


def test_an_input_that_a_subgraph_does_not_show_is_refused():
    graph = load(ROOT / "workflows" / "motion_brush.json")
    with pytest.raises(
        WorkflowError, match=r'The subgraph 6 "Make the video" has no input `cfg`; it has: .*steps'
    ):
        set_inputs(graph, ["6.cfg=3"])
