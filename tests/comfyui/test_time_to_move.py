"""Time-to-Move on ComfyUI's own objects equals the loop of the paper, for each architecture and the stock nodes."""

import json
import subprocess
from pathlib import Path

import pytest

from .graphs import CLIP, MODEL, VAE_OUT, loaded, node, probe
from .server import ROOT, comfyui_python, environment

pytestmark = pytest.mark.comfyui

# Only these read the user's noise mask as a timestep for each token.
PER_TOKEN = ("wan 2.2 5B", "ltx", "hunyuan replace")
WITH_SOUND = ("minimax-h3", "ltx-2")
ROUTES = ("wan", *PER_TOKEN, "hunyuan concat", "cogvideox", "svd", *WITH_SOUND)
# These take fresh noise of their own on the way, of the right strength.
NOISY = (
    "euler_ancestral",
    "euler_ancestral_cfg_pp",
    "dpmpp_2s_ancestral",
    "dpmpp_sde",
    "dpmpp_2m_sde",
    "dpmpp_2m_sde_heun",
    "dpmpp_3m_sde",
    "lcm",
    "er_sde",
    "seeds_2",
    "seeds_3",
    "sa_solver",
    "sa_solver_pece",
)
EXACT = (
    "euler",
    "euler_cfg_pp",
    "heunpp2",
    "dpm_2",
    "lms",
    "dpm_fast",
    "dpm_adaptive",
    "dpmpp_2m",
    "dpmpp_2m_cfg_pp",
    "ipndm",
    "ipndm_v",
    "deis",
    "res_multistep",
    "res_multistep_cfg_pp",
    "gradient_estimation",
    "gradient_estimation_cfg_pp",
    "ddim",
    "uni_pc",
    "uni_pc_bh2",
)


@pytest.fixture(scope="module")
def found(native_models, comfyui_path, tmp_path_factory):
    """What `time_to_move_worker.py` found, with ComfyUI's interpreter."""
    packs = tmp_path_factory.mktemp("packs")
    (packs / "flowbrush").symlink_to(ROOT, target_is_directory=True)
    script = Path(__file__).with_name("time_to_move_worker.py")
    command = [comfyui_python(comfyui_path), str(script), str(comfyui_path)]
    command += [str(packs), str(native_models)]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("route", ROUTES)
def test_stock_euler_with_the_patched_model_is_the_loop_of_the_paper(found, route):
    # SVD begins with noise 84 times as large as the picture, the sound of MiniMax-H3 is scaled: float32 has no more digits
    assert found[route]["difference"] < (5e-5 if route in ("svd", *WITH_SOUND) else 1e-5)
    assert found[route]["without holding"] > 0.1  # what is compared does depend on the clocks
    assert found[route]["same timesteps"]


@pytest.mark.parametrize("route", ROUTES)
def test_steps_above_the_weak_clock_are_not_run(found, route):
    # 12 steps, the clock at the third; the guidance is one call more where conditions do not batch
    assert found[route]["steps"] in (10, 20)
    assert found[route]["steps"] == found[route]["steps of the loop"]


@pytest.mark.parametrize("route", PER_TOKEN)
def test_the_users_own_mask_keeps_its_meaning(found, route):
    assert found[route]["first frame kept"] < 1e-5
    if route != "hunyuan replace":  # which reads its first frame by other means
        assert found[route]["timesteps of the first call"][0] == 0.0
        assert len(found[route]["timesteps of the first call"]) == 2


def test_the_latent_has_the_shape_of_each_family(found):
    assert found["wan"]["shapes"] == [[1, 16, 3, 16, 16], [3, 16, 16], [9, 128, 128, 3]]
    assert found["wan 2.2 5B"]["shapes"][0] == [1, 48, 3, 8, 8]
    assert found["ltx"]["shapes"] == [[1, 128, 3, 4, 4], [3, 4, 4], [17, 128, 128, 3]]
    assert found["svd"]["shapes"] == [[5, 4, 16, 16], [5, 16, 16], [5, 128, 128, 3]]
    assert found["minimax-h3"]["shapes"] == [[1, 24, 7, 8, 8], [7, 8, 8], [1, 32, 2, 37]]
    assert found["minimax-h3"]["canvas"] == [[1, 24, 7, 8, 8], [1, 32, 2, 37]]
    assert found["mask"]["values"] == [0.0, 1.0]


def test_lengths_are_those_of_the_family(found):
    assert found["a length of another model"].endswith("needs 17k+5 frames: try 22")


def test_the_family_is_known(found):
    # a stand-in is as narrow as the bundled network, and is taken for it
    assert found["families"] == {
        "bundled": "bundled",
        "wan 2.2 5B": "bundled",
        "minimax-h3": "MiniMax-H3",
        "ltx-2": "LTX-Video",
        "ltx": "LTX-Video",
        "hunyuan concat": "HunyuanVideo",
        "hunyuan replace": "HunyuanVideo",
        "cogvideox": "CogVideoX",
        "svd": "SVD",
    }


def test_the_reference_is_the_canvas_whatever_is_connected(found):
    assert found["any canvas"] == 0.0


def test_two_samplers_in_a_row_are_one(found):
    assert set(found["in two runs"]) == {
        "1",
        "3",
        "4",
        "8",
    }  # before, between and after the clocks at 2 and 5
    assert max(found["in two runs"].values()) < 1e-5


def test_sampling_that_begins_below_the_clocks_is_not_changed(found):
    assert found["a refinement is left alone"]
    assert found["the given model is left alone"]


def test_frames_behind_the_reference_are_left_alone(found):
    shape, changed = found["a guide frame behind"]
    assert shape == [1, 128, 4, 4, 4] and changed < 1e-5


def test_frames_in_front_of_the_video_are_free_and_the_video_is_in_its_place(found):
    given = found["in front"]
    assert given["trim"] == 1 and given["video off"] < 1e-4 and given["reference off"] > 0.1


def test_a_canvas_of_another_length_is_refused(found):
    longer, shorter = found["a longer canvas"], found["a canvas without the reference"]
    assert "has 4 latent frames, but the motion fills 3:" in longer and "connect `trim_latent`" in longer
    assert "has 3 latent frames, but the motion fills 3 with 1 in front" in shorter


def test_audio_that_is_sampled_with_the_video_is_not_changed(found):
    assert found["beside a sound"] == {"video": True, "held": [1.0, 0.0]}


def test_a_batch_shares_the_reference_and_a_second_patch_replaces_the_first(found):
    assert found["a batch"][0] == 2
    assert found["wrappers of a second one"] == [1, 1]


def test_sizes_that_do_not_fit_are_refused(found):
    assert "give both the size of `first_image`" in found["another size"]
    assert "try 9" in found["another length"]


@pytest.mark.parametrize("name", EXACT)
def test_these_samplers_arrive_at_the_strong_clock_as_the_paper_does(found, name):
    assert found["samplers"][name]["off"] < 1e-4


@pytest.mark.parametrize("name", [name for name in EXACT if "cfg_pp" in name])
def test_cfg_plus_plus_samplers_arrive_exactly_where_everything_is_held(found, name):
    # as under a camera that zooms; the direction of these samplers is that of the prediction without the prompt
    assert found["all held"][name]["off"] < 1e-4


def test_every_cfg_plus_plus_sampler_runs_where_everything_is_held(found):
    others = set(found["all held"]) - set(EXACT)
    assert others == {
        "euler_ancestral_cfg_pp",
        "dpmpp_2s_ancestral_cfg_pp",
        "res_multistep_ancestral_cfg_pp",
    }


@pytest.mark.parametrize("name", NOISY)
def test_these_samplers_arrive_with_other_noise_of_the_same_strength(found, name):
    left = found["samplers"][name]
    assert left["off"] > 1.0
    assert abs(left["std"] - 1) < 0.03
    assert abs(left["of the reference"]) < 0.04


def test_every_stock_sampler_is_known_about(found):
    # Heun's second look is already free; the others are not made for rectified flows
    others = set(found["samplers"]) - {*EXACT, *NOISY}
    assert others == {
        "heun",
        "exp_heun_2_x0",
        "exp_heun_2_x0_sde",
        "dpm_2_ancestral",
        "dpmpp_2s_ancestral_cfg_pp",
        "ddpm",
        "res_multistep_ancestral",
        "res_multistep_ancestral_cfg_pp",
    }
    assert found["samplers"]["heun"]["off"] < 0.5


def graph(**samplers):
    """A balloon that drifts, with Time-to-Move on the small network, and the given nodes."""
    document = (
        '{"flowbrush": "motion", "version": 1, "layers": [{"region": {"strokes": [{"radius": 0.2, '
        '"points": [[0.4, 0.5]]}]}, "motion": {"horizontal": 0.25}}]}'
    )
    size = {"width": 64, "height": 64}
    links = {"positive": ["text", 0], "negative": ["text", 1], "vae": VAE_OUT}
    return loaded(
        text=node("FlowbrushTextEncode", clip=CLIP, prompt="a balloon", negative="blurry"),
        picture=node("FlowbrushExampleImage", name="balloon", **size, variation=3),
        brush=node("FlowbrushMotionBrush", image=["picture", 0], document=document, length=9),
        cond=node("WanImageToVideo", **links, **size, length=9, batch_size=1, start_image=["picture", 0]),
        move=node(
            "FlowbrushTimeToMove",
            model=MODEL,
            vae=VAE_OUT,
            first_image=["picture", 0],
            motion=["brush", 0],
            preset="custom",
            weak_clock=0.95,
            strong_clock=0.9,
        ),
        **samplers,
    )


SETTINGS = {"steps": 10, "cfg": 1.0, "sampler_name": "euler", "scheduler": "simple"}
ASKED = {"positive": ["cond", 0], "negative": ["cond", 1]}


def advanced(model, latent, begin, end, noise, leftover):
    """The stock KSampler Advanced over steps `begin` to `end`."""
    return node(
        "KSamplerAdvanced",
        model=model,
        latent_image=latent,
        add_noise=noise,
        noise_seed=4,
        start_at_step=begin,
        end_at_step=end,
        return_with_leftover_noise=leftover,
        **ASKED,
        **SETTINGS,
    )


def test_stock_sampler_nodes_agree(tensors):
    move = ["move", 0]
    found = tensors(
        graph(
            plain=node(
                "KSampler", model=move, seed=4, latent_image=["cond", 2], denoise=1.0, **ASKED, **SETTINGS
            ),
            first=advanced(move, ["move", 1], 0, 6, "enable", "enable"),
            second=advanced(MODEL, ["first", 0], 6, 10, "disable", "disable"),
            noise=node("RandomNoise", noise_seed=4),
            guider=node("CFGGuider", model=move, cfg=1.0, **ASKED),
            solver=node("KSamplerSelect", sampler_name="euler"),
            levels=node("BasicScheduler", model=MODEL, scheduler="simple", steps=10, denoise=1.0),
            custom=node(
                "SamplerCustomAdvanced",
                noise=["noise", 0],
                guider=["guider", 0],
                sampler=["solver", 0],
                sigmas=["levels", 0],
                latent_image=["move", 1],
            ),
            free=node(
                "KSampler", model=MODEL, seed=4, latent_image=["cond", 2], denoise=1.0, **ASKED, **SETTINGS
            ),
            plain_samples=probe("Samples", ["plain", 0]),
            second_samples=probe("Samples", ["second", 0]),
            custom_samples=probe("Samples", ["custom", 0]),
            free_samples=probe("Samples", ["free", 0]),
        )
    )
    plain, spread = found["plain_samples"], found["plain_samples"].std()
    assert (found["second_samples"] - plain).abs().max() < 1e-4 * spread
    assert (found["custom_samples"] - plain).abs().max() < 1e-4 * spread
    assert (found["free_samples"] - plain).abs().max() > 0.1 * spread


def test_progress_counts_the_steps_that_are_run(comfyui):
    shown = graph(
        plain=node(
            "KSampler", model=["move", 0], seed=5, latent_image=["move", 1], denoise=1.0, **ASKED, **SETTINGS
        ),
        decoded=node("VAEDecode", samples=["plain", 0], vae=VAE_OUT),
        preview=node("PreviewImage", images=["decoded", 0]),
    )
    with comfyui.listen() as listener:
        prompt, steps = listener.queue(shown), []
        for kind, data in listener.messages():
            if kind == "progress" and data["node"] == "plain":
                steps.append((data["value"], data["max"]))
            assert kind != "execution_error", data
            if kind == "executing" and data["node"] is None and data["prompt_id"] == prompt:
                break
    assert steps[-1][0] == steps[-1][1]
    assert steps[-1][1] < 10
