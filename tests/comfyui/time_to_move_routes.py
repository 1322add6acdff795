"""The routes of Time-to-Move at any size and batch, on stand-ins with stock conditioning, beside the loop of the paper.

Imported by workers once ComfyUI has read its arguments.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import comfy.nested_tensor
import comfy.sample
import comfy.samplers
import comfy.sd
import comfy.utils
import torch
from comfy_extras.nodes_hunyuan import HunyuanImageToVideo
from comfy_extras.nodes_lt import LTXVImgToVideo
from comfy_extras.nodes_lt_audio import LTXVAudioVAELoader, LTXVEmptyLatentAudio
from comfy_extras.nodes_minimax_h3 import _empty_av_latent
from comfy_extras.nodes_model_advanced import ModelSamplingSD3
from comfy_extras.nodes_video_model import ImageOnlyCheckpointLoader, SVD_img2vid_Conditioning
from comfy_extras.nodes_wan import Wan22ImageToVideoLatent, WanImageToVideo
from flowbrush.hosts import host
from flowbrush.nodes.time_to_move import TimeToMove
from flowbrush.sampling.time_to_move import AS_IN_PAPER, Clocks
from time_to_move_loop import IMAGE, guided, loop_of_the_paper, moving, schedule, share, text
from time_to_move_wan import load, load_vae

import nodes as stock


@dataclass
class Route:
    """A MODEL with its VAE; `condition` gives (positive, negative, canvas) for a picture."""

    model: Any
    vae: Any
    condition: Callable[[torch.Tensor], tuple]
    length: int = 9
    cell: int = 8
    odd: tuple[int, int] = (9, 7)
    """Columns and rows of a picture with an odd number of cells, where ComfyUI's network takes such a picture."""


def sides(image):
    """Width and height of a picture [1,H,W,3]."""
    return image.shape[2], image.shape[1]


def wan22(models):
    vae = load_vae(models, "wan_2.1_vae.safetensors")

    def condition(image):
        return WanImageToVideo.execute(
            text(4096), text(4096, 3), vae, *sides(image), 9, 1, start_image=image
        ).args

    return Route(load(models, "wan2.2_i2v_high_noise_14B_fp8_scaled.safetensors"), vae, condition)


def wan22_5b(models):
    vae = load_vae(models, "wan2.2_vae.safetensors")

    def condition(image):
        canvas = Wan22ImageToVideoLatent.execute(vae, *sides(image), 9, 1, image).args[0]
        return text(4096), text(4096, 3), canvas

    return Route(load(models, "wan2.2_ti2v_5B_fp16.safetensors"), vae, condition, cell=16)


def hunyuan(models):
    vae = load_vae(models, "hunyuan_video_vae_bf16.safetensors")
    pooled = {"pooled_output": torch.zeros(1, 768), "guidance": 6.0}

    def condition(image):
        start = (text(4096, **pooled), vae, *sides(image), 9, 1, "v1 (concat)", image)
        positive, canvas = HunyuanImageToVideo.execute(*start).args
        return positive, text(4096, 3, **pooled), canvas

    network = load(models, "hunyuan_video_image_to_video_720p_bf16.safetensors")
    return Route(network, vae, condition, odd=(10, 6))  # it takes even numbers of cells only


def ltx(models):
    model, _, vae = stock.CheckpointLoaderSimple().load_checkpoint("ltx-video-2b-v0.9.5.safetensors")[:3]

    def condition(image):
        prompts = [text(4096, n, frame_rate=25.0, attention_mask=torch.ones(1, n)) for n in (4, 3)]
        return LTXVImgToVideo.execute(*prompts, image, vae, *sides(image), 17, 1, 1.0).args

    return Route(model, vae, condition, 17, 32, (5, 3))


def ltx2(models):
    file = "ltx-2.3-22b-distilled-fp8.safetensors"
    model, _, vae = stock.CheckpointLoaderSimple().load_checkpoint(file)[:3]
    (sound_vae,) = LTXVAudioVAELoader.execute(file).args
    (sound,) = LTXVEmptyLatentAudio.execute(17, 24.0, 1, sound_vae).args

    def condition(image):
        video = torch.zeros(1, 128, 3, image.shape[1] // 32, image.shape[2] // 32)
        canvas = {"samples": comfy.nested_tensor.NestedTensor((video, sound["samples"]))}
        return *(text(256, n, frame_rate=24.0) for n in (4, 3)), canvas

    return Route(model, vae, condition, 17, 32, (5, 3))


def minimax_h3(models):
    vae = load_vae(models, "minimax_h3_video_vae_fp16.safetensors")

    def condition(image):
        first = {"resolved_frame_index": 0, "latent": vae.encode(image)}
        prompts = [text(5120, n, minimax_keyframes=[first]) for n in (4, 3)]
        return *prompts, _empty_av_latent(*sides(image), 22)[0]

    network = load(models, "minimax_h3_fl2va_pruned_int8_convrot.safetensors")
    return Route(network, vae, condition, 22, 16, (6, 4))  # its sides are multiples of 32


def cogvideox(models):
    vae = load_vae(models, "cogvideox_vae.safetensors")

    def condition(image):
        first = torch.nn.functional.pad(vae.encode(image), (0, 0, 0, 0, 0, 2))
        prompts = [text(4096, n, concat_latent_image=first) for n in (4, 3)]
        return *prompts, {"samples": torch.zeros_like(first)}

    return Route(load(models, "CogVideoX_5b_I2V_bf16.safetensors"), vae, condition)


def svd(models):
    model, vision, vae = ImageOnlyCheckpointLoader().load_checkpoint("svd_xt.safetensors")

    def condition(image):
        return SVD_img2vid_Conditioning().encode(vision, image, vae, *sides(image), 5, 127, 6, 0.0)

    return Route(model, vae, condition, 5)


ROUTES = {
    "wan 2.2": wan22,
    "wan 2.2 5B": wan22_5b,
    "hunyuan": hunyuan,
    "ltx": ltx,
    "ltx-2": ltx2,
    "minimax-h3": minimax_h3,
    "cogvideox": cogvideox,
    "svd": svd,
}


def packed(samples):
    """Latents as the sampler has them: video and sound in one tensor."""
    return comfy.utils.pack_latents(samples.unbind())[0] if samples.is_nested else samples


def with_video(canvas, video):
    """Latents like `canvas` with another video, and its own sound if there is one."""
    if not canvas.is_nested:
        return video
    return comfy.nested_tensor.NestedTensor((video, *canvas.unbind()[1:]))


def parts(samples):
    """The video and what is sampled beside it."""
    return list(samples.unbind()) if samples.is_nested else [samples]


class Followed:
    """A route at one size, and its MODEL that follows a reference; the clocks `weak` and `strong` are numbers of steps."""

    def __init__(
        self, route, columns, rows, steps=5, weak=1, strong=3, shift=None, cfg=2.0, hold=AS_IN_PAPER, **more
    ):
        height, width = rows * route.cell, columns * route.cell
        image = torch.nn.functional.interpolate(IMAGE.movedim(-1, 1), (height, width), mode="area")
        image = image.movedim(1, -1)
        self.positive, self.negative, canvas = route.condition(image)
        self.canvas, self.own_mask = canvas["samples"], canvas.get("noise_mask")
        self.model = ModelSamplingSD3().patch(route.model, shift)[0] if shift else route.model
        self.sigmas, self.weak, self.strong, self.cfg = schedule(self.model, steps), weak, strong, cfg
        clocks = [share(self.model, self.sigmas[at]) for at in (weak, strong)]
        settings = (image, moving(route.length), "custom", *clocks)
        _, latent, mask, _ = TimeToMove.execute(self.model, route.vae, *settings, **more).args
        self.video, self.mask = parts(latent["samples"])[0], mask.round()
        self.clocks = Clocks(*clocks)
        self.model_that_follows = self.follow(self.model, hold)
        shaped = self.mask[None, None] if self.video.ndim == 5 else self.mask[:, None]
        still = [torch.zeros_like(part) for part in parts(self.canvas)[1:]]
        shaped = shaped.expand_as(self.video)
        self.held = packed(comfy.nested_tensor.NestedTensor((shaped, *still))) if still else shaped
        self.noise = comfy.sample.prepare_noise(self.canvas, 11)

    def follow(self, model, hold=AS_IN_PAPER):
        return host().following_model(model, self.video, self.mask, self.clocks, 0, hold)

    def start(self):
        """The reference as a canvas; what the user's own mask keeps is the user's."""
        video = self.video
        if self.own_mask is not None:
            own = comfy.utils.reshape_mask(self.own_mask, video.shape)
            video = video * own + self.canvas * (1 - own)
        return with_video(self.canvas, video)

    def guider(self, model):
        """The stock guider with the route's conditions."""
        return guided(model, self.positive, self.negative, self.cfg)

    def run(self, model, sampler, start, sigmas, noise=None, callback=None):
        """The result of the guider in one tensor."""
        return packed(
            self.guider(model).sample(
                self.noise if noise is None else noise,
                start,
                sampler,
                sigmas,
                denoise_mask=self.own_mask,
                callback=callback,
                disable_pbar=True,
                seed=11,
            )
        )

    def ours(self, sampler="euler", noise=None, sigmas=None, callback=None):
        """A stock sampler on the followed MODEL, over the whole schedule."""
        sigmas = self.sigmas if sigmas is None else sigmas
        named = comfy.samplers.sampler_object(sampler)
        return self.run(self.model_that_follows, named, self.canvas, sigmas, noise, callback)

    def loop(self, noise=None, held_steps=None):
        """The loop of the paper on the plain MODEL."""
        noise = self.noise if noise is None else noise
        held_steps = self.strong - self.weak if held_steps is None else held_steps
        reference = packed(with_video(self.canvas, self.video))
        sampler = loop_of_the_paper(reference, packed(noise), self.held, held_steps)
        return self.run(self.model, sampler, self.start(), self.sigmas[self.weak :], noise)

    def difference(self):
        """(of ours from the loop, of the loop from one that holds nothing) in units of the result's deviation."""
        wanted = self.loop()
        free = self.loop(held_steps=0)
        return [float((other - wanted).abs().max() / wanted.std()) for other in (self.ours(), free)]
