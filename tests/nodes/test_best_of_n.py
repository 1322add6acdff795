import math
import re

import pytest
import torch
from flowbrush.conditioning.latent_frames import empty_latent
from flowbrush.hosts import headless, host
from flowbrush.motion.field.field import empty_field
from flowbrush.motion.measure.measure import measure_motion
from flowbrush.motion.measure.ranking import misfits
from flowbrush.nodes.best_of_n import BestOfN
from flowbrush.nodes.conditioning import MotionConditioning
from flowbrush.nodes.decode import DecodeVideo
from flowbrush.nodes.noise import LatentNoise
from flowbrush.nodes.sampler import Sampler

from .sampling_settings import SETTINGS as SAMPLING

SETTINGS = {**SAMPLING, "steps": 1}
SEARCH = {"count": 4, "seed": 10, "judge": "motion and stillness", "good_enough": 0.0, "tile_size": 0}


@pytest.fixture
def asked(model, text, vae, picture, motion):
    """Inputs of Best of N for a painted disc."""
    positive, negative, _, latent = MotionConditioning.execute(
        text, text, vae, picture, 5, "warped video", "still", False, False, motion=motion
    ).args
    links = {"model": model, "positive": positive, "negative": negative, "latent": latent}
    return {**links, "vae": vae, "motion": motion, **SEARCH, **SETTINGS}


def by_hand(asked, seed):
    """The latent of one seed from Latent Noise and Sampler, and its motion error."""
    noise, _ = LatentNoise.execute(32, 32, 5, 1, seed).args
    links = {name: asked[name] for name in ("model", "positive", "negative", "latent")}
    latent = Sampler.execute(noise=noise, **links, **SETTINGS)[0]
    frames = DecodeVideo.execute(asked["vae"], latent, 0, False)[0]
    return latent["samples"], misfits([measure_motion(frames, asked["motion"])])[0]


def test_the_seed_that_is_least_off_is_kept_and_all_are_reported(asked):
    latent, seed, report = BestOfN.execute(**asked).args
    made = {number: by_hand(asked, number) for number in range(10, 14)}
    expected = {number: off for number, (_, off) in made.items() if not math.isnan(off)}
    least = min(expected, key=lambda number: expected[number])
    assert seed == least and torch.equal(latent["samples"], made[least][0])
    said = {
        int(number): float(off) for number, off in re.findall(r"^seed (\d+): ([\d.]+) px off", report, re.M)
    }
    assert len(said) >= 2 and said == pytest.approx(expected, abs=0.006)
    assert max(said.values()) > min(said.values()) + 0.01, (
        "seeds differ here, so there is something to choose"
    )
    assert report.startswith(f"kept: seed {least}, ")


def test_the_search_ends_when_a_video_is_good_enough(asked):
    _, seed, report = BestOfN.execute(**{**asked, "good_enough": 100.0}).args
    assert seed == 10 and "the best of 1" in report and "seed 11" not in report


def test_seeds_go_around_at_their_largest(asked):
    _, _, report = BestOfN.execute(**{**asked, "seed": 2**64 - 1, "count": 2}).args
    assert f"seed {2**64 - 1}: " in report and "seed 0: " in report


def test_a_cancel_is_noticed_between_seeds(asked, monkeypatch):
    said = []

    def cancel(text):
        said.append(text)
        host().cancelled.set()

    monkeypatch.setattr(host(), "notice", cancel)
    try:
        with pytest.raises(headless.Cancelled):
            BestOfN.execute(**asked)
    finally:
        host().cancelled.clear()
    assert len(said) == 1 and said[0].startswith("seed 10 (1 of 4): ")


def test_mistakes_in_a_search_are_named(asked):
    with pytest.raises(ValueError, match="`latent` holds 2 videos"):
        BestOfN.execute(**{**asked, "latent": empty_latent(32, 32, 5, 2)})
    with pytest.raises(ValueError, match="`vae` is missing"):
        BestOfN.execute(**{**asked, "vae": None})
    with pytest.raises(ValueError, match="`motion` is missing"):
        BestOfN.execute(**{**asked, "motion": None})
    with pytest.raises(ValueError, match="`motion` is empty"):
        BestOfN.execute(**{**asked, "motion": empty_field(5)})
