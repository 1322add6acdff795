"""Guides and cameras beside ComfyUI's own nodes, on small stand-ins of the models that they are for."""

import json

import pytest
import torch
from flowbrush.conditioning.plucker import trajectory_from_embedding
from flowbrush.motion.field.field import MotionField
from safetensors.torch import load_file

from . import stand_ins
from .graphs import completed, node, probe, with_paths
from .server import GraphError
from .test_stand_ins import SIZE, loaders, prompts, sampled, wan

pytestmark = pytest.mark.comfyui

DISTANCE = 4.0
# What the poses of Wan Camera Embedding are for our camera: over 9 frames the last is at 8/9 of 1.5 lengths (zooms 3)
# or 60 degrees, a lens of 90 degrees over 64 px has a focal length of 32 px.
TRAVEL = 1.5 * 8 / 9
POSES = {
    "Pan Right": {"truck": TRAVEL * 32 / (64 * DISTANCE)},
    "Pan Left": {"truck": -TRAVEL * 32 / (64 * DISTANCE)},
    "Pan Up": {"pedestal": TRAVEL * 32 / (48 * DISTANCE)},
    "Pan Down": {"pedestal": -TRAVEL * 32 / (48 * DISTANCE)},
    "Zoom In": {"dolly": 2 * TRAVEL / DISTANCE},
    "Zoom Out": {"dolly": -2 * TRAVEL / DISTANCE},
    "ClockWise (CW)": {"roll": 60 * 8 / 9},
    "Anti Clockwise (ACW)": {"roll": -60 * 8 / 9},
}
FRAME = {"width": 64, "height": 48}
DISC = {"strokes": [{"radius": 0.2, "points": [[0.3, 0.5]]}]}


def painted(length=9, horizontal=0.375):
    """A Motion Brush whose disc goes right by three eighths of the picture."""
    layers = [{"region": DISC, "motion": {"horizontal": horizontal}}]
    document = json.dumps({"flowbrush": "motion", "version": 2, "layers": layers})
    return node("FlowbrushMotionBrush", document=document, length=length)


def core_camera(pose, lens):
    return node("WanCameraEmbedding", camera_pose=pose, **FRAME, length=9, speed=1.0, **lens, cx=0.5, cy=0.5)


def embedded(motion):
    return node("FlowbrushCameraEmbedding", motion=motion, **FRAME, scene_distance=DISTANCE)


@pytest.fixture(scope="module")
def cameras(comfyui, object_info, tmp_path_factory):
    """By pose, embeddings of core's node with a square lens, of ours for the same move, of core's node with its own
    lens, and of that one read as a motion and embedded again."""
    square, own = {"fx": 32 / (48 * 16 / 9), "fy": 32 / 48}, {"fx": 0.5, "fy": 0.5}
    graph = {}
    for i, (pose, values) in enumerate(POSES.items()):
        graph |= {
            f"core {i}": core_camera(pose, square),
            f"move {i}": node("FlowbrushCameraMotion", length=9, ease="linear", field_of_view=90.0, **values),
            f"ours {i}": embedded([f"move {i}", 0]),
            f"stretched {i}": core_camera(pose, own),
            f"read {i}": node(
                "FlowbrushMotionFromCamera",
                camera_embedding=[f"stretched {i}", 0],
                length=0,
                scene_distance=DISTANCE,
            ),
            f"again {i}": embedded([f"read {i}", 0]),
        }
        for name in ("core", "ours", "stretched", "again"):
            graph[f"{name} probe {i}"] = probe("Camera", [f"{name} {i}", 0])
    filled, paths = with_paths(graph, tmp_path_factory.mktemp("cameras"))
    comfyui.run(completed(filled, object_info))
    found = {name: load_file(path)["tensor"] for name, path in paths.items()}
    return {
        pose: {name: found[f"{name} probe {i}"] for name in ("core", "ours", "stretched", "again")}
        for i, pose in enumerate(POSES)
    }


@pytest.mark.parametrize("pose", POSES)
def test_our_camera_gives_cores_embedding_for_the_same_move(cameras, pose):
    found = cameras[pose]
    assert found["core"].shape == (1, 24, 3, 48, 64)
    torch.testing.assert_close(found["ours"], found["core"], atol=2e-5, rtol=0)
    assert (found["core"][:, :, -1] - found["core"][:, :, 0]).abs().max() > 0.5


@pytest.mark.parametrize("pose", POSES)
def test_cores_embedding_comes_back_from_a_motion_with_its_own_lens(cameras, pose):
    torch.testing.assert_close(cameras[pose]["again"], cameras[pose]["stretched"], atol=1e-4, rtol=0)


def test_cores_poses_move_the_picture_as_their_geometry_says(cameras):
    """At a focal length of 48 * 16/9 / 2 px across and 24 px down, and the scene 4 lengths away."""

    def moved(pose):
        found = trajectory_from_embedding(cameras[pose]["stretched"], DISTANCE)
        field = MotionField(9, cameras=[found], aspect=64 / 48).displacement(48, 64)
        return field[-1]

    right, down = moved("Pan Right"), moved("Pan Up")
    torch.testing.assert_close(
        right, torch.tensor([-(48 * 16 / 9) / 2 * TRAVEL / 4, 0.0]).expand(48, 64, 2), atol=1e-3, rtol=0
    )
    torch.testing.assert_close(
        down, torch.tensor([0.0, 24 * TRAVEL / 4]).expand(48, 64, 2), atol=1e-3, rtol=0
    )
    nearer = moved("Zoom In")[10, 20]
    torch.testing.assert_close(nearer, torch.tensor([20.5 - 32, 10.5 - 24]) * 2.0, atol=2e-3, rtol=0)


def test_a_camera_model_reads_our_embedding(native, tensors):
    def graph(**values):
        more = {"start_image": ["picture", 0], "camera_conditions": ["camera", 0]}
        return {
            **wan(stand_ins.FUN_CAMERA, "WanCameraImageToVideo", **more),
            "move": node("FlowbrushCameraMotion", length=9, **values),
            "camera": node("FlowbrushCameraEmbedding", motion=["move", 0], **SIZE, scene_distance=4.0),
        }

    left, right = (tensors(graph(truck=truck))["samples"] for truck in (-0.3, 0.3))
    assert left.shape == (1, 16, 3, 8, 8) and left.isfinite().all()
    assert (left - right).abs().max() > 1e-3


def test_vace_reads_the_warped_picture_and_its_holes(native, tensors):
    def graph(horizontal):
        more = {"strength": 1.0, "control_video": ["control", 0], "control_masks": ["control", 1]}
        built = wan(stand_ins.VACE, "WanVaceToVideo", **more)
        built["cond"]["inputs"]["length"] = ["control", 2]
        return {
            **built,
            "motion": painted(horizontal=horizontal),
            "control": node("FlowbrushVACEControl", first_image=["picture", 0], motion=["motion", 0]),
            "shown": node("MaskToImage", mask=["control", 1]),
            "masks": probe("Frames", ["shown", 0]),
        }

    there, back = tensors(graph(0.375)), tensors(graph(-0.1))
    assert there["samples"].shape == (1, 16, 3, 8, 8) and there["frames"].shape == (9, 64, 64, 3)
    assert (there["samples"] - back["samples"]).abs().max() > 1e-3
    assert there["masks"][0].sum() == 0 and 0.02 < there["masks"][-1].mean() < 0.3


@pytest.mark.parametrize("style", ["spots", "carried picture"])
def test_fun_control_reads_guide_videos(native, tensors, style):
    def graph(horizontal):
        return {
            **wan(
                stand_ins.FUN_CONTROL,
                "WanFunControlToVideo",
                start_image=["picture", 0],
                control_video=["guide", 0],
            ),
            "motion": painted(horizontal=horizontal),
            "guide": node(
                "FlowbrushGuideVideo", motion=["motion", 0], image=["picture", 0], style=style, holes="black"
            ),
        }

    there, back = (tensors(graph(horizontal))["samples"] for horizontal in (0.375, -0.1))
    assert there.shape == (1, 16, 3, 8, 8)
    assert (there - back).abs().max() > 1e-3


def ltx_file():
    return {
        "file": node("CheckpointLoaderSimple", ckpt_name=stand_ins.LTX.name),
        "clip": node("CLIPLoader", clip_name=stand_ins.T5.name, type="ltxv", device="default"),
        **prompts(["clip", 0]),
        "motion": painted(17),
    }


def test_ltx_reads_discs_as_a_guide_and_ours_in_place_together(native, tensors):
    """Stock LTXV Add Guide goes on from our latent and its mask, and crops its own frames off again."""
    graph = {
        **ltx_file(),
        "start": node(
            "FlowbrushInPlaceGuide",
            vae=["file", 2],
            first_image=["picture", 0],
            motion=["motion", 0],
            strength=0.5,
        ),
        "discs": node("FlowbrushGuideVideo", motion=["motion", 0], style="discs by age", **SIZE),
        "cond": node(
            "LTXVAddGuide",
            positive=["positive", 0],
            negative=["negative", 0],
            vae=["file", 2],
            latent=["start", 0],
            image=["discs", 0],
            frame_idx=0,
            strength=1.0,
        ),
        **sampled(["file", 0], ["cond", 0], ["cond", 1], ["cond", 2], ["file", 2]),
        "cropped": node("LTXVCropGuides", positive=["cond", 0], negative=["cond", 1], latent=["sampled", 0]),
        "kept": probe("Samples", ["cropped", 2]),
    }
    found = tensors(graph)
    assert found["samples"].shape == (1, 128, 6, 2, 2) and found["kept"].shape == (1, 128, 3, 2, 2)
    assert found["kept"].isfinite().all()


@pytest.mark.parametrize(
    ("side", "length", "said"),
    [
        (48, 17, "the picture is 48x48 pixels; this VAE takes multiples of 32: try 64x64"),
        (64, 13, "the clip is 13 frames long; this VAE takes 8k+1: try"),
    ],
)
def test_what_ltx_would_cut_off_is_refused(native, object_info, side, length, said):
    graph = {
        **ltx_file(),
        "motion": painted(length),
        "picture": node("EmptyImage", width=side, height=side, batch_size=1, color=0x406080),
        "start": node(
            "FlowbrushInPlaceGuide", vae=["file", 2], first_image=["picture", 0], motion=["motion", 0]
        ),
        "shown": node("PreviewImage", images=["start", 1]),
    }
    with pytest.raises(GraphError) as refused:
        native.run(completed(graph, object_info))
    assert said in refused.value.details[0]["exception_message"]


@pytest.mark.parametrize(("model", "shape"), [("ltx", (1, 128, 3, 2, 2)), ("wan 2.2 5B", (1, 48, 5, 4, 4))])
def test_parts_that_are_held_in_place_are_unchanged_in_the_result(native, tensors, model, shape):
    if model == "ltx":
        base, network, vae = ltx_file(), ["file", 0], ["file", 2]
    else:
        base = {**loaders(stand_ins.WAN22_5B, stand_ins.WAN22_VAE), "motion": painted(17)}
        network, vae = ["network", 0], ["vae", 0]
    pictures = {"first_image": ["picture", 0], "motion": ["motion", 0], "vae": vae}
    graph = {
        **base,
        "start": node("FlowbrushInPlaceGuide", **pictures, strength=1.0, elsewhere=1.0),
        "free": node("FlowbrushInPlaceGuide", **pictures, strength=0.0, elsewhere=0.0),
        **sampled(network, ["positive", 0], ["negative", 0], ["start", 0], vae),
        "guide": probe("Samples", ["start", 0]),
        "freely": node(
            "KSampler",
            model=network,
            positive=["positive", 0],
            negative=["negative", 0],
            latent_image=["free", 0],
            seed=3,
            steps=2,
            cfg=2.0,
            denoise=1.0,
        ),
        "made": probe("Samples", ["freely", 0]),
    }
    found = tensors(graph)
    guide, held, made = found["guide"], found["samples"], found["made"]
    assert tuple(guide.shape) == shape
    torch.testing.assert_close(held[:, :, 0], guide[:, :, 0], atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(made[:, :, 0], guide[:, :, 0], atol=1e-4, rtol=1e-4)
    # the disc covers a part of its own place at first, so nothing came into view at the right edge
    torch.testing.assert_close(held[:, :, :, :, -1], guide[:, :, :, :, -1], atol=0.02, rtol=0.02)
    assert (made - guide)[:, :, 1:].abs().mean() > 0.1


@pytest.mark.parametrize(
    ("ours", "output", "stock", "socket"),
    [
        ("FlowbrushGuideVideo", "video", "VOIDWarpedNoise", "video"),
        ("FlowbrushGuideVideo", "video", "WanUni3CControlnetApply", "render_video"),
        ("FlowbrushVACEControl", "control_video", "VOIDInpaintConditioning", "video"),
        ("FlowbrushVACEControl", "control_masks", "VOIDInpaintConditioning", "quadmask"),
        ("SAM3_TrackToMask", "masks", "FlowbrushMotionFromMasks", "masks"),
    ],
)
def test_sockets_of_routes_that_are_too_large_to_run_here_fit(object_info, ours, output, stock, socket):
    given, taken = object_info[ours], object_info[stock]["input"]
    assert {**taken["required"], **taken.get("optional", {})}[socket][0] == given["output"][
        given["output_name"].index(output)
    ]
