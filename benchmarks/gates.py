"""The gates of the bundled model: the limits for its measured values, and whether it keeps them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]


def _gate(name: str, measured: float | None, low: float | None = None, high: float | None = None) -> dict:
    """One gate, which holds if low <= measured <= high. A gate without a measured value does not hold."""
    holds = measured is not None and (low is None or measured >= low) and (high is None or measured <= high)
    rounded = {
        key: None if value is None else round(value, 4) for key, value in (("low", low), ("high", high))
    }
    return {"name": name, "measured": measured, **rounded, "holds": holds}


def gates(
    motion: Mapping[str, Row], held_out: Mapping[str, Row], sizes: Sequence[Row], prompts: Mapping[str, Row]
) -> list[dict]:
    """All gates, from the rows of the other tables by name; an empty table gives no gates."""
    found = []
    if motion:
        model, floor, given = motion["conditioned"], motion["warp"], motion["conditioning_only"]
        found += [
            _gate("first frame, dB", model["first_frame_psnr"], low=29),
            _gate("first frame with compositing, dB", motion["composited"]["first_frame_psnr"], low=38),
            _gate("motion error inside, px", model["epe_median"], high=_largest_error(floor["epe_median"])),
            _gate("leakage outside, px", model["leakage_median"], high=0.3),
            _gate("motion in frozen areas, px", model["frozen_median"], high=0.3),
            _gate("motion error against its own conditioning, px", model["epe_median"],
                  high=_times(given["epe_median"], 1, 0.05)),
            _gate("first frame against the codec's own, dB", model["first_frame_psnr"],
                  low=_times(given["first_frame_psnr"], 1, -0.5)),
        ]  # fmt: skip
    if held_out:
        energy = held_out["painted"]["hole_energy"]
        found.append(_gate("gradient energy in holes, of the truth's", energy, low=0.8, high=1.2))
    if sizes:
        worst = min(row["first_frame_psnr"] for row in sizes)
        found.append(_gate("first frame at the worst size, dB", worst, low=29))
        beyond = [
            row["epe_median"] - _largest_error(row["floor"]) for row in sizes if row["epe_median"] is not None
        ]
        found.append(
            _gate("motion error over its limit at the worst size, px", max(beyond, default=None), high=0)
        )
    if prompts:
        for word in ("colour", "shape", "direction"):
            found.append(_gate(f"{word} as the prompt says, share", prompts["model"][word], low=0.8))
        found.append(_gate("all three as the prompt says, share", prompts["model"]["all"], low=0.8))
    return found


def _times(value: float | None, factor: float, more: float) -> float | None:
    return None if value is None else factor * value + more


def _largest_error(floor: float) -> float:
    """The largest motion error in px that passes, if a perfect warp measures `floor` px."""
    return 1.3 * floor + 0.3
