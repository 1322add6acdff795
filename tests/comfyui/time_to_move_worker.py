"""Time-to-Move beside the paper's loop, on ComfyUI's own objects: run by its interpreter, one line of JSON printed.

<ComfyUI's python> time_to_move_worker.py <ComfyUI folder> <folder that holds the pack as `flowbrush`> <models folder>
"""

# ruff: noqa: E402 - ComfyUI reads its arguments when it is imported

import sys
from pathlib import Path

COMFYUI, PACKS, MODELS = sys.argv[1:]
sys.path[:0] = [COMFYUI, PACKS, str(Path(__file__).parent)]
sys.argv[1:] = ["--cpu"]

import comfy.options

comfy.options.enable_args_parsing()

import comfy.model_sampling
import comfy.nested_tensor
import comfy.sample
import comfy.samplers
import comfy.sd
import comfy.utils
import folder_paths
import torch
import worker_process
from comfy.patcher_extension import WrappersMP
from comfy_extras.nodes_hunyuan import HunyuanImageToVideo
from comfy_extras.nodes_lt import LTXVAddGuide, LTXVImgToVideo
from comfy_extras.nodes_lt_audio import LTXVAudioVAELoader, LTXVEmptyLatentAudio
from comfy_extras.nodes_minimax_h3 import _empty_av_latent
from comfy_extras.nodes_model_advanced import ModelSamplingSD3
from comfy_extras.nodes_video_model import ImageOnlyCheckpointLoader, SVD_img2vid_Conditioning
from comfy_extras.nodes_wan import Wan22ImageToVideoLatent, WanImageToVideo, WanVaceToVideo
from flowbrush.hosts import use
from flowbrush.hosts.comfyui.time_to_move import _Steering
from flowbrush.nodes.time_to_move import TimeToMove
from flowbrush.sampling.time_to_move import Clocks
from probe.narrow import narrow
from time_to_move_loop import (
    IMAGE,
    SIDE,
    against_the_paper,
    against_the_paper_with_sound,
    findings,
    guided,
    moving,
    schedule,
    share,
    text,
    timesteps_seen,
)

import nodes as stock

comfyui = use("comfyui")
narrow()
for folder in ("diffusion_models", "vae", "text_encoders", "checkpoints"):
    folder_paths.add_model_folder_path(folder, str(Path(MODELS) / folder))


def wan():
    """The bundled layout, with stock image-to-video conditioning; and everything that does not depend on a family."""
    model, _, vae = comfyui.load_models(
        "tiny_dit.safetensors", "tiny_vae.safetensors", "tiny_text.safetensors"
    )
    (model,) = ModelSamplingSD3().patch(model, 3.0)
    positive, negative, canvas = WanImageToVideo.execute(
        text(32), text(32, 3), vae, SIDE, SIDE, 9, 1, start_image=IMAGE
    ).args
    following, latent, mask = against_the_paper("wan", model, vae, positive, negative, canvas, 9)
    findings["mask"] = {"values": sorted(set(mask.flatten().tolist())), "cells": mask.sum((1, 2)).tolist()}
    noise = comfy.sample.prepare_noise(canvas["samples"], 11)

    def run(which, sampler, steps=12, start=canvas["samples"], begin=0, end=None, with_noise=True, full=True):
        # KSampler Advanced: steps begin..end of a schedule, with or without noise of its own
        return comfy.sample.sample(
            which,
            noise.clone() if with_noise else torch.zeros_like(noise),
            steps,
            2.0,
            sampler,
            "simple",
            positive,
            negative,
            start,
            disable_noise=not with_noise,
            start_step=begin,
            last_step=end,
            force_full_denoise=full,
            disable_pbar=True,
            seed=11,
        )

    whole = run(following, "euler")
    spread = float(whole.std())
    findings["any canvas"] = float((run(following, "euler", start=latent["samples"]) - whole).abs().max())

    def in_two(cut):
        first = run(following, "euler", end=cut, full=False)
        return run(following, "euler", start=first, begin=cut, with_noise=False)

    findings["in two runs"] = {cut: float((in_two(cut) - whole).abs().max()) / spread for cut in (1, 3, 4, 8)}
    refined = run(following, "euler", start=whole, begin=9)
    findings["a refinement is left alone"] = torch.equal(refined, run(model, "euler", start=whole, begin=9))
    findings["the given model is left alone"] = not any(
        kind in model.wrappers and model.wrappers[kind]
        for kind in (WrappersMP.OUTER_SAMPLE, WrappersMP.PREDICT_NOISE)
    )
    findings["a batch"] = list(
        comfy.sample.sample(
            following,
            comfy.sample.prepare_noise(canvas["samples"].repeat(2, 1, 1, 1, 1), 11),
            4,
            1.0,
            "euler",
            "simple",
            positive,
            negative,
            canvas["samples"].repeat(2, 1, 1, 1, 1),
            disable_pbar=True,
            seed=11,
        ).shape
    )
    again = TimeToMove.execute(following, vae, IMAGE, moving(9), "custom", 0.9, 0.9).args[0]
    findings["wrappers of a second one"] = [
        len(again.get_all_wrappers(kind)) for kind in (WrappersMP.OUTER_SAMPLE, WrappersMP.PREDICT_NOISE)
    ]
    findings["another size"] = message(run, following, "euler", start=canvas["samples"][..., 2:])
    findings["another length"] = message(TimeToMove.execute, model, vae, IMAGE, moving(10), "auto", 0.9, 0.8)
    findings["families"] = {"bundled": comfyui.clock_family(model)}
    findings["samplers"] = samplers(model, following, positive, negative, latent, mask)
    everywhere = torch.ones_like(mask)
    zooming = comfyui.following_model(model, latent["samples"], everywhere, following_clocks(model))
    plus = [name for name in comfy.samplers.SAMPLER_NAMES if "cfg_pp" in name and not name.endswith("_gpu")]
    findings["all held"] = samplers(model, zooming, positive, negative, latent, everywhere, plus)


def frames_in_front():
    """VACE with a reference image, which is a latent frame in front of the video; and clips of a wrong length."""
    model = comfy.sd.load_diffusion_model(f"{MODELS}/diffusion_models/wan2.1_vace_14B_fp16.safetensors")
    vae = load_vae("wan_2.1_vae.safetensors")
    prompts = text(4096), text(4096, 3)
    positive, negative, canvas, trim = WanVaceToVideo.execute(
        *prompts, vae, SIDE, SIDE, 9, 1, 1.0, reference_image=IMAGE
    ).args
    noise, sigmas = comfy.sample.prepare_noise(canvas["samples"], 11), schedule(model, 12)
    everywhere = torch.ones(3, SIDE // 8, SIDE // 8)
    z = torch.randn(1, 16, 3, SIDE // 8, SIDE // 8, generator=torch.Generator().manual_seed(2))
    clocks = Clocks(float(sigmas[2]), float(sigmas[5]))

    def run(in_front, start=canvas["samples"]):
        following = comfyui.following_model(model, z, everywhere, clocks, in_front)
        return guided(following, positive, negative).sample(
            noise[:, :, : start.shape[2]].clone(),
            start,
            comfy.samplers.sampler_object("euler"),
            sigmas[:6],
            disable_pbar=True,
            seed=11,
        )

    last = float(sigmas[5])
    left = model.model.process_latent_in(run(trim)) * (1 - last)  # undoes Euler's last scaling of the output
    line = (1 - last) * model.model.process_latent_in(z) + last * noise[:, :, 1:]
    findings["in front"] = {
        "trim": trim,
        "video off": float((left[:, :, 1:] - line).abs().max()),
        "reference off": float((left[:, :, :1] - line[:, :, :1]).abs().mean()),
    }
    findings["a longer canvas"] = message(run, 0)
    findings["a canvas without the reference"] = message(run, trim, canvas["samples"][:, :, 1:])


def following_clocks(model, steps=12, weak=2, strong=5):
    """The clocks that `against_the_paper` gives to a model."""
    sigmas = schedule(model, steps)
    return Clocks(share(model, sigmas[weak]), share(model, sigmas[strong]))


def samplers(model, following, positive, negative, latent, mask, names=comfy.samplers.SAMPLER_NAMES):
    """For every stock sampler, the noise on the reference in the held part at the strong clock. If it equals the noise that was added, the sampler ran as the loop of the paper does."""
    sigmas = schedule(model, 12)[:6]
    last = float(sigmas[-1])
    z = model.model.process_latent_in(latent["samples"])
    noise = comfy.sample.prepare_noise(z, 11)
    inside = (mask[None, None] == 1).expand_as(z)
    found = {}
    for name in names:
        if name.endswith("_gpu"):  # the same with its noise made elsewhere
            continue
        with timesteps_seen(model) as seen:
            x = guided(following, positive, negative).sample(
                noise.clone(),
                torch.zeros_like(z),
                comfy.samplers.sampler_object(name),
                sigmas,
                disable_pbar=True,
                seed=11,
            )
        left = ((1 - last) * (model.model.process_latent_in(x) - z) / last)[inside]
        found[name] = {
            "std": float(left.std()),
            "mean": float(left.mean()),
            "of the reference": float((left * z[inside]).mean() / z[inside].square().mean()),
            "off": float((left - noise[inside]).abs().max()),
            "calls": len(seen),
        }
    return found


def message(work, *arguments, **named):
    try:
        work(*arguments, **named)
    except ValueError as error:
        return str(error)
    return ""


def beside_sound():
    """A canvas that is packed with the latent of a sound, as audio-video models are sampled."""
    video, sound = torch.zeros(1, 4, 3, 4, 4), torch.ones(1, 8, 6, 2)
    packed, shapes = comfy.utils.pack_latents([video, sound])
    reference = torch.randn(1, 4, 3, 4, 4, generator=torch.Generator().manual_seed(1))
    steering = _Steering(reference, torch.full((3, 4, 4), 0.5), Clocks(0.9, 0.1))
    target = steering._on_canvas(packed, shapes, comfy.model_sampling.CONST())
    held = target.reference_weight(0.8, torch.linspace(1, 0, 11)).expand_as(packed)
    of_video, of_sound = comfy.utils.unpack_latents(held, shapes)
    findings["beside a sound"] = {
        "video": torch.equal(comfy.utils.unpack_latents(target.reference, shapes)[0], reference),
        "held": [float(of_video.min()), float(of_sound.max())],
    }


def wan22_5b():
    model = comfy.sd.load_diffusion_model(f"{MODELS}/diffusion_models/wan2.2_ti2v_5B_fp16.safetensors")
    vae = load_vae("wan2.2_vae.safetensors")
    canvas = Wan22ImageToVideoLatent.execute(vae, SIDE, SIDE, 9, 1, IMAGE).args[0]
    against_the_paper("wan 2.2 5B", model, vae, text(4096), text(4096, 3), canvas, 9)
    findings["families"]["wan 2.2 5B"] = comfyui.clock_family(model)


def load_vae(name):
    weights, metadata = comfy.utils.load_torch_file(f"{MODELS}/vae/{name}", return_metadata=True)
    return comfy.sd.VAE(sd=weights, metadata=metadata)


def ltx():
    model, _, vae = stock.CheckpointLoaderSimple().load_checkpoint("ltx-video-2b-v0.9.5.safetensors")[:3]
    prompts = [text(4096, n, frame_rate=25.0, attention_mask=torch.ones(1, n)) for n in (4, 3)]
    positive, negative, canvas = LTXVImgToVideo.execute(*prompts, IMAGE, vae, SIDE, SIDE, 17, 1, 1.0).args
    against_the_paper("ltx", model, vae, positive, negative, canvas, 17)
    findings["families"]["ltx"] = comfyui.clock_family(model)
    with_guide = LTXVAddGuide.execute(positive, negative, vae, canvas, IMAGE, -1, 1.0).args
    following = TimeToMove.execute(model, vae, IMAGE, moving(17), "LTX-Video", 0, 0).args[0]
    positive, negative, longer = with_guide
    sampled = guided(following, positive, negative).sample(
        comfy.sample.prepare_noise(longer["samples"], 3),
        longer["samples"],
        comfy.samplers.sampler_object("euler"),
        schedule(model, 4),
        denoise_mask=longer["noise_mask"],
        disable_pbar=True,
        seed=3,
    )
    findings["a guide frame behind"] = [
        list(sampled.shape),
        float((sampled - longer["samples"])[:, :, -1].abs().max()),
    ]


def hunyuan():
    vae = load_vae("hunyuan_video_vae_bf16.safetensors")
    for name, file, way in (
        ("hunyuan concat", "hunyuan_video_image_to_video_720p_bf16.safetensors", "v1 (concat)"),
        ("hunyuan replace", "hunyuan_video_v2_replace_image_to_video_720p_bf16.safetensors", "v2 (replace)"),
    ):
        model = comfy.sd.load_diffusion_model(f"{MODELS}/diffusion_models/{file}")
        pooled = {"pooled_output": torch.zeros(1, 768), "guidance": 6.0}
        positive, canvas = HunyuanImageToVideo.execute(
            text(4096, **pooled), vae, SIDE, SIDE, 9, 1, way, IMAGE
        ).args
        against_the_paper(name, model, vae, positive, text(4096, 3, **pooled), canvas, 9)
        findings["families"][name] = comfyui.clock_family(model)


def ltx2():
    """LTX-2.3: video and sound, 17 frames are 3 latent frames."""
    file = "ltx-2.3-22b-distilled-fp8.safetensors"
    model, _, vae = stock.CheckpointLoaderSimple().load_checkpoint(file)[:3]
    (sound_vae,) = LTXVAudioVAELoader.execute(file).args
    (sound,) = LTXVEmptyLatentAudio.execute(17, 24.0, 1, sound_vae).args
    video = torch.zeros(1, 128, 3, SIDE // 32, SIDE // 32)
    canvas = {"samples": comfy.nested_tensor.NestedTensor((video, sound["samples"]))}
    prompts = [text(256, n, frame_rate=24.0) for n in (4, 3)]
    against_the_paper_with_sound("ltx-2", model, vae, *prompts, canvas, 17)
    findings["families"]["ltx-2"] = comfyui.clock_family(model)


def minimax_h3():
    """22 frames are 7 latent frames; the sound is part of the canvas."""
    file = f"{MODELS}/diffusion_models/minimax_h3_fl2va_pruned_int8_convrot.safetensors"
    model, vae = comfy.sd.load_diffusion_model(file), load_vae("minimax_h3_video_vae_fp16.safetensors")
    canvas, _ = _empty_av_latent(SIDE, SIDE, 22)
    first = {"resolved_frame_index": 0, "latent": vae.encode(IMAGE)}
    prompts = [text(5120, n, minimax_keyframes=[first]) for n in (4, 3)]
    against_the_paper_with_sound("minimax-h3", model, vae, *prompts, canvas, 22)
    findings["families"]["minimax-h3"] = comfyui.clock_family(model)
    findings["a length of another model"] = message(
        TimeToMove.execute, model, vae, IMAGE, moving(25), "auto", 0.9, 0.8
    )


def cogvideox():
    model = comfy.sd.load_diffusion_model(f"{MODELS}/diffusion_models/CogVideoX_5b_I2V_bf16.safetensors")
    vae = load_vae("cogvideox_vae.safetensors")
    canvas = {"samples": torch.zeros(1, 16, 3, SIDE // 8, SIDE // 8)}
    first = {"concat_latent_image": torch.nn.functional.pad(vae.encode(IMAGE), (0, 0, 0, 0, 0, 2))}
    against_the_paper("cogvideox", model, vae, text(4096, **first), text(4096, 3, **first), canvas, 9)
    findings["families"]["cogvideox"] = comfyui.clock_family(model)


def svd():
    model, vision, vae = ImageOnlyCheckpointLoader().load_checkpoint("svd_xt.safetensors")
    positive, negative, canvas = SVD_img2vid_Conditioning().encode(
        vision, IMAGE, vae, SIDE, SIDE, 5, 127, 6, 0.0
    )
    against_the_paper("svd", model, vae, positive, negative, canvas, 5)
    findings["families"]["svd"] = comfyui.clock_family(model)


def main() -> dict:
    with torch.inference_mode():
        for part in (
            *(wan, minimax_h3, ltx2, frames_in_front, beside_sound, wan22_5b),
            *(ltx, hunyuan, cogvideox, svd),
        ):
            part()
    return findings


worker_process.run(main)
