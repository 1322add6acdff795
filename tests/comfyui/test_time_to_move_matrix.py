"""Time-to-Move: routes by samplers, schedules, sizes, batches, experts and previews, on ComfyUI's own objects."""

import json
import subprocess
from pathlib import Path

import pytest

from .server import ROOT, comfyui_python, environment

pytestmark = pytest.mark.comfyui

ROUTES = ("wan 2.2", "wan 2.2 5B", "hunyuan", "ltx", "ltx-2", "minimax-h3", "cogvideox", "svd")
ONE_AT_A_TIME = ("svd", "minimax-h3", "ltx")
STAY_ON_THE_LINE = ("euler", "uni_pc", "res_multistep", "euler_cfg_pp")


@pytest.fixture(scope="module")
def found(native_models, comfyui_path, tmp_path_factory):
    """What `time_to_move_matrix_worker.py` found, with ComfyUI's interpreter."""
    packs = tmp_path_factory.mktemp("packs")
    (packs / "flowbrush").symlink_to(ROOT, target_is_directory=True)
    script = Path(__file__).with_name("time_to_move_matrix_worker.py")
    command = [comfyui_python(comfyui_path), str(script), str(comfyui_path), str(packs), str(native_models)]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=1800)
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout.splitlines()[-1])


def digits(route):
    """The largest difference that float32 allows: SVD begins with noise far larger than the picture, sounds are scaled."""
    return 5e-5 if route in ("svd", "minimax-h3", "ltx-2", "cogvideox") else 1e-5


@pytest.mark.parametrize("route", ROUTES)
def test_an_odd_number_of_cells_is_the_loop_of_the_paper(found, route):
    difference, without_holding = found["sizes"][route]
    assert difference < digits(route) and without_holding > 0.05


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("sampler", STAY_ON_THE_LINE)
def test_a_sampler_arrives_at_the_strong_clock_with_the_noise_that_was_added(found, route, sampler):
    assert found["arrival"][route][sampler][0] < 1e-3


@pytest.mark.parametrize("route", ROUTES)
def test_lcm_arrives_with_fresh_noise_of_the_same_strength(found, route):
    difference, deviation = found["arrival"][route]["lcm"]
    assert difference > 1.0 and abs(deviation - 1) < 0.1


@pytest.mark.parametrize("route", ROUTES)
def test_previews_show_the_reference_until_the_strong_clock(found, route):
    off, shown, total = found["previews"][route]
    assert off < 1e-4
    # of five steps, the first is above the weak clock
    assert shown == list(range(total)) == [0, 1, 2, 3]


@pytest.mark.parametrize("route", [route for route in ROUTES if route not in ONE_AT_A_TIME])
def test_two_videos_of_a_batch_are_each_the_loop_of_the_paper(found, route):
    difference, shape = found["batches"][route]
    assert difference < digits(route) and shape[0] == 2


def test_shifts_and_numbers_of_steps(found):
    assert len(found["schedules"]) == 16
    for name, (difference, without_holding) in found["schedules"].items():
        assert difference < 1e-5 and without_holding > 0.01, name


def test_two_experts_in_two_samplers_are_the_loop_with_both(found):
    """The low-noise expert is followed where it takes over between the clocks, and may be left alone below them."""
    assert len(found["experts"]) == 6
    for name, (difference, one_expert, without_holding) in found["experts"].items():
        assert difference < 1e-5 and one_expert > 0.01, name
        assert without_holding > 0.01 or "cut at 6" in name, name


def test_a_start_and_an_end_image(found):
    (difference, without_holding), away = found["start and end"]
    assert difference < 1e-5 and without_holding > 0.05
    assert away[-1] > 0.1


def test_the_guider_of_templates_for_ltx_with_two_scales(found):
    difference, from_one_scale = found["two guidance scales"]
    assert difference < 1e-5 and from_one_scale > 0.01


def test_as_released_only_the_network_sees_the_reference(found):
    difference, from_the_paper = found["as released"]
    assert difference < 1e-5 and from_the_paper > 0.01


def test_few_steps_hold_half_of_the_steps_whatever_the_shift(found):
    assert len(found["few steps"]) == 3
    for difference, published in found["few steps"].values():
        assert difference < 1e-5 and published > 0.05
