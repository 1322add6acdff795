"""The causal video VAE: shapes, causality, whole clips against pieces, memory, and what it refuses."""

import pytest
import torch
from flowbrush.models.vae import VAEConfig, WanVAE
from flowbrush.models.vae_streaming import advance, clip_pieces

ROUNDING = 2e-5


def random_vae(dim=8, **changes):
    """A VAE whose weights are random and large enough for a mistake to be seen in its output."""
    vae = WanVAE(VAEConfig(dim, **changes))
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for name, parameter in vae.named_parameters():
            if name.endswith("gamma"):
                parameter.uniform_(0.5, 1.5, generator=generator)
    return vae.eval()


def random_clip(frames, height=32, width=40, batch=1, seed=4):
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(batch, 3, frames, height, width, generator=generator) * 2 - 1


def whole(network, x):
    """The layers' output for a whole clip at once, as in training."""
    with torch.enable_grad():
        return network(x).detach()


@pytest.mark.parametrize(("frames", "latent_frames"), [(1, 1), (5, 2), (13, 4)])
def test_four_frames_after_the_first_become_one_latent_frame(frames, latent_frames):
    vae = random_vae()
    latents = vae.encode(random_clip(frames))
    assert latents.shape == (1, 16, latent_frames, 4, 5)
    assert vae.decode(latents).shape == (1, 3, frames, 32, 40)


def test_encode_is_the_mean_of_the_moments():
    vae, clip = random_vae(), random_clip(5)
    mean, logvar = vae.encode_moments(clip)
    assert mean.shape == logvar.shape
    assert torch.equal(vae.encode(clip), mean)


@torch.no_grad()
def test_latents_do_not_depend_on_later_frames():
    vae = random_vae()
    clip, other = random_clip(13), random_clip(13, seed=5)
    other[:, :, :5] = clip[:, :, :5]
    same = vae.encode(clip) - vae.encode(other)
    assert same[:, :, :2].abs().max() == 0
    assert same[:, :, 2:].abs().max() > 0.01


@torch.no_grad()
def test_decoded_frames_do_not_depend_on_later_latents():
    vae = random_vae()
    generator = torch.Generator().manual_seed(6)
    latents = torch.randn(1, 16, 3, 3, 4, generator=generator)
    other = latents.clone()
    other[:, :, 2] += 1
    difference = (vae.decode(latents) - vae.decode(other)).abs().amax((0, 1, 3, 4))
    assert difference[:5].max() == 0
    assert difference[5:].min() > 0.001


def test_a_still_is_the_first_frame_of_its_clip():
    vae, clip = random_vae(), random_clip(5)
    latents = whole(vae.encode, clip)
    torch.testing.assert_close(whole(vae.encode, clip[:, :, :1]), latents[:, :, :1], atol=ROUNDING, rtol=0)
    torch.testing.assert_close(
        whole(vae.decode, latents[:, :, :1]), whole(vae.decode, latents)[:, :, :1], atol=ROUNDING, rtol=0
    )


@pytest.mark.parametrize("frames", [1, 9])
def test_pieces_give_the_result_of_the_whole_clip(frames):
    vae, clip = random_vae(), random_clip(frames, batch=2)
    latents = whole(vae.encode, clip)
    video = whole(vae.decode, latents)
    with torch.inference_mode():
        torch.testing.assert_close(vae.encode(clip), latents, atol=ROUNDING, rtol=0)
        torch.testing.assert_close(vae.decode(latents), video, atol=ROUNDING, rtol=0)
        pieces = list(vae.decode_chunks(latents))
    assert len(pieces) == frames
    assert video.std() > 0.05


@pytest.mark.parametrize("at_once", [1, 2, 3, 8])
def test_a_clip_may_be_cut_anywhere(at_once):
    vae, clip = random_vae(), random_clip(13)
    latents = whole(vae.encode, clip)

    def pieces(layers, x, lengths):
        memory = {}
        parts = x.split(lengths, dim=2)
        return torch.cat([out for part in parts for out in advance(layers, part, memory, at_once)], dim=2)

    with torch.no_grad():
        encoded = pieces(vae.encoder.layers, clip, [2, 3, 1, 4, 3])
        decoded = pieces(vae.decoder.layers, latents, [2, 1, 1])
    torch.testing.assert_close(encoded, whole(vae.encoder, clip), atol=ROUNDING, rtol=0)
    torch.testing.assert_close(decoded, whole(vae.decoder, latents), atol=ROUNDING, rtol=0)


@torch.no_grad()
def test_inputs_stay_as_they_were():
    vae, clip = random_vae(), random_clip(5)
    clip_before = clip.clone()
    latents = vae.encode(clip)
    before = latents.clone()
    vae.decode(latents)
    assert torch.equal(clip, clip_before)
    assert torch.equal(latents, before)


def test_every_weight_is_trained_by_a_clip_of_five_frames():
    vae, clip = random_vae(), random_clip(5)
    mean, logvar = vae.encode_moments(clip)
    loss = (vae.decode(mean + torch.exp(0.5 * logvar)) - clip).abs().mean()
    loss.backward()
    assert all(p.grad is not None and p.grad.abs().max() > 0 for p in vae.parameters())


def test_training_in_bfloat16_channels_last_stays_close_to_float32():
    vae, clip = random_vae(), random_clip(5)
    expected = whole(vae.encode, clip)
    vae.channels_last()
    clip = clip.contiguous(memory_format=torch.channels_last_3d)
    with torch.autocast("cpu", torch.bfloat16):
        latents = vae.encode(clip)
        video = vae.decode(latents)
    assert video.dtype == latents.dtype == torch.bfloat16
    assert (latents.float() - expected).abs().max() < 0.05
    video.float().mean().backward()


def test_weights_come_from_the_generator_alone():
    torch.manual_seed(0)
    state = torch.get_rng_state()
    first, again = WanVAE(VAEConfig(4)), WanVAE(VAEConfig(4), torch.Generator().manual_seed(0))
    assert torch.equal(torch.get_rng_state(), state)
    for name, value in first.state_dict().items():
        assert torch.equal(value, again.state_dict()[name])
    other = WanVAE(VAEConfig(4), torch.Generator().manual_seed(1))
    assert not torch.equal(first.conv1.weight, other.conv1.weight)


@torch.no_grad()
def test_steps_are_reported_and_can_stop_the_work():
    vae, clip, seen = random_vae(), random_clip(9), []
    latents = vae.encode(clip, lambda done, total: seen.append((done, total)))
    assert seen == [(1, 3), (2, 3), (3, 3)]

    def stop(done, total):
        if done == 2:
            raise KeyboardInterrupt

    frames = []
    with pytest.raises(KeyboardInterrupt):
        for piece in vae.decode_chunks(latents, stop):
            frames.append(piece)
    assert len(frames) == 5


@torch.inference_mode()
def test_decoding_in_chunks_holds_no_more_for_a_longer_clip():
    vae = random_vae(dim=4)
    layers, held = vae.decoder.layers, []
    memory = {}
    latents = torch.randn(1, 16, 6, 8, 8, generator=torch.Generator().manual_seed(0))
    for piece in vae.conv2(latents).split(1, dim=2):
        for _ in advance(layers, piece, memory, 1):
            pass
        frames = [frame for frames in memory.values() for frame in frames]
        held.append(sum(t.untyped_storage().nbytes() for t in {f.data_ptr(): f for f in frames}.values()))
    assert held[2] == held[3] == held[5]


def test_pieces_are_one_frame_and_then_whole_groups():
    assert clip_pieces(13, 4) == [1, 4, 4, 4]
    assert clip_pieces(1, 4) == [1]


@pytest.mark.parametrize(
    ("shape", "sentence"),
    [
        ((1, 3, 8, 32, 32), "8 frames.*try 5 or 9"),
        ((1, 3, 5, 30, 32), "32x30 pixels.*multiples of 8"),
        ((1, 4, 5, 32, 32), r"\[1, 4, 5, 32, 32\]"),
        ((3, 5, 32, 32), r"\[3, 5, 32, 32\]"),
        ((1, 3, 0, 32, 32), r"\[1, 3, 0, 32, 32\]"),
    ],
)
def test_wrong_clips_are_refused_with_what_would_be_right(shape, sentence):
    with pytest.raises(ValueError, match=sentence):
        random_vae(dim=4).encode(torch.zeros(shape))


@pytest.mark.parametrize("shape", [(1, 8, 1, 4, 4), (16, 1, 4, 4), (1, 16, 1, 0, 4)])
def test_wrong_latents_are_refused(shape):
    vae = random_vae(dim=4)
    with pytest.raises(ValueError, match="the VAE decodes"):
        vae.decode(torch.zeros(shape))
    with torch.no_grad(), pytest.raises(ValueError, match="the VAE decodes"):
        vae.decode(torch.zeros(shape))


@pytest.mark.parametrize("changes", [{"dim": 0}, {"dim": 7}, {"dim": 8, "temporal_downsample": (True,)}])
def test_wrong_configurations_are_refused(changes):
    with pytest.raises(ValueError, match=r"must be|must have"):
        VAEConfig(**changes)


def test_other_factors_follow_from_the_configuration():
    vae = random_vae(dim=4, dim_mult=(1, 2, 2), temporal_downsample=(True, False))
    assert (vae.config.spatial_factor, vae.config.temporal_factor) == (4, 2)
    latents = whole(vae.encode, random_clip(5, 16, 20))
    assert latents.shape == (1, 16, 3, 4, 5)
    video = whole(vae.decode, latents)
    with torch.no_grad():
        torch.testing.assert_close(vae.decode(latents), video, atol=ROUNDING, rtol=0)
