"""Our Wan-Move and ATI nodes give core's own result where core is right, and a right one where it is not."""

import json
import subprocess
from pathlib import Path

import pytest
import torch

from .checkpoints import small_models
from .graphs import CLIP, MODEL, VAE_OUT, loaded, node, probe
from .server import ROOT, comfyui_python, environment

pytestmark = pytest.mark.comfyui


@pytest.fixture(scope="module")
def found(comfyui_path, tmp_path_factory):
    """What `track_worker.py` found out, in a process of its own with ComfyUI's interpreter."""
    directory = tmp_path_factory.mktemp("tracks")
    (directory / "packs").mkdir()
    (directory / "packs" / "flowbrush").symlink_to(ROOT, target_is_directory=True)
    script = Path(__file__).with_name("track_worker.py")
    command = [comfyui_python(comfyui_path), str(script), str(comfyui_path)]
    command += [str(directory / "packs"), str(small_models())]
    done = subprocess.run(
        command, cwd=directory, env=environment(), capture_output=True, text=True, timeout=480
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_wan_move_is_cores_to_the_last_bit(found):
    assert len(found["wan-move: tracks"]) == 9 and all(found["wan-move: tracks"].values())
    assert found["wan-move: nothing to carry"]
    assert found["wan-move: painted"] and found["wan-move: points"] == 9 + 8 + 21
    assert found["wan-move: changed"] > 0.5


def test_core_writes_in_place_and_we_give_the_side_that_is_asked_for(found):
    assert found["in place: core's sides are one"]
    assert found["in place: ours"] == [True, True, True]


def test_tracks_that_start_nowhere_copy_the_corner_in_core_and_nothing_here(found):
    assert found["off-frame start: core copies the corner"] and found["late start: core copies the corner"]
    assert found["off-frame start: ours carries nothing"] and found["late start: ours carries nothing"]
    assert "no track of `tracks` is visible inside" in found["off-frame start: ours is refused alone"]


def test_a_track_mask_fails_with_several_tracks_in_core_and_works_here(found):
    assert found["track_mask: core"].startswith("IndexError")
    assert found["track_mask: ours"]


def test_overlaps_are_chance_in_core_and_decided_here(found):
    assert found["overlaps: core's results"] > 1
    assert found["overlaps: ours"] == 1 and found["overlaps: the nearest to the middle wins"]


def test_ati_is_cores_to_the_last_bit(found):
    assert found["ati: lists"] == dict.fromkeys(found["ati: lists"], True) and len(found["ati: lists"]) == 4
    assert found["ati: nothing to carry"] and found["ati: changed"] > 0.3


def test_ati_plays_lists_of_any_length_over_the_whole_clip(found):
    core, ours = found["81 points: core"], found["81 points: ours"]
    # From 8 px to 116 px, in a lattice of 16 columns over 128 px: column 7.0 in the middle, 13.4 at the end.
    assert core[0] > 9 and core[1] == 0.0, "core is 1.5 times too fast, then it has lost the track"
    assert abs(ours[0] - 7.03) < 0.5 and abs(ours[1] - 13.4) < 0.5 and ours[2] > 0.05


def test_ati_works_at_121_frames_where_core_fails(found):
    assert found["121 frames: core"].startswith("RuntimeError")
    assert sorted(found["any length: where the track ends"]) == ["121", "33", "9"]
    for row, column, known in found["any length: where the track ends"].values():
        assert (row, column) == (3, 7) and known > 0.999


def test_ati_is_cores_at_the_published_size_too(found):
    assert found["832x480: the same"] and found["832x480: cells that a track reaches"] > 8


def test_ati_as_published_is_cores_for_points_16_px_apart(found):
    close = found["16 px apart"]
    assert max(close["as published"]) < 1e-5
    assert close["weights of core"] > 1.2  # which is what `at most 1` is there for
    assert close["bounded"][0] > 0.3 and close["bounded"][1] >= 0


def test_ati_tracks_at_one_place_are_twice_the_feature_in_core_and_one_here(found):
    core, ours, alone = found["two at one place: masks"]
    assert abs(core + 1.0) < 1e-3 and 0.0 <= ours < 1e-3 and 0.0 <= alone < 1e-3


def test_ati_starts_outside_and_at_the_edge(found):
    assert found["off-frame start: core carries something"] > 0.1
    assert "no track is visible inside the picture" in found["off-frame start: ours"]
    core, ours = found["start at the edge: share of the feature"]
    assert abs(core - 0.625) < 1e-3 and abs(ours - 1.0) < 1e-3


def test_a_stock_sampler_makes_the_same_of_both(found):
    assert found["sampled: wan-move"] and found["sampled: ati"]
    assert min(found["sampled: they differ"]) > 1e-3


def test_splines_and_painted_motion_combine(found):
    spline, left, frozen = found["combined"]
    assert abs(spline[0] - 40) < 0.5 and abs(spline[1]) < 0.5
    assert abs(left[0] - 64) < 0.5 and frozen == [0.0, 0.0]
    assert abs(found["from core's tracks"][0] - 41.7) < 0.5


def test_the_given_prompt_is_left_alone(found):
    assert found["text"] == ["pooled_output"]


def test_in_a_graph_splines_drive_both_and_a_painted_motion_ours(tensors):
    document = {"version": 2, "layers": [{"region": {"everything": True}, "motion": {"horizontal": 0.25}}]}
    spline = [[{"x": 12, "y": 20 + 16 * k}, {"x": 40, "y": 20 + 16 * k}] for k in range(3)]
    prompts = {"positive": ["positive", 0], "negative": ["negative", 0], "vae": VAE_OUT, "length": 9}
    told = {"first_image": ["image", 0], "spacing": 8, "unpainted": "free", "sides": "both", "strength": 1.0}

    def sampled(name):
        settings = {"seed": 5, "steps": 1, "cfg": 2.0, "sampler_name": "euler", "scheduler": "simple"}
        links = {"positive": [name, 0], "negative": [name, 1], "latent_image": [name, 2]}
        return node("KSampler", model=MODEL, denoise=1.0, **settings, **links)

    graph = loaded(
        positive=node("CLIPTextEncode", clip=CLIP, text="a boat"),
        negative=node("CLIPTextEncode", clip=CLIP, text=""),
        image=node("FlowbrushExampleImage", name="balloon", width=64, height=64, variation=0),
        splines=node(
            "FlowbrushMotionFromTracks",
            points=json.dumps(spline),
            format="kjnodes",
            width=64,
            height=64,
            length=9,
            reach=0.0,
        ),
        brush=node("FlowbrushMotionBrush", image=["image", 0], document=json.dumps(document), length=9),
        core=node(
            "WanMoveTrackToVideo",
            **prompts,
            tracks=["splines", 1],
            start_image=["image", 0],
            strength=1.0,
            width=64,
            height=64,
            batch_size=1,
        ),
        ours=node("FlowbrushWanMove", **prompts, **told, tracks=["splines", 1]),
        painted=node("FlowbrushWanMove", **prompts, **told, motion=["brush", 0]),
        ati=node("FlowbrushATI", **prompts, **told, motion=["brush", 0], tracks=["splines", 1]),
    )
    names = ("core", "ours", "painted", "ati")
    graph |= {f"{name} sampled": sampled(name) for name in names}
    found = tensors(graph | {f"{name} made": probe("Samples", [f"{name} sampled", 0]) for name in names})
    made = {name: found[f"{name} made"] for name in names}
    assert torch.equal(made["ours"], made["core"]) and made["core"].isfinite().all()
    for name in ("painted", "ati"):
        assert made[name].isfinite().all() and (made[name] - made["core"]).abs().max() > 1e-2
