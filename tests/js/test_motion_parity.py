"""The editor's JavaScript computes the curves, timing and camera of the Python library."""

import json

import numpy as np
import pytest
import torch
from flowbrush.motion.document.document import parse
from flowbrush.motion.field.camera import CameraMotion, interpolated_keyframes
from flowbrush.motion.field.easing import ease, progress, seamless_progress
from flowbrush.motion.field.field import field_from_document
from flowbrush.motion.field.path import Curve
from flowbrush.motion.field.region import Grid

from .documents import camera, motion
from .node import answers

ASPECTS = (1.0, 16 / 9, 0.6)


def units(points, aspect):
    return np.asarray(points) * Grid(1, 1, aspect).extent


def test_curves_pass_the_same_positions():
    draw = np.random.default_rng(2)
    questions = []
    for index in range(40):
        count = int(draw.integers(2, 9))
        points = draw.uniform(-0.5, 1.5, (count, 2))
        if index % 4 == 0:
            points[1] = points[0]
        if index == 3:
            points[:] = points[0]
        times = None
        if index % 3 == 0:
            steps = np.cumsum(draw.uniform(0.05, 1, count))
            times = ((steps - steps[0]) / steps[-1]).tolist()
        questions.append(
            {
                "ask": "curve",
                "points": points.tolist(),
                "corners": [int(draw.integers(count))] if index % 2 else [],
                "times": times,
                "aspect": ASPECTS[index % 3],
                "progress": np.linspace(-0.3, 1.3, 41).tolist(),
            }
        )
    for question, answer in zip(questions, answers(questions), strict=True):
        aspect = question["aspect"]
        curve = Curve(units(question["points"], aspect), tuple(question["corners"]), question["times"])
        expected = curve.position(np.asarray(question["progress"])) / Grid(1, 1, aspect).extent
        assert answer["length"] == pytest.approx(curve.length, abs=1e-9)
        np.testing.assert_allclose(answer["positions"], expected, atol=1e-9)


def test_easing_and_loops_are_the_same():
    times = np.linspace(0, 1, 49)
    kinds = [
        "linear",
        "ease_in",
        "ease_out",
        "ease_in_out",
        (0.25, 0.1, 0.25, 1.0),
        (0.7, -0.5, 0.2, 1.6),
        (0, 3, 1, -2),
    ]
    kinds += [((0.0, 0.0), (0.3, 1.4), (0.5, 1.4), (0.8, 0.2), (1.0, 1.0)), ((0.0, 0.0), (1.0, -1.0))]
    for kind, answer in zip(
        kinds,
        answers([{"ask": "ease", "kind": kind, "progress": times.tolist()} for kind in kinds]),
        strict=True,
    ):
        np.testing.assert_allclose(answer, ease(kind, times), atol=1e-9)
    spans = [
        (s, e, loop) for s, e in ((0, 1), (0.25, 0.5), (0.1, 0.4)) for loop in ("none", "repeat", "pingpong")
    ]
    questions = [
        {"ask": "progress", "times": times.tolist(), "start": s, "end": e, "loop": o} for s, e, o in spans
    ]
    for span, answer in zip(spans, answers(questions), strict=True):
        np.testing.assert_allclose(answer, progress(times, *span), atol=1e-9)
    looping = answers([{**question, "seamless": True} for question in questions])
    for span, answer in zip(spans, looping, strict=True):
        np.testing.assert_allclose(answer, seamless_progress(times, *span), atol=1e-9)


def test_frame_ticks_lie_where_the_field_carries_the_start_of_a_path():
    text = motion(
        '{"paths": [{"points": [[0.2, 0.3], [0.5, 0.1], [0.7, 0.8]], "corners": [1], "times": [0, 0.7, 1]}],'
        ' "ease": "ease_in_out", "start": 0.2, "end": 0.6, "loop": "pingpong"}'
    )
    (ticks,) = answers([{"ask": "ticks", "text": text, "length": 17, "aspect": 1.5}])
    part = parse(text).layers[0].motion
    path = part.paths[0]
    along = ease(part.ease, progress(np.arange(17) / 16, part.start, part.end, part.loop))
    expected = (
        Curve(units(path.points, 1.5), path.corners, path.times).position(along) / Grid(1, 1, 1.5).extent
    )
    np.testing.assert_allclose(ticks, expected, atol=1e-9)


def test_the_frames_of_a_seamless_loop_are_marked_where_the_field_shows_them():
    for loop in ("none", "repeat", "pingpong"):
        path = {"points": [[0.2, 0.3], [0.5, 0.1], [0.7, 0.8]]}
        part = {"region": {"everything": True}, "motion": {"paths": [path], "end": 0.6, "loop": loop}}
        text = json.dumps({"version": 2, "layers": [part], "loop": "seamless"})
        (ticks,) = answers([{"ask": "ticks", "text": text, "length": 17, "aspect": 1.5}])
        field = field_from_document(text, 17, aspect=1.5)
        moved = field.displacement_of(torch.tensor([[180.0, 180.0]]), 600, 900)[:, 0] / torch.tensor(
            [900.0, 600.0]
        )
        np.testing.assert_allclose(ticks, moved + torch.tensor([0.2, 0.3]), atol=1e-4)


CAMERAS = [
    '{"keyframes": [{"time": 1, "pan": 8, "tilt": 5, "truck": 0.2, "pedestal": -0.1, "dolly": 0.2, "zoom": 1.4, '
    '"roll": 20, "ease": "ease_in_out"}], "field_of_view": 60}',
    '{"keyframes": [{"time": 0}, {"time": 0.3, "dolly": -1}, {"time": 0.6, "zoom": 0.5, "ease": [0.2, 0, 0.4, 1]}, '
    '{"time": 0.9, "roll": -400, "ease": [[0, 0], [0.5, 1.2], [1, 1]]}]}',
    '{"keyframes": [{"time": 0}]}',
    "{}",
]


@pytest.mark.parametrize("loop", ["none", "seamless"])
def test_the_camera_and_its_frame_are_the_same(loop):
    times = [0, 0.1, 0.3, 0.45, 0.6, 0.95, 1]
    cases = [(camera(text)[:-1] + f', "loop": "{loop}"}}', aspect) for text in CAMERAS for aspect in ASPECTS]
    questions = [{"ask": "camera", "text": text, "times": times, "aspect": aspect} for text, aspect in cases]
    for (text, aspect), answer in zip(cases, answers(questions), strict=True):
        grid, moved = Grid(1, 1, aspect), parse(text).camera
        seen_by = CameraMotion(moved, seamless=loop == "seamless")
        at = (1 - np.cos(2 * np.pi * np.asarray(times))) / 2 if seen_by.returns else np.asarray(times, float)
        poses = interpolated_keyframes(moved.keyframes, at)
        for index, moment in enumerate(answer):
            for name, values in poses.items():
                assert moment["pose"][name] == pytest.approx(values[index], abs=1e-9)
        # The camera shows the corners of the polygon at the corners of the picture.
        frames = torch.tensor([moment["frame"] for moment in answer], dtype=torch.float64)
        width, height = grid.extent
        x, y = seen_by.view(np.asarray(times), frames[..., 0] * width, frames[..., 1] * height, grid, None)
        seen = torch.stack([x / width, y / height], dim=-1)
        corners = torch.tensor([[0, 0], [1, 0], [1, 1], [0, 1]], dtype=torch.float64).expand_as(seen)
        torch.testing.assert_close(seen, corners, atol=1e-6, rtol=0)
