"""The library example in the README runs as it is printed, and its comments give the true shapes."""

import re
import runpy
from pathlib import Path

import pytest
import torch

README = Path(__file__).parents[2] / "README.md"


def example() -> str:
    (code,) = re.findall(
        r"^```python\n(.*?)^```", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    return code


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    """The variables of the example after it has run."""
    script = tmp_path_factory.mktemp("readme") / "example.py"
    script.write_text(example(), encoding="utf-8")
    return runpy.run_path(str(script))


def test_the_shapes_are_those_of_the_comments(names):
    assert names["image"].shape == (1, 128, 128, 3)
    assert names["clip"].frames.shape == (17, 128, 128, 3) and names["clip"].coverage.shape == (17, 128, 128)
    assert names["latents"].shape == (1, 16, 5, 16, 16) and names["mask"].shape == (1, 4, 5, 16, 16)


def test_the_picture_follows_the_painted_motion(names):
    displacement = names["field"].displacement(128, 128)
    assert float(displacement[-1, 43, 64, 0]) == pytest.approx(0.15 * 128, rel=0.02)
    assert names["report"].epe_median < 0.5 and names["report"].leakage_median < 0.1


def test_the_latents_are_finite_and_know_the_first_frame(names):
    assert bool(torch.isfinite(names["latents"]).all())
    assert float(names["mask"][:, :, 0].max()) == 0.0 and float(names["mask"].max()) == 1.0
