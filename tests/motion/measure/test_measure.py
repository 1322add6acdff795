import json
import math
import re

import pytest
from flowbrush.motion.field.field import field_from_document
from flowbrush.motion.measure.comparison import is_textured
from flowbrush.motion.measure.measure import measure_motion, meter_floor, psnr
from flowbrush.rendering.warp import warp_image
from flowbrush.synthetic.pictures.render import render_example

BALLOON = [[0.28, 0.12], [0.72, 0.12], [0.72, 0.78], [0.28, 0.78]]
CORNER = [[0.75, 0.7], [1.0, 0.7], [1.0, 1.0], [0.75, 1.0]]


def field(frames=5, **motion):
    layers = [
        {"region": {"polygons": [{"points": BALLOON}]}, "motion": motion},
        {"region": {"polygons": [{"points": CORNER}]}, "freeze": True},
    ]
    return field_from_document(json.dumps({"flowbrush": "motion", "version": 1, "layers": layers}), frames)


@pytest.fixture(scope="module")
def image():
    return render_example("balloon", 128, 128)[0]


@pytest.fixture(scope="module")
def perfect(image):
    frames = warp_image(image, field(horizontal=0.1), behind="smooth").frames
    return measure_motion(frames, field(horizontal=0.1), image)


def test_a_perfect_warp_reads_almost_nothing(perfect):
    assert perfect.epe_median < 0.3 and perfect.epe_mean < 1.0
    assert perfect.leakage_median < 0.1 and perfect.frozen_median < 0.1
    assert perfect.first_frame_psnr == 100 and perfect.share_measured > 0.5


def test_a_still_video_misses_all_of_the_motion(image):
    report = measure_motion(image.expand(5, -1, -1, -1), field(horizontal=0.1), image)
    # 12.8 px at the end, so 3.2, 6.4, 9.6, 12.8 in the four frames that move.
    assert 7.0 < report.epe_mean < 9.0
    assert report.leakage_median == 0 and report.frozen_median == 0 and report.dynamic_degree < 0.05


def test_motion_where_none_was_painted_is_leakage(image):
    whole = {
        "flowbrush": "motion",
        "version": 1,
        "layers": [],
        "camera": {"keyframes": [{"time": 0}, {"time": 1, "truck": 0.06}]},
    }
    moved = warp_image(image, field_from_document(json.dumps(whole), 5)).frames
    report = measure_motion(moved, field(horizontal=0.1), image)
    assert report.leakage_median > 2 and report.frozen_median > 2


def test_a_wrong_first_frame_is_measured(image):
    frames = warp_image((image * 0.9).clamp(0, 1), field(horizontal=0.1)).frames
    report = measure_motion(frames, field(horizontal=0.1), image)
    assert abs(report.first_frame_psnr - psnr(image * 0.9, image)) < 0.01 and report.first_frame_psnr < 30


def test_flicker_is_change_along_the_motion(image, perfect):
    frames = warp_image(image, field(horizontal=0.1)).frames.clone()
    frames[1::2] *= 0.9
    assert measure_motion(frames, field(horizontal=0.1)).flicker > perfect.flicker + 3


def test_the_floor_is_printed_beside_the_numbers(image, perfect):
    motion = field(horizontal=0.1)
    report = measure_motion(image.expand(5, -1, -1, -1), motion, image, floor=True)
    assert report.floor is not None and report.floor.epe_median == perfect.epe_median
    assert report.as_dict()["floor_epe_median"] == perfect.epe_median
    assert "floor" in report.text() and "dB" in report.text()
    assert meter_floor(image, motion).epe_median == perfect.epe_median


def test_the_report_says_what_its_numbers_rest_on_and_how_many_points_were_found_again(image, perfect):
    whole = re.search(r"basis of these numbers: (\d+) % of the moving area", perfect.text())
    found = re.search(r"points that can be tracked: (\d+) % were found again", perfect.text())
    assert whole and int(whole[1]) == round(100 * perfect.share_measured)
    assert found and int(found[1]) == round(100 * perfect.share_followed)
    assert int(found[1]) > 90 and int(whole[1]) > 90


def test_numbers_that_do_not_exist_are_none(image):
    camera = {
        "flowbrush": "motion",
        "version": 1,
        "layers": [],
        "camera": {"keyframes": [{"time": 0}, {"time": 1, "roll": 5}]},
    }
    motion = field_from_document(json.dumps(camera), 3)
    numbers = measure_motion(warp_image(image, motion).frames, motion).as_dict()
    assert numbers["leakage_median"] is None and numbers["first_frame_psnr"] is None
    assert numbers["epe_median"] < 0.3
    assert all(value is None or math.isfinite(value) for value in numbers.values())


def test_the_error_map_is_bright_where_the_motion_is_missed(image):
    report = measure_motion(image.expand(5, -1, -1, -1), field(horizontal=0.1), image)
    error = report.error_map
    assert error.shape == (1, 128, 128, 3)
    assert float(error[0, 40:70, 50:80].mean()) > float(error[0, :12, :, 0].mean()) + 0.1


def test_flat_areas_are_not_textured(image):
    flat = image.clone()
    flat[:, :64] = 0.5
    textured = is_textured(flat)
    assert not bool(textured[:, :56].any()) and float(textured[40:110, 70:].float().mean()) > 0.5


def test_bad_input_is_refused(image):
    with pytest.raises(ValueError, match="2 frames"):
        measure_motion(image[None], field())
    with pytest.raises(ValueError, match="first frame"):
        measure_motion(image.expand(5, -1, -1, -1), field(), image[:64])
    with pytest.raises(ValueError, match="floor"):
        measure_motion(image.expand(5, -1, -1, -1), field(), floor=True)
    with pytest.raises(ValueError, match="NaN"):
        measure_motion(image.expand(5, -1, -1, -1) * float("nan"), field())
