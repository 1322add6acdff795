import pytest
import torch
from flowbrush.hosts import Conditions, Host, host, use
from flowbrush.hosts.headless import Cancelled, HeadlessHost
from flowbrush.models.latent_format import process_in, process_out
from flowbrush.sampling.noise import SeededNoise
from flowbrush.sampling.settings import SamplingSettings

FRAMES = torch.rand(5, 32, 48, 3, generator=torch.Generator().manual_seed(0))
LATENT = {"samples": torch.zeros(1, 16, 2, 4, 6)}


@pytest.fixture
def models(weights):
    return host().load_models(weights["dit"], weights["vae"], weights["text"])


@pytest.fixture
def prompts(models):
    return host().encode_text(models[1], "a boat"), host().encode_text(models[1], "")


def test_a_host_that_lacks_a_method_cannot_be_made():
    class WithoutFolders(HeadlessHost):
        input_directory = Host.input_directory

    with pytest.raises(TypeError, match="input_directory"):
        WithoutFolders()


def test_what_needs_comfyui_is_refused_by_a_host_without_it():
    for refused in (
        lambda: host().model_for_stock_samplers(None),
        lambda: host().interpolation_method(None),
    ):
        with pytest.raises(ValueError, match="needs ComfyUI"):
            refused()


def test_a_host_is_chosen_by_name_or_given():
    own = HeadlessHost()
    assert use(own) is host() is own
    assert use("headless") is host()
    assert host() is not own
    with pytest.raises(ValueError, match='host is \'a1111\'; it is "comfyui" or "headless"'):
        use("a1111")


def test_a_file_that_is_not_there_is_named(weights):
    with pytest.raises(
        ValueError, match=r"there is no vae file `nowhere\.safetensors`: give `bundled` or the path"
    ):
        host().load_models(weights["dit"], "nowhere.safetensors", weights["text"])


def test_a_text_encoder_of_another_width_is_refused(weights):
    with pytest.raises(ValueError, match=r"is 64 wide and the diffusion model .* reads text of 32"):
        host().load_models(weights["dit"], weights["vae"], weights["wide"])


def test_prompts_differ(prompts):
    (a_boat, _), (nothing, _) = prompts[0][0], prompts[1][0]
    assert a_boat.shape == nothing.shape == (1, 128, 32)
    assert not torch.allclose(a_boat, nothing)


def test_video_is_encoded_as_the_network_encodes_it(models):
    vae = models[2]
    with torch.no_grad():
        expected = vae.network.encode(FRAMES.permute(3, 0, 1, 2)[None] * 2 - 1)
    latents = host().encode_video(vae, FRAMES)
    assert latents.shape == (1, 16, 2, 4, 6)
    assert torch.allclose(latents, expected, atol=1e-5)
    assert torch.allclose(host().encode_video(vae, FRAMES, tiled=True), expected, atol=1e-4)


def test_decoding_reports_its_chunks_and_stays_in_range(models):
    latents = torch.randn(1, 16, 3, 4, 6, generator=torch.Generator().manual_seed(1))
    chunks = []
    frames = host().decode_video(
        models[2], latents, on_chunk=lambda done, total: chunks.append((done, total))
    )
    assert frames.shape == (9, 32, 48, 3)
    assert float(frames.min()) >= 0
    assert float(frames.max()) <= 1
    assert [done for done, _ in chunks] == list(range(1, len(chunks) + 1))
    assert chunks[-1][0] == chunks[-1][1] >= 3
    assert torch.allclose(host().decode_video(models[2], latents, tile=16), frames, atol=1e-4)


def test_a_cancel_is_noticed_between_chunks(models):
    latents = torch.zeros(1, 16, 4, 4, 6)
    chunks = []

    def stop(done, total):
        chunks.append(done)
        host().cancelled.set()

    with pytest.raises(Cancelled):
        host().decode_video(models[2], latents, on_chunk=stop)
    assert chunks == [1]


def test_memory_that_runs_out_leads_to_tiles(models, monkeypatch, capsys):
    vae, tiles = models[2], []
    whole = torch.zeros(1, 3, 5, 32, 48)

    def too_large(latents, on_step=None):
        raise torch.OutOfMemoryError("full")

    monkeypatch.setattr(vae.network, "decode", too_large)
    monkeypatch.setattr(
        vae.network, "decode_tiled", lambda latents, tile, on_step: tiles.append(tile) or whole
    )
    assert host().decode_video(vae, torch.zeros(1, 16, 2, 4, 6)).shape == (5, 32, 48, 3)
    assert tiles == [512]
    assert "Memory ran out while decoding; continuing in tiles of 512 px." in capsys.readouterr().err


def sample(model, prompts, seed=1, latent=LATENT, no_motion=None, **settings):
    conditions = Conditions(*prompts, no_motion)
    return host().sample(model, SeededNoise(seed), conditions, latent, SamplingSettings(**settings))


def test_one_euler_step_is_noise_minus_velocity(models, prompts):
    model = models[0]
    noise = SeededNoise(5).generate_noise(LATENT)
    with torch.no_grad():
        velocity = model.network(
            torch.cat([noise, torch.zeros(1, 20, 2, 4, 6)], 1), torch.tensor([1000.0]), prompts[0][0][0]
        )
    latents = sample(model, prompts, seed=5)
    assert torch.allclose(latents, process_out(noise - velocity), atol=1e-4)


def test_the_same_seed_gives_the_same_bytes(models, prompts):
    runs = [sample(models[0], prompts, seed, steps=3, solver="heun", text_scale=2.0) for seed in (5, 5, 6)]
    assert torch.equal(runs[0], runs[1])
    assert not torch.allclose(runs[0], runs[2])


def test_the_first_frame_reaches_the_network(models, prompts):
    """Mask channels are 1 where the picture is known, and the picture arrives normalised."""
    image = torch.randn(1, 16, 2, 4, 6, generator=torch.Generator().manual_seed(2))
    mask = torch.ones(1, 4, 2, 4, 6)
    mask[:, :, 0] = 0
    given = [[prompts[0][0][0], {"concat_latent_image": image, "concat_mask": mask}]]
    concat = models[0].condition(given, LATENT["samples"])["concat"]
    assert torch.equal(concat[:, :4], 1 - mask)
    assert torch.allclose(concat[:, 4:], process_in(image))
    plain = models[0].condition(prompts[0], LATENT["samples"])["concat"]
    assert plain.shape == (1, 20, 2, 4, 6)
    assert not plain.any()


def test_motion_guidance_exaggerates_the_motion(models, prompts):
    image = torch.randn(1, 16, 2, 4, 6, generator=torch.Generator().manual_seed(2))
    moving = [[prompts[0][0][0], {"concat_latent_image": image, "concat_mask": torch.zeros(1, 1, 2, 4, 6)}]]
    full, none = sample(models[0], (moving, prompts[1])), sample(models[0], prompts)
    guided = sample(models[0], (moving, prompts[1]), no_motion=prompts[0], motion_scale=2.5)
    assert torch.allclose(guided, full + 1.5 * (full - none), atol=1e-3)
    with pytest.raises(ValueError, match="which compares with `no_motion`"):
        sample(models[0], (moving, prompts[1]), motion_scale=2.5)


def test_image_to_image_begins_at_the_given_latents(models, prompts):
    start = {"samples": torch.randn(1, 16, 2, 4, 6, generator=torch.Generator().manual_seed(3))}
    kept = start | {"noise_mask": torch.zeros(1, 1, 2, 4, 6)}
    latents = sample(models[0], prompts, latent=kept, steps=2, denoise=0.5)
    assert torch.allclose(latents, start["samples"], atol=1e-4)
    anew = sample(models[0], prompts, latent=start, steps=2, denoise=0.5)
    assert not torch.allclose(anew, start["samples"], atol=1e-1)


def test_conditioning_of_another_size_is_refused(models, prompts):
    given = [[prompts[0][0][0], {"concat_latent_image": torch.zeros(1, 16, 3, 4, 6)}]]
    with pytest.raises(ValueError, match=r"made for latents of \[3, 4, 6\].* is \[2, 4, 6\]"):
        sample(models[0], (given, prompts[1]))


def test_a_cancel_during_sampling_stops_within_one_step(models, prompts, monkeypatch):
    calls = []
    velocity = models[0].network.forward
    monkeypatch.setattr(
        models[0].network,
        "forward",
        lambda *arguments: (calls.append(1), host().cancelled.set(), velocity(*arguments))[2],
    )
    with pytest.raises(Cancelled):
        sample(models[0], prompts, steps=8)
    assert len(calls) == 1


def test_a_latent_of_which_everything_is_kept_comes_back_without_a_step(models, prompts, monkeypatch):
    model = models[0]
    steps = []
    velocity = model.velocity
    monkeypatch.setattr(model, "velocity", lambda *given, **more: steps.append(1) or velocity(*given, **more))
    generator = torch.Generator().manual_seed(3)
    kept = {
        "samples": torch.randn(1, 16, 2, 4, 6, generator=generator),
        "noise_mask": torch.zeros(1, 1, 2, 4, 6),
    }
    settings, conditions = SamplingSettings(steps=2), Conditions(*prompts)
    same = host().sample(model, SeededNoise(1), conditions, kept, settings)
    assert torch.equal(same, kept["samples"]) and not steps
    kept["noise_mask"][..., 0, 0] = 1
    sampled = host().sample(model, SeededNoise(1), conditions, kept, settings)
    assert steps
    assert torch.allclose(sampled[..., 1:, 1:], kept["samples"][..., 1:, 1:], atol=1e-5)
