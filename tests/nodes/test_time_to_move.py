import pytest
import torch
from flowbrush.hosts import host
from flowbrush.motion.field.field import combine, field_from_document
from flowbrush.nodes.noise import LatentNoise
from flowbrush.nodes.sampler import Sampler
from flowbrush.nodes.time_to_move import TimeToMove
from flowbrush.sampling.time_to_move import PRESETS, WAN, WAN_CAMERA

from .sampling_settings import SETTINGS


def run(model, vae, picture, motion, preset="custom", weak=0.8, strong=0.3):
    return TimeToMove.execute(model, vae, picture, motion, preset, weak, strong).args


def sampled(model, text, steps=10, latent=None):
    noise, empty = LatentNoise.execute(32, 32, 5, 1, 3).args
    return Sampler.execute(model, noise, text, text, latent or empty, steps=steps, **SETTINGS).args[0][
        "samples"
    ]


def test_the_mask_is_where_the_region_is_in_the_first_frame_of_each_group(model, vae, picture, motion):
    _, latent, mask, frames = run(model, vae, picture, motion)
    assert latent["samples"].shape == (1, 16, 2, 4, 4)
    assert mask.shape == (2, 4, 4) and frames.shape == (5, 32, 32, 3)
    assert torch.equal(mask[0], mask[0].flip(0)) and torch.equal(mask[0], mask[0].flip(1))
    assert mask[0, 1:3, 1:3].min() > 0.6 and mask[0].sum() < 5
    assert torch.equal(frames[0], picture[0])


def test_the_painted_part_follows_the_reference_and_the_given_model_is_left_alone(
    model, vae, text, picture, motion
):
    following, latent, mask, _ = run(model, vae, picture, motion, weak=0.8, strong=0.0)
    free, held = sampled(model, text), sampled(following, text)
    inside = (mask > 0.99)[None, None].expand_as(held)
    assert (held - latent["samples"])[inside].abs().max() < 1e-4
    assert (held - latent["samples"])[~inside].abs().mean() > 0.05
    assert torch.equal(sampled(model, text), free)


def test_a_layer_of_half_the_strength_is_let_go_half_way(model, vae, text, picture):
    def strayed(strength):
        document = f"""{{"flowbrush": "motion", "version": 2, "layers": [{{"strength": {strength},
            "region": {{"strokes": [{{"radius": 0.24, "points": [[0.5, 0.5]]}}]}}, "motion": {{"horizontal": 0.125}}}}]}}"""
        following, latent, mask, _ = run(
            model, vae, picture, field_from_document(document, 5), weak=1.0, strong=0.0
        )
        assert mask[0, 1:3, 1:3].mean() == pytest.approx(strength, abs=0.02)
        return float((sampled(following, text) - latent["samples"])[0, :, 0, 1:3, 1:3].abs().mean())

    full, half, none = strayed(1.0), strayed(0.5), strayed(0.0)
    assert full < 0.2 * half and half < none


def test_a_camera_asks_for_all_that_is_in_view_and_frozen_parts_are_held(model, vae, picture, motion):
    pan = field_from_document('{"camera": {"keyframes": [{"time": 1, "pan": 30}]}}', 5)
    mask = run(model, vae, picture, pan)[2]
    assert mask[0].min() == 1 and mask[1].mean() > 0.5
    frozen = field_from_document(
        '{"layers": [{"freeze": true, "region": {"strokes": [{"radius": 0.24, "points": [[0.5, 0.5]]}]}}]}', 5
    )
    mask = run(model, vae, picture, frozen)[2]
    assert mask[:, 1:3, 1:3].min() > 0.9 and mask[:, 0].max() < 0.1


def test_auto_takes_the_clocks_of_the_family_and_of_a_camera(model, vae, picture, motion, monkeypatch):
    def clocks(field, preset="auto"):
        return run(model, vae, picture, field, preset)[0].following.clocks

    pan = field_from_document('{"camera": {"keyframes": [{"time": 1, "pan": 5}]}}', 5)
    assert clocks(motion) == PRESETS["bundled"]
    assert clocks(motion, "SVD") == PRESETS["SVD"]
    monkeypatch.setattr(host(), "clock_family", lambda model: WAN)
    assert clocks(pan) == PRESETS[WAN_CAMERA]
    assert clocks(combine(motion, pan)) == clocks(motion) == PRESETS[WAN]


def test_a_noise_mask_keeps_what_the_canvas_holds(model, vae, text, picture, motion):
    following = run(model, vae, picture, motion)[0]
    canvas = torch.randn(1, 16, 2, 4, 4, generator=torch.Generator().manual_seed(1))
    mask = torch.ones(1, 1, 2, 4, 4)
    mask[:, :, 0] = 0
    kept = sampled(following, text, latent={"samples": canvas, "noise_mask": mask})
    assert (kept - canvas)[:, :, 0].abs().max() < 1e-4


def test_few_steps_are_counted_in_steps(model, vae, text, picture, motion):
    following, latent, mask, _ = run(model, vae, picture, motion, "few steps")
    assert following.following.clocks == PRESETS["few steps"]
    held, free = sampled(following, text, steps=4), sampled(model, text, steps=4)
    inside = (mask > 0.99)[None, None].expand_as(held)
    assert (held - latent["samples"])[inside].abs().mean() < (free - latent["samples"])[inside].abs().mean()


def test_a_last_image_is_what_the_last_latent_frame_follows(model, vae, text, picture, motion):
    last = picture.flip(2)
    arguments = (model, vae, picture, motion, "custom", 1.0, 0.0)
    following, latent, mask, frames = TimeToMove.execute(*arguments, last_image=last).args
    assert torch.equal(frames[1:], last.expand(4, -1, -1, -1)) and torch.equal(frames[0], picture[0])
    assert mask[1].min() == 1 and mask[0].min() == 0
    made = sampled(following, text)
    assert (made - latent["samples"])[:, :, 1].abs().max() < 1e-4
    with pytest.raises(ValueError, match="`last_image` is 16x32 pixels"):
        TimeToMove.execute(*arguments, last_image=last[:, :, :16])


def test_what_does_not_fit_is_refused_in_a_sentence(model, vae, text, picture, motion):
    with pytest.raises(ValueError, match="needs 4k\\+1 frames: try 5"):
        run(model, vae, picture, motion.at_frames(6))
    with pytest.raises(ValueError, match="strong clock must be the smaller number"):
        run(model, vae, picture, motion, weak=0.2, strong=0.5)
    with pytest.raises(ValueError, match="multiples of 8"):
        run(model, vae, picture[:, :30], motion)
    with pytest.raises(ValueError, match="`vae` is missing"):
        run(model, None, picture, motion)
    following = run(model, vae, picture, motion.at_frames(9))[0]
    with pytest.raises(ValueError, match="the latent to sample has the shape"):
        sampled(following, text)
