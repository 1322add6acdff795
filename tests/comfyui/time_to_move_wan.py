"""The stand-in of Wan 2.2's high-noise expert, followed and wrapped, beside the loop of the Time-to-Move paper.

Imported by workers once ComfyUI has read its arguments, of which the last is the folder of models.
"""

import comfy.sample
import comfy.samplers
import comfy.sd
import comfy.utils
from comfy_extras.nodes_wan import WanImageToVideo
from flowbrush.hosts import host
from flowbrush.nodes.time_to_move import TimeToMove
from flowbrush.sampling.time_to_move import Clocks
from time_to_move_loop import IMAGE, SIDE, findings, guided, loop_of_the_paper, moving, schedule, share, text


def load(models, name, **options):
    """A MODEL of the folder `models` by the name of its file."""
    return comfy.sd.load_diffusion_model(f"{models}/diffusion_models/{name}", model_options=options)


def load_vae(models, name):
    """A VAE of the folder `models` by the name of its file."""
    weights, metadata = comfy.utils.load_torch_file(f"{models}/vae/{name}", return_metadata=True)
    return comfy.sd.VAE(sd=weights, metadata=metadata)


class Wan:
    """The stand-in of Wan 2.2's high-noise expert with stock conditioning, and a reference to follow."""

    def __init__(self, models):
        self.file = "wan2.2_i2v_high_noise_14B_fp8_scaled.safetensors"
        self.path = f"{models}/diffusion_models/{self.file}"
        self.vae = load_vae(models, "wan_2.1_vae.safetensors")
        self.model = load(models, self.file)
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
        wrapped = wrap(model)
        wanted = self.run(wrapped, loop, self.reference, sigmas[weak:])
        plain = self.run(self.model, loop, self.reference, sigmas[weak:])
        free = self.run(wrapped, euler, self.reference, sigmas[weak:])
        spread = float(wanted.std())
        inside = self.run(self.following(wrapped, clocks), euler, self.canvas["samples"], sigmas)
        outside = self.run(wrap(self.following(model, clocks)), euler, self.canvas["samples"], sigmas)
        findings[name] = {
            "followed last": float((inside - wanted).abs().max()) / spread,
            "followed first": float((outside - wanted).abs().max()) / spread,
            "without holding": float((free - wanted).abs().max()) / spread,
            "what the wrapper changes": float((plain - wanted).abs().max()) / spread,
        }
