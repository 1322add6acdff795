import json

import pytest
import torch
from flowbrush.models.bundled import bundled_path
from flowbrush.models.checkpoint import load_interpolator, read_header, save
from flowbrush.models.interpolator import Interpolator, InterpolatorConfig, interpolation_method
from flowbrush.motion.field.field import field_from_document
from flowbrush.motion.flow.frame_interpolation import FramePair, by_agreement, interpolate
from flowbrush.motion.measure.measure import psnr
from flowbrush.rendering.warp import warp_image
from flowbrush.synthetic.pictures.render import render_example
from flowbrush.synthetic.scene import render_clips, texture_pool


@pytest.fixture(scope="module")
def network() -> Interpolator:
    torch.manual_seed(0)
    return Interpolator(InterpolatorConfig((8, 8, 8), (1, 1, 1), 8)).eval()


@pytest.fixture(scope="module")
def bundled() -> Interpolator:
    return load_interpolator(bundled_path("interpolator"))


@pytest.fixture(scope="module")
def clip() -> torch.Tensor:
    """A balloon [5,128,160,3] that moves steadily."""
    box = {"polygons": [{"points": [[0.28, 0.1], [0.72, 0.1], [0.72, 0.78], [0.28, 0.78]]}]}
    layer = {"region": box, "motion": {"horizontal": 0.12, "vertical": -0.06}}
    motion = field_from_document(json.dumps({"flowbrush": "motion", "version": 1, "layers": [layer]}), 5)
    return warp_image(render_example("balloon", 160, 128)[0], motion).frames


def test_pictures_have_the_frames_shape(network):
    a, b = torch.rand(2, 2, 3, 32, 48)
    flows, seen = torch.zeros(2, 4, 16, 24), torch.ones(2, 2, 16, 24)
    with torch.no_grad():
        assert network(a, b, flows, seen, torch.tensor([0.3, 0.8])).shape == (2, 3, 32, 48)
        better, share = network.refine(a, b, flows, seen, torch.tensor([0.3, 0.8]))
    assert better.shape == (2, 4, 16, 24) and share.shape == (2, 1, 16, 24)


def test_untrained_it_gives_what_the_frames_agree_on(clip):
    untrained = Interpolator(InterpolatorConfig((8, 8, 8), (1, 1, 1), 8)).eval()
    a, b = clip[1], clip[3]
    with torch.no_grad():
        made = interpolation_method(untrained)(a, b)(0.3)
    torch.testing.assert_close(made, by_agreement(a, b)(0.3), rtol=0, atol=1e-4)


def test_frames_that_do_not_fit_are_refused(network):
    flows, seen, t = torch.zeros(1, 4, 16, 16), torch.ones(1, 2, 16, 16), torch.tensor([0.5])
    with pytest.raises(ValueError, match="multiples of 16"):
        network(torch.zeros(1, 3, 30, 32), torch.zeros(1, 3, 30, 32), flows, seen, t)
    with pytest.raises(ValueError, match="one size"):
        network(torch.zeros(1, 3, 32, 32), torch.zeros(1, 3, 48, 32), flows, seen, t)
    with pytest.raises(ValueError, match="3 levels"):
        InterpolatorConfig((8, 8), (1, 1, 1))  # type: ignore[arg-type]


def test_its_file_gives_the_same_network(network, tmp_path):
    save(tmp_path / "a.safetensors", network.state_dict(), network.config, {"steps": 3}, torch.float32)
    again = load_interpolator(tmp_path / "a.safetensors")
    assert (
        again.config == network.config and read_header(tmp_path / "a.safetensors")["kind"] == "interpolator"
    )
    for name, value in network.state_dict().items():
        assert torch.equal(again.state_dict()[name], value)


def test_the_bundled_file_is_small_and_says_how_it_was_trained():
    path = bundled_path("interpolator")
    facts = read_header(path)["facts"]
    assert path.stat().st_size < 3 * 2**20
    assert facts["steps"] > 0 and "procedural" in facts["data"] and facts["log"]["psnr"] > 30


def test_held_out_frames_of_clips_never_seen_are_better_than_blended_ones(bundled):
    generator = torch.Generator().manual_seed(77)
    clips = render_clips(texture_pool(12, 160, generator), 8, 3, 128, 128, generator, pace=1.0).video
    ours, blended = [], []
    for a, truth, b in clips.permute(0, 2, 3, 4, 1):
        ours.append(psnr(interpolation_method(bundled)(a, b)(0.5), truth))
        blended.append(psnr((a + b) / 2, truth))
    assert sum(ours) / 8 > sum(blended) / 8 + 1


def test_any_time_between_lies_between(bundled, clip):
    pair = FramePair(clip[0], clip[4], method=interpolation_method(bundled))
    truth = {0.25: clip[1], 0.5: clip[2], 0.75: clip[3]}
    for t in truth:
        scores = {other: psnr(pair.at(t), frame) for other, frame in truth.items()}
        assert max(scores, key=lambda other: scores[other]) == t
    assert psnr(pair.at(0.02), clip[0]) > 30 and psnr(pair.at(0.98), clip[4]) > 30


def test_a_still_clip_stays_still_and_cuts_stay_cuts(bundled, clip):
    method = interpolation_method(bundled)
    still = interpolate(clip[:1].expand(2, -1, -1, -1), 4, method=method)
    assert float((still - clip[0]).abs().max()) < 2e-3
    other = (1 - clip[0]).flip(0, 1)
    cut = interpolate(torch.stack([clip[0], other]), 4, scene_threshold=0.0, method=method)
    assert torch.equal(cut[1], clip[0]) and torch.equal(cut[3], other)
