"""Checks that need ComfyUI's own Python objects: run by its interpreter, the findings printed as one line of JSON.

<ComfyUI's python> inside.py <ComfyUI folder> <folder that holds the pack as `flowbrush`> <models folder>
"""

# ruff: noqa: E402 - ComfyUI reads its arguments when it is imported

import asyncio
import logging
import sys
from pathlib import Path

COMFYUI, PACKS, MODELS = sys.argv[1:]
sys.path[:0] = [COMFYUI, PACKS]
sys.argv[1:] = ["--cpu"]

import comfy.options

comfy.options.enable_args_parsing()

import comfy.model_base
import comfy.model_management
import comfy.model_sampling
import comfy.samplers
import folder_paths
import latent_preview
import server
import torch
import worker_process
from comfy_execution.utils import CurrentNodeContext

import nodes as comfyui_nodes

# A running ComfyUI has imported these before any pack; by its registry the pack knows where it is.
assert comfyui_nodes.NODE_CLASS_MAPPINGS and latent_preview and server

for folder in ("diffusion_models", "vae", "text_encoders"):
    folder_paths.add_model_folder_path(folder, str(Path(MODELS) / folder))

findings: dict[str, object] = {}


async def import_pack() -> int:
    """Imports the pack as ComfyUI does; how many nodes it has."""
    import flowbrush

    extension = await flowbrush.comfy_entrypoint()
    await extension.on_load()
    return len([cls.define_schema() for cls in await extension.get_node_list()])


before = set(sys.modules)
findings["nodes"] = asyncio.run(import_pack())
findings["imported"] = sorted({name.partition(".")[0] for name in set(sys.modules) - before})

from flowbrush.hosts import Conditions, host
from flowbrush.sampling.guidance import Guidance
from flowbrush.sampling.noise import SeededNoise
from flowbrush.sampling.schedule import rectified_flow_sigmas
from flowbrush.sampling.settings import SamplingSettings

comfyui = host()


def message(work, *arguments, **named) -> str:
    """What `work` says when it refuses."""
    try:
        work(*arguments, **named)
    except ValueError as error:
        return str(error)
    return ""


def same(one: torch.nn.Module, other: torch.nn.Module) -> bool:
    """Whether two networks have the same weights."""
    a, b = one.state_dict(), other.state_dict()
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def largest(difference: torch.Tensor) -> float:
    return float(difference.abs().max())


def loading(model, clip, vae) -> None:
    findings["host"] = host().name
    findings["choices"] = host().model_choices("text")
    findings["types"] = [
        f"{type(x).__module__}.{type(x).__qualname__}" for x in (model, model.model, clip, vae)
    ]
    findings["dtypes"] = [str(model.model.diffusion_model.dtype), str(vae.vae_dtype)]
    load = comfyui.load_models
    findings["text of another width"] = message(
        load, "tiny_dit.safetensors", "tiny_vae.safetensors", "wide_text.safetensors"
    )
    findings["absent"] = message(load, "nowhere.safetensors", "tiny_vae.safetensors", "tiny_text.safetensors")
    (Path(MODELS) / "vae" / "transformer.safetensors").write_bytes(
        (Path(MODELS) / "diffusion_models" / "tiny_dit.safetensors").read_bytes()
    )
    findings["factorized"] = message(
        load, "factorized_dit.safetensors", "tiny_vae.safetensors", "tiny_text.safetensors"
    )
    student, _, _ = load("student_dit.safetensors", "tiny_vae.safetensors", "tiny_text.safetensors")
    findings["few steps"] = [
        None if own is None else [*own.sigmas, own.solver]
        for own in map(comfyui.few_steps, (model, student, student.clone()))
    ]
    from comfy_extras.nodes_model_advanced import ModelSamplingSD3

    shifted = ModelSamplingSD3().patch(student, 3.0)[0].get_model_object("model_sampling")
    stock = comfy.samplers.calculate_sigmas(shifted, "simple", 4)
    findings["like the stock scheduler"] = largest(stock - rectified_flow_sigmas(4, 3.0))
    other, _, other_vae = load(
        "diffusers_tiny_dit.safetensors", "diffusers_tiny_vae.safetensors", "tiny_text.safetensors"
    )
    findings["names of diffusers"] = [
        same(other.model.diffusion_model, model.model.diffusion_model),
        same(other_vae.first_stage_model, vae.first_stage_model),
    ]
    findings["another kind"] = message(
        load, "tiny_dit.safetensors", "transformer.safetensors", "tiny_text.safetensors"
    )


def decoding(vae, latents) -> None:
    seen = []
    frames = comfyui.decode_video(vae, latents, on_chunk=lambda done, total: seen.append((done, total)))
    findings["chunks"] = seen
    findings["like VAE.decode"] = largest(frames - vae.decode(latents)[0])

    network, said = vae.first_stage_model, []
    decode = network.decode

    def small_memory(z: torch.Tensor) -> torch.Tensor:
        if z.shape[-1] > 16:
            raise torch.OutOfMemoryError("out of memory")
        return decode(z)

    class Hear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(record.getMessage())

    shown = []

    class Screen:
        """Where ComfyUI's server would send text for the canvas."""

        def send_progress_text(self, text: str, node_id: str) -> None:
            shown.append((node_id, text))

    hear = Hear()
    server.PromptServer.instance = Screen()
    logging.getLogger("flowbrush").addHandler(hear)
    network.decode = small_memory
    wide = torch.nn.functional.interpolate(latents, scale_factor=(1, 1, 3))
    try:
        with CurrentNodeContext("a run", "7"):
            findings["tiled"] = list(comfyui.decode_video(vae, wide).shape)
    finally:
        del server.PromptServer.instance
        network.decode = decode
        logging.getLogger("flowbrush").removeHandler(hear)
    findings["said"], findings["shown"] = said, shown

    done = []

    def stop(at: int, total: int) -> None:
        done.append(at)
        comfy.model_management.interrupt_current_processing()

    try:
        comfyui.decode_video(vae, latents, on_chunk=stop)
    except comfy.model_management.InterruptProcessingException:
        findings["chunks after a cancel"] = len(done) - 1


def sample(model, positive, negative, latent, no_motion=None, **settings) -> torch.Tensor:
    conditions = Conditions(positive, negative, no_motion)
    return comfyui.sample(model, SeededNoise(7), conditions, latent, SamplingSettings(**settings))


def sampling(model, clip, latents) -> None:
    def conditioning(text: str, **extra) -> list:
        return [[part[0], {**part[1], **extra}] for part in comfyui.encode_text(clip, text)]

    known = {"concat_latent_image": latents, "concat_mask": torch.zeros(1, 4, *latents.shape[2:])}
    positive, negative = conditioning("a boat", **known), conditioning("", **known)
    no_motion, empty = conditioning("a boat"), {"samples": torch.zeros_like(latents)}

    def run(start=empty, **settings) -> torch.Tensor:
        settings = {"steps": 2, "shift": 3.0, **settings}
        return sample(model, positive, negative, start, **settings)

    plain = run()
    findings["motion matters"] = largest(run(motion_scale=2.0, no_motion=no_motion) - plain)
    findings["motion scale 1 is plain"] = largest(run(no_motion=no_motion) - plain)

    # one Euler step from pure noise is x0 itself, which makes the sum of three conditions visible
    one = {"steps": 1, "solver": "euler"}
    full = run(**one)
    no_text = sample(model, negative, negative, empty, **one)
    still = sample(model, no_motion, negative, empty, **one)
    guided = run(text_scale=3.0, motion_scale=2.0, no_motion=no_motion, **one)
    wanted = full + 2.0 * (full - no_text) + 1.0 * (full - still)
    findings["three conditions"] = largest(guided - wanted) / largest(wanted)

    guider = comfy.samplers.CFGGuider(model)
    guider.set_conds(positive, negative)
    guider.set_cfg(3.0)
    sigmas = torch.tensor([1.0, 0.7, 0.3, 0.0])
    noise = SeededNoise(7).generate_noise(empty)
    stock = guider.sample(
        noise, empty["samples"], comfy.samplers.sampler_object("euler"), sigmas, seed=7, disable_pbar=True
    )
    findings["like stock euler"] = largest(run(sigmas=sigmas, solver="euler", text_scale=3.0) - stock)

    mask = torch.zeros(1, 1, *latents.shape[2:])
    mask[..., latents.shape[-1] // 2 :] = 1.0
    kept = run({"samples": latents, "noise_mask": mask})
    half = latents.shape[-1] // 2
    findings["kept outside the mask"] = largest((kept - latents)[..., :half])
    findings["changed inside the mask"] = largest((kept - latents)[..., half:])
    findings["repeatable"] = all(
        torch.equal(run(solver=s, steps=3), run(solver=s, steps=3)) for s in ("ddim", "lcm", "unipc")
    )

    findings["unknown solver"] = message(run, solver="magic")
    findings["no_motion is missing"] = message(run, motion_scale=2.0)
    other = model.clone()
    other.add_object_patch(
        "model_sampling",
        comfy.model_base.model_sampling(model.model.model_config, comfy.model_base.ModelType.EPS),
    )
    findings["no flow"] = message(sample, other, positive, negative, empty)
    levels = torch.tensor([10.0, 1.0, 0.0])
    made = sample(other, positive, negative, empty, sigmas=levels)
    findings["no flow with its own sigmas"] = bool(made.isfinite().all())


def guiding(model, clip, latents) -> None:
    """What the GUIDER asks the model, and what patches of other nodes do to it."""
    asked: list[int] = []

    def counted(apply, given):
        asked.append(len(given["cond_or_uncond"]))
        return apply(given["input"], given["timestep"], **given["c"])

    counting = model.clone()
    counting.set_model_unet_function_wrapper(counted)
    text, other = comfyui.encode_text(clip, "a boat"), comfyui.encode_text(clip, "")
    known = {"concat_latent_image": latents, "concat_mask": torch.zeros(1, 4, *latents.shape[2:])}
    full, no_text = ([[part[0], {**part[1], **known}] for part in given] for given in (text, other))
    sigmas, zeros = torch.tensor([1.0, 0.7, 0.3, 0.0]), torch.zeros_like(latents)
    noise = SeededNoise(7).generate_noise({"samples": latents})

    def run(patcher=counting, **guidance) -> torch.Tensor:
        guider = comfyui.motion_guider(patcher, Conditions(full, no_text, text), Guidance(**guidance))
        solver = comfy.samplers.sampler_object("euler")
        return guider.sample(noise, zeros, solver, sigmas, seed=7, disable_pbar=True)

    def calls(**guidance) -> int:
        """How many conditions are asked for in three steps."""
        asked.clear()
        run(**guidance)
        return sum(asked)

    findings["asked without guidance"] = calls()
    findings["asked with both"] = calls(text_scale=3.0, motion_scale=2.0)
    findings["asked with the motion's"] = calls(motion_scale=2.0)
    findings["asked at high noise only"] = calls(text_scale=3.0, motion_scale=2.0, interval=(0.5, 1.0))

    seen = []

    def halved(given):
        seen.append(float(given["cond_scale"]))
        return 0.5 * given["denoised"]

    patched = model.clone()
    patched.set_model_sampler_post_cfg_function(halved)
    run(patched, text_scale=3.0, motion_scale=2.0, schedule="falling", motion_schedule="constant")
    findings["text scales of a falling schedule"] = seen

    diffusion = model.clone()
    levels = comfy.model_base.model_sampling(model.model.model_config, comfy.model_base.ModelType.EPS)
    diffusion.add_object_patch("model_sampling", levels)
    scheduled = Guidance(3.0, 2.0, "falling", motion_schedule="rising")
    findings["scales at sigma 0.25 of a flow, and at sigma 3 of noise over signal"] = [
        comfyui.motion_guider(patcher, Conditions(full, no_text, text), scheduled).scales_at(sigma)
        for patcher, sigma in ((model, 0.25), (diffusion, 3.0))
    ]


def main() -> dict:
    model, clip, vae = comfyui.load_models(
        "tiny_dit.safetensors", "tiny_vae.safetensors", "tiny_text.safetensors"
    )
    loading(model, clip, vae)
    frames = torch.rand(9, 64, 64, 3, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        latents = comfyui.encode_video(vae, frames)
        findings["like VAE.encode"] = largest(latents - vae.encode(frames))
        decoding(vae, latents)
        sampling(model, clip, latents)
        guiding(model, clip, latents)
    return findings


worker_process.run(main)
