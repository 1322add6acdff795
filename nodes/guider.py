"""Guider: guidance scales for the text and for the motion, for the stock samplers."""

from typing import Any

from comfy_api.latest import io

from ..hosts import host
from ..sampling.guidance import STRENGTHS, Guidance
from .checks import check_loaded
from .node import Node
from .sampling import checked_conditions, scale_inputs
from .sockets import ADVANCED, CATEGORY


class Guider(Node):
    """Makes a native GUIDER that compares three conditions: full, without the text, and without the motion."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="FlowbrushGuider",
            display_name="Flowbrush Guider",
            category=CATEGORY,
            description="A GUIDER for the stock SamplerCustomAdvanced. The prompt and the motion have a guidance scale and a schedule each.",
            search_aliases=["cfg guider", "dual cfg", "motion guidance", "cfg schedule"],
            inputs=[
                io.Model.Input("model", tooltip="The diffusion model, from Load Model or a stock loader."),
                io.Conditioning.Input(
                    "positive", tooltip="The prompt with the motion added, from Motion Conditioning."
                ),
                io.Conditioning.Input("negative", tooltip="The negative prompt with the same motion added."),
                io.Conditioning.Input(
                    "no_motion",
                    optional=True,
                    tooltip="The prompt without the motion, from Motion Conditioning. It is needed if `motion_cfg` is not 1.",
                ),
                *scale_inputs(),
                *(
                    io.Combo.Input(
                        name,
                        options=list(STRENGTHS),
                        default="constant",
                        extra_dict=ADVANCED,
                        tooltip=f"When the guidance scale of the {what} applies: always (constant), most at high noise (falling), "
                        "most at the end (rising), or most in between (middle).",
                    )
                    for name, what in (("cfg_schedule", "prompt"), ("motion_schedule", "motion"))
                ),
                io.Float.Input(
                    "from_noise",
                    default=1.0,
                    min=0.0,
                    max=1.0,
                    step=0.01,
                    round=0.001,
                    display_mode=io.NumberDisplay.slider,
                    extra_dict=ADVANCED,
                    tooltip="The noise level at which guidance starts: 1 is only noise, 0 is the finished video.",
                ),
                io.Float.Input(
                    "to_noise",
                    default=0.0,
                    min=0.0,
                    max=1.0,
                    step=0.01,
                    round=0.001,
                    display_mode=io.NumberDisplay.slider,
                    extra_dict=ADVANCED,
                    tooltip="The noise level at which guidance ends. Below it each step evaluates the model once, which is faster.",
                ),
            ],
            outputs=[io.Guider.Output(display_name="GUIDER", tooltip="For the stock SamplerCustomAdvanced.")],
        )

    @classmethod
    def execute(
        cls,
        model: Any,
        positive: list,
        negative: list,
        cfg: float,
        motion_cfg: float,
        cfg_schedule: str,
        motion_schedule: str,
        from_noise: float,
        to_noise: float,
        no_motion: list | None = None,
    ) -> io.NodeOutput:
        """Return the GUIDER of `hosts.Host.motion_guider`.

        Raises ValueError for a missing condition, and for an interval that ends at a higher noise level than it starts.
        """
        check_loaded(model, "model", "the MODEL of Load Model")
        conditions = checked_conditions(positive, negative, no_motion, motion_cfg)
        if to_noise > from_noise:
            raise ValueError(
                f"`to_noise` is {to_noise:g} and `from_noise` {from_noise:g}; noise falls during sampling, so `to_noise` "
                "must be the lower of the two"
            )
        guidance = Guidance(cfg, motion_cfg, cfg_schedule, (to_noise, from_noise), motion_schedule)
        return io.NodeOutput(host().motion_guider(model, conditions, guidance))
