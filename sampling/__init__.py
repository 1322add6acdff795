"""Sampling: noise schedules, solvers, classifier-free guidance, Time-to-Move and seeded noise.

Functions over torch tensors that need no ComfyUI:

    from flowbrush.sampling import GuidedModel, rectified_flow_sigmas, sample

    sigmas = rectified_flow_sigmas(steps=8, shift=3.0)
    latent = sample(GuidedModel(model, full=condition), noise, sigmas, solver="unipc")
"""

# ruff: noqa: F401  (the imports below are the public names, for type checkers)

from typing import TYPE_CHECKING

from ..exports import lazy_exports

if TYPE_CHECKING:
    from .few_steps import FewSteps
    from .grid import Callback, Step
    from .guidance import STRENGTHS, Guidance, GuidedModel
    from .noise import SeededNoise, StepNoise, step_noise
    from .parameterization import FLOW, VARIANCE_EXPLODING, VARIANCE_PRESERVING, Denoiser, Path, denoiser
    from .run import sample
    from .schedule import SCHEDULES, rectified_flow_sigmas
    from .settings import SamplingSettings
    from .solvers import SOLVERS, STOCHASTIC, Solver
    from .time_to_move import PRESETS, Clocks, TimeToMove

__all__, __getattr__, __dir__ = lazy_exports(  # pyright: ignore[reportUnsupportedDunderAll]
    __name__,
    {
        "few_steps": ["FewSteps"],
        "grid": ["Callback", "Step"],
        "guidance": ["Guidance", "GuidedModel", "STRENGTHS"],
        "noise": ["SeededNoise", "StepNoise", "step_noise"],
        "parameterization": [
            "Denoiser",
            "FLOW",
            "Path",
            "VARIANCE_EXPLODING",
            "VARIANCE_PRESERVING",
            "denoiser",
        ],
        "run": ["sample"],
        "schedule": ["SCHEDULES", "rectified_flow_sigmas"],
        "settings": ["SamplingSettings"],
        "solvers": ["SOLVERS", "STOCHASTIC", "Solver"],
        "time_to_move": ["Clocks", "PRESETS", "TimeToMove"],
    },
)
