"""Inputs of Sampler, beside its sockets and the number of steps, that most tests give it."""

SETTINGS = {
    "cfg": 1.0,
    "motion_cfg": 1.0,
    "solver": "euler",
    "schedule": "linear",
    "shift": 1.0,
    "denoise": 1.0,
    "cfg_schedule": "constant",
}
