"""The matrix of Time-to-Move: routes by samplers, steps, shifts, sizes, batches, experts and previews, beside the paper's loop.

<ComfyUI's python> time_to_move_matrix_worker.py <ComfyUI folder> <folder that holds the pack as `flowbrush`> <models folder>

One line of JSON is printed.
"""

# ruff: noqa: E402 - ComfyUI reads its arguments when it is imported

import sys
from pathlib import Path

COMFYUI, PACKS, MODELS = sys.argv[1:]
sys.path[:0] = [COMFYUI, PACKS, str(Path(__file__).parent)]
sys.argv[1:] = ["--cpu"]

import comfy.options

comfy.options.enable_args_parsing()

import comfy.samplers
import folder_paths
import torch
import worker_process
from comfy_extras.nodes_lt import LTXVDualCFGGuider
from comfy_extras.nodes_model_advanced import ModelSamplingSD3
from comfy_extras.nodes_wan import WanFirstLastFrameToVideo
from flowbrush.hosts import use
from flowbrush.sampling.time_to_move import AS_RELEASED, FEW_STEPS, PRESETS
from probe.narrow import narrow
from time_to_move_loop import findings, loop_of_the_paper, schedule, text
from time_to_move_routes import ROUTES, Followed, Route, packed, parts, sides, with_video
from time_to_move_wan import Wan, load

use("comfyui")
narrow()
for folder in ("diffusion_models", "vae", "text_encoders", "checkpoints"):
    folder_paths.add_model_folder_path(folder, str(Path(MODELS) / folder))

SAMPLERS = ("euler", "uni_pc", "res_multistep", "euler_cfg_pp", "lcm")
ONE_AT_A_TIME = ("svd", "minimax-h3", "ltx")
"""The frames of SVD are its batch, MiniMax-H3 refuses two clips, and ComfyUI's attention on a processor cannot share the
mask of LTX-Video's words between two."""
EULER = comfy.samplers.sampler_object("euler")


def arrival(followed, sampler):
    """The noise in the held part at the strong clock, beside the one that was added: (largest difference, deviation)."""
    sigmas = followed.sigmas[: followed.strong + 1]
    network, last = followed.model.model, sigmas[-1:]
    reached = network.process_latent_in(followed.ours(sampler, sigmas=sigmas))
    z = network.process_latent_in(packed(with_video(followed.canvas, followed.video)))
    sampling = followed.model.get_model_object("model_sampling")
    on_the_line, plain = (
        sampling.inverse_noise_scaling(last, sampling.noise_scaling(last, noise, z))
        for noise in (packed(followed.noise).clone(), torch.zeros_like(z))
    )
    unit = float((on_the_line - plain).std() / packed(followed.noise).std())
    inside = followed.held == 1
    if followed.own_mask is not None:
        inside = inside & (followed.own_mask.expand_as(inside) == 1)
    reached, on_the_line, plain = (values[inside] / unit for values in (reached, on_the_line, plain))
    return [float((reached - on_the_line).abs().max()), float((reached - plain).std())]


def previews(followed):
    """(how far the previews before the strong clock are from the reference in the held part, steps shown, all steps)."""
    seen = []

    def see(step, x0, x, total):
        seen.append((step, total, packed(x0)))

    followed.ours(callback=see)
    network = followed.model.model
    z = network.process_latent_in(packed(with_video(followed.canvas, followed.video)))
    inside = followed.held == 1
    if followed.own_mask is not None:
        inside = inside & (followed.own_mask.expand_as(inside) == 1)
    early = seen[: followed.strong - followed.weak]
    off = max(float((x0.to(z) - z)[inside].abs().max()) for _, _, x0 in early)
    return [off, [step for step, _, _ in seen], seen[0][1]]


def batch_of_two(followed):
    """How far each of two videos that are sampled together is from the loop of the paper on it alone."""
    noises = [[torch.randn_like(part) for part in parts(followed.canvas)] for _ in range(2)]

    def joined(*videos):
        whole = [torch.cat(each) for each in zip(*videos, strict=True)]
        return with_video_and_rest(followed.canvas, whole)

    alone = [with_video_and_rest(followed.canvas, noise) for noise in noises]
    wanted = torch.cat([followed.loop(noise) for noise in alone])
    canvas = joined(parts(followed.canvas), parts(followed.canvas))
    both = followed.run(followed.model_that_follows, EULER, canvas, followed.sigmas, joined(*noises))
    return [float((both - wanted).abs().max() / wanted.std()), list(both.shape)]


def with_video_and_rest(canvas, tensors):
    """Latents of the kind of `canvas` from their parts."""
    return type(canvas)(tuple(tensors)) if canvas.is_nested else tensors[0]


def routes():
    """Each route at a size of an odd number of cells, with the samplers of the list, a batch and previews."""
    for name in ("arrival", "sizes", "previews", "batches"):
        findings[name] = {}
    for name, build in ROUTES.items():
        route = build(MODELS)
        followed = Followed(route, *route.odd)
        findings["sizes"][name] = followed.difference()
        findings["arrival"][name] = {sampler: arrival(followed, sampler) for sampler in SAMPLERS}
        findings["previews"][name] = previews(followed)
        if name not in ONE_AT_A_TIME:
            findings["batches"][name] = batch_of_two(followed)


def schedules():
    """Shifts 5 and 8 at 4 to 50 steps, for Wan 2.2 14B and 5B."""
    findings["schedules"] = {}
    for name in ("wan 2.2", "wan 2.2 5B"):
        route = ROUTES[name](MODELS)
        for shift in (5.0, 8.0):
            for steps, weak, strong in ((4, 1, 2), (8, 1, 3), (20, 1, 3), (50, 3, 7)):
                followed = Followed(route, 4, 4, steps, weak, strong, shift, 1.0)
                findings["schedules"][f"{name}, shift {shift:g}, {steps} steps"] = followed.difference()


def experts():
    """Two experts with the noise of the first run only, as two KSampler Advanced have them, beside the paper's loop.

    The low-noise expert takes over between the clocks or below both; there it may be left as it is.
    """
    route = ROUTES["wan 2.2"](MODELS)
    low = load(MODELS, "wan2.2_i2v_low_noise_14B_fp8_scaled.safetensors")
    findings["experts"] = {}
    for shift in (5.0, 8.0):
        followed = Followed(route, 6, 4, 8, 1, 4, shift)
        (second,) = ModelSamplingSD3().patch(low, shift)
        silence, sigmas = torch.zeros_like(followed.noise), followed.sigmas
        for cut, following in ((3, True), (6, True), (6, False)):
            first = followed.ours(sigmas=sigmas[: cut + 1])
            after = followed.follow(second) if following else second
            ours = followed.run(after, EULER, first, sigmas[cut:], silence)

            def loop(steps, followed=followed):
                return loop_of_the_paper(followed.video, followed.noise, followed.held, steps)

            held = min(cut, followed.strong) - followed.weak
            start = followed.run(followed.model, loop(held), followed.video, sigmas[1 : cut + 1])
            wanted = followed.run(second, loop(max(0, followed.strong - cut)), start, sigmas[cut:], silence)
            free = followed.run(second, EULER, start, sigmas[cut:], silence)
            same = followed.run(followed.model, EULER, start, sigmas[cut:], silence)
            findings["experts"][f"shift {shift:g}, cut at {cut}, second {following}"] = [
                float((other - wanted).abs().max() / wanted.std()) for other in (ours, same, free)
            ]


def start_and_end():
    """Wan 2.2 with a first and a last picture, of which the reference ends in the latter."""
    route = ROUTES["wan 2.2"](MODELS)

    def condition(image):
        pictures = {"start_image": image, "end_image": image.flip(2)}
        return WanFirstLastFrameToVideo.execute(
            text(4096), text(4096, 3), route.vae, *sides(image), 9, 1, **pictures
        ).args

    both = Route(route.model, route.vae, condition)
    image = torch.rand(1, 48, 48, 3, generator=torch.Generator().manual_seed(1))
    plain = Followed(both, 6, 6)
    ending = Followed(both, 6, 6, last_image=image)
    away = (ending.video - plain.video).abs().amax((0, 1, 3, 4))
    findings["start and end"] = [ending.difference(), away.tolist()]


def two_guidance_scales():
    """LTX-2 under the guider of ComfyUI's templates for LTX-2.5, with a scale for the video and one for the sound."""
    followed = Followed(ROUTES["ltx-2"](MODELS), 4, 4)

    def guider(model):
        return LTXVDualCFGGuider.execute(model, followed.positive, followed.negative, 2.0, 3.0).args[0]

    one_scale = followed.loop()
    followed.guider = guider
    wanted = followed.loop()
    findings["two guidance scales"] = [
        float((other - wanted).abs().max() / wanted.std()) for other in (followed.ours(), one_scale)
    ]


def as_released():
    """Euler whose network alone sees the reference: the sample itself is never overwritten."""
    followed = Followed(ROUTES["wan 2.2"](MODELS), 6, 4, hold=AS_RELEASED)
    network, sigmas, noise = followed.model.model, followed.sigmas[followed.weak :], followed.noise
    strong = float(followed.sigmas[followed.strong]) * (1 - 1e-5)

    def sample(model, x, sigmas, extra_args, callback=None, disable=None):
        z = network.process_latent_in(followed.video)
        for i in range(len(sigmas) - 1):
            noised = sigmas[i] * noise + (1 - sigmas[i]) * z
            shown = torch.where((followed.held == 1) & (sigmas[i] >= strong), noised, x)
            x0 = model(shown, sigmas[i] * x.new_ones(len(x)), **extra_args)
            x = x + (x - x0) / sigmas[i] * (sigmas[i + 1] - sigmas[i])
        return x

    wanted = followed.run(followed.model, comfy.samplers.KSAMPLER(sample), followed.video, sigmas)
    others = (followed.ours(), followed.loop())
    findings["as released"] = [float((other - wanted).abs().max() / wanted.std()) for other in others]


def few_steps(route):
    """Clocks in steps, for two numbers of steps and two shifts."""
    findings["few steps"] = {}
    for steps, shift in ((4, 5.0), (4, 1.0), (8, 5.0)):
        (model,) = ModelSamplingSD3().patch(route.model, shift)
        sigmas = schedule(model, steps)
        following = route.following(model, PRESETS[FEW_STEPS])
        ours = route.run(following, EULER, route.canvas["samples"], sigmas, 1.0)
        loop = loop_of_the_paper(route.reference, route.noise, route.mask[None, None], steps // 2)
        wanted = route.run(model, loop, route.reference, sigmas, 1.0)
        published = route.run(route.following(model, PRESETS["Wan"]), EULER, route.reference, sigmas, 1.0)
        findings["few steps"][f"{steps} steps, shift {shift:g}"] = [
            float((ours - wanted).abs().max() / wanted.std()),
            float((published - wanted).abs().max() / wanted.std()),
        ]


def main() -> dict:
    with torch.inference_mode():
        few_steps(Wan(MODELS))
        for part in (schedules, experts, start_and_end, two_guidance_scales, as_released, routes):
            part()
    return findings


worker_process.run(main)
