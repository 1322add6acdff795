"""The inputs that Sampler, Guider and Best of N have in common, and one run of the model."""

from dataclasses import replace
from typing import Any

from comfy_api.latest import io

from ..hosts import Conditions, host
from ..sampling.guidance import STRENGTHS
from ..sampling.schedule import SCHEDULES
from ..sampling.settings import SamplingSettings
from ..sampling.solvers import SOLVERS
from .checks import check_loaded, check_motion_condition, checked_conditioning, checked_latent
from .sockets import ADVANCED


def canvas_inputs() -> list[io.Input]:
    """Return the inputs for the two prompts and the latent."""
    return [
        io.Conditioning.Input(
            "positive", tooltip="The prompt with the motion added, from Motion Conditioning."
        ),
        io.Conditioning.Input("negative", tooltip="The negative prompt with the same motion added."),
        io.Latent.Input(
            "latent",
            tooltip="The latent to start from: an empty one, or a video to change (then lower `denoise`).",
        ),
    ]


def optional_inputs() -> list[io.Input]:
    """Return the inputs for the prompt without the motion and for the noise levels of another scheduler."""
    return [
        io.Conditioning.Input(
            "no_motion",
            optional=True,
            tooltip="The prompt without the motion, from Motion Conditioning. It is needed if `motion_cfg` is not 1.",
        ),
        io.Sigmas.Input(
            "sigmas",
            optional=True,
            tooltip="Noise levels from another scheduler. They replace `steps`, `schedule`, `shift` and `denoise`.",
        ),
    ]


def scale_inputs() -> list[io.Input]:
    """Return the guidance scales of the text and of the motion."""
    return [
        io.Float.Input(
            "cfg",
            default=1.0,
            min=0.0,
            max=30.0,
            step=0.1,
            round=0.01,
            tooltip="Guidance scale of the prompt. 1 turns guidance off and takes half the time.",
        ),
        io.Float.Input(
            "motion_cfg",
            default=1.0,
            min=0.0,
            max=30.0,
            step=0.1,
            round=0.01,
            tooltip="Guidance scale of the motion. 1 turns it off; more exaggerates the motion and needs `no_motion`.",
        ),
    ]


def setting_inputs() -> list[io.Input]:
    """Return all widgets of a sampling run. Saved workflows rely on their order."""
    return [
        io.Int.Input(
            "steps",
            default=1,
            min=1,
            max=1000,
            tooltip="Number of steps: 1 is best for the bundled model, 4 to 8 for distilled models, 20 to 50 for large models.",
        ),
        *scale_inputs(),
        io.Combo.Input(
            "solver",
            options=list(SOLVERS),
            default="unipc",
            tooltip="The method that computes each step. unipc and dpmpp_2m need the fewest steps; heun evaluates the model twice "
            "in each step; ddim and lcm add fresh noise after each step. With one step they are all the same.",
        ),
        io.Combo.Input(
            "schedule",
            options=list(SCHEDULES),
            default="linear",
            extra_dict=ADVANCED,
            tooltip="How the steps are distributed over the noise levels, before the shift. A model that was distilled to a few "
            "steps has its own levels, which linear follows exactly.",
        ),
        io.Float.Input(
            "shift",
            default=1.0,
            min=0.01,
            max=100.0,
            step=0.1,
            round=0.01,
            extra_dict=ADVANCED,
            tooltip="Values above 1 spend more steps at high noise, where composition and motion are decided. Wan uses 3 to 8.",
        ),
        io.Float.Input(
            "denoise",
            default=1.0,
            min=0.01,
            max=1.0,
            step=0.01,
            round=0.001,
            display_mode=io.NumberDisplay.slider,
            extra_dict=ADVANCED,
            tooltip="1 makes a new video. Lower values keep more of the video in the latent.",
        ),
        io.Combo.Input(
            "cfg_schedule",
            options=list(STRENGTHS),
            default="constant",
            extra_dict=ADVANCED,
            tooltip="When both guidance scales apply: always (constant), most at high noise (falling), most at the end (rising), "
            "or most in between (middle).",
        ),
    ]


def checked_conditions(positive: Any, negative: Any, no_motion: Any, motion_cfg: float) -> Conditions:
    """Return the three CONDITIONINGs; ValueError if one is missing or is no CONDITIONING."""
    checked_conditioning(positive, "positive")
    checked_conditioning(negative, "negative")
    check_motion_condition(motion_cfg, no_motion)
    return Conditions(positive, negative, no_motion)


def sample_latent(
    model: Any,
    noise: Any,
    positive: list,
    negative: list,
    latent: dict,
    no_motion: list | None = None,
    sigmas: Any = None,
    **widgets: Any,
) -> dict:
    """Return the finished LATENT of one run; `widgets` are the values of `setting_inputs`. See `hosts.Host.sample`.

    Raises ValueError for an input that is missing or of another kind.
    """
    check_loaded(model, "model", "the MODEL of Load Model")
    if not hasattr(noise, "generate_noise"):
        raise ValueError(
            f"`noise` is a {type(noise).__name__}; connect a NOISE, for example from Latent Noise"
        )
    checked_latent(latent)
    conditions = checked_conditions(positive, negative, no_motion, widgets["motion_cfg"])
    values = {_SETTING_OF_WIDGET.get(name, name): value for name, value in widgets.items()}
    settings = SamplingSettings(**values, sigmas=sigmas)
    samples = host().sample(model, noise, conditions, latent, _with_student_levels(model, settings))
    return {**latent, "samples": samples}


_SETTING_OF_WIDGET = {"cfg": "text_scale", "motion_cfg": "motion_scale", "cfg_schedule": "scale_schedule"}


def _with_student_levels(model: Any, settings: SamplingSettings) -> SamplingSettings:
    """Give a MODEL that was distilled to a few steps its own noise levels, unless SIGMAS are connected.

    Tells the user if other settings would suit that model better.
    """
    student = host().few_steps(model)
    if student is None or settings.sigmas is not None:
        return settings
    remark = student.settings_advice(settings.steps, settings.solver, settings.text_scale)
    if remark is not None:
        host().notice(remark)
    levels = student.schedule(settings.steps, settings.shift, settings.denoise, settings.schedule)
    return replace(settings, sigmas=levels)
