"""Stand-ins for the stock nodes of custom sampling."""

import pytest
import torch
from flowbrush.hosts.headless.stock import BasicScheduler, KSamplerSelect, SamplerCustomAdvanced


def test_simple_noise_levels_are_those_of_comfyuis_wan_models():
    levels = BasicScheduler.execute(None, "simple", 4, 1.0)[0]
    torch.testing.assert_close(levels, torch.tensor([1, 0.96, 8 / 9, 8 / 11, 0]), atol=1e-6, rtol=0)
    half = BasicScheduler.execute(None, "simple", 2, 0.5)[0]
    torch.testing.assert_close(half, levels[2:])
    assert len(BasicScheduler.execute(None, "simple", 4, 0.0)[0]) == 0


def test_solvers_have_comfyuis_names():
    assert KSamplerSelect.execute("uni_pc")[0] == "unipc"
    assert "euler" in KSamplerSelect.define_schema().inputs[0].choices


def test_noise_levels_that_end_early_are_refused():
    latent = {"samples": torch.zeros(1, 16, 2, 4, 4)}
    with pytest.raises(ValueError, match=r"`sigmas` ends at 0\.5"):
        SamplerCustomAdvanced.execute(None, None, "euler", torch.tensor([1.0, 0.5]), latent)
    assert SamplerCustomAdvanced.execute(None, None, "euler", torch.zeros(0), latent)[0] is latent
