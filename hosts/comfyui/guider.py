"""A GUIDER with a scale for the text and one for the motion."""

from typing import Any

import comfy.model_sampling
import comfy.samplers
from torch import Tensor

from ...sampling.guidance import Guidance, guided_prediction
from .. import Conditions


class MotionGuider(comfy.samplers.CFGGuider):
    """A GUIDER over three conditions: all, without the text (or with the negative prompt), without the motion.

    The text's part is ComfyUI's own classifier-free guidance, with all that patches it; the motion's part is added to
    it. A condition whose scale is 1 at a noise level is not asked for. Raises ValueError where a scale of `guidance`
    has no condition to compare with.
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
        """(text scale, motion scale) at the model's own noise level `sigma`.

        Guidance counts noise from 0 to 1, as a rectified flow does. Other models' sigma is noise over signal, so that
        the same mix of both is at sigma / (1 + sigma). A `cfg` that another node has set (CFG Override) is the text
        scale as it is.
        """
        flows = isinstance(self.model_patcher.get_model_object("model_sampling"), comfy.model_sampling.CONST)
        text_scale, motion_scale = self.guidance.at(sigma if flows else sigma / (1.0 + sigma))
        overridden = self.cfg != self.guidance.text_scale
        return (self.cfg if overridden else text_scale), motion_scale

    def predict_noise(
        self, x: Tensor, timestep: Tensor, model_options: dict | None = None, seed: int | None = None
    ) -> Tensor:
        """The guided x0 [B,…] (ComfyUI calls it noise) at the noise level `timestep` [B]."""
        options = model_options or {}
        text_scale, motion_scale = self.scales_at(float(timestep.max()))
        full, no_text = self.conds["positive"], self.conds["negative"]
        if motion_scale == 1.0:
            return comfy.samplers.sampling_function(
                self.inner_model, x, timestep, no_text, full, text_scale, model_options=options, seed=seed
            )
        if text_scale == 1.0 and not options.get("disable_cfg1_optimization", False):
            no_text = None  # not asked: its answer is zeros, and weighs nothing
        asked = [full, no_text, self.conds["no_motion"]]
        answers = list(comfy.samplers.calc_cond_batch(self.inner_model, asked, x, timestep, options))
        for patch in options.get("sampler_pre_cfg_function", []):
            answers[:2] = patch(
                {
                    "conds": asked[:2],
                    "conds_out": answers[:2],
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
            answers[0],
            answers[1],
            text_scale,
            x,
            timestep,
            model_options=options,
            cond=full,
            uncond=no_text,
        )
        towards_motion = guided_prediction(answers[0], None, answers[2], 1.0, motion_scale) - answers[0]
        return towards_text + towards_motion
