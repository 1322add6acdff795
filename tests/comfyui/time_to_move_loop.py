"""The loop of the Time-to-Move paper as a ComfyUI SAMPLER, and the comparison of a patched MODEL with it.

Imported by `time_to_move_worker.py`, once ComfyUI has read its arguments.
"""

from contextlib import contextmanager

import comfy.model_sampling
import comfy.nested_tensor
import comfy.sample
import comfy.samplers
import comfy.utils
import torch
from flowbrush.hosts import host
from flowbrush.motion.field.field import field_from_document
from flowbrush.nodes.time_to_move import TimeToMove
from flowbrush.sampling.time_to_move import Clocks

SIDE = 128
IMAGE = torch.rand(1, 16, 16, 3, generator=torch.Generator().manual_seed(5))
IMAGE = (
    torch.nn.functional.interpolate(IMAGE.movedim(-1, 1), (SIDE, SIDE), mode="bicubic")
    .clamp(0, 1)
    .movedim(1, -1)
)
DOCUMENT = (
    '{"flowbrush": "motion", "version": 1, "layers": [{"region": {"polygons": [{"points": [[0.2, 0.3], [0.55, 0.3], [0.55, 0.8], '
    '[0.2, 0.8]]}]}, "motion": {"horizontal": 0.25}}]}'
)
findings: dict[str, object] = {}


def loop_of_the_paper(z, noise, mask, held_steps):
    """A SAMPLER: Euler, and after each of the first `held_steps` the masked part overwritten by z with the one noise."""

    def sample(model, x, sigmas, extra_args, callback=None, disable=None):
        network = model.inner_model.inner_model
        reference = network.process_latent_in(z)
        for i in range(len(sigmas) - 1):
            denoised = model(x, sigmas[i] * x.new_ones(len(x)), **extra_args)
            x = x + (x - denoised) / sigmas[i] * (sigmas[i + 1] - sigmas[i])
            if i < held_steps:
                noised = network.model_sampling.noise_scaling(sigmas[i + 1], noise.clone(), reference)
                x = (1 - mask) * x + mask * noised
        return x

    return comfy.samplers.KSAMPLER(sample)


def guided(model, positive, negative, cfg=2.0):
    guider = comfy.samplers.CFGGuider(model)
    guider.set_conds(positive, negative)
    guider.set_cfg(cfg)
    return guider


@contextmanager
def timesteps_seen(model):
    """The timesteps that the network is called with while this lasts."""
    seen = []

    def see(_, given, named):
        timesteps = given[1] if len(given) > 1 else named["timesteps"]
        parts = timesteps if isinstance(timesteps, tuple) else (timesteps,)  # of video and sound
        seen.append(torch.cat([part.flatten() for part in parts]).float().clone())

    hook = model.model.diffusion_model.register_forward_pre_hook(see, with_kwargs=True)
    try:
        yield seen
    finally:
        hook.remove()


def moving(length):
    return field_from_document(DOCUMENT, length)


def schedule(model, steps):
    return comfy.samplers.calculate_sigmas(model.get_model_object("model_sampling"), "simple", steps)


def share(model, sigma):
    flows = isinstance(model.get_model_object("model_sampling"), comfy.model_sampling.CONST)
    return float(sigma if flows else sigma / (1 + sigma))


def against_the_paper(name, model, vae, positive, negative, canvas, length, steps=12, weak=2, strong=5):
    """Largest difference of a patched stock Euler from the loop of the paper, in units of the result's deviation."""
    sigmas = schedule(model, steps)
    clocks = share(model, sigmas[weak]), share(model, sigmas[strong])
    _, latent, mask, frames = TimeToMove.execute(model, vae, IMAGE, moving(length), "custom", *clocks).args
    mask = mask.round()  # the loop of the paper knows no strength between
    following = host().following_model(model, latent["samples"], mask, Clocks(*clocks))
    noise = comfy.sample.prepare_noise(canvas["samples"], 11)
    given = canvas.get("noise_mask")
    euler = comfy.samplers.sampler_object("euler")

    def run(which, sampler, start, levels):
        options = {"denoise_mask": given, "disable_pbar": True, "seed": 11}
        with timesteps_seen(which) as seen:
            return guided(which, positive, negative).sample(
                noise.clone(), start, sampler, levels, **options
            ), seen

    ours, ours_seen = run(following, euler, canvas["samples"], sigmas)
    z = latent["samples"]
    shaped = mask[None, None] if z.ndim == 5 else mask[:, None]
    start = z
    if given is not None:  # what the user's own mask keeps is the user's
        own = comfy.utils.reshape_mask(given, z.shape)
        start = z * own + canvas["samples"] * (1 - own)
    loop = loop_of_the_paper(z, noise, shaped, strong - weak)
    wanted, wanted_seen = run(model, loop, start, sigmas[weak:])
    free, _ = run(model, euler, start, sigmas[weak:])
    spread = float(wanted.std())
    findings[name] = {
        "difference": float((ours - wanted).abs().max()) / spread,
        "without holding": float((free - wanted).abs().max()) / spread,
        "shapes": [list(z.shape), list(mask.shape), list(frames.shape)],
        "steps": len(ours_seen),
        "steps of the loop": len(wanted_seen),
        "same timesteps": all(torch.equal(a, b) for a, b in zip(ours_seen, wanted_seen, strict=True)),
        "timesteps of the first call": sorted({round(float(t), 4) for t in ours_seen[0].flatten()}),
        "first frame kept": None if given is None else float((ours - canvas["samples"])[:, :, 0].abs().max()),
    }
    return following, latent, mask


def against_the_paper_with_sound(
    name, model, vae, positive, negative, canvas, length, steps=12, weak=2, strong=5
):
    """The same for a canvas of video and sound: the sound is sampled along and is never held."""
    sigmas = schedule(model, steps)
    clocks = share(model, sigmas[weak]), share(model, sigmas[strong])
    _, latent, mask, _ = TimeToMove.execute(model, vae, IMAGE, moving(length), "custom", *clocks).args
    mask = mask.round()
    z, sound = latent["samples"], canvas["samples"].unbind()[1]
    z = z.unbind()[0] if z.is_nested else z
    following = host().following_model(model, z, mask, Clocks(*clocks))
    noise = comfy.sample.prepare_noise(canvas["samples"], 11)
    euler = comfy.samplers.sampler_object("euler")

    def run(which, sampler, start, levels):
        with timesteps_seen(which) as seen:
            done = guided(which, positive, negative).sample(
                noise, start, sampler, levels, disable_pbar=True, seed=11
            )
        return [part.clone() for part in done.unbind()], seen

    ours, ours_seen = run(following, euler, canvas["samples"], sigmas)
    packed, _ = comfy.utils.pack_latents([z, sound])
    held, _ = comfy.utils.pack_latents([mask[None, None].expand_as(z), torch.zeros_like(sound)])
    packed_noise, _ = comfy.utils.pack_latents(noise.unbind())
    start = comfy.nested_tensor.NestedTensor((z, sound))
    wanted, wanted_seen = run(
        model, loop_of_the_paper(packed, packed_noise, held, strong - weak), start, sigmas[weak:]
    )
    free, _ = run(model, euler, start, sigmas[weak:])
    spread = [float(part.std()) for part in wanted]
    findings[name] = {
        "difference": max(
            float((a - b).abs().max()) / c for a, b, c in zip(ours, wanted, spread, strict=True)
        ),
        "without holding": float((free[0] - wanted[0]).abs().max()) / spread[0],
        "shapes": [list(z.shape), list(mask.shape), list(sound.shape)],
        "canvas": [list(part.shape) for part in latent["samples"].unbind()]
        if latent["samples"].is_nested
        else [],
        "steps": len(ours_seen),
        "steps of the loop": len(wanted_seen),
        "same timesteps": all(torch.equal(a, b) for a, b in zip(ours_seen, wanted_seen, strict=True)),
    }


def text(width, words=4, **more):
    vectors = torch.randn(1, words, width, generator=torch.Generator().manual_seed(words))
    return [[vectors, more]]
