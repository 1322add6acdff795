"""What Sampler and Best of N share: their inputs, and one run of the model."""

from dataclasses import replace
from typing import Any

from comfy_api.latest import io

from ..hosts import Conditions, host
from ..sampling.guidance import STRENGTHS
from ..sampling.schedule import SCHEDULES
from ..sampling.settings import SamplingSettings
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
    check_connected(model, "model", "the MODEL of Load Model")
    if not hasattr(noise, "generate_noise"):
        raise ValueError(f"`noise` is a {type(noise).__name__}; connect a NOISE, for example of Latent Noise")
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
