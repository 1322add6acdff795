"""Peak memory of decoding a clip, for a process that does nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from ..models.vae import VAEConfig, WanVAE


@torch.inference_mode()
def decoding_peaks(
    lengths: Sequence[int], dim: int, side: int, device: str, threads: int
) -> dict[str, float]:
    """Peak memory in megabytes above that before decoding: in chunks for each length, then the longest clip at once."""
    torch.set_num_threads(threads)
    vae = WanVAE(VAEConfig(dim)).to(device)
    for _ in vae.decode_chunks(torch.zeros(1, 16, 1, side // 8, side // 8, device=device)):
        pass
    before, peaks = peak_megabytes(device), {}
    if before is None:
        return {}  # only Linux reports it
    for frames in lengths:
        latents = torch.zeros(1, 16, (frames - 1) // 4 + 1, side // 8, side // 8, device=device)
        for _ in vae.decode_chunks(latents):
            pass
        peaks[f"{frames} frames in chunks"] = (peak_megabytes(device) or 0.0) - before
    with torch.inference_mode(False), torch.enable_grad():  # the plain network, as in training
        vae.requires_grad_(False).decode(latents.clone())
    peaks[f"{frames} frames as one tensor"] = (peak_megabytes(device) or 0.0) - before
    return peaks


def peak_megabytes(device: str) -> float | None:
    """The peak memory of this process so far, on the GPU if that is the device; None if the system does not report it."""
    if device == "cuda":
        return torch.cuda.max_memory_allocated() / 2**20
    status = Path("/proc/self/status")
    if not status.exists():
        return None
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 2**10
