from dataclasses import replace

import pytest
import torch
from flowbrush.conditioning.latent_frames import empty_latent
from flowbrush.nodes.conditioning import MotionConditioning
from flowbrush.nodes.decode import DecodeVideo
from flowbrush.nodes.noise import LatentNoise
from flowbrush.nodes.sampler import Sampler
from flowbrush.rendering.warp import warp_image
from flowbrush.sampling.few_steps import FewSteps

from .sampling_settings import SETTINGS as SAMPLING

SETTINGS = {**SAMPLING, "steps": 2, "solver": "unipc"}


def run(model, text, **changes):
    noise, latent = LatentNoise.execute(32, 32, 5, 1, 3).args
    given = {"noise": noise, "positive": text, "negative": text, "latent": latent} | SETTINGS | changes
    return Sampler.execute(model, **given)[0]["samples"]


def test_the_same_seed_gives_the_same_video(model, text):
    a, b = run(model, text), run(model, text)
    assert a.shape == (1, 16, 2, 4, 4) and torch.equal(a, b) and a.isfinite().all()
    other, _ = LatentNoise.execute(32, 32, 5, 1, 4).args
    assert not torch.equal(run(model, text, noise=other), a)


def test_a_batch_gets_other_noise_for_each(model, text):
    noise, latent = LatentNoise.execute(32, 32, 5, 2, 3).args
    batch = run(model, text, noise=noise, latent=latent)
    assert batch.shape[0] == 2 and not torch.equal(batch[0], batch[1])


def test_the_schedule_changes_the_steps(model, text):
    assert not torch.equal(run(model, text, schedule="cosine", steps=3), run(model, text, steps=3))


def test_given_noise_levels_replace_the_settings(model, text):
    sigmas = torch.tensor([1.0, 0.5, 0.0])
    assert torch.allclose(run(model, text, sigmas=sigmas, steps=9), run(model, text), atol=1e-6)


def test_a_few_step_student_is_sampled_along_its_own_levels(model, text, capsys):
    student = replace(model, few_steps=FewSteps((1.0, 0.9, 0.6, 0.0)))
    own = run(student, text, steps=3, solver="euler")
    assert capsys.readouterr().err == ""
    given = run(model, text, sigmas=torch.tensor([1.0, 0.9, 0.6, 0.0]), solver="euler")
    assert torch.equal(own, given) and not torch.equal(own, run(model, text, steps=3, solver="euler"))
    assert torch.equal(run(student, text, sigmas=torch.tensor([1.0, 0.5, 0.0])), run(model, text))
    run(student, text, steps=2)
    assert "is best with `steps` 3, `solver` euler" in capsys.readouterr().err


def test_motion_guidance_exaggerates(model, vae, text, picture, motion):
    positive, negative, no_motion, latent = MotionConditioning.execute(
        text, text, vae, picture, 5, "warped video", "still", True, False, motion=motion
    ).args
    plain = run(model, text, positive=positive, negative=negative, latent=latent, no_motion=no_motion)
    guided = run(
        model, text, positive=positive, negative=negative, latent=latent, no_motion=no_motion, motion_cfg=2.0
    )
    assert not torch.allclose(plain, guided)


def test_motion_guidance_needs_something_to_compare_with(model, text):
    with pytest.raises(ValueError, match=r"`motion_cfg` is 1\.5, which needs `no_motion`"):
        run(model, text, motion_cfg=1.5)


def test_mistakes_in_sampling_are_named(model, text):
    with pytest.raises(ValueError, match="`noise` is a int; connect a NOISE"):
        run(model, text, noise=3)
    with pytest.raises(ValueError, match="`latent` has shape"):
        run(model, text, latent={"samples": torch.zeros(1, 4, 8, 8)})
    with pytest.raises(ValueError, match="`positive` holds values that are NaN"):
        run(model, text, positive=[[text[0][0] * torch.nan, {}]])
    with pytest.raises(ValueError, match="`model` is missing"):
        run(None, text)


def test_latents_become_frames(vae):
    frames = DecodeVideo.execute(vae, empty_latent(32, 48, 9), 0, False)[0]
    assert frames.shape == (9, 48, 32, 3) and frames.min() >= 0 and frames.max() <= 1
    batch = DecodeVideo.execute(vae, empty_latent(32, 32, 5, 2), 0, False)[0]
    assert batch.shape == (10, 32, 32, 3)


def test_compositing_shows_the_source_where_it_is_known(vae, picture, motion):
    decoded = DecodeVideo.execute(vae, empty_latent(32, 32, 5), 0, False)[0]
    frames = DecodeVideo.execute(vae, empty_latent(32, 32, 5), 0, True, picture, motion)[0]
    assert torch.equal(frames[0], picture[0])
    assert torch.allclose(frames[-1, :4, :4], picture[0, :4, :4], atol=1e-6)
    hole = warp_image(picture[0], motion).coverage[-1] < 0.01
    assert hole.any() and torch.allclose(frames[-1][hole], decoded[-1][hole])


def test_compositing_shows_two_pictures_carried_between_them(vae):
    wide = torch.nn.functional.interpolate(
        torch.rand(1, 3, 12, 16, generator=torch.Generator().manual_seed(3)), (96, 128), mode="bicubic"
    ).clamp(0, 1)[0].permute(1, 2, 0)  # fmt: skip
    first, middle, last = (wide[None, :, x : x + 96].contiguous() for x in (16, 12, 8))
    frames = DecodeVideo.execute(
        vae, empty_latent(96, 96, 5), 0, True, first, None, "plate", last_image=last
    )[0]
    assert torch.equal(frames[0], first[0]) and torch.equal(frames[-1], last[0])
    inside = slice(16, -16)
    assert (frames[2] - middle[0])[inside, inside].abs().mean() < 0.01
    assert (frames[0] - middle[0])[inside, inside].abs().mean() > 0.03  # what a still picture would give


def test_compositing_keeps_the_pixels_of_a_larger_source(vae, motion):
    """A source of 100x70 px for a video of 32x32: its largest square part, 70x70 px, is carried along."""
    source = torch.rand(1, 70, 100, 3, generator=torch.Generator().manual_seed(4))
    given = (vae, empty_latent(32, 32, 5), 0, True, source, motion, "plate")
    frames = DecodeVideo.execute(*given, size="source")[0]
    middle = source[:, :, 15:85]
    assert torch.equal(frames[0], middle[0])
    assert torch.equal(frames, warp_image(middle[0], motion).frames)
    assert DecodeVideo.execute(*given)[0].shape == (5, 32, 32, 3)
    plate = torch.full_like(source, 0.25)
    shown = DecodeVideo.execute(*given, size="source", plate=plate)[0]
    assert torch.equal(shown, warp_image(middle[0], motion, plate=plate[0, :, 15:85]).frames)
    layers = {"version": 1, "layers": [{"image": plate}]}
    shown = DecodeVideo.execute(*given, size="source", plate=layers)[0]
    assert shown.shape == (5, 70, 70, 3) and torch.equal(shown[0], middle[0])


def test_mistakes_in_decoding_are_named(vae, picture, motion):
    with pytest.raises(ValueError, match="`composite` is on, which needs `source`"):
        DecodeVideo.execute(vae, empty_latent(32, 32, 5), 0, True, picture)
    with pytest.raises(ValueError, match="`motion` is 5 frames long and the video 9"):
        DecodeVideo.execute(vae, empty_latent(32, 32, 9), 0, True, picture, motion)
    with pytest.raises(ValueError, match="`tile_size` is 64; it must be 0 \\(no tiles\\) or at least 128"):
        DecodeVideo.execute(vae, empty_latent(32, 32, 5), 64, False)
