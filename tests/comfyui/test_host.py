"""`hosts.comfyui` on ComfyUI's own objects, with small random weights."""

import pytest

from .conftest import found_inside

pytestmark = pytest.mark.comfyui


def test_the_pack_imports_no_heavy_library(findings):
    assert findings["nodes"] >= 18
    assert set(findings["imported"]) <= {"flowbrush", "einops"}, "a heavy library is imported with the pack"


def test_models_are_native_objects(findings):
    assert findings["types"] == [
        "comfy.model_patcher.ModelPatcher",
        "comfy.model_base.WAN21",
        "comfy.sd.CLIP",
        "comfy.sd.VAE",
    ]
    assert findings["dtypes"] == ["torch.float32", "torch.float32"]


def test_the_running_host_is_comfyui_and_offers_its_files(findings):
    assert findings["host"] == "comfyui"
    assert findings["choices"] == [
        "bundled",
        "bundled text to video",
        "tiny_text.safetensors",
        "wide_text.safetensors",
    ]


def test_wrong_files_are_refused_by_name(findings):
    assert "is 64 wide" in findings["text of another width"]
    assert "nowhere.safetensors" in findings["absent"]
    assert "is a diffusion model, but the input needs a VAE" in findings["another kind"]
    assert "has factorized attention" in findings["factorized"]


def test_a_student_and_its_clones_carry_their_sampling_settings(findings):
    own = [1.0, 0.9, 0.6, 0.0, "euler"]
    assert findings["few steps"] == [None, own, own]


def test_a_students_levels_are_those_of_a_stock_scheduler(findings):
    assert (
        findings["like the stock scheduler"] < 1e-6
    )  # simple, with ModelSamplingSD3 at the shift of its training


def test_names_of_diffusers_are_read_into_the_same_native_networks(findings):
    assert findings["names of diffusers"] == [True, True]


def test_encoding_and_decoding_equal_those_of_the_native_vae(findings):
    assert findings["like VAE.encode"] == 0.0
    assert findings["like VAE.decode"] == 0.0


def test_decoding_reports_each_chunk_and_stops_at_the_next_after_a_cancel(findings):
    assert findings["chunks"] == [[1, 2], [2, 2]]
    assert findings["chunks after a cancel"] == 0


def test_decoding_without_memory_goes_on_in_tiles_and_says_so(findings):
    assert findings["tiled"] == [9, 64, 192, 3]
    assert findings["said"] == ["Memory ran out while decoding; continuing in tiles of 128 px."]
    assert findings["shown"] == [["7", findings["said"][0]]]


def test_three_conditions_are_summed_with_their_scales(findings):
    assert findings["three conditions"] < 1e-5
    assert findings["motion matters"] > 1e-2
    assert findings["motion scale 1 is plain"] == 0.0


def test_euler_with_text_guidance_equals_the_stock_sampler(findings):
    assert findings["like stock euler"] < 1e-4


def test_a_noise_mask_keeps_what_is_outside_of_it(findings):
    assert findings["kept outside the mask"] < 1e-5
    assert findings["changed inside the mask"] > 0.1


def test_sampling_is_repeatable_with_solvers_that_add_noise(findings):
    assert findings["repeatable"]


def test_sampling_refuses_what_it_cannot_do(findings):
    assert "no solver 'magic'" in findings["unknown solver"]
    assert "compares with `no_motion`" in findings["no_motion is missing"]
    assert "connect `sigmas`" in findings["no flow"]
    assert findings["no flow with its own sigmas"]


def test_a_guider_asks_only_for_the_conditions_that_it_needs_at_a_noise_level(findings):
    assert findings["asked without guidance"] == 3
    assert findings["asked with both"] == 9
    assert findings["asked with the motion's"] == 6
    assert findings["asked at high noise only"] == 3 + 3 + 1, "the third step is at sigma 0.3"


def test_patches_of_classifier_free_guidance_see_the_scale_of_their_noise_level(findings):
    assert findings["text scales of a falling schedule"] == pytest.approx([3.0, 1 + 2 * 0.7, 1 + 2 * 0.3])


def test_schedules_read_the_share_of_noise_whatever_a_model_calls_sigma(findings):
    flow, diffusion = findings["scales at sigma 0.25 of a flow, and at sigma 3 of noise over signal"]
    assert flow == pytest.approx([1 + 2 * 0.25, 1 + 1 * 0.75])
    assert diffusion == pytest.approx([1 + 2 * 0.75, 1 + 1 * 0.25])


@pytest.fixture(scope="module")
def said(comfyui_path, tmp_path_factory):
    """What the pack says to broken model files inside ComfyUI."""
    return found_inside("broken_files.py", comfyui_path, tmp_path_factory.mktemp("broken"))


def test_broken_model_files_are_named_in_a_sentence(said):
    assert len(said) > 90
    raw = {name: words for name, words in said.items() if not words.startswith(("ValueError: ", "loaded"))}
    assert raw == {}
    loaded = {name for name, words in said.items() if words == "loaded"}
    # These files have all weights, in another number format or with a header that says nothing of use.
    allowed = ("whole_numbers", "header_0", "header_1", "header_5", "vae header_")
    assert [name for name in sorted(loaded) if not any(part in name for part in allowed)] == []
    for name, words in said.items():
        if words != "loaded":
            assert name.split(" ")[1] in words
            assert len(words) < 700
    assert (
        "is a frame interpolation network, but the input needs a VAE" in said["vae interpolation.safetensors"]
    )
    assert "has values that are NaN" in said["dit nan.safetensors"]
    assert "only the loaders of ComfyUI-GGUF read" in said["dit model.gguf"]
    assert [
        name for name, words in said.items() if "weights_only" in words
    ] == []  # torch's advice to trust a file
