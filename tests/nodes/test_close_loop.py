import pytest
import torch
from flowbrush.hosts import host
from flowbrush.motion.field.field import field_from_document
from flowbrush.motion.measure.seam import seam_ratio
from flowbrush.motion.presets import preset
from flowbrush.nodes.close_loop import CloseLoop
from flowbrush.nodes.decode import DecodeVideo
from flowbrush.nodes.noise import LatentNoise
from flowbrush.nodes.sampler import Sampler
from flowbrush.rendering.warp import warp_image
from flowbrush.synthetic import render_example

from .sampling_settings import SETTINGS


def sampled(model, text, steps):
    noise, empty = LatentNoise.execute(32, 32, 17, 1, 3).args
    return Sampler.execute(model, noise, text, text, empty, steps=steps, **SETTINGS).args[0]["samples"]


def test_the_sampler_runs_another_clip_and_the_given_model_is_left_alone(model, text):
    free = sampled(model, text, 10)
    looping = CloseLoop.execute(model).args[0]
    assert (sampled(looping, text, 10) - free).abs().mean() > 0.003
    assert torch.equal(sampled(model, text, 10), free)


def test_one_step_sees_the_clip_as_it_is_and_is_remarked_on(model, text, capsys):
    looping = CloseLoop.execute(model).args[0]
    assert torch.equal(sampled(looping, text, 1), sampled(model, text, 1))
    assert "Close Loop needs 8 steps or more, and this run has 1 step" in capsys.readouterr().err


def test_a_loop_is_decoded_from_any_latent_frame_on_alike():
    """With the bundled VAE: 20 frames of a sea that moves in a loop."""
    vae = host().load_models("bundled", "bundled", "bundled")[2]
    waves = field_from_document(preset("at_sea"), 20, aspect=1.0)
    frames = warp_image(render_example("boat", 64, 64)[0], waves).frames
    ring = host().encode_video(vae, torch.cat([frames, frames, frames[:1]]))[:, :, 6:11]
    both = {"samples": torch.cat([ring, torch.roll(ring, -2, 2)])}
    found, turned = DecodeVideo.execute(vae, both, 0, False, loop=True).args[0].split(20)
    usual = found.diff(dim=0).abs().mean()
    assert (torch.roll(found, -8, 0) - turned).abs().mean() < 0.1 * usual
    assert seam_ratio(found) < 1.2
    plain = DecodeVideo.execute(vae, {"samples": ring}, 0, False).args[0]
    assert len(plain) == 17 and seam_ratio(plain) > 1.5


def test_the_bundled_model_closes_a_loop_of_text_to_video():
    model, clip, vae = host().load_models("bundled text to video", "bundled", "bundled text to video")
    prompt, empty = (host().encode_text(clip, words) for words in ("a blue square moves up", ""))

    def frames(model, loop):
        noise, latent = LatentNoise.execute(64, 64, 17, 1, 4).args
        settings = {**SETTINGS, "cfg": 4.0, "shift": 3.0}
        latent = Sampler.execute(model, noise, prompt, empty, latent, steps=12, **settings).args[0]
        return DecodeVideo.execute(vae, latent, 0, False, loop=loop).args[0]

    open_clip, closed = frames(model, False), frames(CloseLoop.execute(model).args[0], True)
    assert len(open_clip) == 17 and seam_ratio(open_clip) > 5
    assert len(closed) == 20 and seam_ratio(closed) < 2
    seam = (closed[0] - closed[-1]).abs().mean()
    assert seam < closed.diff(dim=0).abs().mean((1, 2, 3)).max(), "the seam is not the largest step"
    assert closed.std(dim=(1, 2)).mean() > 0.5 * open_clip.std(dim=(1, 2)).mean(), "the square is still there"


def test_composite_is_refused_with_a_loop(vae, picture, motion):
    latent = {"samples": torch.zeros(1, 16, 2, 4, 4)}
    with pytest.raises(ValueError, match="`composite` and `loop` are on"):
        DecodeVideo.execute(vae, latent, 0, True, picture, motion, loop=True)


def test_a_model_must_be_connected():
    with pytest.raises(ValueError, match="`model`"):
        CloseLoop.execute(None)
