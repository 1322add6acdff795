"""The same graph with the same seed gives the same video in both hosts."""

import pytest
from flowbrush.hosts import host, use
from flowbrush.hosts.headless import HeadlessHost, convert, registry, runner
from flowbrush.hosts.headless import graph as headless_graph
from flowbrush.workflows.graphs.documents import BALLOONS_AND_CLOUDS
from safetensors.torch import load_file

from .checkpoints import FOLDERS
from .graphs import CLIP, VAE_OUT, loaded, node, probe, sampler, with_paths
from .probe import NODES
from .server import ROOT

pytestmark = pytest.mark.comfyui

TOLERANCE = 1e-3  # of frames in 0..1, and of latents in units of their deviation

SAMPLERS = {
    "one_step": {"steps": 1, "solver": "euler"},
    "three_conditions": {
        "steps": 4,
        "solver": "unipc",
        "cfg": 2.0,
        "motion_cfg": 1.5,
        "no_motion": ["asked", 2],
    },
    "added_noise": {"steps": 3, "solver": "ddim", "cfg": 1.5, "schedule": "cosine", "shift": 3.0},
    "falling": {"steps": 3, "solver": "dpmpp_2m", "cfg": 3.0, "cfg_schedule": "falling", "denoise": 0.9},
}


def brush_graph():
    """The main job at a small size, with several samplers."""
    asked = {"positive": ["asked", 0], "negative": ["asked", 1], "latent": ["asked", 3]}
    sampled, decoded, probes = {}, {}, {}
    for name, settings in SAMPLERS.items():
        sampled[name] = sampler(**asked, **settings)
        decoded[f"{name}_decoded"] = node(
            "FlowbrushDecodeVideo", vae=VAE_OUT, latent=[name, 0], tile_size=0, composite=False
        )
        probes[f"{name}_samples"] = probe("Samples", [name, 0])
        probes[f"{name}_frames"] = probe("Frames", [f"{name}_decoded", 0])
    return loaded(
        text=node("FlowbrushTextEncode", clip=CLIP, prompt="a balloon drifts over hills", negative="blurry"),
        picture=node("FlowbrushExampleImage", name="balloon", width=96, height=64, variation=3),
        first=node("FlowbrushFirstFrame", image=["picture", 0], width=80, height=64, length=9, fit="crop"),
        brush=node("FlowbrushMotionBrush", image=["first", 0], document=BALLOONS_AND_CLOUDS, length=9),
        asked=node(
            "FlowbrushMotionConditioning",
            positive=["text", 0],
            negative=["text", 1],
            vae=VAE_OUT,
            first_image=["first", 0],
            motion=["brush", 0],
            length=9,
            mode="warped video",
            unpainted="still",
            motion_guidance=True,
            hold_known=False,
        ),
        start=node("FlowbrushLatentNoise", width=80, height=64, length=9, batch_size=1, seed=17),
        **sampled,
        **decoded,
        **probes,
    )


@pytest.fixture(scope="session")
def headless_run():
    """A function that runs an API-format graph, probe nodes included, without ComfyUI."""

    def run(graph):
        known = registry.node_classes()
        for probe_node in NODES:
            known.setdefault(probe_node.define_schema().node_id, probe_node)
        usual = host()
        use(HeadlessHost(show_progress=False, device="cpu"))
        try:
            runner.run(headless_graph.parse(graph))
        finally:
            use(usual)

    return run


@pytest.fixture(scope="session")
def both(comfyui, headless_run, tmp_path_factory):
    """What the probes wrote, in ComfyUI and headless, by node id."""
    there, here = tmp_path_factory.mktemp("there"), tmp_path_factory.mktemp("here")
    filled, paths = with_paths(brush_graph(), there)
    comfyui.run(filled)
    theirs = {name: load_file(path)["tensor"] for name, path in paths.items()}

    filled, paths = with_paths(brush_graph(), here)
    for name, value in filled["load"]["inputs"].items():
        filled["load"]["inputs"][name] = str(comfyui.directory / "models" / FOLDERS[value] / value)
    headless_run(filled)
    return theirs, {name: load_file(path)["tensor"] for name, path in paths.items()}


@pytest.mark.parametrize("name", SAMPLERS)
def test_latents_agree(both, name):
    theirs, ours = (tensors[f"{name}_samples"] for tensors in both)
    assert theirs.shape == ours.shape == (1, 16, 3, 8, 10)
    assert (theirs - ours).abs().max() / theirs.std() < TOLERANCE


@pytest.mark.parametrize("name", SAMPLERS)
def test_frames_agree(both, name):
    theirs, ours = (tensors[f"{name}_frames"] for tensors in both)
    assert theirs.shape == ours.shape == (9, 64, 80, 3)
    assert theirs.std() > 0.05
    assert (theirs - ours).abs().max() < TOLERANCE


def test_settings_matter(both):
    theirs = both[0]
    assert (theirs["one_step_samples"] - theirs["three_conditions_samples"]).abs().max() > 0.1


def test_the_motion_brush_workflow_with_the_bundled_model_agrees(comfyui, headless_run, tmp_path):
    graph = convert.load(ROOT / "workflows" / "motion_brush.json").prompt
    by_class = {entry["class_type"]: name for name, entry in graph.items()}
    graph[by_class["FlowbrushExampleImage"]]["inputs"] |= {"width": 128, "height": 96}
    graph[by_class["FlowbrushFirstFrame"]]["inputs"] |= {"width": 96, "height": 64, "length": 9}
    graph[by_class["FlowbrushSampler"]]["inputs"] |= {"steps": 2, "cfg": 2.0}
    graph["frames"] = probe("Frames", [by_class["FlowbrushDecodeVideo"], 0])
    graph[by_class["FlowbrushDecodeVideo"]]["inputs"] |= {"composite": False}  # the model's own pixels
    for name in ("SaveVideo", "PreviewAny", "FlowbrushMeasureMotion", "FlowbrushPreviewMotion"):
        del graph[by_class[name]]
    frames = []
    for run, folder in ((comfyui.run, tmp_path / "there"), (headless_run, tmp_path / "here")):
        folder.mkdir()
        filled, paths = with_paths(graph, folder)
        run(filled)
        frames.append(load_file(paths["frames"])["tensor"])
    assert frames[0].shape == (9, 64, 96, 3)
    assert (frames[0] - frames[1]).abs().max() < TOLERANCE
