"""Time-to-Move on further families, in few steps, frame by frame, and under what else wraps a MODEL; one line of JSON printed.

<ComfyUI's python> time_to_move_families_worker.py <ComfyUI folder> <folder that holds the pack as `flowbrush`> <models folder>
"""

# ruff: noqa: E402 - ComfyUI reads its arguments when it is imported

import sys
from pathlib import Path

COMFYUI, PACKS, MODELS = sys.argv[1:]
sys.path[:0] = [COMFYUI, PACKS, str(Path(__file__).parent)]
sys.argv[1:] = ["--cpu"]

import comfy.options

comfy.options.enable_args_parsing()

import comfy.ops
import comfy.sample
import comfy.samplers
import comfy.sd
import comfy.utils
import torch
import worker_process
from comfy_extras.nodes_ar_video import ARVideoI2V, SamplerARVideo
from comfy_extras.nodes_context_windows import ContextWindowsManualNode
from comfy_extras.nodes_cosmos import CosmosPredict2ImageToVideoLatent
from comfy_extras.nodes_hunyuan import HunyuanVideo15ImageToVideo
from comfy_extras.nodes_kandinsky5 import Kandinsky5ImageToVideo
from comfy_extras.nodes_wan import WanImageToVideo
from flowbrush.hosts import host, use
from flowbrush.nodes.time_to_move import TimeToMove
from flowbrush.sampling.time_to_move import FEW_STEPS, PRESETS, Clocks
from probe.narrow import narrow
from time_to_move_loop import (
    IMAGE,
    SIDE,
    against_the_paper,
    findings,
    guided,
    loop_of_the_paper,
    moving,
    schedule,
    share,
    text,
)

SHORT = {"steps": 6, "weak": 1, "strong": 3}
use("comfyui")
narrow()


def load(name, **options):
    return comfy.sd.load_diffusion_model(f"{MODELS}/diffusion_models/{name}", model_options=options)


def load_vae(name):
    weights, metadata = comfy.utils.load_torch_file(f"{MODELS}/vae/{name}", return_metadata=True)
    return comfy.sd.VAE(sd=weights, metadata=metadata)


def hunyuan15():
    model, vae = (
        load("hunyuanvideo1.5_720p_i2v_fp16.safetensors"),
        load_vae("hunyuanvideo15_vae_fp16.safetensors"),
    )
    prompts = [text(3584, n, pooled_output=torch.zeros(1, 768)) for n in (4, 3)]
    positive, negative, canvas = HunyuanVideo15ImageToVideo.execute(
        *prompts, vae, SIDE, SIDE, 9, 1, IMAGE
    ).args
    against_the_paper("hunyuanvideo 1.5", model, vae, positive, negative, canvas, 9, **SHORT)
    findings["families"]["hunyuanvideo 1.5"] = host().clock_family(model)


def kandinsky5():
    model, vae = load("kandinsky5lite_i2v_5s.safetensors"), load_vae("hunyuan_video_vae_bf16.safetensors")
    prompts = [text(3584, n, pooled_output=torch.zeros(1, 768)) for n in (4, 3)]
    positive, negative, canvas, _ = Kandinsky5ImageToVideo.execute(
        *prompts, vae, SIDE, SIDE, 9, 1, IMAGE
    ).args
    against_the_paper("kandinsky5", model, vae, positive, negative, canvas, 9, **SHORT)
    findings["families"]["kandinsky5"] = host().clock_family(model)


def cosmos():
    model, vae = (
        load("cosmos_predict2_2B_video2world_480p_16fps.safetensors"),
        load_vae("wan_2.1_vae.safetensors"),
    )
    canvas = CosmosPredict2ImageToVideoLatent.execute(vae, SIDE, SIDE, 9, 1, IMAGE).args[0]
    against_the_paper("cosmos predict2", model, vae, text(1024), text(1024, 3), canvas, 9, **SHORT)
    findings["families"]["cosmos predict2"] = host().clock_family(model)


class Wan:
    """The stand-in of Wan 2.2's high-noise expert with stock conditioning, and a reference to follow."""

    def __init__(self):
        self.file = "wan2.2_i2v_high_noise_14B_fp8_scaled.safetensors"
        self.vae = load_vae("wan_2.1_vae.safetensors")
        self.model = load(self.file)
        self.positive, self.negative, self.canvas = WanImageToVideo.execute(
            text(4096), text(4096, 3), self.vae, SIDE, SIDE, 9, 1, start_image=IMAGE
        ).args
        arguments = (self.model, self.vae, IMAGE, moving(9), "custom", 0.9, 0.8)
        _, latent, mask, _ = TimeToMove.execute(*arguments).args
        self.reference, self.mask = latent["samples"], mask.round()
        self.noise = comfy.sample.prepare_noise(self.reference, 11)

    def run(self, model, sampler, start, sigmas, cfg=2.0):
        return guided(model, self.positive, self.negative, cfg).sample(
            self.noise.clone(), start, sampler, sigmas, disable_pbar=True, seed=11
        )

    def following(self, model, clocks):
        return host().following_model(model, self.reference, self.mask, clocks)

    def beside_the_loop(self, name, wrap, model=None, steps=4, weak=1, strong=2):
        """How far a followed and then wrapped MODEL is from the loop of the paper on the same MODEL, only wrapped."""
        model = model or self.model
        sigmas = schedule(model, steps)
        clocks = Clocks(share(model, sigmas[weak]), share(model, sigmas[strong]))
        euler = comfy.samplers.sampler_object("euler")
        loop = loop_of_the_paper(self.reference, self.noise, self.mask[None, None], strong - weak)
        wanted = self.run(wrap(model), loop, self.reference, sigmas[weak:])
        plain = self.run(self.model, loop, self.reference, sigmas[weak:])
        free = self.run(wrap(model), euler, self.reference, sigmas[weak:])
        spread = float(wanted.std())
        inside = self.run(self.following(wrap(model), clocks), euler, self.canvas["samples"], sigmas)
        outside = self.run(wrap(self.following(model, clocks)), euler, self.canvas["samples"], sigmas)
        findings[name] = {
            "followed last": float((inside - wanted).abs().max()) / spread,
            "followed first": float((outside - wanted).abs().max()) / spread,
            "without holding": float((free - wanted).abs().max()) / spread,
            "what the wrapper changes": float((plain - wanted).abs().max()) / spread,
        }


def lora(number):
    """A LoRA of rank 4 on the attention of one block."""
    generator = torch.Generator().manual_seed(number)
    name = f"diffusion_model.blocks.{number}.self_attn.q"
    parts = {"lora_down.weight": (4, 128), "lora_up.weight": (128, 4)}
    return {f"{name}.{part}": torch.randn(shape, generator=generator) * 0.3 for part, shape in parts.items()}


def with_loras(model):
    for number in (0, 1):
        model, _ = comfy.sd.load_lora_for_models(model, None, lora(number), 1.0, 0.0)
    return model


def in_windows(model):
    arguments = {
        "context_length": 2,
        "context_overlap": 1,
        "context_stride": 1,
        "closed_loop": False,
        "dim": 2,
    }
    schedule_and_fuse = {"context_schedule": "standard_static", "fuse_method": "pyramid", "freenoise": False}
    return ContextWindowsManualNode.execute(model, **arguments, **schedule_and_fuse).args[0]


class EightBits(comfy.ops.manual_cast):
    """Operations whose matrices are kept in 8 bits with a scale for each row, and unpacked when they are used, as of GGUF files."""

    class Linear(comfy.ops.manual_cast.Linear):
        def _load_from_state_dict(self, state, prefix, *arguments):
            super()._load_from_state_dict(state, prefix, *arguments)
            weight = self.weight.detach().float()
            self.scale = weight.abs().amax(1, keepdim=True).clamp_min(1e-8) / 127
            self.packed = (weight / self.scale).round().to(torch.int8)
            self.weight = torch.nn.Parameter(torch.zeros(0), requires_grad=False)

        def forward(self, x):
            weight = self.packed.to(x.dtype) * self.scale.to(x.dtype)
            return torch.nn.functional.linear(x, weight, None if self.bias is None else self.bias.to(x.dtype))


def scaled_to_fp8(state):
    """The tensors of a network with the matrices of its blocks in 8-bit floats and a scale beside each, as published."""
    found = {"scaled_fp8": torch.zeros(0, dtype=torch.float8_e4m3fn)}
    for name, tensor in state.items():
        if name.startswith("blocks.") and name.endswith(".weight") and tensor.ndim == 2:
            scale = tensor.float().abs().max() / 448
            found[name] = (tensor.float() / scale).to(torch.float8_e4m3fn)
            found[name.removesuffix("weight") + "scale_weight"] = scale
        else:
            found[name] = tensor
    return found


def wrapped():
    route = Wan()
    route.beside_the_loop("a stack of LoRAs", with_loras)
    route.beside_the_loop("context windows", in_windows)
    route.beside_the_loop("a stack of LoRAs in windows", lambda model: in_windows(with_loras(model)))
    packed = load(route.file, custom_operations=EightBits)
    route.beside_the_loop("weights that are unpacked when used", lambda model: model, packed)
    weights, metadata = comfy.utils.load_torch_file(
        f"{MODELS}/diffusion_models/{route.file}", return_metadata=True
    )
    scaled = comfy.sd.load_diffusion_model_state_dict(scaled_to_fp8(weights), metadata=metadata)
    route.beside_the_loop("weights scaled to fp8", lambda model: model, scaled)
    few_steps(route)


def few_steps(route):
    """Clocks in steps, for two numbers of steps and two shifts."""
    from comfy_extras.nodes_model_advanced import ModelSamplingSD3

    euler = comfy.samplers.sampler_object("euler")
    findings["few steps"] = {}
    for steps, shift in ((4, 5.0), (4, 1.0), (8, 5.0)):
        (model,) = ModelSamplingSD3().patch(route.model, shift)
        sigmas = schedule(model, steps)
        following = route.following(model, PRESETS[FEW_STEPS])
        ours = route.run(following, euler, route.canvas["samples"], sigmas, 1.0)
        loop = loop_of_the_paper(route.reference, route.noise, route.mask[None, None], steps // 2)
        wanted = route.run(model, loop, route.reference, sigmas, 1.0)
        published = route.run(route.following(model, PRESETS["Wan"]), euler, route.reference, sigmas, 1.0)
        findings["few steps"][f"{steps} steps, shift {shift:g}"] = [
            float((ours - wanted).abs().max() / wanted.std()),
            float((published - wanted).abs().max() / wanted.std()),
        ]


def frame_by_frame():
    """A causal network: the prediction of each block is held as in one run of all frames."""
    model, vae = load("causal_forcing-framewise.safetensors"), load_vae("wan_2.1_vae.safetensors")
    started, canvas = ARVideoI2V.execute(model, vae, IMAGE, SIDE, SIDE, 9, 1).args
    _, latent, mask, _ = TimeToMove.execute(started, vae, IMAGE, moving(9), "custom", 1.0, 0.5).args
    z, mask = latent["samples"], mask.round()
    noise = comfy.sample.prepare_noise(z, 11)
    found = {}
    for block in (1, 2):
        sampler = SamplerARVideo.execute(block).args[0]
        sigmas = schedule(started, 4)

        def run(which, start, sampler=sampler, sigmas=sigmas):
            return guided(which, text(4096), text(4096, 3), 1.0).sample(
                noise.clone(), start, sampler, sigmas, disable_pbar=True, seed=11
            )

        strong = share(started, sigmas[2])
        ours = run(host().following_model(started, z, mask, Clocks(1.0, strong)), canvas["samples"])
        wanted = run(held_by_hand(started, z, mask, strong), z)
        tight = run(host().following_model(started, z, torch.ones_like(mask), Clocks(1.0, 0.0)), z)
        free = run(started, z)
        found[str(block)] = {
            "difference": float((ours - wanted).abs().max() / wanted.std()),
            "without holding": float((free - wanted).abs().max() / wanted.std()),
            "held to the end": float((tight - z)[:, :, 1:].abs().max() / z.std()),
            "first frame": float((ours - free)[:, :, :1].abs().max()),
        }
    findings["frame by frame"] = found


def held_by_hand(model, z, mask, strong):
    """A MODEL whose prediction of a block is replaced in a post-CFG function while the noise is above the strong clock."""
    reference = model.model.process_latent_in(z)

    def hold(arguments):
        state = arguments["model_options"]["transformer_options"]["ar_state"]
        denoised, sigma = arguments["denoised"], float(arguments["sigma"].max())
        frames = slice(state["start_frame"], state["start_frame"] + denoised.shape[2])
        weight = mask[None, None, frames] if sigma > strong * 1.0001 else torch.zeros(1)
        return torch.lerp(denoised, reference[:, :, frames].to(denoised), weight.to(denoised))

    model = model.clone()
    model.set_model_sampler_post_cfg_function(hold)
    return model


def main() -> dict:
    findings["families"] = {}
    with torch.inference_mode():
        for part in (hunyuan15, kandinsky5, cosmos, frame_by_frame, wrapped):
            part()
    return findings


worker_process.run(main)
