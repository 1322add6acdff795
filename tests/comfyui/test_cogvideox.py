"""CogVideoX: our conditioning node and the MODEL that it sets right, beside ComfyUI's own samplers."""

import pytest
import torch

from . import stand_ins
from .graphs import completed, node, probe
from .server import GraphError
from .test_guides import painted
from .test_stand_ins import SIZE, loaders

pytestmark = pytest.mark.comfyui


@pytest.mark.parametrize(
    ("network", "weights", "length"),
    [
        (stand_ins.COGVIDEOX_I2V, "CogVideoX I2V", 9),
        (stand_ins.COGVIDEOX15_I2V, "CogVideoX 1.5 I2V", 13),
    ],
    ids=["1.0", "1.5"],
)
def test_cogvideox_sees_the_first_frame_and_the_motion(native, tensors, network, weights, length):
    def cond(picture, motion_as="start"):
        links = {"positive": ["positive", 0], "negative": ["negative", 0], "vae": ["vae", 0]}
        more = {} if motion_as == "start" else {"motion": ["motion", 0]}
        return node(
            "FlowbrushCogVideoX",
            **links,
            model=["network", 0],
            first_image=[picture, 0],
            length=length,
            weights=weights,
            motion_as=motion_as,
            **more,
        )

    def run(name):
        links = {"positive": [name, 1], "negative": [name, 2], "latent_image": [name, 3]}
        return node("KSampler", model=[name, 0], **links, seed=3, steps=2, cfg=2.0, denoise=1.0)

    graph = {
        **loaders(network, stand_ins.COGVIDEOX_VAE, stand_ins.T5, "cogvideox"),
        "motion": painted(length),
        "other picture": node("EmptyImage", **SIZE, batch_size=1, color=0xF0C010),
        "one": cond("picture"),
        "other": cond("other picture"),
        "moved": cond("picture", "condition"),
    }
    for name, source in (("a", "one"), ("again", "one"), ("b", "other"), ("c", "moved")):
        graph |= {f"run {name}": run(source), name: probe("Samples", [f"run {name}", 0])}
    repeated = graph["run again"]  # by another node, so that ComfyUI does not remember the result
    repeated["class_type"] = "KSamplerAdvanced"
    repeated["inputs"] |= {"noise_seed": 3, "add_noise": "enable"}
    found = tensors(graph)
    count = (length - 1) // 4 + 1
    assert found["a"].shape == (1, 16, count, 8, 8) and found["a"].isfinite().all()
    assert torch.equal(found["a"], found["again"])  # nothing is written into the conditioning
    assert (found["a"] - found["b"]).abs().max() > 1e-3
    assert (found["a"] - found["c"]).abs().max() > 1e-3


def cogvideox_graph(network, weights, length):
    """CogVideoX with its first frame, sampled by stock Euler on the MODEL that our node gives, as "ours"."""
    links = {"positive": ["positive", 0], "negative": ["negative", 0], "vae": ["vae", 0]}
    first = {"first_image": ["picture", 0], "length": length, "weights": weights}
    return {
        **loaders(network, stand_ins.COGVIDEOX_VAE, stand_ins.T5, "cogvideox"),
        "cond": node("FlowbrushCogVideoX", **links, model=["network", 0], **first),
        "run ours": euler(["cond", 0]),
        "ours": probe("Samples", ["run ours", 0]),
    }


def euler(model):
    links = {"positive": ["cond", 1], "negative": ["cond", 2], "latent_image": ["cond", 3]}
    return node(
        "KSampler", model=model, **links, seed=3, steps=4, cfg=2.0, sampler_name="euler", scheduler="simple"
    )


def test_stock_samplers_run_cogvideox_as_it_was_trained(native, tensors):
    """VOID's sampler takes the steps of the model's own DDIM on the loaded MODEL, and stock Euler takes the same ones on
    ours; on the MODEL as it is loaded it does not."""
    guider = node("CFGGuider", model=["network", 0], positive=["cond", 1], negative=["cond", 2], cfg=2.0)
    found = tensors(
        {
            **cogvideox_graph(stand_ins.COGVIDEOX15_I2V, "CogVideoX 1.5 I2V", 13),
            "noise": node("RandomNoise", noise_seed=3),
            "guider": guider,
            "sigmas": node("BasicScheduler", model=["network", 0], scheduler="simple", steps=4, denoise=1.0),
            "solver": node("VOIDSampler"),
            "run as trained": node(
                "SamplerCustomAdvanced",
                noise=["noise", 0],
                guider=["guider", 0],
                sampler=["solver", 0],
                sigmas=["sigmas", 0],
                latent_image=["cond", 3],
            ),
            "as trained": probe("Samples", ["run as trained", 0]),
            "run as loaded": euler(["network", 0]),
            "as loaded": probe("Samples", ["run as loaded", 0]),
        }
    )
    right, wrong = found["as trained"], found["as loaded"]
    torch.testing.assert_close(found["ours"], right, atol=2e-3, rtol=2e-3)
    assert (wrong - right).abs().mean() > 0.1 * right.abs().mean()


def test_cogvideox_1_0_has_its_patches_where_it_was_trained_to(native, tensors):
    """The stock node that sets v-prediction sets the sampler right but leaves the positions spread; for 1.5, whose
    positions ComfyUI has right, it gives what ours gives."""
    found = {}
    for network, weights, length in (
        (stand_ins.COGVIDEOX_I2V, "CogVideoX I2V", 9),
        (stand_ins.COGVIDEOX15_I2V, "CogVideoX 1.5 I2V", 13),
    ):
        both = tensors(
            {
                **cogvideox_graph(network, weights, length),
                "stock": node(
                    "ModelSamplingDiscrete", model=["network", 0], sampling="v_prediction", zsnr=True
                ),
                "run stock": euler(["stock", 0]),
                "stock samples": probe("Samples", ["run stock", 0]),
            }
        )
        found[weights] = float((both["ours"] - both["stock samples"]).abs().max())
    assert found["CogVideoX 1.5 I2V"] < 1e-4 and found["CogVideoX I2V"] > 1e-3


@pytest.mark.parametrize("tile", [0, 128])
def test_the_decoded_clip_has_the_asked_length(native, tensors, tile):
    """13 frames are four latent frames, of which ComfyUI makes 16 frames: the first three are what is too much."""
    graph = cogvideox_graph(stand_ins.COGVIDEOX15_I2V, "CogVideoX 1.5 I2V", 13)
    found = tensors(
        {
            **graph,
            "motion": painted(13),
            "decoded": node("FlowbrushDecodeVideo", vae=["vae", 0], latent=["run ours", 0], tile_size=tile),
            "measured": node("FlowbrushMeasureMotion", frames=["decoded", 0], motion=["motion", 0]),
            "heat": probe("Frames", ["measured", 9]),
            "frames": probe("Frames", ["decoded", 0]),
            "by core": node("VAEDecode", vae=["vae", 0], samples=["run ours", 0]),
            "core": probe("Frames", ["by core", 0]),
        }
    )
    frames, core = found["frames"], found["core"]
    assert (len(frames), len(core), len(found["heat"])) == (13, 16, 13)
    away = [float((frames - core[start : start + 13]).abs().mean()) for start in range(4)]
    assert away[3] < 0.5 * min(away[:3])


def test_a_model_that_is_not_cogvideox_is_refused(native, object_info):
    graph = {
        **loaders(stand_ins.WAN21_T2V, stand_ins.COGVIDEOX_VAE),
        "cond": node(
            "FlowbrushCogVideoX",
            model=["network", 0],
            positive=["positive", 0],
            negative=["negative", 0],
            vae=["vae", 0],
            first_image=["picture", 0],
            length=9,
        ),
        "decoded": node("VAEDecode", samples=["cond", 3], vae=["vae", 0]),
        "shown": node("PreviewImage", images=["decoded", 0]),
    }
    with pytest.raises(GraphError) as refused:
        native.run(completed(graph, object_info))
    assert "`model` is a WAN21; connect a CogVideoX" in refused.value.details[0]["exception_message"]


@pytest.mark.parametrize(
    ("network", "weights", "length"),
    [
        (stand_ins.COGVIDEOX_I2V_PUBLISHED, "CogVideoX I2V", 9),
        (stand_ins.COGVIDEOX15_I2V_PUBLISHED, "CogVideoX 1.5 I2V", 13),
    ],
    ids=["1.0", "1.5"],
)
def test_files_as_they_are_published_load(native, tensors, network, weights, length):
    graph = cogvideox_graph(network, weights, length)
    names = {"diffusion_model": network.name, "vae": stand_ins.COGVIDEOX_VAE.name, "text_encoder": "bundled"}
    graph["network"] = node("FlowbrushLoadModel", **names)
    before = native.log.read_text(errors="replace")
    found = tensors(graph)
    said = native.log.read_text(errors="replace")[len(before) :]
    assert found["ours"].shape == (1, 16, (length - 1) // 4 + 1, 8, 8) and found["ours"].isfinite().all()
    assert "Requested to load CogVideoX\n" in said
    assert "issing" not in said and "unet unexpected" not in said  # every tensor found its place


def test_the_stock_loader_does_not_know_published_files(native, tensors):
    with pytest.raises(GraphError, match="Could not detect model type"):
        tensors(cogvideox_graph(stand_ins.COGVIDEOX_I2V_PUBLISHED, "CogVideoX I2V", 9))
