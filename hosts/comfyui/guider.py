"""A GUIDER with one guidance scale for the text and one for the motion."""

# pyright: reportMissingImports=false

from typing import Any

import comfy.model_sampling
import comfy.samplers
from torch import Tensor

from ...sampling.guidance import Guidance, guided_prediction
from .. import Conditions


class MotionGuider(comfy.samplers.CFGGuider):
    """A GUIDER that compares three conditions: the full one, one without the text, and one without the motion.

    Guidance towards the text is ComfyUI's own classifier-free guidance, with all patches of other nodes; guidance
    towards the motion is added to it. A condition whose scale is 1 at a noise level is not evaluated. Raises ValueError
    if a scale of `guidance` has no condition to compare with.
    """

    def __init__(
        self,
        model: Any,
        conditions: Conditions,
        guidance: Guidance,
    ) -> None:
        super().__init__(model)
        guidance.check_conditions(conditions.negative, conditions.no_motion)
        self.guidance = guidance
        self.set_cfg(guidance.text_scale)  # other nodes read the scale here
        by_name = {"positive": conditions.positive, "negative": conditions.negative}
        if conditions.no_motion is not None and guidance.motion_scale != 1.0:
            by_name["no_motion"] = conditions.no_motion
        self.inner_set_conds(by_name)

    def scales_at(self, sigma: float) -> tuple[float, float]:
        """Return (text scale, motion scale) at the model's own noise level `sigma`.

        `Guidance` measures noise from 0 to 1, like a rectified flow. The sigma of other models is the ratio of noise to
        signal, which corresponds to sigma / (1 + sigma). A `cfg` set by another node (CFG Override) replaces the text
        scale at every noise level.
        """
        flows = isinstance(self.model_patcher.get_model_object("model_sampling"), comfy.model_sampling.CONST)
        text_scale, motion_scale = self.guidance.at(sigma if flows else sigma / (1.0 + sigma))
        overridden = self.cfg != self.guidance.text_scale
        return (self.cfg if overridden else text_scale), motion_scale

    def predict_noise(
        self, x: Tensor, timestep: Tensor, model_options: dict | None = None, seed: int | None = None
    ) -> Tensor:
        """Return the guided x0 [B,…] at the noise level `timestep` [B]. ComfyUI calls it noise."""
        options = model_options or {}
        text_scale, motion_scale = self.scales_at(float(timestep.max()))
        full, no_text = self.conds["positive"], self.conds["negative"]
        if motion_scale == 1.0:
            return comfy.samplers.sampling_function(
                self.inner_model, x, timestep, no_text, full, text_scale, model_options=options, seed=seed
            )
        if text_scale == 1.0 and not options.get("disable_cfg1_optimization", False):
            no_text = None  # ComfyUI then skips it and returns zeros, which a scale of 1 ignores
        conditions = [full, no_text, self.conds["no_motion"]]
        x0 = list(comfy.samplers.calc_cond_batch(self.inner_model, conditions, x, timestep, options))
        for patch in options.get("sampler_pre_cfg_function", []):
            x0[:2] = patch(
                {
                    "conds": conditions[:2],
                    "conds_out": x0[:2],
                    "cond_scale": text_scale,
                    "timestep": timestep,
                    "input": x,
                    "sigma": timestep,
                    "model": self.inner_model,
                    "model_options": options,
                }
            )
        towards_text = comfy.samplers.cfg_function(
            self.inner_model,
            x0[0],
            x0[1],
            text_scale,
            x,
            timestep,
            model_options=options,
            cond=full,
            uncond=no_text,
        )
        towards_motion = guided_prediction(x0[0], None, x0[2], 1.0, motion_scale) - x0[0]
        return towards_text + towards_motion
