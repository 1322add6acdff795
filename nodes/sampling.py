"""What Sampler and Best of N share: their inputs, and one run of the model."""

from typing import Any

from comfy_api.latest import io

from ..hosts import host
from ..sampling.guidance import STRENGTHS
from ..sampling.schedule import SCHEDULES, rectified_flow_sigmas
from ..sampling.solvers import SOLVERS
from .checks import check_connected, check_motion_condition, checked_conditioning, checked_latent


def canvas_inputs() -> list[io.Input]:
    """The prompts with the motion in them, and the latent."""
    return [
        io.Conditioning.Input(
            "positive", tooltip="The prompt, with the motion in it from Motion Conditioning."
        ),
        io.Conditioning.Input("negative", tooltip="The negative prompt, with the same motion in it."),
        io.Latent.Input(
            "latent", tooltip="The canvas: empty, or a video to start from (then lower `denoise`)."
        ),
    ]


def optional_inputs() -> list[io.Input]:
    """The prompt without the motion, and noise levels of another scheduler."""
    return [
        io.Conditioning.Input(
            "no_motion",
            optional=True,
            tooltip="The prompt without the motion, from Motion Conditioning. Needed where `motion_cfg` is not 1.",
        ),
        io.Sigmas.Input(
            "sigmas",
            optional=True,
            tooltip="Noise levels of another scheduler. They replace `steps`, `schedule`, `shift` and `denoise`.",
        ),
    ]


def scale_inputs() -> list[io.Input]:
    """Guidance towards the text and towards the motion."""
    return [
        io.Float.Input(
            "cfg",
            default=1.0,
            min=0.0,
            max=30.0,
            step=0.1,
            round=0.01,
            tooltip="Guidance towards the prompt and away from the negative one. 1 is none and twice as fast.",
        ),
        io.Float.Input(
            "motion_cfg",
            default=1.0,
            min=0.0,
            max=30.0,
            step=0.1,
            round=0.01,
            tooltip="Guidance towards the painted motion. 1 is none; above 1 exaggerates it and needs `no_motion`.",
        ),
    ]


def setting_inputs() -> list[io.Input]:
    """All widgets of a run, in the order that saved workflows rely on."""
    return [
        io.Int.Input(
            "steps",
            default=1,
            min=1,
            max=1000,
            tooltip="How often the model is asked. The bundled model is best with 1, distilled ones with 4 to 8; large models "
            "need 20 to 50.",
        ),
        *scale_inputs(),
        io.Combo.Input(
            "solver",
            options=list(SOLVERS),
            default="unipc",
            tooltip="How steps are taken. unipc and dpmpp_2m need the fewest; heun asks twice a step; ddim and lcm "
            "add noise on the way. With one step they are all alike.",
        ),
        io.Combo.Input(
            "schedule",
            options=list(SCHEDULES),
            default="linear",
            tooltip="How the steps are spread over the noise levels, before the shift. A model that was distilled to few "
            "steps brings its own levels: linear follows them exactly.",
        ),
        io.Float.Input(
            "shift",
            default=1.0,
            min=0.01,
            max=100.0,
            step=0.1,
            round=0.01,
            tooltip="Above 1 spends more steps at high noise, where composition and motion are decided. Wan: 3 to 8.",
        ),
        io.Float.Input(
            "denoise",
            default=1.0,
            min=0.01,
            max=1.0,
            step=0.01,
            round=0.001,
            tooltip="1 makes a new video; less keeps more of what is in the latent.",
        ),
        io.Combo.Input(
            "cfg_schedule",
            options=list(STRENGTHS),
            default="constant",
            tooltip="When both guidances apply: all the time, most at high noise (falling), most at the end (rising), "
            "or in the middle.",
        ),
    ]


def _own_levels(
    model: Any, steps: int, cfg: float, solver: str, schedule: str, shift: float, denoise: float
) -> Any:
    """Noise levels of the settings; None where the host's own default is meant.

    A few-step student brings its own path (`sampling.few_steps`), and says so where the settings are not made for it.
    """
    student = host().few_steps(model)
    if student is not None:
        remark = student.remark(steps, solver, cfg)
        if remark is not None:
            host().notice(remark)
        return student.schedule(steps, shift, denoise, schedule)
    return None if schedule == "linear" else rectified_flow_sigmas(steps, shift, denoise, schedule)


def sampled(
    model: Any,
    noise: Any,
    positive: list,
    negative: list,
    latent: dict,
    steps: int,
    cfg: float,
    motion_cfg: float,
    solver: str,
    schedule: str,
    shift: float,
    denoise: float,
    cfg_schedule: str,
    no_motion: list | None = None,
    sigmas: Any = None,
) -> dict:
    """The finished LATENT of one run; see `hosts.Host.sample`. Raises ValueError for what is missing or of another kind."""
    check_connected(model, "model", "the MODEL of Load Model")
    if not hasattr(noise, "generate_noise"):
        raise ValueError(f"`noise` is a {type(noise).__name__}; connect a NOISE, for example of Latent Noise")
    checked_latent(latent)
    checked_conditioning(positive, "positive")
    checked_conditioning(negative, "negative")
    check_motion_condition(motion_cfg, no_motion)
    if sigmas is None:
        sigmas = _own_levels(model, steps, cfg, solver, schedule, shift, denoise)
    samples = host().sample(
        model,
        noise,
        positive,
        negative,
        latent,
        sigmas=sigmas,
        steps=steps,
        shift=shift,
        denoise=denoise,
        solver=solver,
        text_scale=cfg,
        motion_scale=motion_cfg,
        no_motion=no_motion,
        scale_schedule=cfg_schedule,
    )
    return {**latent, "samples": samples}
