"""Stand-ins for the stock nodes of custom sampling: a solver, noise levels, and the sampler that runs a GUIDER."""

from __future__ import annotations

from typing import Any

import torch

from ....sampling.settings import SamplingSettings
from ....sampling.solvers import SOLVERS
from ... import host
from ..api import io
from ..native import Model, NativeGuider
from ..sampling import integrate

# ComfyUI's names of the solvers that the library has.
NAMES = {
    "euler": "euler",
    "heun": "heun",
    "dpmpp_2m": "dpmpp_2m",
    "uni_pc": "unipc",
    "ddim": "ddim",
    "lcm": "lcm",
}
# The shift of ComfyUI's Wan models, and their number of noise levels.
WAN_SHIFT, LEVELS = 8.0, 1000


class KSamplerSelect(io.ComfyNode):
    """Chooses a solver."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="KSamplerSelect",
            display_name="KSamplerSelect",
            category="model/sampling/samplers",
            inputs=[
                io.Combo.Input("sampler_name", options=[name for name in NAMES if NAMES[name] in SOLVERS])
            ],
            outputs=[io.Sampler.Output()],
        )

    @classmethod
    def execute(cls, sampler_name: str) -> io.NodeOutput:
        return io.NodeOutput(NAMES[sampler_name])


class BasicScheduler(io.ComfyNode):
    """The noise levels of a schedule."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="BasicScheduler",
            display_name="BasicScheduler",
            category="model/sampling/schedulers",
            inputs=[
                io.Model.Input("model"),
                io.Combo.Input("scheduler", options=["simple"]),
                io.Int.Input("steps", default=20, min=1, max=10000),
                io.Float.Input("denoise", default=1.0, min=0.0, max=1.0, step=0.01),
            ],
            outputs=[io.Sigmas.Output()],
        )

    @classmethod
    def execute(cls, model: Model, scheduler: str, steps: int, denoise: float) -> io.NodeOutput:
        if denoise <= 0:
            return io.NodeOutput(torch.zeros(0))
        total = int(steps / denoise)
        times = torch.arange(1, LEVELS + 1) / LEVELS
        levels = WAN_SHIFT * times / (1 + (WAN_SHIFT - 1) * times)
        chosen = [float(levels[-(1 + int(step * (LEVELS / total)))]) for step in range(total)]
        return io.NodeOutput(torch.tensor([*chosen, 0.0])[-(steps + 1) :])


class SamplerCustomAdvanced(io.ComfyNode):
    """Runs the solver with a guider along the noise levels."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="SamplerCustomAdvanced",
            display_name="SamplerCustomAdvanced",
            category="model/sampling",
            inputs=[
                io.Noise.Input("noise"),
                io.Guider.Input("guider"),
                io.Sampler.Input("sampler"),
                io.Sigmas.Input("sigmas"),
                io.Latent.Input("latent_image"),
            ],
            outputs=[
                io.Latent.Output(display_name="output"),
                io.Latent.Output(display_name="denoised_output"),
            ],
        )

    @classmethod
    def execute(
        cls,
        noise: Any,
        guider: NativeGuider,
        sampler: str,
        sigmas: torch.Tensor,
        latent_image: dict[str, Any],
    ) -> io.NodeOutput:
        if len(sigmas) < 2:
            return io.NodeOutput(latent_image, latent_image)
        if float(sigmas[-1]) != 0:
            raise ValueError(
                f"`sigmas` ends at {float(sigmas[-1]):g}; without ComfyUI it must end at 0, where nothing is left to denoise"
            )
        settings = SamplingSettings(solver=sampler, sigmas=sigmas)
        samples = integrate(
            host(), guider.model, noise, guider.conditions, latent_image, settings, guider.guidance
        )
        result = {**latent_image, "samples": samples}
        return io.NodeOutput(result, result)
